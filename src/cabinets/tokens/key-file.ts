import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { AppError, messageOf } from '../../errors.ts';
import { makeTokenKey, parseTokenKey, type TokenKey } from '../../token-key.ts';

const HEAD = `# Encrypts the tokens of Wildberries in the database. Secret. Keep a copy elsewhere: without it the tokens are lost.
# The first key encrypts. The others decrypt what they encrypted, also in older dumps.
`;

/** The keys of the file, the newest first; undefined: there is no such file. @throws AppError `config_invalid` */
export function readKeyFile(path: string): TokenKey[] | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const keys = linesOf(text).map(parseTokenKey);
  if (keys.length === 0 || keys.includes(undefined)) {
    throw new AppError(
      'config_invalid',
      `${path} has to have one key on each line, 32 random bytes in base64 or hex. Put it back as it was, from a copy: a new key cannot read what this one encrypted.`,
    );
  }
  return keys as TokenKey[];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AppError(
      'config_invalid',
      `${path}, which has the key of the Wildberries tokens, cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Makes the file with a new key where there is none. One that is there stays, also when another process has just made it. */
export async function makeKeyFile(path: string): Promise<void> {
  const draft = await writeDraft(path, [makeTokenKey()]);
  try {
    // Whole or not at all: a process that starts beside this one never reads half of a key.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Puts a new key before those of the file, at once for every process that reads it. */
export async function addKeyToFile(path: string): Promise<void> {
  const known = linesOf(readText(path) ?? '');
  const draft = await writeDraft(path, [makeTokenKey(), ...known]);
  await rename(draft, path);
}

async function writeDraft(path: string, keys: readonly string[]): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${HEAD}${keys.join('\n')}\n`);
    // Tokens are about to depend on it: a machine that loses power must not keep them and lose it.
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

/** Whether others than the file's owner may read it. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && process.platform !== 'win32' && (found.mode & 0o077) !== 0;
}
