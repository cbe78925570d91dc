import type { Database } from '../../database/pool.ts';
import { RENEW_EVERY_MS, renewSyncLease, type SyncLease } from './lease.ts';

export interface KeptLease {
  /** Aborted when the caller's signal is, or when the lease is lost. */
  readonly signal: AbortSignal;
  isLost(): boolean;
  stop(): void;
}

/** Renews a lease for as long as the work takes: a part may wait minutes for a big answer without writing anything. */
export function keepLease(main: Database, lease: SyncLease, signal: AbortSignal): KeptLease {
  const lost = new AbortController();
  const timer = setInterval(() => {
    renewSyncLease(main.pool, lease).then(
      (isMine) => {
        if (!isMine) lost.abort();
      },
      // A database that is away for a moment: the next write says whether the lease is still there.
      () => undefined,
    );
  }, RENEW_EVERY_MS).unref();
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    isLost: () => lost.signal.aborted,
    stop() {
      clearInterval(timer);
    },
  };
}
