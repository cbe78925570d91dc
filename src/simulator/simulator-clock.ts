import { AppError } from '../errors.ts';

/** The time of the simulated shops. Limits and tokens know nothing of it: they live in real time, as the client does. */
export interface SimulatorClock {
  readonly frozen: boolean;
  now(): Date;
  /** Only forward: what was said of the past has to stay true. */
  advance(ms: number): void;
}

/** Stands still at `frozenAt` until it is advanced; without it flows with the real time. */
export function createSimulatorClock(frozenAt?: Date): SimulatorClock {
  let advancedMs = 0;
  return {
    frozen: frozenAt !== undefined,
    now: () => new Date((frozenAt?.getTime() ?? Date.now()) + advancedMs),
    advance(ms) {
      if (!(ms >= 0 && ms < Infinity))
        throw new AppError('invalid_request', `The simulated time only goes forward, not by ${ms} ms`);
      advancedMs += Math.round(ms);
    },
  };
}
