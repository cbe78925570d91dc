// What the slices of a rebuild write: how far it has come, what it found, how it ended.

import type { Executor } from '../../database/pool.ts';
import type { RunCounts } from '../runs.ts';
import type { Drift } from './drift.ts';
import { REBUILD_COLUMNS, type Rebuild } from './queries.ts';

const BEGIN_SLICE = `
update public.rag_rebuilds
set status = 'running', started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp(),
  texts_version = case when started_at is null or texts_version = $4::text then $4::text end,
  error = null, next_attempt_at = null
where cabinet_id = $1::bigint and id = $2::bigint and slice = $3::bigint and finished_at is null
returning ${REBUILD_COLUMNS}`;

/** Undefined: the slice is done, or the rebuild is over. Only under the lease. */
export async function beginSlice(
  executor: Executor,
  { cabinetId, id, slice }: { cabinetId: number; id: string; slice: number },
  textsVersion: string,
): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>(BEGIN_SLICE, [cabinetId, id, slice, textsVersion]);
  return rows[0];
}

const START_REBUILD_RUN = `
with run as (
  insert into public.rag_index_runs (cabinet_id, mode, status, model)
  values ($1::bigint, 'full_rebuild', 'running', $3::text)
  returning id
)
update public.rag_rebuilds set run_id = (select id from run), rows_total = $4::bigint
where cabinet_id = $1::bigint and id = $2::bigint and run_id is null
returning ${REBUILD_COLUMNS}`;

/** Opens the record of the run and notes how many rows there are. Only under the lease. */
export async function startRebuildRun(
  executor: Executor,
  { cabinetId, id }: Rebuild,
  model: string,
  rowsTotal: number,
): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>(START_REBUILD_RUN, [cabinetId, id, model, rowsTotal]);
  return rows[0];
}

const RECORD_DRIFT = `
update public.rag_rebuilds
set drift = $4::jsonb, drift_slice = slice, updated_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint and slice = $3::bigint and drift_slice < slice`;

/**
 * Notes what a slice found before it mends it: one that is cut off and begins again finds less. Only under the lease; the
 * second time for a slice it changes nothing.
 */
export async function recordDrift(
  executor: Executor,
  { cabinetId, id, slice }: Rebuild,
  drift: Drift,
): Promise<void> {
  await executor.query(RECORD_DRIFT, [cabinetId, id, slice, JSON.stringify(drift)]);
}

/** How far a rebuild has come: the last row that was compared, and how many. */
export interface Progress {
  sourceTable: string;
  sourceId: string;
  rowsDone: number;
  rowCounts: Record<string, number>;
}

const ADVANCE = `
update public.rag_rebuilds
set slice = slice + 1, source_table = $4::text, source_id = $5::bigint, rows_done = $6::bigint, row_counts = $7::jsonb,
  updated_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint and slice = $3::bigint`;

/**
 * Notes that a slice is done, in the transaction that counts what it did. Resolves to false, with nothing noted, when a
 * request for another model has taken the rebuild back to the first row; one that comes later waits for the commit. Only
 * under the lease.
 */
export async function advanceRebuild(
  executor: Executor,
  { cabinetId, id, slice }: Rebuild,
  { sourceTable, sourceId, rowsDone, rowCounts }: Progress,
): Promise<boolean> {
  const parameters = [cabinetId, id, slice, sourceTable, sourceId, rowsDone, JSON.stringify(rowCounts)];
  return (await executor.query(ADVANCE, parameters)).rowCount === 1;
}

const BEGIN_NEXT_PASS = `
update public.rag_rebuilds
set slice = slice + 1, pass = pass + 1, source_table = null, source_id = null, rows_done = 0, row_counts = '{}',
  updated_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint and slice = $3::bigint`;

/** Has it begin from the first row again, unless a request has done so meanwhile. Only under the lease. */
export async function beginNextPass(executor: Executor, { cabinetId, id, slice }: Rebuild): Promise<void> {
  await executor.query(BEGIN_NEXT_PASS, [cabinetId, id, slice]);
}

const ADD_TO_RUN = `
update public.rag_index_runs
set chunks_new = chunks_new + $3::bigint, chunks_updated = chunks_updated + $4::bigint,
  chunks_skipped = chunks_skipped + $5::bigint, chunks_deleted = chunks_deleted + $6::bigint,
  chunks_rejected = chunks_rejected + $7::bigint, embedding_requests = embedding_requests + $8::bigint,
  embeddings_reused = embeddings_reused + $9::bigint, tokens = tokens + $10::bigint, cost_usd = cost_usd + $11::numeric,
  read_ms = read_ms + $12::float8, embed_ms = embed_ms + $13::float8, save_ms = save_ms + $14::float8,
  embedding_retries = embedding_retries + $17::bigint, texts_embedded = coalesce(texts_embedded, 0) + $18::bigint,
  index_chunks = (select total_chunks from public.rag_index_status where cabinet_id = $1::bigint),
  status = $15::text, error = $16::text, finished_at = case when $15::text = 'running' then null else clock_timestamp() end
where cabinet_id = $1::bigint and id = $2::bigint`;

