import type { PartName } from './parts.ts';

/** Who asked for a run. */
export type RunTrigger = 'request' | 'schedule' | 'command';

export type RunStatus = 'running' | 'waiting' | 'completed' | 'partial' | 'failed';

/**
 * `skipped`: the token does not permit it. `deferred`: a limit allows its first request only so much later that the run
 * does not wait for it; a later run takes it along.
 */
export type PartStatus = 'pending' | 'running' | 'waiting' | 'completed' | 'failed' | 'skipped' | 'deferred';

/** The statuses in which a part of a run has ended. */
export const ENDED_STATUSES: ReadonlySet<PartStatus> = new Set([
  'completed',
  'failed',
  'skipped',
  'deferred',
]);

/** One synchronisation of a cabinet, a row of `wb_sync_runs`. */
export interface SyncRun {
  /** `bigint` as text. */
  id: string;
  cabinetId: number;
  trigger: RunTrigger;
  status: RunStatus;
  errorMessage: string | null;
  /** When a waiting run goes on. */
  nextAttemptAt: Date | null;
  startedAt: Date;
  finishedAt: Date | null;
}

/** What one part of a run did, a row of `wb_sync_logs`. Counts are of rows. */
export interface PartLog {
  part: PartName;
  status: PartStatus;
  /** Rows that Wildberries gave. */
  processed: number;
  created: number;
  updated: number;
  /** Rows that could not be used. */
  errors: number;
  errorMessage: string | null;
  /** Failures in a row. */
  attempts: number;
  nextAttemptAt: Date | null;
  position: unknown;
  startedAt: Date;
  completedAt: Date | null;
}
