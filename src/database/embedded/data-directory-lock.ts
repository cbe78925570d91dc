import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const LOCK_FILE = 'owner.lock';
/** First line: the owner's pid. Second line, once it serves: its port. */
const PID_FILE = 'owner.pid';

/** SQLite's result code for "somebody else holds the lock". */
const SQLITE_BUSY = 5;

export interface DataDirectoryLock {
  /** Says where this owner serves the directory, for programs that find it taken. */
  announcePort(port: number): void;
  release(): void;
}

export interface DataDirectoryOwner {
  pid: number | undefined;
  port: number | undefined;
}

export type LockAttempt = { lock: DataDirectoryLock } | { owner: DataDirectoryOwner };

/**
 * One owner per data directory. The lock must go with its process however that ends, so it has to be one that the
 * operating system holds; Node offers none itself, but SQLite's exclusive transaction is one (fcntl on Linux and
 * macOS, LockFileEx on Windows), which also excludes a second owner in the same process. A file with a pid in it
 * would have to be judged: a dead owner's pid may be another program's by now, and two starters could both judge
 * it stale. Pid and port stand beside the lock only to be told to whoever finds it taken.
 */
export function lockDataDirectory(directory: string): LockAttempt {
  const pidFile = join(directory, PID_FILE);
  const database = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return { owner: readOwner(pidFile) };
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    lock: {
      announcePort(port) {
        writeFileSync(pidFile, `${process.pid}\n${port}\n`);
      },
      release() {
        if (!database.isOpen) return;
        rmSync(pidFile, { force: true });
        database.close();
      },
    },
  };
}

function readOwner(file: string): DataDirectoryOwner {
  try {
    const [pid, port] = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => Number.parseInt(line, 10));
    return { pid: Number.isInteger(pid) ? pid : undefined, port: Number.isInteger(port) ? port : undefined };
  } catch {
    // The owner has the lock and is about to write it.
    return { pid: undefined, port: undefined };
  }
}
