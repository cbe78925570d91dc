import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const LOCK_FILE = 'owner.lock';
const PID_FILE = 'owner.pid';

/** SQLite's result code for "somebody else holds the lock". */
const SQLITE_BUSY = 5;

export interface DataDirectoryLock {
  release(): void;
}

export type LockAttempt = { lock: DataDirectoryLock } | { ownerPid: number | undefined };

/**
 * One owner per data directory. The lock must go with its process however that ends, so it has to be one that the
 * operating system holds; Node offers none itself, but SQLite's exclusive transaction is one (fcntl on Linux and
 * macOS, LockFileEx on Windows), which also excludes a second owner in the same process. A file with a pid in it
 * would have to be judged: a dead owner's pid may be another program's by now, and two starters could both judge
 * it stale. The pid stands beside the lock only to be named in the error.
 */
export function lockDataDirectory(directory: string): LockAttempt {
  const pidFile = join(directory, PID_FILE);
  const database = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return { ownerPid: readPid(pidFile) };
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    lock: {
      release() {
        if (!database.isOpen) return;
        rmSync(pidFile, { force: true });
        database.close();
      },
    },
  };
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    // The owner has the lock and is about to write it.
    return undefined;
  }
}
