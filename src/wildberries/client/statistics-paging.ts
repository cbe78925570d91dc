import { compareTimes, isMoment, moscowDay, nextMillisecond } from './compare-times.ts';

/** JSON: it may be kept in a jsonb column between pages and between syncs. */
export interface StatisticsCursor {
  /** What `dateFrom` of the next request will be: a raw `lastChangeDate`, or a Moscow date or time. */
  dateFrom: string;
  /**
   * Set while flag=0 is stuck: Moscow days (`2026-11-22`) still to be asked for with flag=1, in this order. `dateFrom` is
   * where flag=0 goes on afterwards.
   */
  days?: string[];
}

/** Orders and sales are kept for 90 days from the order; the first and the last are rarely whole. */
const KEPT_DAYS = 90;
/** The limit of a page is "conditional" in the documentation's own word, so a page a little short of it may be cut, too. */
const FULL_PAGE = 0.9;

/** Where a seller of whom nothing is known starts. */
export function firstStatisticsCursor(nowMs: number): StatisticsCursor {
  return { dateFrom: moscowDay(nowMs, KEPT_DAYS) };
}

/** What the rows of one answer said about their order, gathered while they came. */
export interface PageTrace {
  rowCount: number;
  /** `lastChangeDate` of the last row that had one, and the latest of all, as Wildberries wrote them. */
  last: string | undefined;
  latest: string | undefined;
  ascending: boolean;
}

export function startTrace(): PageTrace {
  return { rowCount: 0, last: undefined, latest: undefined, ascending: true };
}

export function traceRow(trace: PageTrace, lastChangeDate: unknown): void {
  trace.rowCount++;
  if (typeof lastChangeDate !== 'string' || !isMoment(lastChangeDate)) return;
  if (trace.last !== undefined && compareTimes(lastChangeDate, trace.last) < 0) trace.ascending = false;
  if (trace.latest === undefined || compareTimes(lastChangeDate, trace.latest) >= 0) {
    trace.latest = lastChangeDate;
  }
  trace.last = lastChangeDate;
}

export interface NextStatistics {
  /** Of the next request; `undefined`: all that there is for now has come. */
  next: StatisticsCursor | undefined;
  /** Where a later sync goes on. */
  cursor: StatisticsCursor;
}

/**
 * Where to go on after an answer. Documented: the next `dateFrom` is the full `lastChangeDate` of the last row, and an
 * empty answer is the end. As `dateFrom` is inclusive the rows at the boundary come again every time, so an empty answer
 * may never come:
 *
 * - A page that is not full is the last one. What it may lack after all, the next sync finds from its cursor.
 * - A full page in order goes on at its last row.
 * - A full page whose last row is not later than `dateFrom` would come again for ever, and one that is out of order does
 *   not say what it left out: then every day that Wildberries keeps is asked for with flag=1, which has no limit of rows,
 *   the oldest first because they expire; afterwards flag=0 goes on a millisecond later, or at the latest row seen.
 *
 * The cursor never goes back.
 */
export function nextStatistics(
  cursor: StatisticsCursor,
  trace: PageTrace,
  pageRows: number,
  nowMs: number,
): NextStatistics {
  if (cursor.days !== undefined && cursor.days.length > 0) {
    const days = cursor.days.slice(1);
    const next = days.length > 0 ? { dateFrom: cursor.dateFrom, days } : { dateFrom: cursor.dateFrom };
    return { next, cursor: next };
  }
  const { dateFrom } = cursor;
  const { latest } = trace;
  const moves = latest !== undefined && compareTimes(latest, dateFrom) > 0;
  const isFull = trace.rowCount > 0 && trace.rowCount >= pageRows * FULL_PAGE;
  if (!isFull) return { next: undefined, cursor: { dateFrom: moves ? latest : dateFrom } };
  if (moves && trace.ascending) return { next: { dateFrom: latest }, cursor: { dateFrom: latest } };
  const days = Array.from({ length: KEPT_DAYS + 1 }, (_, index) => moscowDay(nowMs, KEPT_DAYS - index));
  const next = { dateFrom: moves ? latest : nextMillisecond(dateFrom), days };
  return { next, cursor: next };
}

/** The parameters of the request that a cursor asks for. */
export function statisticsQuery(cursor: StatisticsCursor): { dateFrom: string; flag: number } {
  const day = cursor.days?.[0];
  return day === undefined ? { dateFrom: cursor.dateFrom, flag: 0 } : { dateFrom: day, flag: 1 };
}