/** Adds what a slice did to the record of the run. Only under the lease. */
export async function addToRun(
  executor: Executor,
  { cabinetId, runId }: Rebuild,
  counts: RunCounts,
  { status, error }: { status: 'running' | 'completed' | 'failed'; error: string | null },
): Promise<void> {
  await executor.query(ADD_TO_RUN, [
    cabinetId,
    runId,
    ...[counts.chunksNew, counts.chunksUpdated, counts.chunksSkipped, counts.chunksDeleted],
    ...[counts.chunksRejected, counts.embeddingRequests, counts.embeddingsReused, counts.tokens],
    ...[counts.costUsd.toFixed(9), counts.readMs, counts.embedMs, counts.saveMs],
    ...[status, error, counts.embeddingRetries, counts.textsEmbedded],
  ]);
}

const WAIT = `
with waiting as (
  update public.rag_rebuilds
  set error = $3::text, next_attempt_at = clock_timestamp() + make_interval(secs => $4::float8), updated_at = clock_timestamp()
  where cabinet_id = $1::bigint and id = $2::bigint and finished_at is null
)
update public.rag_index_status
set indexing_status = 'pending', last_error = $3::text, updated_at = clock_timestamp()
where cabinet_id = $1::bigint`;

/** Says why a rebuild does not go on, and when it will. Only under the lease. */
export async function noteWait(
  executor: Executor,
  { cabinetId, id }: { cabinetId: number; id: string },
  error: string,
  seconds: number,
): Promise<void> {
  await executor.query(WAIT, [cabinetId, id, error, seconds]);
}

const PAUSE = `
update public.rag_index_status set indexing_status = 'pending', updated_at = clock_timestamp()
where cabinet_id = $1::bigint`;

/** Says that nobody is at it for now: the process was told to stop. Only under the lease. */
export async function notePause(executor: Executor, cabinetId: number): Promise<void> {
  await executor.query(PAUSE, [cabinetId]);
}

const END_REBUILD = `
update public.rag_rebuilds
set status = $3::text, error = $4::text, next_attempt_at = null, finished_at = clock_timestamp(),
  updated_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint and finished_at is null
returning run_id::text as "runId"`;

/** Closes a rebuild. Only under the lease, or when nobody is at it any more. */
export async function endRebuild(
  executor: Executor,
  { cabinetId, id }: { cabinetId: number; id: string },
  status: 'completed' | 'failed',
  error: string | null,
): Promise<void> {
  await executor.query(END_REBUILD, [cabinetId, id, status, error]);
}

const STATUS_AFTER_REBUILD = `
update public.rag_index_status
set indexing_status = 'completed', last_error = null, last_indexed_at = clock_timestamp(), updated_at = clock_timestamp(),
  texts_version = $2::text, texts_mixed_at = case when $2::text is null then coalesce(texts_mixed_at, now()) end,
  total_chunks = (select count(*) from public.rag_metadata where cabinet_id = $1::bigint)
where cabinet_id = $1::bigint
returning total_chunks::float8 as "totalChunks"`;

/** What the status says when every row has been compared; the chunks are counted anew. Only under the lease. */
export async function completeStatus(
  executor: Executor,
  cabinetId: number,
  textsVersion: string | null,
): Promise<number> {
  const { rows } = await executor.query<{ totalChunks: number }>(STATUS_AFTER_REBUILD, [
    cabinetId,
    textsVersion,
  ]);
  return rows[0]!.totalChunks;
}

const STATUS_AFTER_FAILURE = `
update public.rag_index_status
set indexing_status = 'failed', last_error = $2::text, updated_at = clock_timestamp()
where cabinet_id = $1::bigint`;

const FAIL_RUN = `
update public.rag_index_runs
set status = 'failed', error = $3::text, finished_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint`;

/** Gives a rebuild up. */
export async function failRebuild(executor: Executor, rebuild: Rebuild, error: string): Promise<void> {
  await endRebuild(executor, rebuild, 'failed', error);
  if (rebuild.runId !== null) await executor.query(FAIL_RUN, [rebuild.cabinetId, rebuild.runId, error]);
  await executor.query(STATUS_AFTER_FAILURE, [rebuild.cabinetId, error]);
}
