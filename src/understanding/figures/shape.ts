import type { Dimension } from '../../analytics/dimensions.ts';
import type { Concept } from './lexicon.ts';
import { NUMERALS } from '../../russian/numerals.ts';
import { stemWord } from '../../russian/word-stems.ts';
import type { ReadWord } from '../reading.ts';

/** What a question says beside which rows it is about. */
export interface Shape {
  has: (...concepts: Concept[]) => boolean;
  /** The words follow one another, other than those of filters between them. */
  hasPhrase: (pattern: RegExp) => boolean;
  /** By what the figures should be told apart. */
  groupBy: Dimension | undefined;
  /** Of what the best or worst is asked. */
  entity: Dimension | undefined;
  /** How many: `топ 5`, `3 лучших`. */
  count: number | undefined;
  /** Words that belong to what is said here although they have no concept: the number of `топ 5`. */
  numbers: ReadonlySet<ReadWord>;
  direction: 'most' | 'least' | undefined;
  /** For how many days stock shall last. */
  coverDays: number | undefined;
  /** Of `80 процентов выручки`. */
  share: number | undefined;
  /** «Чё по возвратам», «как там продажи»: how it stands, whatever that is. */
  asksHowItIs: boolean;
}

const HOW_IT_IS =
  /^(?:ну )?(?:а )?(?:че|чо|шо|что|как)(?: (?:там|у нас|у меня|сейчас|вообще|дела))*(?: (?:по|с|со) |$| (?:выручк|продажи|заказы|возвраты|отзывы|остатки|выкупы|оборот|отмены))/;

const DIMENSION_OF: Partial<Record<Concept, Dimension>> = {
  product: 'product',
  brand: 'brand',
  category: 'category',
  subject: 'subject',
  size: 'size',
  warehouse: 'warehouse',
  region: 'region',
  day: 'day',
  week: 'week',
  month: 'month',
  hour: 'hour',
};

const COUNTS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    два: 2,
    две: 2,
    три: 3,
    тройк: 3,
    четыре: 4,
    пять: 5,
    пятерк: 5,
    десять: 10,
    десятк: 10,
  }),
);

const DATIVE_PLURAL = /(?:ам|ям)$/;
const MAX_COUNT = 500;

export function shapeOf(words: readonly ReadWord[]): Shape {
  const free = words.filter(({ isTaken, excluded }) => !isTaken && !excluded);
  const concepts = new Set(free.map(({ concept }) => concept));
  const has = (...wanted: Concept[]) => wanted.some((concept) => concepts.has(concept));
  const line = free.map(({ text }) => text).join(' ');
  const groupBy = groupOf(free, line);
  const count = countOf(free);
  return {
    has,
    hasPhrase: (pattern) => pattern.test(line),
    groupBy,
    entity: entityOf(free),
    ...count,
    numbers: new Set([...count.numbers, ...phraseNumbers(free)]),
    coverDays: coverOf(line),
    share: shareOf(line),
    direction: directionOf(has),
    asksHowItIs: HOW_IT_IS.test(line),
  };
}

/** `по брендам`, `у каждого бренда`, `в разрезе артикулов`, `в день`. Without a plural, `по бренду X` says which, not by what. */
function groupOf(words: readonly ReadWord[], line: string): Dimension | undefined {
  if (/(?:дням|день|дни) недели/.test(line)) return 'weekday';
  for (const [place, { concept, text }] of words.entries()) {
    const dimension = concept === undefined ? undefined : DIMENSION_OF[concept];
    if (dimension === undefined) continue;
    const [before, beforeThat] = [words[place - 1], words[place - 2]];
    if (before?.text === 'по' && DATIVE_PLURAL.test(text)) return dimension;
    if (before?.text === 'и' && beforeThat !== undefined && DATIVE_PLURAL.test(text) && line.includes(' по '))
      continue;
    if ([before, beforeThat].some((word) => word?.concept === 'each')) return dimension;
    if (before?.text === 'в' && text === 'день') return 'day';
  }
  const concepts = new Set(words.map(({ concept }) => concept));
  if (concepts.has('by-day')) return 'day';
  if (concepts.has('by-week')) return 'week';
  if (concepts.has('by-month')) return 'month';
  if (/(?:^| )динамик/.test(line)) return 'day';
  return undefined;
}

/** `какой бренд`, `у каких товаров`, `топ-3 бренда`: the first thing that is named. */
function entityOf(words: readonly ReadWord[]): Dimension | undefined {
  const named = words.flatMap(({ concept }, place) => {
    const dimension = concept === undefined ? undefined : DIMENSION_OF[concept];
    return dimension === undefined ? [] : [{ dimension, place }];
  });
  const asked = named.find(({ place }) =>
    words.slice(Math.max(0, place - 3), place).some(({ concept }) => concept === 'which'),
  );
  return (asked ?? named[0])?.dimension;
}

/** Numbers that belong to a phrase: `80 процентов`, `из 10 заказов`, `на 30 дней`. */
function phraseNumbers(words: readonly ReadWord[]): ReadWord[] {
  return words.filter(
    ({ text }, place) =>
      /^\d+$/.test(text) &&
      (/^(?:%|процент)/.test(words[place + 1]?.text ?? '') ||
        (words[place - 1]?.text === 'из' && /^заказ/.test(words[place + 1]?.text ?? '')) ||
        (words[place - 1]?.text === 'на' && /^(?:дн|ден|недел|месяц)/.test(words[place + 1]?.text ?? ''))),
  );
}

/** `чтобы хватило на месяц`, `на 45 дней`: for how many days, from now on. */
function coverOf(line: string): number | undefined {
  const match = /(?:^| )на (?:(\d+|[а-я]+) )?(дн|ден|недел|месяц)[а-я]*/.exec(line);
  if (match === null) return undefined;
  const times = match[1] === undefined ? 1 : (NUMERALS.get(match[1]) ?? Number(match[1]));
  const days = { дн: 1, ден: 1, недел: 7, месяц: 30 }[match[2] as 'дн'];
  return Number.isFinite(times) ? Math.ceil(times * days) : undefined;
}

function shareOf(line: string): number | undefined {
  const match = /(?:^| )(\d{2}) (?:%|процент)/.exec(line);
  return match === null ? undefined : Number(match[1]);
}

function countOf(words: readonly ReadWord[]): Pick<Shape, 'count' | 'numbers'> {
  for (const [place, word] of words.entries()) {
    const { text } = word;
    const count = /^\d{1,3}$/.test(text) ? Number(text) : (COUNTS.get(text) ?? COUNTS.get(stemWord(text)));
    if (count === undefined || count < 1 || count > MAX_COUNT) continue;
    const neighbours = [words[place - 1], words[place + 1]].map((other) => other?.concept);
    if (neighbours.some((concept) => concept !== undefined && BESIDE_COUNT.has(concept)))
      return { count, numbers: new Set([word]) };
  }
  return { count: undefined, numbers: new Set() };
}

const BESIDE_COUNT: ReadonlySet<Concept> = new Set<Concept>([
  'top',
  'best',
  'worst',
  'most',
  'least',
  'product',
  'brand',
  'category',
  'size',
  'warehouse',
  'region',
]);

function directionOf(has: Shape['has']): Shape['direction'] {
  if (has('worst', 'least')) return 'least';
  if (has('most') && has('negative') && has('rating')) return 'least';
  // `плохой выкуп`
  if (has('negative') && has('buyout') && has('which', 'top')) return 'least';
  return has('top', 'best', 'most') ? 'most' : undefined;
}
