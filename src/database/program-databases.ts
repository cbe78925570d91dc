import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createEmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { MIGRATION_SETS, migrate, migrationState, type MigrationSetName } from './migrations.ts';
import { createDatabase, type Database } from './pool.ts';

export interface ProgramDatabasesOptions {
  config: Config;
  applicationName: string;
  /** Applies pending migrations. Otherwise pending ones are an error. */
  migrate: boolean;
  log: Log;
}

/** The databases of a process: where they are, brought up to date, opened and closed. */
export interface ProgramDatabases {
  /** Starts the embedded Postgres where no DATABASE_URL is set. Throws `migration_pending`, `migration_failed`, `database_*`. */
  open(): Promise<OpenDatabases>;
  /** Last of all: whoever uses them has stopped. Bounded. Also when `open` has failed half-way. */
  close(deadlineMs: number): Promise<void>;
}

export interface OpenDatabases {
  main: Database;
  /** The same as `main` unless RAG_DATABASE_URL says otherwise. */
  vector: Database;
}

/** The pools and the embedded Postgres get at least so long to close, however little is left of the deadline. */
const LEAST_CLOSING_MS = 1_000;

export function createProgramDatabases(options: ProgramDatabasesOptions): ProgramDatabases {
  const { config, log } = options;
  const databases: Database[] = [];
  let stopEmbedded: ((deadlineMs: number) => Promise<void>) | undefined;

  function connect(variable: 'DATABASE_URL' | 'RAG_DATABASE_URL', connectionString: string): Database {
    const database = createDatabase({
      variable,
      connectionString,
      maxConnections: config.DATABASE_POOL_SIZE,
      applicationName: options.applicationName,
      log,
    });
    databases.push(database);
    return database;
  }

  async function prepare(set: MigrationSetName, connectionString: string): Promise<void> {
    if (options.migrate) {
      const applied = await migrate({ set, connectionString, direction: 'up', log });
      if (applied.length > 0)
        log.info({ set, applied }, `Applied ${applied.length} migrations to the ${set} database`);
      return;
    }
    const { pending, database } = await migrationState({ set, connectionString });
    if (pending.length > 0) {
      throw new AppError(
        'migration_pending',
        `${database} lacks ${pending.length} migrations (${pending.join(', ')}). Run: npx wb-assist migrate up`,
        { details: { set, variable: MIGRATION_SETS[set].variable, pending } },
      );
    }
  }

  async function startEmbedded(): Promise<string> {
    const server = createEmbeddedPostgres({
      dataDir: config.WB_ASSIST_DATA_DIR,
      port: config.EMBEDDED_POSTGRES_PORT,
      log,
    });
    stopEmbedded = (deadlineMs) => server.stop(deadlineMs);
    await server.start();
    return server.connectionString;
  }

  return {
    async open() {
      const mainUrl = config.DATABASE_URL ?? (await startEmbedded());
      const vectorUrl = config.RAG_DATABASE_URL ?? mainUrl;
      await prepare('main', mainUrl);
      await prepare('vector', vectorUrl);
      const main = connect('DATABASE_URL', mainUrl);
      const vector = vectorUrl === mainUrl ? main : connect('RAG_DATABASE_URL', vectorUrl);
      return { main, vector };
    },
    async close(deadlineMs) {
      const end = performance.now() + deadlineMs;
      const leftMs = () => Math.max(LEAST_CLOSING_MS, end - performance.now());
      // A statement that hangs would hold its pool open; the process ends all the same.
      const closed = Promise.all(databases.map((database) => database.close()));
      await Promise.race([closed, delay(leftMs(), undefined, { ref: false })]);
      // Only now: the pools are connected to it.
      await stopEmbedded?.(leftMs());
    },
  };
}
