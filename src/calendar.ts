/**
 * Days of the cabinet's time zone, as `YYYY-MM-DD`; they compare as texts. Arithmetic on them knows no hours, so no change of
 * clocks disturbs it.
 */
export type LocalDate = string;

/** Both ends included. */
export interface Period {
  from: LocalDate;
  to: LocalDate;
}

/** What Postgres calls the ends of time; a period between them is everything, what has no date included. */
export const EVERYTHING: Period = { from: '-infinity', to: 'infinity' };

const DAY_MS = 86_400_000;

let known: { timeZone: string; format: Intl.DateTimeFormat } | undefined;

/** Which day it is in a time zone (an IANA name). @throws RangeError for a zone that does not exist. */
export function localDate(moment: Date, timeZone: string): LocalDate {
  // Kept, for making one takes longer than all the rest of reading a question for periods. A process has one zone.
  if (known?.timeZone !== timeZone) {
    const digits = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    known = { timeZone, format: new Intl.DateTimeFormat('en-CA', { timeZone, ...digits }) };
  }
  const parts = known.format.formatToParts(moment);
  const part = (type: string) => parts.find((each) => each.type === type)!.value;
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** A day of the calendar, written in full. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && dayAt(time) === text;
}

/** Before every date that a document has: where `до 10 ноября` begins. */
export const EARLIEST_DATE: LocalDate = '0001-01-01';

const utcOf = (date: LocalDate): number => Date.parse(`${date}T00:00:00Z`);
const dayAt = (utc: number): LocalDate => new Date(utc).toISOString().slice(0, 10);

export function addDays(date: LocalDate, days: number): LocalDate {
  return dayAt(utcOf(date) + days * DAY_MS);
}

/** The same day of another month, or its last day where that is shorter. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return dayAt(Date.UTC(year, month - 1 + months, Math.min(day, lastDay)));
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(date: LocalDate): number {
  return new Date(utcOf(date)).getUTCDay() || 7;
}

export const mondayOf = (date: LocalDate): LocalDate => addDays(date, 1 - weekdayOf(date));
export const firstOfMonth = (date: LocalDate): LocalDate => `${date.slice(0, 7)}-01`;
export const lastOfMonth = (date: LocalDate): LocalDate => addDays(addMonths(firstOfMonth(date), 1), -1);

/** Days from `from` to `to`, both included. */
export function daysOf({ from, to }: Period): number {
  return Math.round((utcOf(to) - utcOf(from)) / DAY_MS) + 1;
}

export function isEverything({ from }: Period): boolean {
  return from === EVERYTHING.from;
}

/**
 * What a period is compared with by default: whole months before whole months, otherwise as many days right before it.
 */
export function previousPeriod(period: Period): Period {
  const isWholeMonths = period.from === firstOfMonth(period.from) && period.to === lastOfMonth(period.to);
  if (isWholeMonths) {
    const months =
      (Number(period.to.slice(0, 4)) - Number(period.from.slice(0, 4))) * 12 +
      Number(period.to.slice(5, 7)) -
      Number(period.from.slice(5, 7)) +
      1;
    return { from: addMonths(period.from, -months), to: addDays(period.from, -1) };
  }
  return { from: addDays(period.from, -daysOf(period)), to: addDays(period.from, -1) };
}

/** The date, or undefined for a day that the month does not have. `month` counts from 1. */
export function dateOf(year: number, month: number, day: number): LocalDate | undefined {
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const isValid = month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  return isValid ? dayAt(Date.UTC(year, month - 1, day)) : undefined;
}

export const yearOf = (date: LocalDate) => Number(date.slice(0, 4));
export const monthOf = (date: LocalDate) => Number(date.slice(5, 7));

/** Whole months from `month` of `year` on; `month` may lie outside of 1 to 12 and counts on into other years. */
export function monthsFrom(year: number, month: number, count = 1): [from: LocalDate, to: LocalDate] {
  return [dayAt(Date.UTC(year, month - 1, 1)), dayAt(Date.UTC(year, month - 1 + count, 0))];
}

export const laterOf = (a: LocalDate, b: LocalDate) => (a > b ? a : b);
export const earlierOf = (a: LocalDate, b: LocalDate) => (a < b ? a : b);

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
