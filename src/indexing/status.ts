import type { Executor } from '../database/pool.ts';

const READ_STATUS = `
select indexing_status as "indexingStatus", last_indexed_at as "lastIndexedAt", last_incremental_at as "lastIncrementalAt",
  total_chunks::float8 as "totalChunks", last_error as "lastError",
  updated_at as "updatedAt"
from public.rag_index_status
where cabinet_id = $1::bigint`;

export interface IndexStatus {
  indexingStatus: 'pending' | 'in_progress' | 'completed' | 'failed';
  /** When the last full rebuild ended. */
  lastIndexedAt: Date | null;
  lastIncrementalAt: Date | null;
  totalChunks: number;
  lastError: string | null;
  updatedAt: Date;
}

/**
 * The status of a cabinet's index; `undefined` when it was never indexed. Reads only. Prepared, like whatever else is asked
 * for by each request of a kind that comes often: planning takes ten times as long as reading a row.
 */
export async function readIndexStatus(vector: Executor, cabinetId: number): Promise<IndexStatus | undefined> {
  const { rows } = await vector.query<IndexStatus>({
    name: 'read_status',
    text: READ_STATUS,
    values: [cabinetId],
  });
  return rows[0];
}

const READ_STATUSES = `
select cabinet_id::float8 as "cabinetId", indexing_status as "indexingStatus", last_indexed_at as "lastIndexedAt",
  last_incremental_at as "lastIncrementalAt",
  total_chunks::float8 as "totalChunks", last_error as "lastError",
  updated_at as "updatedAt"
from public.rag_index_status
order by cabinet_id`;

/** The status of every cabinet that was ever indexed. Reads only. */
export async function readIndexStatuses(vector: Executor): Promise<(IndexStatus & { cabinetId: number })[]> {
  const { rows } = await vector.query<IndexStatus & { cabinetId: number }>(READ_STATUSES);
  return rows;
}

/**
 * What was not embedded of what a full index would have: 1 - texts embedded / chunks of the index when the run ended. Null
 * when there was none; never below 0, where texts are embedded by two models at once.
 */
function shareSaved(textsEmbedded: string, indexChunks: string): string {
  return `case when ${textsEmbedded} is not null and ${indexChunks} > 0
    then greatest(0, 1 - (${textsEmbedded})::float8 / (${indexChunks})::float8) end`;
}

const RUN_COLUMNS = `id::float8 as id, mode, status, model, changed_ids::float8 as "changedIds",
  chunks_new::float8 as "chunksNew", chunks_updated::float8 as "chunksUpdated", chunks_skipped::float8 as "chunksSkipped",
  chunks_deleted::float8 as "chunksDeleted", chunks_rejected::float8 as "chunksRejected",
  embedding_requests::float8 as "embeddingRequests", embedding_retries::float8 as "embeddingRetries",
  texts_embedded::float8 as "textsEmbedded", embeddings_reused::float8 as "embeddingsReused",
  tokens::float8 as tokens, cost_usd::float8 as "costUsd", read_ms as "readMs", embed_ms as "embedMs", save_ms as "saveMs",
  (extract(epoch from finished_at - started_at) * 1000)::float8 as "durationMs",
  index_chunks::float8 as "indexChunks", ${shareSaved('texts_embedded', 'index_chunks')} as "shareSaved",
  error, started_at as "startedAt", finished_at as "finishedAt"`;

const READ_LAST_RUN = `
select ${RUN_COLUMNS} from public.rag_index_runs where cabinet_id = $1::bigint order by id desc limit 1`;

const READ_RUN = `
select ${RUN_COLUMNS} from public.rag_index_runs where cabinet_id = $1::bigint and id = $2::bigint`;

/** One run of a cabinet. Reads only. */
export async function readIndexRun(
  vector: Executor,
  cabinetId: number,
  runId: string,
): Promise<IndexRun | undefined> {
  const { rows } = await vector.query<IndexRun>(READ_RUN, [cabinetId, runId]);
  return rows[0];
}

