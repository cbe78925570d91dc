/**
 * Exact arithmetic on sums that Postgres printed. Money is rounded to kopecks by Postgres, counts are whole, so hundredths
 * as bigint hold both without the errors of floating point.
 */
export type Hundredths = bigint;

/** Of a numeric with at most two decimals, as `round(…, 2)::text` prints it. */
export function parseHundredths(text: string): Hundredths {
  const match = /^(-?)(\d+)(?:\.(\d{1,2})0*)?$/.exec(text);
  if (match === null) throw new Error(`not a sum: ${text}`);
  const [, sign, whole = '', fraction = ''] = match;
  const value = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0') || '0');
  return sign === '-' ? -value : value;
}

/** `1990.50`: always two decimals. */
export function formatHundredths(value: Hundredths): string {
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Halves away from zero, as Postgres' `round` does. `divisor` above 0. */
export function divideRounded(value: bigint, divisor: bigint): bigint {
  const half = (value < 0n ? -value : value) * 2n + divisor;
  const rounded = half / (divisor * 2n);
  return value < 0n ? -rounded : rounded;
}

/** `part / whole × factor` in hundredths, of two numbers of one unit; null when there is nothing to divide by. */
export function ratio(part: bigint, whole: bigint, factor = 1n): Hundredths | null {
  if (whole === 0n) return null;
  const sign = whole < 0n ? -1n : 1n;
  return divideRounded(part * factor * 100n * sign, whole * sign);
}

export function compareNullable(a: bigint | null, b: bigint | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}
