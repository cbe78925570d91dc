import {
  addDays,
  addMonths,
  dateOf,
  EARLIEST_DATE,
  earlierOf,
  laterOf,
  monthOf,
  monthsFrom,
  weekdayOf,
  yearOf,
  type LocalDate,
} from '../calendar.ts';

const UNIT_DAYS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    day: 1,
    hours: 1,
    week: 7,
    inweek: 7,
    halfmonth: 15,
    month: 30,
    quarter: 90,
    halfyear: 182,
    year: 365,
  }),
);
export const STEPS_BACK: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ this: 0, prev: 1, twiceprev: 2 }),
);

export const pad = (number: number) => String(number).padStart(2, '0');

/**
 * What the rules make of the words of a period on one day. Everything that they return is text, as a token of the question:
 * `=from/to`, days inclusive; `from:` or `to:` before it where the other side is still to be found.
 */
export function createSpans(today: LocalDate) {
  const [year, month] = [yearOf(today), monthOf(today)];
  const span = (from: LocalDate, to: LocalDate) => `=${from}/${to}`;
  /** What the calendar names; of what is not over, the part that is. */
  const soFar = (from: LocalDate, to: LocalDate) => span(from, from > today ? to : earlierOf(to, today));
  const lastDays = (days: number) => span(addDays(today, 1 - days), today);
  const months = (from: number, count = 1, ofYear = year) => soFar(...monthsFrom(ofYear, from, count));
  const monday = addDays(today, 1 - weekdayOf(today));

  /** The last such day that has come. */
  const recentDay = (dayOfYear: string): LocalDate | undefined => {
    const [ofMonth, day] = [Number(dayOfYear.slice(0, 2)), Number(dayOfYear.slice(3))];
    for (let back = 0; back < 8; back++) {
      const date = dateOf(year - back, ofMonth, day);
      if (date !== undefined && date <= today) return date;
    }
    return undefined;
  };
  const resolve = (day: string): LocalDate | undefined =>
    day.startsWith('@?')
      ? recentDay(day.slice(3))
      : dateOf(Number(day.slice(1, 5)), Number(day.slice(6, 8)), Number(day.slice(9)));
  /** A day of a year; for 29 February of a year that has none, the 28th. */
  const dayIn = (ofYear: number, date: string): LocalDate => {
    const [ofMonth, day] = [Number(date.slice(-5, -3)), Number(date.slice(-2))];
    return dateOf(ofYear, ofMonth, day) ?? dateOf(ofYear, ofMonth, 28)!;
  };
  /** From the last `first` before `last`, or to the next `last` after `first`: a year that is named holds for both. */
  const range = (first: string, last: string): string | undefined => {
    if (first.startsWith('@?') && !last.startsWith('@?')) {
      const to = resolve(last);
      if (to === undefined) return undefined;
      const from = dayIn(yearOf(to), first);
      return span(from <= to ? from : dayIn(yearOf(to) - 1, first), to);
    }
    const from = resolve(first);
    if (from === undefined) return undefined;
    const to = last.startsWith('@?') ? dayIn(yearOf(from), last) : resolve(last);
    if (to === undefined) return undefined;
    if (from <= to) return span(from, to);
    return last.startsWith('@?') ? span(from, dayIn(yearOf(from) + 1, last)) : undefined;
  };
  /** A day of an unnamed month, by the month of another day: `с 1 по 15 ноября`. */
  const dayBefore = (day: string, other: string) => `${other.slice(0, -2)}${pad(Number(day))}`;
  const recentMonth = (number: number) => (number <= month ? year : year - 1);

  const calendar = (which: string, unit: string): string | undefined => {
    const back = STEPS_BACK.get(which)!;
    switch (unit) {
      case 'day':
        return span(addDays(today, -back), addDays(today, -back));
      case 'week':
      case 'inweek':
        return soFar(addDays(monday, -7 * back), addDays(monday, 6 - 7 * back));
      case 'month':
        return months(month - back);
      case 'quarter':
        return months(Math.floor((month - 1) / 3) * 3 + 1 - 3 * back, 3);
      case 'halfyear':
        return months((month > 6 ? 7 : 1) - 6 * back, 6);
      case 'year':
        return months(1, 12, year - back);
      default:
        return undefined;
    }
  };
  const weekday = (number: number, which = 'last') => {
    const back = (weekdayOf(today) - number + 7) % 7;
    // `в прошлый понедельник`, said on a Monday, is not today.
    const date = addDays(today, which === 'prev' && back === 0 ? -7 : -back);
    return span(date, date);
  };
  const season = (number: number, back = 0): string => {
    const first = number === 1 ? 12 : 3 * (number - 1);
    const ofYear = (first <= month ? year : year - 1) - back;
    return months(first, 3, ofYear);
  };
  const partOfMonth = (part: string, from: LocalDate): string => {
    const [, end] = monthsFrom(yearOf(from), monthOf(from));
    const at = (day: number) => dateOf(yearOf(from), monthOf(from), day)!;
    if (part === 'begin' || part === '1 decade') return soFar(at(1), at(10));
    if (part === 'mid' || part === '2 decade') return soFar(at(11), at(20));
    if (part === '1 half') return soFar(at(1), at(15));
    return soFar(at(part === '2 half' ? 16 : 21), end);
  };
  const rolling = (count: string | undefined, unit: string) =>
    lastDays(Math.min(Number(count ?? 1) * UNIT_DAYS.get(unit)!, 36_500));
  const single = (days: number) => span(addDays(today, -days), addDays(today, -days));
  const since = (from: LocalDate | undefined) =>
    from === undefined ? undefined : span(from, laterOf(from, today));
  const until = (to: LocalDate | undefined) => (to === undefined ? undefined : span(EARLIEST_DATE, to));

  function rangeOfDays(day: string, end: string): string | undefined {
    const first = dayBefore(day, end);
    return Number(day) <= Number(end.slice(-2)) ? range(first, end) : undefined;
  }
  function dayOfMonth(day: number, which: string): string | undefined {
    const [begin] = monthsFrom(year, month - STEPS_BACK.get(which)!);
    const date = dateOf(yearOf(begin), monthOf(begin), day);
    return date && span(date, date);
  }
  /** So many days from the given one on; without one, the last so many. */
  function daysOfMonth(
    first: number | undefined,
    days: number,
    ofMonth: string,
    ofYear: string | undefined,
  ): string | undefined {
    const [begin, end] = monthsFrom(Number(ofYear ?? recentMonth(Number(ofMonth))), Number(ofMonth));
    const from = first === undefined ? addDays(end, 1 - days) : addDays(begin, first - 1);
    return from < begin || from > end ? undefined : soFar(from, earlierOf(addDays(from, days - 1), end));
  }
  function recentDayOfMonth(day: number): string | undefined {
    for (let back = 0; back < 3; back++) {
      const [begin] = monthsFrom(year, month - back);
      const date = dateOf(yearOf(begin), monthOf(begin), day);
      if (date !== undefined && date <= today) return span(date, date);
    }
    return undefined;
  }
  function keepPreposition(words: string, found: string | undefined): string | undefined {
    if (found === undefined) return undefined;
    if (words.startsWith('from ')) return `from:${found}`;
    return words.startsWith('по ') ? `to:${found}` : found;
  }
  function sinceStart(found: string | undefined): string | undefined {
    return found === undefined ? undefined : since(found.slice(1, 11));
  }
  function weekend(back: number): string {
    const saturday = addDays(monday, (weekdayOf(today) >= 6 ? 5 : -2) - 7 * back);
    return soFar(saturday, addDays(saturday, 1));
  }
  function isNow(found: string): boolean {
    return found.slice(12) >= today;
  }
  function ago(count: number, unit: string): string {
    if (unit === 'day' || unit === 'week') return single(count * UNIT_DAYS.get(unit)!);
    return unit === 'month' ? months(month - count) : months(1, 12, year - count);
  }
  /** `продажи неделя`, but not `через неделю`, `хватит на месяц` or `раз в год`. */
  function mayEnd(match: RegExpMatchArray): boolean {
    const before = match.input!.slice(0, match.index).trim();
    return !/(?:^| )(?:через|на|в|во|к|до|after|next|каждый|каждую|каждые|ago|от|for|per|a|the|\d+)$/.test(
      before,
    );
  }
  /** Each of two months was taken for the last such; where the second came earlier, the first is that of the year before. */
  function joined(match: RegExpMatchArray): string | undefined {
    const dates = match.slice(1).filter((date) => typeof date === 'string');
    const [last, , begin, to] = dates as [LocalDate, LocalDate, LocalDate, LocalDate];
    if (last <= to) return span(last, to);
    const from = addMonths(last, -12);
    const areMonths = last.endsWith('-01') && begin.endsWith('-01');
    return areMonths && from <= to ? span(from, to) : undefined;
  }

  return {
    ...{ year, month },
    span,
    lastDays,
    months,
    resolve,
    range,
    recentMonth,
    calendar,
    weekday,
    season,
    partOfMonth,
    rolling,
    single,
    since,
    until,
    rangeOfDays,
    dayOfMonth,
    daysOfMonth,
    recentDayOfMonth,
    keepPreposition,
    sinceStart,
    weekend,
    isNow,
    ago,
    mayEnd,
    joined,
  };
}
