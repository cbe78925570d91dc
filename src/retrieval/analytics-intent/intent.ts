import { localDate } from '../../analytics/calendar.ts';
import type { Vocabulary } from '../../analytics/vocabulary.ts';
import { findPeriods, type Period } from '../understanding/periods.ts';
import { readPartOf } from '../understanding/read-part.ts';
import { unusedPeriods, type Asked, type Found, type Rule } from './asked.ts';
import { comparisonOf, ratingChangeOf, sideBySide } from './comparison-rules.ts';
import { possibleTotalsOf, ratesOf, reviewsOf, totalsOf } from './figure-rules.ts';
import { takeExclusions } from './exclusions.ts';
import { findFilters } from './find-filters.ts';
import { findHorizon } from './horizon.ts';
import { measuresAsked } from './measures-asked.ts';
import { productsOf, rankingOf } from './ranking-rules.ts';
import { shapeOf, type Shape } from './shape.ts';
import { stockCoverOf, stockLevelsOf } from './stock-rules.ts';
import { wordsOf, type Word } from './words.ts';

export interface AnalyticsIntent extends Found {
  /** False: the question may as well ask to see the rows (`заказы за вчера`). */
  isCertain: boolean;
  /** Words that nothing was made of: whoever answers may have to say so (`сколько заказов в Тамбов`). */
  ignored: string[];
}

export interface IntentContext {
  vocabulary: Vocabulary;
  now: Date;
  /** IANA name. */
  timeZone: string;
}

/** What says most of itself comes first. */
const RULES: readonly Rule[] = [
  stockCoverOf,
  ratingChangeOf,
  comparisonOf,
  productsOf,
  rankingOf,
  stockLevelsOf,
  ratesOf,
  reviewsOf,
  totalsOf,
];

const BY_TIME = /(?<!\p{L})по\s+(?:дн|недел|месяц|квартал|год|час)\p{L}*[ая]м(?!\p{L})/giu;

/**
 * Which analytics function answers a question, with which parameters; undefined: none does, the question asks for rows or
 * for something else. Pure: the same question means the same at the same time in the same cabinet.
 */
export function findAnalyticsIntent(whole: string, context: IntentContext): AnalyticsIntent | undefined {
  const { text: question, isCut } = readPartOf(whole);
  const horizon = findHorizon(question);
  let rest = horizon?.rest ?? question;
  // `по неделям` says by what, not when.
  const named = findPeriods(
    rest.replace(BY_TIME, (match) => ' '.repeat(match.length)),
    context,
  );
  for (const { start, end } of named) rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
  const periods = distinctPeriods(named);
  const words = wordsOf(rest);
  const excluded = takeExclusions(words);
  const filters = findFilters(words, context.vocabulary);
  const said = shapeOf(words);
  if (said.namesAmount) return undefined;
  const shape = { ...said, groupBy: said.groupBy ?? sideBySide({ shape: said, filters, periods }) };
  const today = localDate(context.now, context.timeZone);
  const asked: Asked = {
    ...{ shape, measures: measuresAsked(shape), filters, periods, horizon: horizon?.days, today },
  };
  const ignored = [...excluded, ...words.flatMap((word) => (isIgnored(word, shape) ? [word.text] : []))];
  /** The figures must not pass for those of another time than the question names. */
  const leftOut = ({ parameters }: Found): string[] => [
    ...ignored,
    ...unusedPeriods(periods, parameters).map((period) => period.words),
    ...(horizon === undefined || 'within_days' in parameters ? [] : [horizon.words]),
    ...(parameters['group_by'] === 'hour' ? [] : words.flatMap((word) => (isHour(word) ? [word.text] : []))),
  ];
  for (const rule of RULES) {
    const found = rule(asked);
    if (found !== undefined) return { ...found, isCertain: !isCut, ignored: leftOut(found) };
  }
  // Where rows may be meant, nothing may be left out.
  const possible = possibleTotalsOf(asked);
  return possible === undefined || leftOut(possible).length > 0
    ? undefined
    : { ...possible, isCertain: false, ignored };
}

/** One that is named again says nothing more. */
function distinctPeriods(periods: readonly Period[]): Period[] {
  return [
    ...new Map(periods.toReversed().map((period) => [`${period.from}/${period.to}`, period])).values(),
  ].reverse();
}

/** Nothing was made of it. A number may have been a part of a date (`31 ноября`) or of a list of days. */
function isIgnored({ text, concept, isTaken }: Word, { count, ratingBelow }: Shape): boolean {
  if (concept !== undefined || isTaken) return false;
  return /^\d+$/.test(text) ? ![count, ratingBelow].includes(Number(text)) : /^\p{L}{3,}/u.test(text);
}

const isHour = ({ concept, isTaken }: Word): boolean => concept === 'hour' && !isTaken;
