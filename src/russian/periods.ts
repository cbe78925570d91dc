import { dateOf, localDate, type LocalDate } from '../calendar.ts';
import { periodRules, type Rule } from './period-rules.ts';
import { encodePeriodWords } from './period-words.ts';
import { phrase, rewrite, tokenize } from './words.ts';

export interface Period {
  /** First day. `EARLIEST_DATE` when only an end is said. */
  from: LocalDate;
  /** Last day, inclusive. */
  to: LocalDate;
  /** The words of the question that say so, as they are written there. */
  words: string;
  /** Where they stand: `question.slice(start, end)`. */
  start: number;
  end: number;
}

export interface PeriodContext {
  now: Date;
  /** IANA name; says which day "сегодня" is. */
  timeZone: string;
}

/**
 * The periods that a question names, in the order of the words.
 *
 * - `за неделю`, `за месяц`, `за последние 3 дня` end today and count it: 7, 30, 3 days; a quarter has 90 days so, a year 365.
 * - `на прошлой неделе`, `в прошлом месяце`, `в октябре` are those of the calendar, weeks from Monday. One that is not over
 *   ends today.
 * - Without a year a day, a month or a weekday is the last one that has begun; the end of a range is the first one after its
 *   beginning. A year that one end of a range names holds for the other, too.
 * - `до` and `по` include the day. What lies ahead (`через неделю`, `на месяц вперёд`) is no period.
 */
export function findPeriods(question: string, { now, timeZone }: PeriodContext): Period[] {
  const rules = rulesOf(localDate(now, timeZone));
  let tokens = encodePeriodWords(tokenize(question));
  for (const { pattern, replace } of rules) tokens = rewrite(tokens, pattern, replace);
  return tokens.flatMap(({ text, start, end }) => {
    const period = /^=(\d{4}-\d\d-\d\d)\/(\d{4}-\d\d-\d\d)$/.exec(text);
    if (period === null) return [];
    return [{ from: period[1]!, to: period[2]!, words: question.slice(start, end), start, end }];
  });
}

let known: { today: LocalDate; rules: Rule[] } | undefined;

/** The rules of one day, kept: compiling them takes longer than applying them. */
function rulesOf(today: LocalDate): Rule[] {
  if (known?.today !== today) known = { today, rules: periodRules(today) };
  return known.rules;
}

/** Days that no calendar has, as the question writes them: `31 ноября`. In a year that is not named February has 29. */
export function findNoSuchDays(question: string): { words: string; start: number; end: number }[] {
  const tokens = encodePeriodWords(tokenize(question));
  const found: { words: string; start: number; end: number }[] = [];
  rewrite(tokens, phrase(String.raw`(\d{1,2})d? #m(\d+)\??(?: (20\d\d))?`), (match, start, end) => {
    const [day, month, year] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 2024)];
    if (dateOf(year, month, day) === undefined) found.push({ words: question.slice(start, end), start, end });
    return undefined;
  });
  return found;
}
