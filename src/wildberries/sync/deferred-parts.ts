import type { PartLog } from './sync-run.ts';

/** As long as a run is open no other part of its cabinet is read anew. */
const WORTH_WAITING_MS = 15 * 60 * 1000;

/**
 * Parts that a run should not be kept open for: they have not begun, and the limit of their first request lasts long (three
 * hours for the orders of a base token). One that has begun is waited for, as it has a place to lose; so is everything
 * when nothing else was done.
 */
export function deferredParts(parts: readonly PartLog[], now: Date): PartLog[] {
  if (!parts.some(({ status }) => status === 'completed')) return [];
  return parts.filter(
    ({ status, processed, position, attempts, nextAttemptAt }) =>
      status === 'waiting' &&
      processed === 0 &&
      position === null &&
      attempts === 0 &&
      nextAttemptAt !== null &&
      nextAttemptAt.getTime() - now.getTime() > WORTH_WAITING_MS,
  );
}
