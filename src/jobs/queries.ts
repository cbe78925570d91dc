import type { Executor } from '../database/pool.ts';
import { RAG_INDEX_QUEUE } from './queues.ts';

const HAS_JOB_TABLES = `select to_regclass('pgboss.job') is not null as there`;

/** Where they were seen: they stay. */
const haveJobTables = new WeakSet<Executor>();

/** Whether pg-boss has ever been started on this database: it makes its tables itself. Reads only. */
export async function hasJobTables(executor: Executor): Promise<boolean> {
  if (haveJobTables.has(executor)) return true;
  const { rows } = await executor.query<{ there: boolean }>(HAS_JOB_TABLES);
  const there = rows[0]?.there ?? false;
  if (there) haveJobTables.add(executor);
  return there;
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
    and (state = 'active' or data -> 'rebuild' ->> 'slice' = $4::text)
) as there`;

/** Whether a job of this full rebuild runs, or one of its next slice waits or is put off. Reads only. */
export async function findRebuildJob(
  executor: Executor,
  cabinetId: number,
  { id, slice }: { id: string; slice: number },
): Promise<boolean> {
  const parameters = [RAG_INDEX_QUEUE, String(cabinetId), id, String(slice)];
  const { rows } = await executor.query<{ there: boolean }>(FIND_REBUILD_JOB, parameters);
  return rows[0]?.there ?? false;
}

/** How much of a queue is waiting, and whether anybody works it. */
export interface QueueWork {
  /** Jobs that may start now. */
  due: number;
  /** How long the one that waits longest could have run; `null` when none is due. */
  oldestDueSeconds: number | null;
  /** Jobs under way whose worker shows that it lives. */
  active: number;
  /** Jobs under way whose worker has not shown it for longer than given. */
  abandoned: number;
}

const READ_QUEUE_WORK = `
select (count(*) filter (where state <> 'active' and start_after <= now()))::float8 as due,
  extract(epoch from now() - min(greatest(start_after, created_on)) filter (where state <> 'active' and start_after <= now()))::float8
    as "oldestDueSeconds",
  (count(*) filter (where state = 'active' and coalesce(heartbeat_on, started_on) > w.lively))::float8 as active,
  (count(*) filter (where state = 'active' and coalesce(heartbeat_on, started_on) <= w.lively))::float8 as abandoned
from pgboss.job
cross join (select now() - make_interval(secs => $2::float8) as lively) w
where name = $1::text and state in ('created', 'retry', 'active') and ($3::text is null or singleton_key = $3::text)`;

/** Of one key of a queue, or of all. Reads only. */
export async function readQueueWork(
  executor: Executor,
  queue: string,
  silenceSeconds: number,
  key?: string,
): Promise<QueueWork> {
  const { rows } = await executor.query<QueueWork>(READ_QUEUE_WORK, [queue, silenceSeconds, key ?? null]);
  return rows[0]!;
}

/** A queue as pg-boss has it on record, under the names of its options. */
export type QueueRecord = { name: string } & Record<string, unknown>;

const READ_QUEUES = `
select name, policy, partition, dead_letter as "deadLetter", notify, retry_limit as "retryLimit", retry_delay as "retryDelay",
  retry_backoff as "retryBackoff", retry_delay_max as "retryDelayMax", heartbeat_seconds as "heartbeatSeconds",
  expire_seconds as "expireInSeconds", retention_seconds as "retentionSeconds", deletion_seconds as "deleteAfterSeconds"
from pgboss.queue`;

/** Reads only. */
export async function readQueues(executor: Executor): Promise<QueueRecord[]> {
  const { rows } = await executor.query<QueueRecord>(READ_QUEUES);
  return rows;
}

// As pg-boss itself tells the living: two heartbeats may be missed. Only processes that work jobs watch over the queues.
const READ_WORKERS = `
select host || ':' || pid as worker from pgboss.instance
where supervise and stopped_on is null and heartbeat_on > now() - make_interval(secs => 3 * heartbeat_seconds)
order by 1`;

/** Processes that work jobs, as `<host>:<pid>`; one that was killed is among them for a minute and a half. Reads only. */
export async function readWorkers(executor: Executor): Promise<string[]> {
  const { rows } = await executor.query<{ worker: string }>(READ_WORKERS);
  return rows.map(({ worker }) => worker);
}

const FIND_WAITING_CHANGES = `
select id::text as id, data from pgboss.job
where name = $1::text and state < 'active' and singleton_key = $2::text
  and data ? 'changed_ids' and not data ? 'rebuild' and not data ? 'failures'
order by created_on
limit $3::int`;

/** Jobs of a cabinet that name changed rows, wait, and have not failed; the oldest first. Reads only. */
export async function findWaitingChanges(
  executor: Executor,
  cabinetId: number,
  limit: number,
): Promise<{ id: string; data: unknown }[]> {
  const parameters = [RAG_INDEX_QUEUE, String(cabinetId), limit];
  const { rows } = await executor.query<{ id: string; data: unknown }>(FIND_WAITING_CHANGES, parameters);
  return rows;
}

const READ_JOB_STATE = `select state::text as state from pgboss.job where name = $1::text and id = $2::uuid`;

/** `created`, `retry`, `active`, `completed`, `cancelled` or `failed`; undefined: there is no such job. Reads only. */
export async function readJobState(
  executor: Executor,
  queue: string,
  jobId: string,
): Promise<string | undefined> {
  return (await executor.query<{ state: string }>(READ_JOB_STATE, [queue, jobId])).rows[0]?.state;
}

const RESTORE_RETRY_LIMIT = `
update pgboss.job j
set retry_limit = q.retry_limit
from pgboss.queue q
where j.name = $1::text and j.id = $2::uuid and q.name = j.name and j.state in ('retry', 'active')
  and j.retry_limit < q.retry_limit`;

/**
 * Gives an unfinished job the retries of its queue again: the dashboard leaves one to a job that it retries, and then the
 * second death of a process would be its end. Repeating it changes nothing.
 */
export async function restoreRetryLimit(executor: Executor, queue: string, jobId: string): Promise<void> {
  await executor.query(RESTORE_RETRY_LIMIT, [queue, jobId]);
}
