import { isAppError } from '../errors.ts';
import { databaseFaultOf } from '../database/sqlstate.ts';

/**
 * Whether waiting helps: a fault of the provider or the database that passes. Statements that are run on a pool, outside
 * a transaction, reject with errors as `pg` makes them.
 */
export function isPassingFault(error: unknown): boolean {
  if (isAppError(error)) return error.retryable;
  const fault = databaseFaultOf(error);
  return fault === 'busy' || fault === 'unreachable';
}

/** How long work waits after a passing fault that does not say itself when to come back. */
const PUT_OFF_SECONDS = 5;
/** Another run has the cabinet: it is busy, not broken. */
const PUT_OFF_AFTER_LOST_LEASE_SECONDS = 1;

/** How many seconds a job should wait when its failure is a passing one; `undefined` when it is not. */
export function putOffSeconds(error: unknown): number | undefined {
  if (isAppError(error, 'lease_lost')) return PUT_OFF_AFTER_LOST_LEASE_SECONDS;
  if (!isPassingFault(error)) return undefined;
  const retryAfterMs = isAppError(error) ? error.details['retryAfterMs'] : undefined;
  return typeof retryAfterMs === 'number' ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : PUT_OFF_SECONDS;
}
