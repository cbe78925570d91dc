import { createHash } from 'node:crypto';
import { SCOPE_BITS, type Scope, type TokenType } from './token.ts';

export interface TokenOptions {
  sellerId: string;
  type: TokenType;
  scopes: Iterable<Scope>;
  /** Most tokens of a sync are: it only reads. */
  readOnly?: boolean;
  expiresAt: Date;
}

/** Official table of 2026-08-19, "About the token". */
const TYPE_FIELDS: Readonly<Record<TokenType, { acc: number; for?: string; t: boolean }>> = {
  base: { acc: 1, t: false },
  test: { acc: 2, t: true },
  personal: { acc: 3, for: 'self', t: false },
  service: { acc: 4, for: 'asid:e466f6a5-5a3c-4f0c-9a53-0d7bd1d6a0ba', t: false },
};
const READ_ONLY_BIT = 30;
/** Of ES256: two numbers of 32 bytes. */
const SIGNATURE_BYTES = 64;

/**
 * A token as the seller account gives it out, except that the signature is made up: nobody but Wildberries can check one,
 * and the simulator does not. The same options make the same token.
 */
export function makeToken({ sellerId, type, scopes, readOnly = false, expiresAt }: TokenOptions): string {
  const bits = [...new Set(scopes)].map((scope) => SCOPE_BITS[scope]);
  const mask = [...bits, ...(readOnly ? [READ_ONLY_BIT] : [])].reduce<number>(
    (sum, bit) => sum + 2 ** bit,
    0,
  );
  const exp = Math.floor(expiresAt.getTime() / 1000);
  const id = uuidOf(`token ${sellerId} ${type} ${mask} ${exp}`);
  const head = encode({ alg: 'ES256', kid: '20260801v1', typ: 'JWT' });
  const payload = encode({ ...TYPE_FIELDS[type], s: mask, sid: sellerId, exp, id });
  const signature = Buffer.alloc(SIGNATURE_BYTES, createHash('sha512').update(payload).digest());
  return `${head}.${payload}.${signature.toString('base64url')}`;
}

/** A UUID that is the same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
