import { decodeHTMLStrict } from 'entities';

/** Postgres takes neither NUL nor a lone surrogate, in text as in jsonb. */
export function cleanText(value: string): string {
  return value.replaceAll('\0', '').toWellFormed();
}

/** A text as it was sent: keys, barcodes, addresses. `null` when it is blank, `undefined` when it is no text. */
export function readCode(value: unknown): string | null | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = cleanText(value);
  return text.trim() === '' ? null : text;
}

/**
 * A text that people read. Some come with HTML's entities (`&quot;`, `&amp;`): decoded once, so that one which was encoded
 * twice still says what it said, and only with their semicolon, so that «AT&T» and `a&copy=1` are what they are.
 */
export function readText(value: unknown): string | null | undefined {
  return readCode(typeof value === 'string' && value.includes('&') ? decodeHTMLStrict(value) : value);
}
