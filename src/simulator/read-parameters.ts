/** A whole number of the query, within bounds; `missing` when it is not there, `wrong` when it is something else. */
export function readInteger(
  query: URLSearchParams,
  name: string,
  bounds: { min?: number; max?: number } = {},
): number | 'missing' | 'wrong' {
  const text = query.get(name);
  if (text === null) return 'missing';
  const number = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) return 'wrong';
  return number < (bounds.min ?? -Infinity) || number > (bounds.max ?? Infinity) ? 'wrong' : number;
}

/** As Go's services read them; `missing` when it is not there, `empty` for `name=`, `wrong` for anything else. */
export function readBoolean(query: URLSearchParams, name: string): boolean | 'missing' | 'empty' | 'wrong' {
  const text = query.get(name);
  if (text === null) return 'missing';
  if (text === '') return 'empty';
  if (/^(true|1|t)$/i.test(text)) return true;
  return /^(false|0|f)$/i.test(text) ? false : 'wrong';
}
