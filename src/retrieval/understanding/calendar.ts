/** A local date, `YYYY-MM-DD`. Such dates compare as texts. */
export type LocalDate = string;

/** Before every date that a document has: where "до 10 ноября" begins. */
export const EARLIEST_DATE: LocalDate = '0001-01-01';

const DAY_MS = 86_400_000;

let known: { timeZone: string; format: Intl.DateTimeFormat } | undefined;

/** Which day it is in a time zone (an IANA name). @throws RangeError for a zone that does not exist. */
export function localDateOf(now: Date, timeZone: string): LocalDate {
  // Kept, for making one takes longer than all the rest of reading a question for periods. A process has one zone.
  if (known?.timeZone !== timeZone) {
    const digits = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    known = { timeZone, format: new Intl.DateTimeFormat('en-CA', { timeZone, ...digits }) };
  }
  const parts = known.format.formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)!.value;
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** The date, or undefined for a day that the month does not have. `month` counts from 1. */
export function dateOf(year: number, month: number, day: number): LocalDate | undefined {
  const valid = month >= 1 && month <= 12 && day >= 1 && day <= lastDayOf(year, month);
  return valid ? format(new Date(Date.UTC(year, month - 1, day))) : undefined;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return format(new Date(Date.parse(date) + days * DAY_MS));
}

export const yearOf = (date: LocalDate) => Number(date.slice(0, 4));
export const monthOf = (date: LocalDate) => Number(date.slice(5, 7));
export const dayOf = (date: LocalDate) => Number(date.slice(8, 10));

/** 1 Monday to 7 Sunday. */
export function weekdayOf(date: LocalDate): number {
  return new Date(Date.parse(date)).getUTCDay() || 7;
}

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
