import type { Vocabulary } from '../../analytics/vocabulary.ts';
import { findPeriods } from '../understanding/periods.ts';
import type { Asked, Found, Rule } from './asked.ts';
import { comparisonOf, ratingChangeOf } from './comparison-rules.ts';
import { possibleTotalsOf, ratesOf, reviewsOf, totalsOf } from './figure-rules.ts';
import { findFilters } from './find-filters.ts';
import { findHorizon } from './horizon.ts';
import { measuresAsked } from './measures-asked.ts';
import { productsOf, rankingOf } from './ranking-rules.ts';
import { shapeOf } from './shape.ts';
import { stockCoverOf, stockLevelsOf } from './stock-rules.ts';
import { wordsOf } from './words.ts';

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
export function findAnalyticsIntent(question: string, context: IntentContext): AnalyticsIntent | undefined {
  const horizon = findHorizon(question);
  let rest = horizon?.rest ?? question;
  // `по неделям` says by what, not when.
  const periods = findPeriods(
    rest.replace(BY_TIME, (match) => ' '.repeat(match.length)),
    context,
  );
  for (const { start, end } of periods)
    rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
  const words = wordsOf(rest);
  const filters = findFilters(words, context.vocabulary);
  const shape = shapeOf(words);
  if (shape.namesAmount) return undefined;
  const asked: Asked = { shape, measures: measuresAsked(shape), filters, periods, horizon: horizon?.days };
  const ignored = words.flatMap(({ text, concept, isTaken }) =>
    concept === undefined && !isTaken && /^\p{L}{3,}/u.test(text) ? [text] : [],
  );
  for (const rule of RULES) {
    const found = rule(asked);
    if (found !== undefined) return { ...found, isCertain: true, ignored };
  }
  // Where rows may be meant, nothing may be left out.
  const possible = ignored.length > 0 ? undefined : possibleTotalsOf(asked);
  return possible && { ...possible, isCertain: false, ignored };
}
