import type { Database, Executor } from '../database/pool.ts';
import type { RunFigures } from '../events.ts';
import { leaseLost, writeUnderLease, type Lease } from './lease.ts';

/** What a run did so far. Milliseconds are wall-clock time spent in a phase. */
export interface RunCounts {
  chunksNew: number;
  chunksUpdated: number;
  chunksSkipped: number;
  chunksDeleted: number;
  chunksRejected: number;
  embeddingRequests: number;
  /** Requests that repeated a failed one. */
  embeddingRetries: number;
  /** Texts that got a vector from an embedder, each once a model. */
  textsEmbedded: number;
  embeddingsReused: number;
  tokens: number;
  costUsd: number;
  readMs: number;
  embedMs: number;
  saveMs: number;
}

export function emptyCounts(): RunCounts {
  return {
    chunksNew: 0,
    chunksUpdated: 0,
    chunksSkipped: 0,
    chunksDeleted: 0,
    chunksRejected: 0,
    embeddingRequests: 0,
    embeddingRetries: 0,
    textsEmbedded: 0,
    embeddingsReused: 0,
    tokens: 0,
    costUsd: 0,
    readMs: 0,
    embedMs: 0,
    saveMs: 0,
  };
}

/** What events report of a run. */
export function figuresOf(counts: RunCounts): RunFigures {
  const { chunksNew, chunksUpdated, chunksSkipped, chunksDeleted, chunksRejected } = counts;
  const { embeddingsReused, readMs, embedMs, saveMs } = counts;
  return {
    ...{ chunksNew, chunksUpdated, chunksSkipped, chunksDeleted, chunksRejected },
    ...{ embeddingsReused, readMs, embedMs, saveMs },
  };
}

const START_RUN = `
with lease as (
  select from public.rag_index_status
  where cabinet_id = $1::bigint and lease_token = $2::bigint
  for update
), replaced as (
  update public.rag_index_runs
  set status = 'abandoned', finished_at = clock_timestamp(), error = 'another run took over'
  where cabinet_id = $1::bigint and status = 'running' and mode <> 'full_rebuild' and exists (select from lease)
), tried_again as (
  delete from public.rag_index_runs
  where cabinet_id = $1::bigint and status = 'waiting' and mode <> 'full_rebuild' and exists (select from lease)
    and chunks_new = 0 and chunks_updated = 0 and chunks_deleted = 0 and chunks_rejected = 0 and tokens = 0
)
insert into public.rag_index_runs (cabinet_id, mode, status, model, changed_ids)
select $1::bigint, $3::text, 'running', $4::text, $5::bigint from lease
returning id::text as id`;

/**
 * Records that a run began; one that was still running is recorded as abandoned. One that only waited is forgotten: an
 * outage is tried again every few seconds, for each job that waits. That of a full rebuild stays open between its slices,
 * whoever runs meanwhile. Throws `lease_lost`, with nothing written, when somebody took the lease: the cabinet may be gone,
 * and a record would stay behind for ever.
 */
export async function startRun(
  executor: Executor,
  lease: Lease,
  run: { mode: string; model: string; changedIds: number },
): Promise<string> {
  const parameters = [lease.cabinetId, lease.token, run.mode, run.model, run.changedIds];
  const { rows } = await executor.query<{ id: string }>(START_RUN, parameters);
  if (rows[0] === undefined) throw leaseLost(lease.cabinetId);
  return rows[0].id;
}

// A full rebuild that is under way, or waits, is what the status goes on to tell; and one that has not begun where the rows may
// be others than those of the index.
const END_RUN = `
with rebuild as (
  select
    case when status = 'pending' or next_attempt_at > clock_timestamp() then 'pending' else 'in_progress' end as status,
    error
  from public.rag_rebuilds
  where cabinet_id = $1::bigint and (status = 'running' or status = 'pending' and trigger = 'restore')
), status as (
  update public.rag_index_status
  set indexing_status = case when $4::text = 'completed' then coalesce((select status from rebuild), 'completed') else $4::text end,
      last_incremental_at = case when $4::text = 'completed' then clock_timestamp() else last_incremental_at end,
      last_error = case when $4::text = 'completed' then (select error from rebuild) else $5::text end,
      updated_at = clock_timestamp()
  where cabinet_id = $1::bigint
)
update public.rag_index_runs
set status = $3::text, error = $5::text, finished_at = clock_timestamp(),
    chunks_new = $6::bigint, chunks_updated = $7::bigint, chunks_skipped = $8::bigint, chunks_deleted = $9::bigint,
    chunks_rejected = $10::bigint, embedding_requests = $11::bigint, embeddings_reused = $12::bigint,
    tokens = $13::bigint, cost_usd = $14::numeric, read_ms = $15::float8, embed_ms = $16::float8, save_ms = $17::float8,
    embedding_retries = $18::bigint, texts_embedded = $19::bigint,
    index_chunks = (select total_chunks from public.rag_index_status where cabinet_id = $1::bigint)
where cabinet_id = $1::bigint and id = $2::bigint`;

export interface RunEnd {
  runId: string;
  status: 'completed' | 'waiting' | 'failed';
  error: string | null;
  counts: RunCounts;
}

/** What the status of a cabinet says after a run that ended so. A run that waits has work pending. */
const STATUS_AFTER = { completed: 'completed', waiting: 'pending', failed: 'failed' } as const;

/** Records how a run ended. Under the lease: a run that was replaced must not speak for the one that replaced it. */
export async function endRun(vector: Database, lease: Lease, end: RunEnd): Promise<void> {
  const { counts } = end;
  await writeUnderLease(vector, lease, (client) =>
    client.query(END_RUN, [
      lease.cabinetId,
      end.runId,
      end.status,
      STATUS_AFTER[end.status],
      end.error,
      counts.chunksNew,
      counts.chunksUpdated,
      counts.chunksSkipped,
      counts.chunksDeleted,
      counts.chunksRejected,
      counts.embeddingRequests,
      counts.embeddingsReused,
      counts.tokens,
      counts.costUsd.toFixed(9),
      counts.readMs,
      counts.embedMs,
      counts.saveMs,
      counts.embeddingRetries,
      counts.textsEmbedded,
    ]),
  );
}

/** Runs older than this are history that nobody asks for; a busy cabinet makes thousands a day. */
const KEEP_RUNS_DAYS = 90;

/** Token usage is kept longer, because people ask for it by the year. */
const KEEP_USAGE_DAYS = 400;

/** Deletes old records of runs and of what they cost. */
export async function pruneRuns(executor: Executor): Promise<void> {
  await executor.query(
    `delete from public.rag_token_usage where day < (now() - make_interval(days => $1::int))::date`,
    [KEEP_USAGE_DAYS],
  );
  await executor.query(
    `delete from public.rag_index_runs where started_at < now() - make_interval(days => $1::int)`,
    [KEEP_RUNS_DAYS],
  );
}
