import { EventEmitter } from 'node:events';
import type { ChangedIds, SourceName } from './source-tables.ts';

/** What was claimed of one cabinet at once, each row counted once. */
export interface ClaimedChanges {
  cabinetId: number;
  /** Undefined: the whole cabinet has to be compared. */
  rows: Partial<Record<SourceName, number>> | undefined;
  renamedProducts: number;
  oldestCapturedAt: Date;
}

/**
 * What the parts tell the rest of the process as it happens: for the demo's timeline, for tests that wait for a signal
 * instead of sleeping, and for anyone who wants to watch. Nothing depends on somebody listening.
 */
export interface AppEvents {
  /** The listener claimed outbox rows. */
  changesClaimed: [event: { changes: number; oldestCapturedAt: Date; cabinets: readonly ClaimedChanges[] }];
  /** The transaction that turned changes into a job committed. `changedIds` undefined: the whole cabinet. */
  jobCreated: [event: { cabinetId: number; jobId: string; changedIds: ChangedIds | undefined }];
  /** A sync with Wildberries began; one that goes on is not announced again. */
  syncStarted: [event: { cabinetId: number; runId: string; trigger: string }];
  syncEnded: [event: { cabinetId: number; runId: string; status: string }];
  runStarted: [event: { cabinetId: number; jobId: string; changedIds: ChangedIds | undefined }];
  /** One batch of vectors is committed, so its chunks are searchable. */
  batchSaved: [event: { cabinetId: number; jobId: string; chunks: number }];
  /** A full rebuild began, a slice of it is done, or it is over. */
  rebuildProgress: [
    event: {
      cabinetId: number;
      rebuildId: string;
      status: 'started' | 'running' | 'completed' | 'failed';
      rowsDone: number;
      rowsTotal: number | null;
    },
  ];
  runEnded: [
    event: {
      cabinetId: number;
      jobId: string;
      status: 'completed' | 'waiting' | 'failed' | 'abandoned';
      chunksNew: number;
      chunksUpdated: number;
      chunksSkipped: number;
      chunksDeleted: number;
      chunksRejected: number;
      durationMs: number;
    },
  ];
}

export type Events = EventEmitter<AppEvents>;

export function createEvents(): Events {
  return new EventEmitter<AppEvents>();
}
