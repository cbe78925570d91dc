import type { AnalyticsName } from '../../analytics/functions.ts';
import type { Dimension } from '../../analytics/dimensions.ts';
import type { MeasureName } from '../../analytics/measures.ts';
import type { Vocabulary } from '../../analytics/vocabulary.ts';
import { findPeriods, type Period } from '../understanding/periods.ts';
import { findFilters, type FoundFilters } from './find-filters.ts';
import { findHorizon } from './horizon.ts';
import { measuresAsked } from './measures-asked.ts';
import { shapeOf, type Shape } from './shape.ts';
import { wordsOf } from './words.ts';

export interface AnalyticsIntent {
  function: AnalyticsName;
  /** As the function takes them; what the question leaves open is left to its defaults. */
  parameters: Record<string, unknown>;
  /** False: the question may as well ask to see the rows (`заказы за вчера`). */
  isCertain: boolean;
  /** Words that nothing was made of: whoever answers may have to say so (`сколько заказов в Тамбов`). */
  ignored: string[];
}

type Found = Pick<AnalyticsIntent, 'function' | 'parameters'>;

export interface IntentContext {
  vocabulary: Vocabulary;
  now: Date;
  /** IANA name. */
  timeZone: string;
}

/** Everything that rules decide by. */
interface Asked {
  shape: Shape;
  measures: MeasureName[];
  filters: FoundFilters;
  periods: Period[];
  /** Days ahead. */
  horizon: number | undefined;
}

const BY_TIME = /(?<!\p{L})по\s+(?:дн|недел|месяц|квартал|год|час)\p{L}*[ая]м(?!\p{L})/giu;
/** A list of which every row is asked for, as far as an answer goes. */
const WHOLE_LIST = 500;
/** Nothing older is in any cabinet. */
const EARLIEST = '2000-01-01';
const RATES: ReadonlySet<MeasureName> = new Set(['buyout_rate', 'return_rate', 'cancel_rate']);
const OF_REVIEWS: ReadonlySet<MeasureName> = new Set([
  'reviews',
  'average_rating',
  'negative_reviews',
  'negative_share',
  'unanswered_reviews',
]);

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

/** Weeks and months of the last 30 days would be few, and cut off. */
const OPEN_PERIOD: Partial<Record<Dimension, string>> = { week: 'last_90_days', month: 'all' };

function periodParameters({ periods, shape }: Asked, dimension = shape.groupBy): Record<string, unknown> {
  const [first] = periods;
  if (first !== undefined) return boundsOf(first);
  const open = dimension === undefined ? undefined : OPEN_PERIOD[dimension];
  return open === undefined ? {} : { period: open };
}

const boundsOf = ({ from, to }: Period) => ({ from: from < EARLIEST ? EARLIEST : from, to });

/** A question that wants a figure, and not to see the rows. */
function wantsFigure({ shape, periods }: Asked): boolean {
  const { has } = shape;
  return (
    has('how-many', 'sum', 'percent', 'average') ||
    shape.asksHowItIs ||
    shape.groupBy !== undefined ||
    (has('which') && periods.length > 0)
  );
}

