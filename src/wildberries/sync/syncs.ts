import {
  readSyncState,
  requestSync,
  type RequestedSync,
  type RequestSyncDeps,
  type SyncState,
} from './request-sync.ts';

/** Syncs with Wildberries, for whoever asks for them. */
export interface Syncs {
  /** Queues a sync of an existing cabinet. Throws when it could not but fail. */
  request(cabinetId: number): Promise<RequestedSync>;
  readState(cabinetId: number): Promise<SyncState>;
}

export function createSyncs(deps: RequestSyncDeps): Syncs {
  return {
    request: (cabinetId) => requestSync(deps, cabinetId),
    readState: (cabinetId) => readSyncState(deps.main, cabinetId),
  };
}
