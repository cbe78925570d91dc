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
  let isRenewing = false;
  const renew = async (): Promise<void> => {
    // It waits for a write that is under way; one after the other would take every connection.
    if (isRenewing) return;
    isRenewing = true;
    try {
      if (!(await renewSyncLease(main.pool, lease))) lost.abort();
    } catch {
      // A database that is away for a moment: the next write says whether the lease is still there.
    } finally {
      isRenewing = false;
    }
  };
  const timer = setInterval(() => void renew(), RENEW_EVERY_MS).unref();
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    isLost: () => lost.signal.aborted,
    stop() {
      clearInterval(timer);
    },
  };
}
