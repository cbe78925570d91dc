import type { AnalyticsAnswer } from '../analytics/analytics.ts';
import type { Database } from '../database/pool.ts';
import type { FailureCounts } from '../indexing/failures/failure.ts';
import type { FailurePage, FailureQuery } from '../indexing/failures/list.ts';
import type { Retried } from '../indexing/failures/retry.ts';
import type { Rebuild } from '../indexing/rebuild/queries.ts';
import type { RequestedRebuild } from '../indexing/rebuild/request-rebuild.ts';
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
  /** Has all rows of an existing cabinet compared; `reembed`: and embedded anew. Joins a rebuild that is under way. */
  requestRebuild(cabinetId: number, reembed: boolean): Promise<RequestedRebuild>;
  /** The same for every active cabinet, and for what is left of others. */
  requestRebuildOfAll(reembed: boolean): Promise<RequestedRebuild[]>;
  /** Undefined: none is under way. */
  readOpenRebuild(cabinetId: number): Promise<Rebuild | undefined>;
  /** Undefined: never indexed. */
  readIndexStatus(cabinetId: number): Promise<IndexStatus | undefined>;
  readIndexMetrics(cabinetId: number): Promise<IndexMetrics>;
  listFailures(query: FailureQuery): Promise<FailurePage>;
  /** Of a cabinet or, without one, of all. */
  countFailures(cabinetId?: number): Promise<FailureCounts>;
  /** Throws `failure_not_found`. */
  retryFailure(id: string): Promise<Retried>;
  retryAllFailures(cabinetId?: number): Promise<Retried>;
  /** Queues a sync of an existing cabinet with Wildberries. Throws when it could not but fail. */
  requestSync(cabinetId: number): Promise<RequestedSync>;
  readSyncState(cabinetId: number): Promise<SyncState>;
  /** Answers from the source tables of an existing cabinet, as of now, in its time zone. Checks the parameters. */
  runAnalytics(name: string, cabinetId: number, parameters: unknown): Promise<AnalyticsAnswer>;
}
