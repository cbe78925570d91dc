import type { Executor } from '../database/pool.ts';
import { RAG_INDEX_DEAD_QUEUE } from './queues.ts';

/** A job of `rag-index-dead`. */
export interface DeadJob {
  id: string;
  /** What the job carried. Nothing is known of its form: that may be why it died. */
  data: unknown;
  reason: string | null;
  createdAt: Date;
  /** `createdAt` to the microsecond, which JavaScript's Date does not have. */
  createdAtText: string;
}

// pg-boss keeps what the failed job ended with as source_output; its own faults have a message, too. A job that somebody
// completed or cancelled (in a dashboard) has been dealt with.
const LIST_DEAD_JOBS = `
select id, data, coalesce(source_output ->> 'message', source_output ->> 'value', source_output #>> '{}') as reason,
  created_on as "createdAt",
  to_char(created_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "createdAtText"
from pgboss.job
where name = $1::text and state in ('created', 'retry', 'active')
  and ($2::text is null or data ->> 'cabinet_id' = $2::text)
  and ($3::timestamptz is null or (created_on, id) > ($3::timestamptz, $4::uuid))
order by created_on, id
limit $5::bigint`;

/** Of all cabinets, or of one; oldest first, after a given one. Reads only; only where pg-boss has its tables. */
export async function listDeadJobs(
  executor: Executor,
  cabinetId: number | undefined,
  after: { createdAt: string; jobId: string } | undefined,
  limit: number,
): Promise<DeadJob[]> {
  const cabinet = cabinetId === undefined ? null : String(cabinetId);
  const parameters = [RAG_INDEX_DEAD_QUEUE, cabinet, after?.createdAt ?? null, after?.jobId ?? null, limit];
  return (await executor.query<DeadJob>(LIST_DEAD_JOBS, parameters)).rows;
}

const FIND_DEAD_JOB = `
select id, data, null as reason, created_on as "createdAt", '' as "createdAtText"
from pgboss.job
where name = $1::text and id = $2::uuid and state in ('created', 'retry', 'active')`;

/** What a dead job carries; undefined: there is none with this id. Reads only; only where pg-boss has its tables. */
export async function findDeadJob(
  executor: Executor,
  id: string,
): Promise<Pick<DeadJob, 'id' | 'data'> | undefined> {
  return (await executor.query<DeadJob>(FIND_DEAD_JOB, [RAG_INDEX_DEAD_QUEUE, id])).rows[0];
}

const COUNT_DEAD_JOBS = `
select count(*)::float8 as jobs from pgboss.job
where name = $1::text and state in ('created', 'retry', 'active')
  and ($2::text is null or data ->> 'cabinet_id' = $2::text)`;

/** Of all cabinets, or of one. Reads only; only where pg-boss has its tables. Prepared, because every status counts them. */
export async function countDeadJobs(executor: Executor, cabinetId: number | undefined): Promise<number> {
  const cabinet = cabinetId === undefined ? null : String(cabinetId);
  const { rows } = await executor.query<{ jobs: number }>({
    name: 'count_dead_jobs',
    text: COUNT_DEAD_JOBS,
    values: [RAG_INDEX_DEAD_QUEUE, cabinet],
  });
  return rows[0]!.jobs;
}

const TAKE_DEAD_JOBS = `
delete from pgboss.job
where name = $1::text and id = any ($2::uuid[]) and state in ('created', 'retry', 'active')
returning id, data`;

/**
 * Deletes dead jobs, and resolves to what those carried that were there. Of two at once one gets a job: the other waits
 * for its transaction, and finds it only when that is rolled back.
 */
export async function takeDeadJobs(
  executor: Executor,
  ids: readonly string[],
): Promise<Pick<DeadJob, 'id' | 'data'>[]> {
  return (await executor.query<DeadJob>(TAKE_DEAD_JOBS, [RAG_INDEX_DEAD_QUEUE, ids])).rows;
}

const DELETE_DEAD_SLICES = `
delete from pgboss.job
where name = $1::text and state in ('created', 'retry', 'active') and data ->> 'cabinet_id' = $2::text
  and data -> 'rebuild' ->> 'id' = $3::text`;

/** Deletes the dead jobs of a full rebuild; resolves to how many there were. Repeating it changes nothing. */
export async function deleteDeadSlices(
  executor: Executor,
  cabinetId: number,
  rebuildId: string,
): Promise<number> {
  const parameters = [RAG_INDEX_DEAD_QUEUE, String(cabinetId), rebuildId];
  return (await executor.query(DELETE_DEAD_SLICES, parameters)).rowCount ?? 0;
}

const FIND_DEAD_LETTERS_OF = `
select id, data from pgboss.job
where name = $1::text and source_name = $2::text and source_id = $3::uuid and state in ('created', 'retry', 'active')`;

/** The dead jobs that a job of a queue left. Reads only; only where pg-boss has its tables. */
export async function findDeadLettersOf(
  executor: Executor,
  queue: string,
  jobId: string,
): Promise<Pick<DeadJob, 'id' | 'data'>[]> {
  return (await executor.query<DeadJob>(FIND_DEAD_LETTERS_OF, [RAG_INDEX_DEAD_QUEUE, queue, jobId])).rows;
}

const FORGET_RETRIED_DEAD_LETTERS = `
delete from pgboss.job
where name = $1::text and id = any ($4::uuid[]) and state in ('created', 'retry', 'active')
  and exists (select from pgboss.job where name = $2::text and id = $3::uuid and state <> 'failed')`;

/** Deletes dead jobs of a job that is not failed any more, because it was retried itself. Repeating it changes nothing. */
export async function forgetRetriedDeadLetters(
  executor: Executor,
  queue: string,
  jobId: string,
  ids: readonly string[],
): Promise<void> {
  await executor.query(FORGET_RETRIED_DEAD_LETTERS, [RAG_INDEX_DEAD_QUEUE, queue, jobId, ids]);
}
