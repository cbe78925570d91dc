import type { Executor } from '../database/pool.ts';

const READ_STATUS = `
select indexing_status, last_indexed_at, last_incremental_at, total_chunks::float8 as total_chunks, last_error, updated_at
from public.rag_index_status
where cabinet_id = $1::bigint`;

export interface IndexStatus {
  indexing_status: 'pending' | 'in_progress' | 'completed' | 'failed';
  /** When the last full rebuild ended. */
  last_indexed_at: Date | null;
  last_incremental_at: Date | null;
  total_chunks: number;
  last_error: string | null;
  updated_at: Date;
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
select cabinet_id::float8 as cabinet_id, indexing_status, last_indexed_at, last_incremental_at,
  total_chunks::float8 as total_chunks, last_error, updated_at
from public.rag_index_status
order by cabinet_id`;

/** The status of every cabinet that was ever indexed. Reads only. */
export async function readIndexStatuses(vector: Executor): Promise<(IndexStatus & { cabinet_id: number })[]> {
  const { rows } = await vector.query<IndexStatus & { cabinet_id: number }>(READ_STATUSES);
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

const RUN_COLUMNS = `id::float8 as id, mode, status, model, changed_ids::float8 as changed_ids,
  chunks_new::float8 as chunks_new, chunks_updated::float8 as chunks_updated, chunks_skipped::float8 as chunks_skipped,
  chunks_deleted::float8 as chunks_deleted, chunks_rejected::float8 as chunks_rejected,
  embedding_requests::float8 as embedding_requests, embedding_retries::float8 as embedding_retries,
  texts_embedded::float8 as texts_embedded, embeddings_reused::float8 as embeddings_reused,
  tokens::float8 as tokens, cost_usd::float8 as cost_usd, read_ms, embed_ms, save_ms,
  (extract(epoch from finished_at - started_at) * 1000)::float8 as duration_ms,
  index_chunks::float8 as index_chunks, ${shareSaved('texts_embedded', 'index_chunks')} as share_saved,
  error, started_at, finished_at`;

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
  (count(*) filter (where status = 'failed'))::float8 as failed_runs,
  coalesce((select total_chunks from public.rag_index_status where cabinet_id = $1::bigint), 0)::float8 as total_chunks,
  (select count(*) from public.rag_index_failures where cabinet_id = $1::bigint)::float8 as rejected_rows,
  coalesce(sum(chunks_new), 0)::float8 as chunks_new,
  coalesce(sum(chunks_updated), 0)::float8 as chunks_updated,
  coalesce(sum(chunks_skipped), 0)::float8 as chunks_skipped,
  coalesce(sum(chunks_deleted), 0)::float8 as chunks_deleted,
  coalesce(sum(chunks_rejected), 0)::float8 as chunks_rejected,
  coalesce(sum(embedding_requests), 0)::float8 as embedding_requests,
  coalesce(sum(embedding_retries), 0)::float8 as embedding_retries,
  coalesce(sum(texts_embedded), 0)::float8 as texts_embedded,
  coalesce(sum(embeddings_reused), 0)::float8 as embeddings_reused,
  coalesce(sum(tokens), 0)::float8 as tokens,
  coalesce(sum(cost_usd), 0)::float8 as cost_usd,
  coalesce(sum(read_ms), 0)::float8 as read_ms,
  coalesce(sum(embed_ms), 0)::float8 as embed_ms,
  coalesce(sum(save_ms), 0)::float8 as save_ms,
  coalesce(sum(extract(epoch from finished_at - started_at) * 1000), 0)::float8 as duration_ms,
  ${SHARE_SAVED_IN_SUM} as share_saved
from public.rag_index_runs
where cabinet_id = $1::bigint`;

export interface IndexRun {
  id: number;
  mode: string;
  status: 'running' | 'completed' | 'waiting' | 'failed' | 'abandoned';
  model: string;
  changed_ids: number;
  chunks_new: number;
  chunks_updated: number;
  chunks_skipped: number;
  chunks_deleted: number;
  chunks_rejected: number;
  embedding_requests: number;
  embedding_retries: number;
  /** Null for a run that has not ended, or of a version that did not count. */
  texts_embedded: number | null;
  embeddings_reused: number;
  tokens: number;
  cost_usd: number;
  read_ms: number;
  embed_ms: number;
  save_ms: number;
  duration_ms: number | null;
  index_chunks: number | null;
  share_saved: number | null;
  error: string | null;
  started_at: Date;
  finished_at: Date | null;
}

export interface IndexTotals {
  runs: number;
  failed_runs: number;
  total_chunks: number;
  rejected_rows: number;
  chunks_new: number;
  chunks_updated: number;
  chunks_skipped: number;
  chunks_deleted: number;
  chunks_rejected: number;
  embedding_requests: number;
  embedding_retries: number;
  texts_embedded: number;
  embeddings_reused: number;
  tokens: number;
  cost_usd: number;
  read_ms: number;
  embed_ms: number;
  save_ms: number;
  duration_ms: number;
  share_saved: number | null;
}

/** The last run of a cabinet and the sums over all runs on record (90 days). Reads only. */
export async function readIndexMetrics(
  vector: Executor,
  cabinetId: number,
): Promise<{ last_run: IndexRun | null; totals: IndexTotals }> {
  const lastRun = await vector.query<IndexRun>(READ_LAST_RUN, [cabinetId]);
  const totals = await vector.query<IndexTotals>(READ_TOTALS, [cabinetId]);
  return { last_run: lastRun.rows[0] ?? null, totals: totals.rows[0]! };
}
