/** How often a model may have encoded what it wrote; more is no encoding but a joke. */
const MAX_ENCODINGS = 3;

/**
 * The arguments of a call as a model wrote them: a JSON object, which some encode once more as a text, or put into a fence.
 * Undefined: there is no such object.
 */
export function readArguments(written: string): Record<string, unknown> | undefined {
  let value: unknown = written;
  for (let decoded = 0; typeof value === 'string' && decoded < MAX_ENCODINGS; decoded++) {
    try {
      value = JSON.parse(withoutFence(value));
    } catch {
      return undefined;
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A list that was encoded as a text, as a list; anything else as it is. A question may begin with a bracket, too. */
export function readListed(given: unknown): unknown {
  if (typeof given !== 'string' || !/^\s*\[[^]*\]\s*$/.test(given)) return given;
  try {
    const value: unknown = JSON.parse(given);
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : given;
  } catch {
    return given;
  }
}

function withoutFence(text: string): string {
  return /^\s*```(?:json)?\s*\n?([^]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text;
}
