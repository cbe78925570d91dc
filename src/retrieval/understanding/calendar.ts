import type { LocalDate } from '../../analytics/calendar.ts';

/** Before every date that a document has: where "до 10 ноября" begins. */
export const EARLIEST_DATE: LocalDate = '0001-01-01';

/** The date, or undefined for a day that the month does not have. `month` counts from 1. */
export function dateOf(year: number, month: number, day: number): LocalDate | undefined {
  const valid = month >= 1 && month <= 12 && day >= 1 && day <= lastDayOf(year, month);
  return valid ? format(new Date(Date.UTC(year, month - 1, day))) : undefined;
}

export const yearOf = (date: LocalDate) => Number(date.slice(0, 4));
export const monthOf = (date: LocalDate) => Number(date.slice(5, 7));

function lastDayOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Whole months from `month` of `year` on; `month` may lie outside of 1 to 12 and counts on into other years. */
export function monthsFrom(year: number, month: number, count = 1): [from: LocalDate, to: LocalDate] {
  return [
    format(new Date(Date.UTC(year, month - 1, 1))),
    format(new Date(Date.UTC(year, month - 1 + count, 0))),
  ];
}

/** The later date. */
export const laterOf = (a: LocalDate, b: LocalDate) => (a > b ? a : b);
/** The earlier date. */
export const earlierOf = (a: LocalDate, b: LocalDate) => (a < b ? a : b);

function format(date: Date): LocalDate {
  return date.toISOString().slice(0, 10);
}