function stockCoverOf({ shape, filters, horizon }: Asked): Found | undefined {
  const { has } = shape;
  const answer = (show: string, more: Record<string, unknown> = {}): Found => {
    const limit = shape.count ?? WHOLE_LIST;
    const bySize = shape.groupBy === 'size' || shape.entity === 'size' ? { group_by: 'size' } : {};
    return { function: 'stock_cover', parameters: { show, ...more, ...bySize, ...filters, limit } };
  };
  if (has('overstock')) return answer(shape.hasPhrase(/неликвид|пылит|залеж/) ? 'not_selling' : 'overstock');
  if (
    has('not') &&
    has('buyouts', 'orders') &&
    has('which', 'product', 'slang') &&
    shape.hasPhrase(/не (?:прода|заказыва|покупа|купил)/)
  )
    return answer('not_selling');
  if (has('lasts'))
    return answer(
      filters.nm_id === undefined && horizon !== undefined ? 'ending' : 'all',
      horizon === undefined ? {} : { within_days: horizon },
    );
  if (has('ended') && has('which', 'slang', 'product', 'how-many', 'stock')) return answer('out_of_stock');
  if (has('stock') && has('not') && shape.hasPhrase(/(?:нет|нету|не) (?:\S+ )?(?:в )?налич/))
    return answer('out_of_stock');
  if (
    has('ends') &&
    (has('which', 'slang', 'product', 'first', 'how-many', 'stock') || horizon !== undefined)
  ) {
    if (horizon !== undefined) return answer('ending', { within_days: horizon });
    return answer('ending', has('first') ? { within_days: 365, limit: 10 } : {});
  }
  return undefined;
}

function ratingChangeOf(asked: Asked): Found | undefined {
  const { shape, filters, periods, measures } = asked;
  const { has } = shape;
  const changes = has('fell', 'grew', 'changed');
  if (measures[0] !== 'average_rating' || !changes) return undefined;
  const group = shape.groupBy ?? (has('which', 'each') ? shape.entity : undefined);
  const direction = has('fell') ? 'fell' : has('grew') ? 'grew' : undefined;
  const isGrouped = group === 'product' || group === 'brand' || group === 'category';
  return {
    function: 'rating_change',
    parameters: {
      ...(isGrouped ? { group_by: group, limit: shape.count ?? WHOLE_LIST } : {}),
      ...(isGrouped && direction !== undefined
        ? { show: direction, order: direction === 'grew' ? 'growth' : 'fall' }
        : {}),
      ...comparedPeriods(periods),
      ...filters,
    },
  };
}

/** The later one is the one that is asked about, whichever is named first. */
function comparedPeriods(periods: readonly Period[]): Record<string, unknown> {
  const [first, second] = periods;
  if (first === undefined) return {};
  if (second === undefined) return boundsOf(first);
  const [now, before] = first.from >= second.from ? [first, second] : [second, first];
  const { from, to } = boundsOf(before);
  return { ...boundsOf(now), other_from: from, other_to: to };
}

function comparisonOf(asked: Asked): Found | undefined {
  const { shape, filters, periods, measures } = asked;
  const { has } = shape;
  const isSideBySide =
    periods.length === 2 &&
    (wantsFigure(asked) ||
      measures.some((name) => ALWAYS_A_FIGURE.has(name)) ||
      has('most', 'least', 'previous'));
  const isComparison = has('compare', 'changed', 'fell', 'grew') || isSideBySide;
  if (!isComparison || (periods.length === 0 && measures.length === 0)) return undefined;
  // Two brands side by side are two groups of one period.
  if (periods.length === 0 && (filters.brand?.length ?? 0) > 1) return undefined;
  const asksWhich = (has('which') || shape.hasPhrase(/^(?:че|чо|шо|что) /)) && has('fell', 'grew');
  const group = shape.groupBy ?? (asksWhich ? (shape.entity ?? 'product') : undefined);
  const isGrouped = group !== undefined && !['day', 'week', 'month', 'none'].includes(group);
  const direction = has('fell') ? 'fell' : has('grew') ? 'grew' : undefined;
  return {
    function: 'compare_periods',
    parameters: {
      ...(measures.length === 0 ? {} : { measures }),
      ...(isGrouped ? { group_by: group, limit: shape.count ?? WHOLE_LIST } : {}),
      ...(asksWhich && isGrouped && direction !== undefined
        ? { show: direction, order: direction === 'grew' ? 'growth' : 'fall' }
        : {}),
      ...comparedPeriods(periods),
      ...filters,
    },
  };
}

