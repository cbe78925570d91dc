import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time and chance, so that tests need neither. */
export interface Clock {
  /** Milliseconds since 1970, for dates that a provider names. Somebody may set it, forwards or back. */
  now(): number;
  /** Milliseconds since some moment, for intervals. Nobody can set it. */
  steady(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
  random: () => Math.random(),
};
