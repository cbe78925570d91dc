/** Days are counted from 1970 in Moscow time, as Wildberries does: UTC+3, without summer time. Moments are epoch ms. */
const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const MOSCOW_MS = 3 * HOUR_MS;

export function dayOf(moment: number): number {
  return Math.floor((moment + MOSCOW_MS) / DAY_MS);
}

export function startOfDay(day: number): number {
  return day * DAY_MS - MOSCOW_MS;
}

/** 0 is Monday: 1 January 1970 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

export function wholeSecond(moment: number): number {
  return Math.floor(moment / SECOND_MS) * SECOND_MS;
}

/** The remainder that is never negative, also for days before 1970. */
export function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** When nobody hands out parcels, the next opening hour instead. */
export function withinOpeningHours(moment: number): number {
  const start = startOfDay(dayOf(moment));
  const hour = (moment - start) / HOUR_MS;
  if (hour < 9) return start + 9 * HOUR_MS + (moment % HOUR_MS);
  if (hour >= 21.5) return start + 33 * HOUR_MS + (moment % HOUR_MS);
  return moment;
}
