import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

/** A key that encrypts the tokens of Wildberries. */
export interface TokenKey {
  /** Stands before what the key has encrypted, and in messages. Says nothing of the key. */
  readonly id: string;
  /** A `KeyObject`, which no log line and no `console.log` shows. */
  readonly secret: KeyObject;
}

const BYTES = 32;
/** 32 random bytes have 30 different ones, give or take; a key of examples repeats itself. */
const MIN_DIFFERENT_BYTES = 8;

export const HOW_TO_MAKE_TOKEN_KEY = 'openssl rand -hex 32';

/** 32 bytes as base64, base64url or hex. Undefined when the text is no such thing, or plainly not random. */
export function parseTokenKey(text: string): TokenKey | undefined {
  const bytes = decode(text.trim());
  if (bytes?.length !== BYTES || new Set(bytes).size < MIN_DIFFERENT_BYTES) return undefined;
  const id = createHash('sha256').update('wb-assist token key\0').update(bytes).digest('hex').slice(0, 8);
  return { id, secret: createSecretKey(bytes) };
}

function decode(text: string): Buffer | undefined {
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

export function makeTokenKey(): string {
  return randomBytes(BYTES).toString('base64');
}
