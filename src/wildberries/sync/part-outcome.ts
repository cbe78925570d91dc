import { databaseFaultOf } from '../../database/sqlstate.ts';
import { isAppError, messageOf } from '../../errors.ts';
import type { PartStatus } from './sync-run.ts';

/** How a part ended, as it is recorded. */
export interface PartOutcome {
  status: Extract<PartStatus, 'completed' | 'waiting' | 'failed' | 'skipped'>;
  errorMessage: string | null;
  /** Only for `waiting`. */
  retryAt: Date | undefined;
  attempts: number;
}

/** Pauses after faults of Wildberries that pass, each as long as it takes a release or a restart there, or longer. */
const RETRY_SECONDS = [5, 20, 60, 180, 600];

/**
 * What a fault of a part means for it. `undefined`: it is no fault of this part alone (the database is away, the lease is
 * lost, the process stops), so the whole run ends here and is taken up again.
 */
export function outcomeOfFault(error: unknown, attempts: number, now: Date): PartOutcome | undefined {
  if (isAppError(error, 'lease_lost') || isFaultOfDatabase(error)) return undefined;
  const errorMessage = messageOf(error);
  if (isAppError(error, 'wb_rate_limited')) {
    const retryAt = new Date(String(error.details['retryAt']));
    return { status: 'waiting', errorMessage, retryAt, attempts };
  }
  if (isAppError(error, 'wb_scope_missing'))
    return { status: 'skipped', errorMessage, retryAt: undefined, attempts };
  if (isAppError(error, 'wb_unavailable')) {
    const seconds = RETRY_SECONDS[attempts];
    if (seconds !== undefined) {
      const retryAt = new Date(now.getTime() + seconds * 1000);
      return { status: 'waiting', errorMessage, retryAt, attempts: attempts + 1 };
    }
  }
  return { status: 'failed', errorMessage, retryAt: undefined, attempts };
}

/** A statement that fails concerns one part; a database that is away or busy concerns every part. */
function isFaultOfDatabase(error: unknown): boolean {
  if (isAppError(error)) return error.code === 'database_unreachable' || error.code === 'database_busy';
  const fault = databaseFaultOf(error);
  return fault !== undefined && fault !== 'failed';
}
