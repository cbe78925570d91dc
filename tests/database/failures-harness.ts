import { requestIndexing } from '../../src/changes/request-indexing.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createEvents } from '../../src/events.ts';
import { listFailures } from '../../src/indexing/failures/list.ts';
import type { RetryDeps } from '../../src/indexing/failures/retry.ts';
import { MAX_REFUSALS } from '../../src/indexing/comparison.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

export const MODEL = 'text-embedding-3-small';
export const MAX_IDS = 500;

/** A database with a queue, and nobody who works it: what is sent stays there to be looked at. */
export interface FailuresHarness {
  database: TestDatabase;
  main: Database;
  jobs: Jobs;
  deps: RetryDeps;
  /** Records refusals of rows with these ids, as the indexer does. */
  refuse(
    cabinetId: number,
    ids: readonly number[],
    refusal?: { attempts?: number; table?: string },
  ): Promise<void>;
  /** Puts a job into the dead letters; resolves to its id. */
  bury(data: object, reason?: string): Promise<string>;
  /** Records a rebuild that was given up; resolves to its id. */
  failRebuild(cabinetId: number, model?: string, started?: boolean): Promise<string>;
  /** What waits in `rag-index`, oldest first. */
  sent(): Promise<Record<string, unknown>[]>;
  listedIds(cabinetId?: number): Promise<string[]>;
  /** Leaves no job and no failure. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function createFailuresHarness(): Promise<FailuresHarness> {
  const database = await createTestDatabase();
  const log = silentLog();
  const { connectionString, pool } = database;
  const main = createDatabase({
    variable: 'DATABASE_URL',
    connectionString,
    maxConnections: 5,
    applicationName: 'wb-assist failures test',
    log,
  });
  const jobs = createJobs({ connectionString, maxConnections: 3, supervise: false, schedules: [], log });
  await jobs.start();
  const events = createEvents();
  const deps: RetryDeps = {
    ...{ main, vector: main, jobs, log, trigger: 'request' },
    requestIndexing: (cabinetId, changedIds) =>
      requestIndexing({ jobs, events, log }, cabinetId, changedIds, MAX_IDS),
  };
  return {
    ...{ database, main, jobs, deps },
    async refuse(cabinetId, ids, { attempts = MAX_REFUSALS, table = 'wb_reviews' } = {}) {
      await pool.query(
        `insert into rag_index_status (cabinet_id, indexing_status) values ($1, 'completed') on conflict do nothing`,
        [cabinetId],
      );
      await pool.query(
        `insert into rag_index_failures (cabinet_id, source_table, source_id, chunk_hash, reason, attempts, model)
         select $1, $2, unnest($3::bigint[]), 'hash', '400 refused', $4, $5`,
        [cabinetId, table, ids, attempts, MODEL],
      );
    },
    async bury(data, reason = 'hopeless') {
      const { rows } = await pool.query<{ id: string }>(
        `insert into pgboss.job (name, data, source_output) values ($1, $2, $3) returning id`,
        [RAG_INDEX_DEAD_QUEUE, JSON.stringify(data), JSON.stringify({ message: reason })],
      );
      return rows[0]!.id;
    },
    async failRebuild(cabinetId, model, started = true) {
      const { rows } = await pool.query<{ id: string }>(
        `insert into rag_rebuilds (cabinet_id, status, trigger, model, error, started_at, finished_at)
         values ($1, 'failed', 'request', $2, 'out of order', case when $3::boolean then now() end, now())
         returning id::text as id`,
        [cabinetId, model ?? null, started],
      );
      return rows[0]!.id;
    },
    async sent() {
      const { rows } = await pool.query<{ data: Record<string, unknown> }>(
        `select data from pgboss.job where name = $1 and state = 'created' order by created_on`,
        [RAG_INDEX_QUEUE],
      );
      return rows.map((row) => row.data);
    },
    async listedIds(cabinetId) {
      const { failures } = await listFailures({ main, vector: main }, { cabinetId, limit: 1000 });
      return failures.map(({ id }) => id);
    },
    async empty() {
      await pool.query('delete from pgboss.job');
      await pool.query('truncate rag_index_failures, rag_rebuilds, rag_index_status cascade');
    },
    async close() {
      await jobs.stop(2_000);
      await main.close();
      await database.drop();
    },
  };
}
