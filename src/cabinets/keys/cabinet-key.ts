import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../errors.ts';

/** A key of the HTTP API that opens one cabinet, as lists show it: without what it opens it with. */
export interface CabinetKey {
  id: number;
  cabinetId: number;
  name: string;
  /** The first characters, for a person to tell keys apart. */
  keyStart: string;
  createdAt: Date;
  /** To the minute; null: never used. */
  lastUsedAt: Date | null;
  /** Null: it is valid. */
  revokedAt: Date | null;
}

/** Recognisable, so that tools which look for leaked secrets, and people, know what they found. */
const PREFIX = 'wbk_';
const RANDOM_BYTES = 32;
/** Six characters are 36 of 256 bits: enough to tell keys apart, far from enough to guess the rest. */
const START_LENGTH = PREFIX.length + 6;
const FORM = /^wbk_[\w-]{43}$/;

/** A new key: 256 random bits in 47 characters that need no quoting in shells, URLs and headers. */
export function generateKey(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
}

/** Whether it can be a key of a cabinet at all; what cannot is not looked up. */
export function isKeyOfForm(text: string): boolean {
  return FORM.test(text);
}

/** What is stored of a key: 32 bytes. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

export function startOfKey(key: string): string {
  return key.slice(0, START_LENGTH);
}

export function keyNotFound(id: number): AppError {
  return new AppError('key_not_found', `There is no key ${id}.`, { details: { key_id: id } });
}
