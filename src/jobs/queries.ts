import type { Executor } from '../database/pool.ts';
import { RAG_INDEX_QUEUE } from './queues.ts';

const HAS_JOB_TABLES = `select to_regclass('pgboss.job') is not null as there`;

/** Whether pg-boss has ever been started on this database: it makes its tables itself. Reads only. */
export async function hasJobTables(executor: Executor): Promise<boolean> {
  const { rows } = await executor.query<{ there: boolean }>(HAS_JOB_TABLES);
  return rows[0]?.there ?? false;
}

// The list of states implies the predicate of pg-boss's own index on them, so finished jobs are never read.
const HAS_DUE_JOBS = `
select exists (
  select from pgboss.job
  where name = $1::text and state in ('created', 'retry', 'active')
    and (state = 'active' or start_after <= now())
) as due`;

/** Whether a queue has work under way or ready to run; jobs put off until later do not count. Reads only. */
export async function hasDueJobs(executor: Executor, queue: string): Promise<boolean> {
  const { rows } = await executor.query<{ due: boolean }>(HAS_DUE_JOBS, [queue]);
  return rows[0]?.due ?? false;
}

const COUNT_UNFINISHED_JOBS = `
select count(*)::float8 as jobs from pgboss.job where name = $1::text 
  and state in ('created', 'retry', 'active')`;

/** Jobs that are waiting, put off or under way. Reads only. */
export async function countUnfinishedJobs(executor: Executor, queue: string): Promise<number> {
  const { rows } = await executor.query<{ jobs: number }>(COUNT_UNFINISHED_JOBS, [queue]);
  return rows[0]?.jobs ?? 0;
}

const FIND_QUEUED_JOB = `
select min(start_after) as "startAfter" from pgboss.job
where name = $1::text and singleton_key = $2::text and state in ('created', 'retry')`;

/** When the next waiting job of a key may start, in the past when it only waits for a worker. Reads only. */
export async function findQueuedJob(
  executor: Executor,
  queue: string,
  key: string,
): Promise<Date | undefined> {
  if (!(await hasJobTables(executor))) return undefined;
  const { rows } = await executor.query<{ startAfter: Date | null }>(FIND_QUEUED_JOB, [queue, key]);
  return rows[0]?.startAfter ?? undefined;
}

const FIND_REBUILD_JOB = `
select exists (
  select from pgboss.job
  where name = $1::text and singleton_key = $2::text and state in ('created', 'retry', 'active')
    and data -> 'rebuild' ->> 'id' = $3::text
) as there`;

/** Whether a job of this full rebuild waits, is put off or runs. Reads only. */
export async function findRebuildJob(
  executor: Executor,
  cabinetId: number,
  rebuildId: string,
): Promise<boolean> {
  const parameters = [RAG_INDEX_QUEUE, String(cabinetId), rebuildId];
  const { rows } = await executor.query<{ there: boolean }>(FIND_REBUILD_JOB, parameters);
  return rows[0]?.there ?? false;
}
