const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;
/** The longest number that is read; a longer one is noise. */
const MAX_LENGTH = 100;
const MAX_EXPONENT = 60;
/** Before the point: more than any amount of money, and what Postgres' bigint holds. */
const MAX_WHOLE_DIGITS = 18;

/**
 * What a JSON number or a numeric text holds, as exact decimal text, rounded to `places` behind the point (half away from
 * zero). Computed with digits, never in binary: amounts come as `1899.9999999999998` and `1.42e-14`, which are 1900 and 0.
 * `undefined` when it is no number, or one of more than 18 digits before the point.
 */
export function readDecimal(value: unknown, places: number): string | undefined {
  if (Number.isSafeInteger(value)) return String((value as number) + 0);
  // JavaScript writes a number in its shortest exact form.
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined;
  const parts = DECIMAL.exec(text.trim());
  if (!parts) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const shift = Number(exponent);
  if (digits === 0n || shift < -MAX_EXPONENT - MAX_LENGTH) return '0';
  if (shift > MAX_EXPONENT) return undefined;
  const { amount, scale } = round(digits, fraction.length - shift, places);
  const padded = amount.toString().padStart(scale + 1, '0');
  const point = padded.length - scale;
  if (point > MAX_WHOLE_DIGITS) return undefined;
  const minus = sign === '-' && amount !== 0n ? '-' : '';
  return `${minus}${padded.slice(0, point)}${scale === 0 ? '' : `.${padded.slice(point)}`}`;
}

/** `digits` / 10^`scale` with at most `places` behind the point; what was rounded ends in no zeros. */
function round(digits: bigint, scale: number, places: number): { amount: bigint; scale: number } {
  if (scale <= 0) return { amount: digits * 10n ** BigInt(-scale), scale: 0 };
  if (scale <= places) return { amount: digits, scale };
  const divisor = 10n ** BigInt(scale - places);
  let amount = (digits + divisor / 2n) / divisor;
  let left = places;
  for (; left > 0 && amount % 10n === 0n; left--) amount /= 10n;
  return { amount, scale: left };
}

/** Binary noise is far behind the sixth place. */
const WHOLE_PLACES = 6;

/** The digits of a whole number, `5.0` and `1e2` included; `undefined` when it is none. */
export function readWholeDigits(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String((value as number) + 0);
  // Its digits are lost already; one that was read by `readJson` comes as text.
  if (Number.isInteger(value)) return undefined;
  if (typeof value === 'string' && /^\s*-?\d{1,19}\s*$/.test(value)) return String(BigInt(value.trim()));
  const decimal = readDecimal(value, WHOLE_PLACES)?.replace(/\.0+$/, '');
  return decimal?.includes('.') === true ? undefined : decimal;
}
