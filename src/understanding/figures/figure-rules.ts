import type { MeasureName } from '../../analytics/measures.ts';
import {
  ALWAYS_A_FIGURE,
  grouped,
  OF_REVIEWS,
  periodParameters,
  ratingParameters,
  RATES,
  WHOLE_LIST,
  wantsFigure,
  type Asked,
  type Found,
} from './asked.ts';

export function ratesOf(asked: Asked): Found | undefined {
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

export function reviewsOf(asked: Asked): Found | undefined {
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
      ...(by.startsWith('negative') ? {} : ratingParameters(asked.rating)),
      ...periodParameters(asked),
      ...own,
    },
  };
}

export function totalsOf(asked: Asked): Found | undefined {
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
export function possibleTotalsOf(asked: Asked): Found | undefined {
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
