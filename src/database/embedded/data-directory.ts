import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError, isAppError, messageOf } from '../../errors.ts';
import { CLIENT_ROLE } from './client-role.ts';
import { tightenModes } from './file-modes.ts';
import { LOCK_FILE, lockDataDirectory, type DataDirectoryLock } from './data-directory-lock.ts';

export interface DataDirectory {
  /** Postgres' own files, in a directory of their own: they can be thrown away without the lock beside them. */
  postgresDirectory: string;
  lock: DataDirectoryLock;
}

/** The version of Postgres in PGlite 0.5. Files of another are not readable by it. */
const POSTGRES_VERSION = '18';
const POSTGRES_DIRECTORY = 'postgres';

/** Makes the data directory, or finds it fit, and becomes its owner. Throws an AppError that names the variable. */
export function claimDataDirectory(dataDir: string): DataDirectory {
  const directory = resolve(dataDir);
  const postgresDirectory = join(directory, POSTGRES_DIRECTORY);
  let attempt;
  try {
    makeDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    refuseForeignContent(directory, postgresDirectory);
    attempt = lockDataDirectory(directory);
    if ('lock' in attempt) takeOver(directory, postgresDirectory, attempt.lock);
  } catch (error) {
    throw isAppError(error) ? error : unusable(directory, `cannot be used: ${messageOf(error)}`, error);
  }
  if ('lock' in attempt) return { postgresDirectory, lock: attempt.lock };
  const { pid, port } = attempt.owner;
  throw new AppError(
    'data_directory_in_use',
    `${pid === undefined ? 'Another process' : `The process with pid ${pid}`} already serves the data directory ${directory}. Stop it, or give this one a directory of its own by WB_ASSIST_DATA_DIR.`,
    {
      details: {
        dataDir: directory,
        ...(pid === undefined ? {} : { pid }),
        ...(port === undefined ? {} : { port }),
      },
    },
  );
}

/** No TLS on loopback, whatever PGSSLMODE says. */
export function connectionStringOf(port: number, password: string): string {
  return `postgres://${CLIENT_ROLE}:${password}@127.0.0.1:${port}/postgres?sslmode=disable`;
}

export function unusable(directory: string, problem: string, cause?: unknown): AppError {
  return new AppError(
    'data_directory_unusable',
    `The data directory ${directory} ${problem}. Set WB_ASSIST_DATA_DIR to a directory that this program may create or write, for example ./data.`,
    { details: { dataDir: directory }, cause },
  );
}

/** Not mkdir's own `recursive`: it never returns where a parent can neither be found nor made, as below /proc. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return;
    if (code === 'EEXIST') throw unusable(directory, 'is not a directory', error);
    if (code !== 'ENOENT' || dirname(directory) === directory) throw error;
    makeDirectory(dirname(directory));
    // Another starter may have been faster.
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
  }
}

/** A mistyped path must not fill somebody's home directory, nor touch the files of a real server. */
function refuseForeignContent(directory: string, postgresDirectory: string): void {
  const entries = readdirSync(directory);
  if (entries.length > 0 && !entries.includes(LOCK_FILE)) {
    throw unusable(directory, `holds something else (${entries.slice(0, 3).join(', ')})`);
  }
  const versionFile = join(postgresDirectory, 'PG_VERSION');
  if (!existsSync(versionFile)) return;
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== POSTGRES_VERSION) {
    throw unusable(
      directory,
      `holds files of Postgres ${version}, which Postgres ${POSTGRES_VERSION} cannot read`,
    );
  }
}

function takeOver(directory: string, postgresDirectory: string, lock: DataDirectoryLock): void {
  try {
    if (existsSync(postgresDirectory)) {
      accessSync(postgresDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
      readdirSync(postgresDirectory);
    }
    tightenModes(directory);
  } catch (error) {
    lock.release();
    throw error;
  }
}
