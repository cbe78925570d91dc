import pg from 'pg';
import type { Log } from '../log.ts';
import { AppError, messageOf } from '../errors.ts';
import { SessionClient } from './session-client.ts';
import { toDatabaseError } from './sqlstate.ts';

/** Whatever a statement can be run on: a pool, or one client inside a transaction. */
export type Executor = Pick<pg.ClientBase, 'query'>;

export interface Database {
  /** How messages call it: `DATABASE_URL (host:port/name)`. Never contains the password. */
  readonly label: string;
  readonly connectionString: string;
  readonly pool: pg.Pool;
  /** One more connection, for questions that have to be answered while all of the pool are busy: is it alive? */
  readonly probes: Executor;
  /** Runs `work` in one transaction on one connection; commits when it resolves, rolls back when it rejects. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** The variable that the URL came from. */
  variable: 'DATABASE_URL' | 'RAG_DATABASE_URL';
  connectionString: string;
  maxConnections: number;
  applicationName: string;
  log: Log;
}

/** Half-open sockets answer nothing for minutes: no statement of ours may wait longer than this. */
const QUERY_TIMEOUT_MS = 30_000;
const CONNECTION_TIMEOUT_MS = 5_000;
/**
 * A new connection costs the server a process, and who needs it waits for that, although others become free meanwhile. After
 * the 10 s that `pg` keeps them by default, each small pause is followed by slow answers.
 */
const IDLE_TIMEOUT_MS = 60_000;
/**
 * A client that vanishes without a word (its machine lost power), or is paused, leaves its transaction open, and with it the
 * lease of a cabinet and the changes that it claimed: for hours, and with 30 s a cabinet waited as long for a paused worker. None of ours is idle for long: no other server is waited for in one.
 */
const BEGIN = `begin; set local idle_in_transaction_session_timeout = '10s'`;

export function labelOf(variable: string, connectionString: string): string {
  const url = new URL(connectionString);
  return `${variable} (${url.hostname}:${url.port === '' ? '5432' : url.port}${url.pathname})`;
}

/** A pool of connections to one database. Nothing is dialled before the first statement. */
export function createDatabase(options: DatabaseOptions): Database {
  const label = labelOf(options.variable, options.connectionString);
  const createPool = (max: number) => {
    const pool = new pg.Pool({
      Client: SessionClient,
      connectionString: options.connectionString,
      max,
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      keepAlive: true,
    });
    // An idle connection that the server drops emits 'error'; unheard, it would end the process. The pool replaces it.
    pool.on('error', (error) =>
      options.log.warn({ database: label }, `An idle connection was lost: ${messageOf(error)}`),
    );
    return pool;
  };
  const pool = createPool(options.maxConnections);
  const probes = createPool(1);

  return {
    label,
    connectionString: options.connectionString,
    pool,
    probes,
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw toDatabaseError(error, label);
      });
      let broken: Error | undefined;
      const onError = (error: Error) => (broken = error);
      client.on('error', onError);
      try {
        await client.query(BEGIN);
        const result = await work(client);
        // A transaction in which a statement failed, though nobody said so, is rolled back by its commit.
        const { command } = await client.query('commit');
        if (command !== 'COMMIT') {
          throw new AppError(
            'database_failed',
            `${label}: the transaction was rolled back, because a statement in it failed`,
          );
        }
        return result;
      } catch (error) {
        // A connection on which the rollback fails, or that timed out in mid-statement, is not given back.
        await client.query('rollback').catch((failure: unknown) => (broken ??= failure as Error));
        throw toDatabaseError(error, label);
      } finally {
        client.removeListener('error', onError);
        client.release(broken);
      }
    },
    async close() {
      await Promise.all([pool.end(), probes.end()]);
    },
  };
}
