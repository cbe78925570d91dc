import type { Database } from '../database/pool.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { Health } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Search } from '../retrieval/search.ts';
import type { ChangedIds } from '../source-tables.ts';

/** The row of `rag_index_status`, without the lease. Names are the columns'. */
export interface IndexStatusRow {
  indexing_status: 'pending' | 'in_progress' | 'completed' | 'failed';
  /** End of the last full rebuild. */
  last_indexed_at: Date | null;
  /** End of the last incremental run. */
  last_incremental_at: Date | null;
  total_chunks: number;
  last_error: string | null;
  updated_at: Date;
}

/** One row of `rag_index_runs`. Names are the columns'. */
export interface IndexRunMetrics {
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
  embeddings_reused: number;
  tokens: number;
  cost_usd: number;
  read_ms: number;
  embed_ms: number;
  save_ms: number;
  error: string | null;
  started_at: Date;
  finished_at: Date | null;
}

/** Sums over all runs of a cabinet that are on record, and what its index holds now. */
export interface IndexTotals {
  runs: number;
  failed_runs: number;
  /** Chunks in the index now. */
  total_chunks: number;
  /** Rows without a chunk now, because the provider refused their text. */
  rejected_rows: number;
  chunks_new: number;
  chunks_updated: number;
  chunks_skipped: number;
  chunks_deleted: number;
  embedding_requests: number;
  embeddings_reused: number;
  tokens: number;
  cost_usd: number;
}

export interface IndexMetrics {
  /** The run that started last; null when none is on record. */
  last_run: IndexRunMetrics | null;
  totals: IndexTotals;
}

export interface HttpDeps {
  main: Database;
  vector: Database;
  embedder: Embedder;
  search: Search;
  /** What every request has to show. Not empty. */
  apiSecretKey: string;
  log: Log;
  /** Of the whole process. Shown to everybody, so without secrets. */
  health(): Health;
  /** False: jobs are queued, and wait until it is true again. */
  ragEnabled: boolean;
  /**
   * Queues an incremental run of an existing cabinet; without ids, of all its rows. Resolves when its jobs are stored, to
   * the id of the first, and writes the log line "Triggering … RAG indexing for cabinet …".
   */
  requestIndexing(
    cabinetId: number,
    changedIds: ChangedIds | undefined,
  ): Promise<{ jobId: string | undefined }>;
  /** Undefined: never indexed. */
  readIndexStatus(cabinetId: number): Promise<IndexStatusRow | undefined>;
  readIndexMetrics(cabinetId: number): Promise<IndexMetrics>;
}
