/** A number as people write it: groups of three set apart, a comma or a point before the decimals, a word that multiplies. */
const NUMBER =
  /(?<![\p{L}\p{N}_])[−–-]?(\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,](\d+))?(?:[ \u00a0\u202f]?(тыс|млн|млрд|k|к)(?!\p{L}))?/giu;
const DATE = /(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)/g;
const DOTTED_DATE = /(?<![\d.,])(\d{1,2})\.(\d{2})(?:\.(\d{4}))?(?!\d)/g;
/** As figures and understood questions have them. */
const PERIOD = /from":"(\d{4}-\d{2}-\d{2})","(?:other_)?to":"(\d{4}-\d{2}-\d{2})"/g;
/** References to sources and the numbers of a list say nothing of the data. */
const REFERENCE = /\[(\d+(?:\s*,\s*\d+)*)\]/g;
const LIST_MARK = /^\s*\d{1,2}[.)]\s/;
const DAY_MS = 86_400_000;
const TIMES: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({ тыс: 1e3, k: 1e3, к: 1e3, млн: 1e6, млрд: 1e9 }),
);

interface Written {
  /** As it stands in the text. */
  words: string;
  value: number;
  /** Half of the last digit that is written: what rounding may have taken away. */
  tolerance: number;
}

function numbersIn(text: string): Written[] {
  return [...text.matchAll(NUMBER)].map(([words, whole = '', decimals = '', unit = '']) => {
    const times = TIMES.get(unit.toLowerCase()) ?? 1;
    const value = Number(`${whole.replace(/\D/g, '')}.${decimals || '0'}`) * times;
    return { words: words.trim(), value, tolerance: (0.5 * times) / 10 ** decimals.length };
  });
}

/** Where the numbers of an answer may come from. */
export interface KnownTexts {
  /** Figures, rows, the question. */
  texts: readonly string[];
  /** What strangers wrote, by the number of the source: it bears out only lines that refer to it. */
  quotable: ReadonlyMap<number, string>;
  /** Whole numbers up to it are taken for counts of what was shown, as `в трёх отзывах` written with a digit. */
  counts: number;
}

/**
 * The numbers of an answer that stand in none of the texts that it may rest on, not rounded either: what a model may have
 * made up, worked out by itself, or taken from a review that claims to know the revenue. Signs do not count.
 *
 * Not a proof: a number that is in the data may still be said of something else.
 */
export function findUnverifiedNumbers(answer: string, { texts, quotable, counts }: KnownTexts): string[] {
  const known = knownIn(texts);
  const unknown = answer.split('\n').flatMap((line) => {
    const quoted = [...line.matchAll(REFERENCE)].flatMap(([, list]) =>
      list!.split(',').flatMap((number) => quotable.get(Number(number)) ?? []),
    );
    const ofLine = quoted.length === 0 ? [known] : [known, knownIn(quoted)];
    return unknownIn(line.replace(REFERENCE, ' ').replace(LIST_MARK, ' '), ofLine, counts);
  });
  return [...new Set(unknown)];
}

interface Known {
  /** Sorted. */
  values: readonly number[];
  /** YYYY-MM-DD */
  dates: ReadonlySet<string>;
}

function knownIn(texts: readonly string[]): Known {
  const dates = new Set(texts.flatMap((text) => text.match(DATE) ?? []));
  const values = [
    ...texts.flatMap((text) => [...numbersIn(text).map(({ value }) => value), ...lengthsOfPeriods(text)]),
    ...[...dates].flatMap((date) => date.split('-').map(Number)),
  ];
  return { values: values.sort((a, b) => a - b), dates };
}

function unknownIn(line: string, known: readonly Known[], counts: number): string[] {
  const dates = known.flatMap((each) => [...each.dates]);
  const unknown: string[] = [];
  const rest = line
    .replace(DATE, (date) => {
      if (!dates.includes(date)) unknown.push(date);
      return ' ';
    })
    .replace(DOTTED_DATE, (written: string, day: string, month: string, year: string | undefined) =>
      dates.some((date) => date.endsWith(`-${month}-${day.padStart(2, '0')}`) && date.startsWith(year ?? ''))
        ? ' '
        : written,
    );
  for (const { words, value, tolerance } of numbersIn(rest)) {
    if (Number.isInteger(value) && value <= counts) continue;
    const isKnown = known.some(({ values }) => {
      const nearest = values[firstNotBelow(values, value - tolerance)];
      return nearest !== undefined && nearest <= value + tolerance + Number.EPSILON * value;
    });
    if (!isKnown) unknown.push(words);
  }
  return unknown;
}

/** `за 30 дней`: in the data such a period stands as its first and last day. */
function lengthsOfPeriods(text: string): number[] {
  return [...text.matchAll(PERIOD)].map(([, from, to]) => (Date.parse(to!) - Date.parse(from!)) / DAY_MS + 1);
}

/** The place of the first element that is not below the limit, in a sorted list. */
function firstNotBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