/** Prices, discounts, the rating that Wildberries shows, how many products there are. */
function productsOf({ shape, filters, measures, periods }: Asked): Found | undefined {
  const { has } = shape;
  const { size: _size, warehouse: _warehouse, ...own } = filters;
  const answer = (by: string, order: string, more: Record<string, unknown> = {}): Found => ({
    function: 'products',
    parameters: { by, order, ...own, ...(shape.count === undefined ? {} : { limit: shape.count }), ...more },
  });
  const below = shape.ratingBelow;
  if (below !== undefined && has('product', 'which'))
    return answer('rating', 'least', { rating_below: below, limit: WHOLE_LIST });
  if (has('dear', 'cheap') && !has('check')) return answer('discount_price', has('cheap') ? 'least' : 'most');
  if (has('discount') && (shape.direction !== undefined || has('average', 'which')))
    return answer('discount_percent', shape.direction ?? 'most');
  if (has('price') && (has('average', 'which', 'how-many') || shape.direction !== undefined))
    return answer('discount_price', shape.direction ?? 'most');
  const counts = measures.length === 0 && periods.length === 0 && has('how-many');
  const isAsked = shape.entity === 'product' && !has('stock', 'ends', 'ended', 'warehouse');
  if (counts && isAsked && filters.warehouse === undefined) return answer('discount_price', 'most');
  return undefined;
}

function rankingOf(asked: Asked): Found | undefined {
  const { shape, filters, measures } = asked;
  const { has, direction } = shape;
  if (direction === undefined) return undefined;
  const entity = shape.groupBy ?? shape.entity ?? 'product';
  if (has('stock') && measures.length === 0) {
    const group = ['product', 'brand', 'category', 'subject', 'size', 'warehouse'].includes(entity)
      ? entity
      : 'product';
    return {
      function: 'stock_levels',
      parameters: { group_by: group, order: direction, ...filters, limit: shape.count ?? 10 },
    };
  }
  const isAboutRanking =
    measures.length > 0 || has('top', 'best', 'worst') || (has('most', 'least') && has('which'));
  if (!isAboutRanking) return undefined;
  const by = measures[0] ?? 'revenue';
  const order = orderOf(by, shape);
  const limit = shape.count ?? 10;
  const { warehouse: _warehouse, ...known } = filters;
  const own = OF_REVIEWS.has(by) ? known : filters;
  if (entity === 'product')
    return { function: 'top_products', parameters: { by, order, limit, ...periodParameters(asked), ...own } };
  if (RATES.has(by))
    return {
      function: 'buyout_rate',
      parameters: { by, group_by: entity, order, limit, ...periodParameters(asked), ...own },
    };
  return {
    function: 'totals',
    parameters: {
      measures: [by],
      group_by: entity,
      sort_by: 'measure',
      order,
      limit,
      ...periodParameters(asked, entity),
      ...own,
    },
  };
}

/** `худший выкуп` is the lowest, `хуже всего по возвратам` the most of them. */
function orderOf(by: MeasureName, { has, direction }: Shape): 'most' | 'least' {
  const isBad = [
    'returns',
    'returns_amount',
    'return_rate',
    'cancelled_orders',
    'cancelled_amount',
    'cancel_rate',
    'negative_reviews',
    'negative_share',
    'unanswered_reviews',
  ].includes(by);
  if (isBad && has('worst')) return 'most';
  if (isBad && has('best') && !has('most', 'top')) return 'least';
  return direction ?? 'most';
}

function stockLevelsOf(asked: Asked): Found | undefined {
  const { shape, filters, measures } = asked;
  const { has } = shape;
  const asksWhere = has('how-many') && (has('warehouse') || filters.warehouse !== undefined);
  if (!(has('stock') || asksWhere) || measures.length > 0) return undefined;
  const named = Object.keys(filters).length > 0;
  if (!(wantsFigure(asked) || named || has('show'))) return undefined;
  const group = shape.groupBy;
  const isKnown =
    group !== undefined && ['product', 'brand', 'category', 'subject', 'size', 'warehouse'].includes(group);
  return {
    function: 'stock_levels',
    parameters: { ...(isKnown ? { group_by: group, limit: shape.count ?? WHOLE_LIST } : {}), ...filters },
  };
}

