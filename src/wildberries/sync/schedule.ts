import { WB_SYNC_ALL_QUEUE, type ScheduleDefinition } from '../../jobs/queues.ts';

/** The schedule that synchronises all active cabinets. `intervalMinutes` divides an hour; 0: none. */
export function syncSchedules(intervalMinutes: number): ScheduleDefinition[] {
  if (intervalMinutes === 0) return [];
  const minutes = intervalMinutes === 60 ? '0' : `*/${intervalMinutes}`;
  return [{ queue: WB_SYNC_ALL_QUEUE, cron: `${minutes} * * * *`, missed: 'skip' }];
}

/** Up to here into the interval cabinets are spread, so that the last one has begun before the next tick. */
const SPREAD_SHARE = 0.8;

/**
 * How many seconds after a tick a cabinet's turn comes: the same each time, different from one cabinet to the next, so that
 * neither Wildberries nor the workers get everything at once.
 */
export function spreadSeconds(cabinetId: number, intervalMinutes: number): number {
  // Multiples of the golden ratio spread evenly, however many there are (Knuth, TAOCP 3, 6.4).
  const share = (cabinetId * 0.6180339887498949) % 1;
  return Math.floor(share * intervalMinutes * 60 * SPREAD_SHARE);
}
