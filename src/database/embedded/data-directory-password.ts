import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { unusable } from './data-directory.ts';

/** Whoever can read it may connect: its mode is 0600. */
const PASSWORD_FILE = 'password';

/** The password of a data directory that this process owns; made at its first start. Throws an AppError. */
export function readOrMakePassword(directory: string): string {
  const file = join(directory, PASSWORD_FILE);
  try {
    return readPassword(directory);
  } catch (error) {
    if ((error as { cause?: NodeJS.ErrnoException }).cause?.code !== 'ENOENT') throw error;
  }
  const password = randomBytes(32).toString('base64url');
  try {
    // Aside first: a start that is killed in the middle leaves no half of one.
    const draft = `${file}.draft`;
    writeFileSync(draft, `${password}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    throw unusable(directory, `cannot keep a password: ${messageOf(error)}`, error);
  }
  return password;
}

/** The password of a data directory that some process serves. Throws an AppError. */
export function readPassword(directory: string): string {
  let password: string;
  try {
    password = readFileSync(join(directory, PASSWORD_FILE), 'utf8').trim();
  } catch (error) {
    throw unusable(directory, `has a password that cannot be read: ${messageOf(error)}`, error);
  }
  if (!/^[\w-]{16,}$/.test(password))
    throw unusable(
      directory,
      `has no usable password in its file "${PASSWORD_FILE}"; delete that file, and the next start makes another`,
    );
  return password;
}