function ratesOf(asked: Asked): Found | undefined {
  const { shape, filters, measures } = asked;
  const [by] = measures;
  if (by === undefined || !RATES.has(by)) return undefined;
  return {
    function: 'buyout_rate',
    parameters: {
      by,
      ...grouped(shape),
      ...periodParameters(asked),
      ...filters,
    },
  };
}

function grouped(shape: Shape): Record<string, unknown> {
  return shape.groupBy === undefined ? {} : { group_by: shape.groupBy, limit: shape.count ?? WHOLE_LIST };
}

function reviewsOf(asked: Asked): Found | undefined {
  const { shape, filters, measures } = asked;
  const { has } = shape;
  const [by] = measures;
  if (by === undefined || !OF_REVIEWS.has(by)) return undefined;
  const isAsked = wantsFigure(asked) || (by === 'average_rating' && !has('reviews', 'show', 'find'));
  if (!isAsked) return undefined;
  const { warehouse: _warehouse, ...own } = filters;
  // One product is shown with the rating that Wildberries has of it.
  const group =
    shape.groupBy ?? (by === 'average_rating' && filters.nm_id?.length === 1 ? 'product' : undefined);
  const isKnown = group !== undefined && !['subject', 'warehouse', 'region', 'hour'].includes(group);
  return {
    function: 'reviews',
    parameters: {
      ...(isKnown ? { group_by: group, by, limit: shape.count ?? WHOLE_LIST } : {}),
      ...periodParameters(asked),
      ...own,
    },
  };
}

/** What is money is never a row to look at; of the rest a figure has to be asked for. */
const ALWAYS_A_FIGURE: ReadonlySet<MeasureName> = new Set([
  'revenue',
  'average_check',
  'average_order',
  'payout',
  'orders_amount',
]);

function totalsOf(asked: Asked): Found | undefined {
  const { shape, filters, measures, periods } = asked;
  const [first] = measures;
  if (first === undefined) {
    const asksReport = shape.has('report') || (shape.asksHowItIs && periods.length > 0);
    return asksReport
      ? { function: 'totals', parameters: { ...grouped(shape), ...periodParameters(asked), ...filters } }
      : undefined;
  }
  if (!ALWAYS_A_FIGURE.has(first) && !wantsFigure(asked)) return undefined;
  return {
    function: 'totals',
    parameters: {
      measures: shape.asksHowItIs && !shape.has('how-many') ? withCompany(measures) : measures,
      ...grouped(shape),
      ...periodParameters(asked),
      ...filters,
    },
  };
}

/** `продажи за вчера`: rows or figures, who knows. The figures do no harm. */
function possibleTotalsOf(asked: Asked): Found | undefined {
  const { shape, filters, measures } = asked;
  const [first] = measures;
  if (first === undefined || OF_REVIEWS.has(first) || shape.has('show', 'find')) return undefined;
  return {
    function: 'totals',
    parameters: { measures: withCompany(measures), ...periodParameters(asked), ...filters },
  };
}

/** «Чё по возвратам» wants to hear more than a number. */
function withCompany(measures: readonly MeasureName[]): MeasureName[] {
  const company: Partial<Record<MeasureName, MeasureName[]>> = {
    returns: ['returns_amount', 'return_rate'],
    orders: ['orders_amount', 'cancelled_orders'],
    buyouts: ['revenue', 'returns'],
    revenue: ['buyouts', 'returns'],
    cancelled_orders: ['cancelled_amount', 'cancel_rate'],
  };
  return [...new Set([...measures, ...measures.flatMap((name) => company[name] ?? [])])];
}

const RULES: readonly ((asked: Asked) => Found | undefined)[] = [
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
