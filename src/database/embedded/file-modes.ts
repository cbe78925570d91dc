import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const OTHERS = 0o077;

/** What this process makes from now on is its user's alone, as a server's files are. */
export function makeFilesPrivate(): void {
  process.umask(OTHERS);
}

export function privateMode(mode: number): number {
  return mode & ~OTHERS;
}

/**
 * Takes from group and others what files of earlier versions gave them. What vanishes meanwhile needs nothing: the process
 * that makes a database outlives its starter, if that is killed, by a moment.
 */
export function tightenModes(path: string): void {
  try {
    tighten(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function tighten(path: string): void {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  if ((status.mode & OTHERS) !== 0) attemptMode(path, privateMode(status.mode & 0o777));
  if (status.isDirectory()) for (const name of readdirSync(path)) tightenModes(join(path, name));
}

/** A volume's top may be somebody else's, and some file systems have no modes: then it stays as whoever made it wanted it. */
function attemptMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
