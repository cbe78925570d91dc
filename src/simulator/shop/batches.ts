import { dayOf, HOUR_MS, MINUTE_MS, startOfDay } from './days.ts';
import { createRandom, type Random } from './random.ts';
import { remember } from './remember.ts';

/**
 * Wildberries writes some of its changes in batches, so that many rows have the very same lastChangeDate: each half hour,
 * and in some nights a larger one. Whoever pages by lastChangeDate has to get over them.
 */
export interface Batches {
  /** The moment itself, or the half hour that comes next. */
  soon(moment: number, random: Random): number;
  /** The same, or what is left for a nightly batch. */
  eventually(moment: number, random: Random): number;
}

const SHARE_OF_HALF_HOURS = 0.12;
const SHARE_OF_NIGHTS = 0.3;

export function nextHalfHour(moment: number): number {
  return Math.ceil(moment / (30 * MINUTE_MS)) * 30 * MINUTE_MS;
}

export function createBatches(key: string): Batches {
  const hasBatchInNightTo = remember(400, (day: number) => createRandom(key, 'batch', day).chance(1 / 8));
  const soon = (moment: number, random: Random): number =>
    random.chance(SHARE_OF_HALF_HOURS) ? nextHalfHour(moment) : moment;
  return {
    soon,
    eventually(moment, random) {
      const tomorrow = dayOf(moment) + 1;
      const left = random.chance(SHARE_OF_NIGHTS);
      return left && hasBatchInNightTo(tomorrow) ? startOfDay(tomorrow) + 4 * HOUR_MS : soon(moment, random);
    },
  };
}
