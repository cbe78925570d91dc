import { normalizeText } from '../../russian/words.ts';

const NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    один: 1,
    одну: 1,
    пару: 2,
    два: 2,
    две: 2,
    три: 3,
    четыре: 4,
    пять: 5,
    шесть: 6,
    семь: 7,
    десять: 10,
    полторы: 1.5,
  }),
);
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:дн|ден|сут)/, 1],
  [/^нед/, 7],
  [/^мес/, 30],
];

const HORIZON =
  /(?:через|в течени[еи]|на|за|в|к)?\s*(?:ближн[а-я]+|ближайш[а-я]+|следующ[а-я]+|предстоящ[а-я]+)\s+(?:(\d+|[а-я]+)\s+)?((?:дн|ден|сут|нед|мес)[а-я]*)|(?:через|в течени[еи]|менее чем (?:через|за)|меньше чем (?:через|за|на))\s+(?:(\d+|[а-я]+)\s+)?((?:дн|ден|сут|нед|мес)[а-я]*)|на\s+(\d+|[а-я]+)?\s*((?:дн|ден|сут|нед|мес)[а-я]*)\s+вперед|(завтра)/u;

export interface Horizon {
  /** From today on. */
  days: number;
  /** As the question says it. */
  words: string;
  /** Where they begin in the question. */
  start: number;
}

/** How far ahead a question looks: `через неделю`, `в ближайшие 10 дней`. Undefined: it does not. */
export function findHorizon(question: string): Horizon | undefined {
  const text = normalizeText(question);
  const match = HORIZON.exec(text);
  if (match === null) return undefined;
  const [whole, ...parts] = match;
  const [count, unit] = [parts[0] ?? parts[2] ?? parts[4], parts[1] ?? parts[3] ?? parts[5]];
  const days = parts[6] === undefined ? UNITS.find(([pattern]) => pattern.test(unit ?? ''))?.[1] : 1;
  if (days === undefined) return undefined;
  const times = count === undefined ? 1 : /^\d+$/.test(count) ? Number(count) : (NUMBERS.get(count) ?? 1);
  const end = match.index + whole.length;
  return {
    days: Math.min(Math.ceil(days * times), 365),
    words: question.slice(match.index, end).trim(),
    start: match.index + (whole.length - whole.trimStart().length),
  };
}