// Runs of a version that did not count what it embedded say nothing.
const SHARE_SAVED_IN_SUM = shareSaved(
  'sum(texts_embedded)',
  'sum(index_chunks) filter (where texts_embedded is not null)',
);

const READ_TOTALS = `
select count(*)::float8 as runs,
  (count(*) filter (where status = 'failed'))::float8 as "failedRuns",
  coalesce((select total_chunks from public.rag_index_status where cabinet_id = $1::bigint), 0)::float8 as "totalChunks",
  (select count(*) from public.rag_index_failures where cabinet_id = $1::bigint)::float8 as "rejectedRows",
  coalesce(sum(chunks_new), 0)::float8 as "chunksNew",
  coalesce(sum(chunks_updated), 0)::float8 as "chunksUpdated",
  coalesce(sum(chunks_skipped), 0)::float8 as "chunksSkipped",
  coalesce(sum(chunks_deleted), 0)::float8 as "chunksDeleted",
  coalesce(sum(chunks_rejected), 0)::float8 as "chunksRejected",
  coalesce(sum(embedding_requests), 0)::float8 as "embeddingRequests",
  coalesce(sum(embedding_retries), 0)::float8 as "embeddingRetries",
  coalesce(sum(texts_embedded), 0)::float8 as "textsEmbedded",
  coalesce(sum(embeddings_reused), 0)::float8 as "embeddingsReused",
  coalesce(sum(tokens), 0)::float8 as tokens,
  coalesce(sum(cost_usd), 0)::float8 as "costUsd",
  coalesce(sum(read_ms), 0)::float8 as "readMs",
  coalesce(sum(embed_ms), 0)::float8 as "embedMs",
  coalesce(sum(save_ms), 0)::float8 as "saveMs",
  coalesce(sum(extract(epoch from finished_at - started_at) * 1000), 0)::float8 as "durationMs",
  ${SHARE_SAVED_IN_SUM} as "shareSaved"
from public.rag_index_runs
where cabinet_id = $1::bigint`;

export interface IndexRun {
  id: number;
  mode: string;
  status: 'running' | 'completed' | 'waiting' | 'failed' | 'abandoned';
  model: string;
  changedIds: number;
  chunksNew: number;
  chunksUpdated: number;
  chunksSkipped: number;
  chunksDeleted: number;
  chunksRejected: number;
  embeddingRequests: number;
  embeddingRetries: number;
  /** Null for a run that has not ended, or of a version that did not count. */
  textsEmbedded: number | null;
  embeddingsReused: number;
  tokens: number;
  costUsd: number;
  readMs: number;
  embedMs: number;
  saveMs: number;
  durationMs: number | null;
  indexChunks: number | null;
  shareSaved: number | null;
  error: string | null;
  startedAt: Date;
  finishedAt: Date | null;
}

export interface IndexTotals {
  runs: number;
  failedRuns: number;
  totalChunks: number;
  rejectedRows: number;
  chunksNew: number;
  chunksUpdated: number;
  chunksSkipped: number;
  chunksDeleted: number;
  chunksRejected: number;
  embeddingRequests: number;
  embeddingRetries: number;
  textsEmbedded: number;
  embeddingsReused: number;
  tokens: number;
  costUsd: number;
  readMs: number;
  embedMs: number;
  saveMs: number;
  durationMs: number;
  shareSaved: number | null;
}

export interface IndexMetrics {
  /** The run that started last; null when none is on record. */
  lastRun: IndexRun | null;
  totals: IndexTotals;
}

/** The last run of a cabinet and the sums over all runs on record (90 days). Reads only. */
export async function readIndexMetrics(vector: Executor, cabinetId: number): Promise<IndexMetrics> {
  const lastRun = await vector.query<IndexRun>(READ_LAST_RUN, [cabinetId]);
  const totals = await vector.query<IndexTotals>(READ_TOTALS, [cabinetId]);
  return { lastRun: lastRun.rows[0] ?? null, totals: totals.rows[0]! };
}
