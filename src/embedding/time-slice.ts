import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest stretch of computing before other work of the process (heartbeats, HTTP) gets its turn. */
const SLICE_MS = 10;

/**
 * Call the result between pieces of work: it gives way to the event loop when the slice is used up, and throws
 * the signal's reason when that was aborted meanwhile.
 */
export function createTimeSlice(signal: AbortSignal | undefined): () => Promise<void> {
  let start = performance.now();
  return async () => {
    if (performance.now() - start > SLICE_MS) {
      await nextTurn();
      signal?.throwIfAborted();
      start = performance.now();
    }
  };
}
