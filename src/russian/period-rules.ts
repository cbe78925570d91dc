import { addDays, dateOf, EARLIEST_DATE, monthOf, monthsFrom, yearOf, type LocalDate } from '../calendar.ts';
import { createSpans, pad, STEPS_BACK } from './period-spans.ts';
import { phrase } from './words.ts';

export interface Rule {
  pattern: RegExp;
  replace: (match: RegExpMatchArray) => string | undefined;
}

/** A token that stands for a day: with a year, or without, which is found when it is known whether a range ends there. */
const DAY = String.raw`@(?:\d{4}|\?)-\d\d-\d\d`;
const MONTH = String.raw`#m(\d+)\??`;
const SPAN = String.raw`=(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)`;
const WHICH = '(this|prev|twiceprev)';
const UNIT = '(day|hours|week|inweek|month|quarter|year|halfyear|halfmonth)';
/** The rules in the order in which they are tried; each leaves tokens behind that the later ones no longer understand. */
export function periodRules(today: LocalDate): Rule[] {
  const {
    year,
    month,
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
  } = createSpans(today);

  const rules: [source: string, replace: Rule['replace']][] = [
    // Days in digits and in words.
    [String.raw`(\d{4})-(\d\d)-(\d\d)`, (m) => `@${m[1]!}-${m[2]!}-${m[3]!}`],
    [
      String.raw`(\d{1,2})[-/](\d{1,2})[-/](?:20)?(\d\d)`,
      (m) => {
        const day = dateOf(Number(`20${m[3]!}`), Number(m[2]), Number(m[1]));
        return day && `@${day}`;
      },
    ],
    // Months in digits: `11.2026`, `2026-11`.
    [
      String.raw`(?:за |в |на )?(?:(\d\d)\.(20\d\d)|(20\d\d)-(\d\d))`,
      (m) => {
        const [ofMonth, ofYear] = [Number(m[1] ?? m[4]), Number(m[2] ?? m[3])];
        return ofMonth >= 1 && ofMonth <= 12 ? months(ofMonth, 1, ofYear) : undefined;
      },
    ],
    [
      String.raw`(\d{1,2})\.(\d\d)(?:\.(?:20)?(\d\d))?(?! (?:руб|р|звезд|балл|шт|процент|см|кг|л|мл|г|размер)\p{L}*)`,
      (m) => {
        const valid = dateOf(m[3] === undefined ? 2024 : Number(`20${m[3]}`), Number(m[2]), Number(m[1]));
        return valid && `@${m[3] === undefined ? '?' : `20${m[3]}`}-${m[2]!}-${pad(Number(m[1]))}`;
      },
    ],
    [
      String.raw`(\d{1,2})d?(?: ,)? ${MONTH}(?: (20\d\d)(?: year)?| (prev|this) year)?`,
      (m) => {
        const ofYear = m[3] ?? (m[4] === undefined ? undefined : String(year - STEPS_BACK.get(m[4])!));
        const valid = dateOf(Number(ofYear ?? 2024), Number(m[2]), Number(m[1]));
        return valid && `@${ofYear ?? '?'}-${pad(Number(m[2]))}-${pad(Number(m[1]))}`;
      },
    ],
    // `20, 21 и 22 ноября`: days that follow one another. Of others only the last is a day here.
    [
      `(?:за |на |в )?((?:\\d{1,2}d? (?:,|и) )+)(${DAY})`,
      (m) => {
        const days = [...m[1]!.matchAll(/\d+/g)].map(Number);
        const followOne = [...days.slice(1), Number(m[2]!.slice(-2))].every(
          (day, at) => day === days[at]! + 1,
        );
        return followOne && !/(?:между|from|от) $/.test(m.input!.slice(0, m.index))
          ? rangeOfDays(String(days[0]!), m[2]!)
          : undefined;
      },
    ],
    // Ranges of days. `с 1 по 15` alone lies in the last month that has both.
    [
      `(?:from |от |между |за |в период )*(${DAY}) (?:по|до|-|и) (${DAY})`,
      (m) => (m[0].includes(' и ') && !m[0].startsWith('между') ? undefined : range(m[1]!, m[2]!)),
    ],
    [
      String.raw`(?:from |от |между |за )?(\d{1,2})d? (?:по|до|-|и) (${DAY})`,
      (m) => (m[0].includes(' и ') && !m[0].startsWith('между') ? undefined : rangeOfDays(m[1]!, m[2]!)),
    ],
    [
      String.raw`from (\d{1,2})d?(?: number)? по (\d{1,2})d?(?: number)?(?! (?:размер|руб|шт|р)\p{L}*)`,
      (m) => {
        const [first, last] = [Number(m[1]), Number(m[2])];
        for (let back = 0; back < 12 && first <= last; back++) {
          const [begin] = monthsFrom(year, month - back);
          const from = dateOf(yearOf(begin), monthOf(begin), first);
          const to = dateOf(yearOf(begin), monthOf(begin), last);
          if (from !== undefined && to !== undefined && from <= today) return span(from, to);
        }
        return undefined;
      },
    ],
    // One side open.
    [
      String.raw`from (\d{1,2})d? number(?! (?:по|до))`,
      (m) => {
        const day = recentDayOfMonth(Number(m[1]));
        return day && since(day.slice(1, 11));
      },
    ],
    ['from нового year', () => since(`${year}-01-01`)],
    ['(?:за |на )?all (?:время|период|историю|времена)', () => span(EARLIEST_DATE, today)],
    // Two that follow one another: `этой и прошлой недели`.
    [
      '(?:за |на |в )?(?:this и prev|prev и this) (week|inweek|month|quarter|year)',
      (m) => {
        const [before, now] = [calendar('prev', m[1]!), calendar('this', m[1]!)];
        return before && now && span(before.slice(1, 11), now.slice(12));
      },
    ],
    [
      `after (${DAY})`,
      (m) => {
        const day = resolve(m[1]!);
        return day && since(addDays(day, 1));
      },
    ],
    [`(?:from|от) (${DAY})`, (m) => since(resolve(m[1]!))],
    [`(?:до|по) (${DAY})(?: включительно)?`, (m) => until(resolve(m[1]!))],
    [
      `(?:за |в |на |от )?(${DAY})`,
      (m) => {
        const day = resolve(m[1]!);
        return day && span(day, day);
      },
    ],
    // Days that are named by where they are from today.
    [
      '(?:за |на )?(today|yesterday|twodays)(?: day)?',
      (m) => single(['today', 'yesterday', 'twodays'].indexOf(m[1]!)),
    ],
    [
      `(?:за |в |на )?(?:(\\d{1,2})d? number|(\\d{1,2})d) (this|prev|twiceprev) month`,
      (m) => dayOfMonth(Number(m[1] ?? m[2]), m[3]!),
    ],
    [
      `(?:за |в |на )?(this|prev|twiceprev) month (?:за |в |на )?(?:(\\d{1,2})d? number|(\\d{1,2})d)`,
      (m) => dayOfMonth(Number(m[2] ?? m[3]), m[1]!),
    ],
    [`(?:за |в |на )?(\\d{1,2})d? number`, (m) => recentDayOfMonth(Number(m[1]))],
    [String.raw`(?:за |в )?(\d{1,2})d(?! (?:quarter|halfyear|half))`, (m) => recentDayOfMonth(Number(m[1]))],
    ['на (?:this )?recent', () => lastDays(3)],
    // `с начала месяца`; `сравни эту неделю с прошлой`.
    [
      `from (?:all )?begin (?:${WHICH} )?(week|month|quarter|halfyear|year)`,
      (m) => sinceStart(calendar(m[1] ?? 'this', m[2]!)),
    ],
    [
      String.raw`(?<=(?:this|last) (week|month|quarter|year) (?:from|with|и|к|против|vs|или) )prev(?! (?:week|month|quarter|year))`,
      (m) => calendar('prev', m[1]!),
    ],
    // Weeks and days at the beginning and the end of a month: `за первую неделю ноября`, `последние 3 дня октября`.
    [
      `(?:в |за |на )?([1-4]) (?:week|inweek) ${MONTH}(?: (20\\d\\d)(?: year)?)?`,
      (m) => daysOfMonth(7 * Number(m[1]) - 6, 7, m[2]!, m[3]),
    ],
    [
      `(?:в |за |на )?(first|last)(?: (\\d{1,2}))? (day|week|inweek) ${MONTH}(?: (20\\d\\d)(?: year)?)?`,
      (m) => {
        const days = Number(m[2] ?? 1) * (m[3] === 'day' ? 1 : 7);
        return daysOfMonth(m[1] === 'first' ? 1 : undefined, days, m[4]!, m[5]);
      },
    ],
    // Parts of months, then whole ones.
    [
      `(?:в |за |на |from )?(begin|mid|fin|[12] half|[12] decade|3 decade) ${MONTH}(?: (20\\d\\d)(?: year)?)?`,
      (m) => {
        const ofMonth = Number(m[2]);
        const first = monthsFrom(Number(m[3] ?? recentMonth(ofMonth)), ofMonth)[0];
        return m[0].startsWith('from begin') ? since(first) : partOfMonth(m[1]!, first);
      },
    ],
    [
      `(?:в |за |на )?(begin|mid|fin|[12] half|[12] decade|3 decade) (?:${WHICH} )?month(?! ago)`,
      (m) => partOfMonth(m[1]!, monthsFrom(year, month - STEPS_BACK.get(m[2] ?? 'this')!)[0]),
    ],
    [
      `(?:в |за |на |на this )?(prev|this|twiceprev) ${MONTH}`,
      (m) => {
        const ofMonth = Number(m[2]);
        // `в прошлом ноябре`: the last one that is over.
        const back = m[1] === 'prev' && ofMonth === month ? 1 : 0;
        return months(ofMonth, 1, recentMonth(ofMonth) - back);
      },
    ],
    [
      String.raw`(?:в |за |на |от )?${MONTH} (?:(20\d\d)(?: year)?|(prev|this|twiceprev) year)`,
      (m) => months(Number(m[1]), 1, m[2] === undefined ? year - STEPS_BACK.get(m[3]!)! : Number(m[2])),
    ],
    [
      String.raw`(?:в |за |на |from |с |по |между |к )${MONTH}`,
      (m) => keepPreposition(m[0], months(Number(m[1]), 1, recentMonth(Number(m[1])))),
    ],
    [String.raw`#m(\d+)`, (m) => months(Number(m[1]), 1, recentMonth(Number(m[1])))],
    [
      String.raw`(?<=${SPAN} (?:и |, |- |с |по |до )?)#m(\d+)\?`,
      (m) => months(Number(m[3]), 1, recentMonth(Number(m[3]))),
    ],
    // What the calendar calls this and last; quarters, years, seasons.
    [
      `(?:за |в |на |from |по )?${WHICH} (inweek|week|month|quarter|halfyear|year|day)(?! ago)`,
      (m) => keepPreposition(m[0], calendar(m[1]!, m[2]!)),
    ],
    ['на (?:this )?inweek', () => calendar('this', 'week')],
    [`(?:за |в |на )?${WHICH} weekend`, (m) => weekend(m[1] === 'prev' ? 1 : m[1] === 'twiceprev' ? 2 : 0)],
    ['(?:за |в |на )?weekend', () => weekend(0)],
    [
      String.raw`(?:за |в |на )?(?:([1-4])d?|(iv|i{1,3})) quarter(?: (20\d\d)(?: year)?| (prev|this) year)?`,
      (m) => {
        const number = m[1] === undefined ? ['i', 'ii', 'iii', 'iv'].indexOf(m[2]!) + 1 : Number(m[1]);
        const first = 3 * number - 2;
        const ofYear =
          m[3] !== undefined
            ? Number(m[3])
            : m[4] !== undefined
              ? year - STEPS_BACK.get(m[4])!
              : recentMonth(first);
        return months(first, 3, ofYear);
      },
    ],
    [
      String.raw`(?:за |в |на )?([12])d? (?:halfyear|half year)(?: (20\d\d)(?: year)?)?`,
      (m) => {
        const first = m[1] === '1' ? 1 : 7;
        return months(first, 6, m[2] === undefined ? recentMonth(first) : Number(m[2]));
      },
    ],
    [String.raw`(?:за |в |на )(20\d\d)(?: year)?|(20\d\d) year`, (m) => months(1, 12, Number(m[1] ?? m[2]))],
    [
      `(?:за |в |на )?(prev|this|twiceprev) #s(\\d)`,
      (m) => {
        const back = m[1] === 'prev' && isNow(season(Number(m[2]))) ? 1 : 0;
        return season(Number(m[2]), back);
      },
    ],
    [String.raw`за #s(\d)`, (m) => season(Number(m[1]))],
    // Days of the week: `в пятницу`, `с понедельника`, `в прошлый вторник`.
    [String.raw`from #w(\d)\??`, (m) => since(weekday(Number(m[1])).slice(1, 11))],
    [String.raw`(?:в |во |за |на )?(prev|this|last) #w(\d)\??`, (m) => weekday(Number(m[2]), m[1])],
    [String.raw`(?:в |во |за )#w(\d)\??`, (m) => weekday(Number(m[1]))],
    // Up to now: `за последние 3 дня`, `за неделю`, `за 2 месяца`, `3 дня назад`.
    [String.raw`(?:(\d{1,3}) )?(day|week|month|year) ago`, (m) => ago(Number(m[1] ?? 1), m[2]!)],
    [`(?:за |в )?(?:all )?(?:last|this last) (?:24 hour|hours)|за 24 hour|24 hour`, () => lastDays(2)],
    [
      String.raw`(?:за |в |на |в течение )?(?:all )?(?:this )?last (?:(\d{1,3}) )?${UNIT}`,
      (m) => rolling(m[1], m[2]!),
    ],
    [String.raw`(?:за|в течение) (?:all |this |prev )?(\d{1,3}) ${UNIT}(?! до)`, (m) => rolling(m[1], m[2]!)],
    [
      `(?:за|в течение) (?:all )?(?:полтора|полторы) (month|week)`,
      (m) => lastDays(m[1] === 'month' ? 45 : 10),
    ],
    [`(?:за|в течение) (?:all )?${UNIT}(?! до)`, (m) => rolling(undefined, m[1]!)],
    [
      String.raw`(?:(\d{1,3}) )?(day|week|month|quarter|year)(?= ?[-,;.?!]*$)`,
      (m) => (mayEnd(m) ? rolling(m[1], m[2]!) : undefined),
    ],
    // Ranges of what was found: `с октября по ноябрь`, `с прошлой недели`, `с понедельника по среду`.
    [String.raw`from:${SPAN} (?:по|до|-) (?:to:)?${SPAN}|from:${SPAN} to:${SPAN}`, (m) => joined(m)],
    [String.raw`${SPAN} - ${SPAN}`, (m) => joined(m)],
    [String.raw`from:${SPAN}`, (m) => since(m[1])],
    [String.raw`to:${SPAN}`, (m) => until(m[2])],
  ];

  return rules.map(([source, replace]) => ({ pattern: phrase(source), replace }));
}
