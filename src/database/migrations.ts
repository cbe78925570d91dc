import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { AppError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { labelOf } from './pool.ts';
import { findObstacle, isVectorRecent, readServerFacts, readVectorExtension } from './server-facts.ts';
import { setUpSession } from './session-settings.ts';
import { toDatabaseError } from './sqlstate.ts';

/** The two sets of migrations. They may live in one database, so tables and locks have names of their own. */
export const MIGRATION_SETS = {
  main: {
    variable: 'DATABASE_URL',
    directory: fileURLToPath(new URL('../../migrations', import.meta.url)),
    migrationsTable: 'wb_migrations',
    lockValue: 720_165_801,
  },
  vector: {
    variable: 'RAG_DATABASE_URL',
    directory: fileURLToPath(new URL('../../rag-migrations', import.meta.url)),
    migrationsTable: 'rag_migrations',
    lockValue: 720_165_802,
  },
} as const;

export type MigrationSetName = keyof typeof MIGRATION_SETS;

export interface MigrationTarget {
  set: MigrationSetName;
  connectionString: string;
}

export interface MigrateOptions extends MigrationTarget {
  direction: 'up' | 'down';
  /** How many: all pending ones upwards, one downwards, unless told. */
  count?: number;
  /** Records migrations as applied without running them: for a database that has the tables already. */
  fake?: boolean;
  log: Log;
}

export interface MigrationState {
  set: MigrationSetName;
  database: string;
  applied: string[];
  pending: string[];
  /** Applied here, but unknown to this version of the program: it is older than the database. */
  unknown: string[];
}

const CONNECTION_TIMEOUT_MS = 5_000;

/** A migration takes as long as it takes, whatever a role's statements are limited to. */
const WITHOUT_LIMITS = `set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0`;

/** A session, on a database that was found to be one that the program can work in. */
interface MigrationSession {
  client: pg.Client;
  label: string;
  transactionPooled: boolean;
}

/** @throws AppError `database_unsuitable` before anything is read or written in a database that cannot be ours. */
async function withSession<T>(
  target: MigrationTarget,
  work: (session: MigrationSession) => Promise<T>,
  { needsPgvector = false }: { needsPgvector?: boolean } = {},
): Promise<T> {
  const { variable } = MIGRATION_SETS[target.set];
  const label = labelOf(variable, target.connectionString);
  const connect = (): pg.Client => {
    const client = new pg.Client({
      connectionString: target.connectionString,
      connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
      application_name: 'wb-assist migrate',
    });
    client.on('error', () => undefined); // the statement under way rejects with the same error
    return client;
  };
  let client: pg.Client | undefined;
  try {
    client = connect();
    await client.connect();
    const obstacle = findObstacle(await readServerFacts(client), variable);
    if (obstacle !== undefined)
      throw new AppError('database_unsuitable', `${label} ${obstacle.detail}. ${obstacle.remedy}`);
    if (needsPgvector) await requirePgvector(client, label);
    const { transactionPooled } = await setUpSession(client, connect);
    if (transactionPooled && target.set === 'main')
      throw new AppError(
        'database_unsuitable',
        `${label} is reached through a pooler in transaction mode, which lets no notifications through. Point ${variable} to the server itself; only RAG_DATABASE_URL may go through such a pooler.`,
      );
    return await work({ client, label, transactionPooled });
  } catch (error) {
    throw toDatabaseError(error, label);
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** How often a runner looks again after another one got in first; each time the other has applied something. */
const MAX_COLLISIONS = 10;

/**
 * Applies or rolls back the migrations of one set, all in one transaction; resolves to their names in order.
 * Throws `database_unsuitable` without pgvector, else `migration_failed`.
 *
 * Concurrent runners are safe. On a server they wait for one another on node-pg-migrate's session advisory lock. All
 * clients of the embedded Postgres share one session, so there the lock keeps nobody out: a runner may find that
 * another has created what it wanted to create. Its transaction is rolled back, and it looks again.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const work = async ({ client, label, transactionPooled }: MigrationSession): Promise<string[]> => {
    if (transactionPooled) return requireNothingToDo(client, label, options);
    await client.query(WITHOUT_LIMITS);
    for (let collisions = 0; ; collisions += 1) {
      const before = (await appliedNames(client, options.set)).length;
      try {
        return await runOnce(client, options);
      } catch (error) {
        const after = (await appliedNames(client, options.set)).length;
        if ((after !== before || isSchemaCreatedMeanwhile(error)) && collisions < MAX_COLLISIONS) continue;
        throw new AppError(
          'migration_failed',
          `Migrating ${label} ${options.direction} failed: ${messageOf(error)}`,
          {
            cause: error,
          },
        );
      }
    }
  };
  return withSession(options, work, {
    needsPgvector: options.set === 'vector' && options.direction === 'up',
  });
}

/** Each set has a lock of its own, and both make the schema `wb_dashboard` where it is not there. */
function isSchemaCreatedMeanwhile(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '42P06' || (code === '23505' && constraint === 'pg_namespace_nspname_index');
}

async function runOnce(client: pg.Client, options: MigrateOptions): Promise<string[]> {
  const set = MIGRATION_SETS[options.set];
  await straightenTimes(client, options.set);
  const debug = (message: string) => {
    options.log.debug(message);
  };
  const done = await runner({
    dbClient: client,
    dir: set.directory,
    migrationsTable: set.migrationsTable,
    lockValue: set.lockValue,
    advisoryLockMode: 'wait',
    direction: options.direction,
    ...(options.count === undefined ? {} : { count: options.count }),
    fake: options.fake ?? false,
    singleTransaction: true,
    checkOrder: true,
    logger: { debug, info: debug, warn: debug, error: debug },
  });
  return done.map((migration) => migration.name);
}

/**
 * node-pg-migrate goes by `run_on`, which is the server's local time, and refuses everything when that is another order than
 * the one of the names. A clock that was set back, for summer time too, makes it another one; ids never do. So no time is
 * later than now, or earlier than that of a migration before it. Locks the rows that it mends; repeating it changes nothing.
 */
async function straightenTimes(client: pg.Client, set: MigrationSetName): Promise<void> {
  if ((await appliedNames(client, set)).length === 0) return;
  const table = `public.${MIGRATION_SETS[set].migrationsTable}`;
  await client.query(
    `update ${table} m set run_on = t.run_on
     from (select id, least(max(run_on) over (order by id), localtimestamp) as run_on from ${table}) t
     where t.id = m.id and t.run_on <> m.run_on`,
  );
}

async function appliedNames(client: pg.Client, set: MigrationSetName): Promise<string[]> {
  const table = `public.${MIGRATION_SETS[set].migrationsTable}`;
  const { rows } = await client.query<{ there: boolean }>(
    'select to_regclass($1::text) is not null as there',
    [table],
  );
  if (!rows[0]?.there) return [];
  const applied = await client.query<{ name: string }>(`select name from ${table} order by id`);
  return applied.rows.map((row) => row.name);
}

async function requirePgvector(client: pg.Client, label: string): Promise<void> {
  const { installed, available } = await readVectorExtension(client);
  const version = installed ?? available;
  if (version !== null && isVectorRecent(version)) return;
  throw new AppError(
    'database_unsuitable',
    version
      ? `${label} has pgvector ${version}; 0.8 or newer is needed. Upgrade the package, then: alter extension vector update;`
      : `${label} has no pgvector. Install pgvector 0.8 or newer on that server (https://github.com/pgvector/pgvector), or unset the URL to use the embedded Postgres.`,
  );
}

/**
 * Migrations lock each other out by a lock of their session, which a pooler in transaction mode would leave to a stranger, for
 * ever. A database that has all of them is fine behind it.
 */
async function requireNothingToDo(
  client: pg.Client,
  label: string,
  { set, direction }: MigrateOptions,
): Promise<[]> {
  const applied = await appliedNames(client, set);
  const pending = (await migrationNames(MIGRATION_SETS[set].directory)).filter(
    (name) => !applied.includes(name),
  );
  if (direction === 'up' && pending.length === 0) return [];
  const { variable } = MIGRATION_SETS[set];
  throw new AppError(
    'database_unsuitable',
    `${label} is reached through a pooler in transaction mode, over which no migrations run (${pending.length} pending). With the URL of the server itself, once: ${variable}=postgres://… npx wb-assist migrate ${direction} --database ${set}`,
  );
}

async function migrationNames(directory: string): Promise<string[]> {
  return (await readdir(directory))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

/** What is applied and what is not. Reads only. */
export async function migrationState(target: MigrationTarget): Promise<MigrationState> {
  const known = await migrationNames(MIGRATION_SETS[target.set].directory);
  return withSession(target, async ({ client, label }) => {
    const applied = await appliedNames(client, target.set);
    return {
      set: target.set,
      database: label,
      applied,
      pending: known.filter((name) => !applied.includes(name)),
      unknown: applied.filter((name) => !known.includes(name)),
    };
  });
}
