import type { Database } from '../database/pool.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { IndexRun, IndexStatus, IndexTotals } from '../indexing/status.ts';
import type { Health } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Search } from '../retrieval/search.ts';
import type { RequestedSync, SyncState } from '../wildberries/sync/request-sync.ts';
import type { ChangedIds } from '../source-tables.ts';

export interface IndexMetrics {
  /** The run that started last; null when none is on record. */
  last_run: IndexRun | null;
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
  readIndexStatus(cabinetId: number): Promise<IndexStatus | undefined>;
  readIndexMetrics(cabinetId: number): Promise<IndexMetrics>;
  /** Queues a sync of an existing cabinet with Wildberries. Throws when it could not but fail. */
  requestSync(cabinetId: number): Promise<RequestedSync>;
  readSyncState(cabinetId: number): Promise<SyncState>;
}
