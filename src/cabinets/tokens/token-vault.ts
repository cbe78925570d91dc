import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { HOW_TO_MAKE_TOKEN_KEY, type TokenKey } from '../../token-key.ts';
import type { TokenKeys } from './token-keys.ts';

/**
 * How a stored token stands: `none`, in `clear`, encrypted by the `current` key or by an `older` one that this process has,
 * or `unreadable`.
 */
export type TokenState = 'none' | 'clear' | 'current' | 'older' | 'unreadable';

/** Encrypts tokens for `wb_cabinets.api_key`, and decrypts them. */
export interface TokenVault {
  keys(): TokenKeys;
  /** The form in which a token is stored; as it is when there is no key. */
  seal(cabinetId: number, token: string): string;
  /** The token; one that stands in clear as it is. @throws AppError `wb_token_unreadable` */
  open(cabinetId: number, stored: string): string;
  stateOf(cabinetId: number, stored: string): TokenState;
}

/** The prefix of every encrypted token; the number is the version of the format. */
export const SEALED_PREFIX = 'wbt1:';
/** `wbt1:<key>:<iv>:<text and tag>`, the last two as base64url. */
const SEALED = /^wbt1:([\da-f]{8}):([\w-]{16}):([\w-]{22,})$/;
const CIPHER = 'aes-256-gcm';
/** 96 bits, the one length that GCM takes as it is. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

export const isSealed = (stored: string): boolean => stored.startsWith(SEALED_PREFIX);

/** Bound to the cabinet: copied into the row of another one, it cannot be decrypted. */
const boundTo = (cabinetId: number): Buffer => Buffer.from(`wb-assist cabinet ${cabinetId}`);

export function createTokenVault(keys: () => TokenKeys): TokenVault {
  function open(cabinetId: number, stored: string): string {
    if (!isSealed(stored)) return stored;
    const form = SEALED.exec(stored);
    if (form === null) throw damaged(cabinetId);
    const [, keyId = '', iv = '', sealed = ''] = form;
    const known = keys();
    const key = known.byId.get(keyId);
    if (key === undefined) throw keyMissing(cabinetId, keyId, known);
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, key.secret, Buffer.from(iv, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(boundTo(cabinetId)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw damaged(cabinetId);
    }
  }

  return {
    keys,
    open,
    seal(cabinetId, token) {
      const { current } = keys();
      return current === undefined ? token : encrypt(current, cabinetId, token);
    },
    stateOf(cabinetId, stored) {
      if (stored.trim() === '') return 'none';
      if (!isSealed(stored)) return 'clear';
      try {
        open(cabinetId, stored);
      } catch (error) {
        if (error instanceof AppError && error.code === 'wb_token_unreadable') return 'unreadable';
        throw error;
      }
      return SEALED.exec(stored)?.[1] === keys().current?.id ? 'current' : 'older';
    },
  };
}

function encrypt(key: TokenKey, cabinetId: number, token: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key.secret, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(cabinetId));
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${SEALED_PREFIX}${key.id}:${iv.toString('base64url')}:${sealed.toString('base64url')}`;
}

const setAgain = (cabinetId: number): string =>
  `set the token again: PATCH /api/v1/cabinets/${cabinetId} with {"api_key": "…"}.`;

function keyMissing(cabinetId: number, keyId: string, { byId }: TokenKeys): AppError {
  const has = byId.size === 0 ? 'no key' : `only ${[...byId.keys()].join(', ')}`;
  return unreadable(
    cabinetId,
    `is encrypted with the key ${keyId}, and this process has ${has}. Give every process the key, in WB_TOKEN_KEY or WB_TOKEN_KEY_PREVIOUS, or put its file .wb-token-key back beside .env. Is it lost? Then make a new one (WB_TOKEN_KEY, ${HOW_TO_MAKE_TOKEN_KEY}) and ${setAgain(cabinetId)}`,
  );
}

function damaged(cabinetId: number): AppError {
  return unreadable(
    cabinetId,
    `cannot be decrypted: it was changed, or copied from the row of another cabinet. Please ${setAgain(cabinetId)}`,
  );
}

function unreadable(cabinetId: number, what: string): AppError {
  return new AppError('wb_token_unreadable', `The Wildberries token of cabinet ${cabinetId} ${what}`, {
    details: { cabinet_id: cabinetId },
  });
}
