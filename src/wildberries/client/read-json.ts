/** V8 hands a reviver the text of each number (TC39 "JSON.parse source text access"); TypeScript does not know it yet. */
type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/**
 * Finds what may be a number that JavaScript cannot hold: so long, and not a text. Only a body that has one is read with
 * a reviver, which takes several times as long.
 */
const LONG_NUMBER = /[:,[\s]-?\d[\d.]{15}/;

/** `JSON.parse`, but a whole number beyond 2^53 comes as the text of its digits instead of as another number. */
export function readJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return parseWithSource(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined ? readJsonNumber(source) : value,
  );
}

/** A number as JSON wrote it: a number where JavaScript holds it, otherwise its text. */
export function readJsonNumber(source: string): number | string {
  const value = Number(source);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value;
}

/** For `JSON.stringify`: a number, with all its digits. */
export function toJsonNumber(id: number | string): unknown {
  return typeof id === 'number' ? id : rawJSON(id);
}
