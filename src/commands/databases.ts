import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { connectionStringOf } from '../database/embedded/data-directory.ts';
import { readPassword } from '../database/embedded/data-directory-password.ts';
import { createEmbeddedPostgres } from '../database/embedded/embedded-postgres.ts';
import { migrationState } from '../database/migrations.ts';
import { createDatabase, type Database } from '../database/pool.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Log } from '../log.ts';

/** Where the two databases are, for as long as a command needs them. */
export interface DatabaseUrls {
  main: string;
  vector: string;
  /** The embedded Postgres of nobody else: it ends with `close`. */
  startedHere: boolean;
  close(): Promise<void>;
}

/**
 * Where the databases are that a command works on. Without DATABASE_URL: the embedded Postgres, that of the running service when
 * there is one, else started for as long as the command takes. Only `create` makes a new one.
 */
export async function openDatabaseUrls(
  config: Config,
  log: Log,
  options: { create: boolean },
): Promise<DatabaseUrls> {
  const urls = (main: string, close: () => Promise<void>) => ({
    main,
    vector: config.RAG_DATABASE_URL ?? main,
    startedHere: false,
    close,
  });
  if (config.DATABASE_URL !== undefined) return urls(config.DATABASE_URL, () => Promise.resolve());
  if (!options.create && !holdsDatabase(config.WB_ASSIST_DATA_DIR)) {
    throw new AppError(
      'database_unreachable',
      `There is no database in ${resolve(config.WB_ASSIST_DATA_DIR)}. Start the service here (npm start), or set DATABASE_URL or WB_ASSIST_DATA_DIR.`,
    );
  }
  const server = createEmbeddedPostgres({ dataDir: config.WB_ASSIST_DATA_DIR, port: 0, log });
  try {
    await server.start();
  } catch (error) {
    const port = isAppError(error, 'data_directory_in_use') ? error.details['port'] : undefined;
    if (typeof port !== 'number') throw error;
    return urls(connectionStringOf(port, readPassword(config.WB_ASSIST_DATA_DIR)), () => Promise.resolve());
  }
  return { ...urls(server.connectionString, () => server.stop(10_000)), startedHere: true };
}

/** Whether there is anything in the data directory; whether it is a database is for the server to say. */
function holdsDatabase(directory: string): boolean {
  if (!existsSync(directory)) return false;
  return !statSync(directory).isDirectory() || readdirSync(directory).length > 0;
}

export interface OpenDatabases {
  main: Database;
  vector: Database;
  close(): Promise<void>;
}

/** Connections to both databases, for a command; two to each unless told. Throws when they do not answer or lack migrations. */
export async function openDatabases(
  config: Config,
  log: Log,
  { maxConnections = 2 }: { maxConnections?: number } = {},
): Promise<OpenDatabases> {
  const urls = await openDatabaseUrls(config, log, { create: false });
  try {
    for (const set of ['main', 'vector'] as const) {
      const { pending, database } = await migrationState({ set, connectionString: urls[set] });
      if (pending.length > 0) {
        throw new AppError(
          'migration_pending',
          `${database} lacks ${pending.length} migrations. Run: npx wb-assist migrate up`,
        );
      }
    }
  } catch (error) {
    await urls.close();
    throw error;
  }
  const connect = (variable: 'DATABASE_URL' | 'RAG_DATABASE_URL', connectionString: string) =>
    createDatabase({ variable, connectionString, maxConnections, applicationName: 'wb-assist', log });
  const main = connect('DATABASE_URL', urls.main);
  const vector = connect('RAG_DATABASE_URL', urls.vector);
  return {
    main,
    vector,
    async close() {
      await Promise.all([main.close(), vector.close()]);
      await urls.close();
    },
  };
}
