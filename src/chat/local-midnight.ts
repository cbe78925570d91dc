import { localDate } from '../analytics/calendar.ts';

/** The longest local day has 25 hours; a date line that is moved adds up to a day. */
const MAX_DAY_MS = 50 * 3_600_000;

/**
 * Milliseconds until the next local day begins, however long this one is. Found by halving, because only the calendar knows
 * of changes of the clock: a day may have 23 or 25 hours, and not begin at 00:00.
 */
export function msToNextDay(now: Date, timeZone: string): number {
  const today = localDate(now, timeZone);
  let early = 0;
  let late = MAX_DAY_MS;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (localDate(new Date(now.getTime() + middle), timeZone) === today) early = middle;
    else late = middle;
  }
  return late;
}
