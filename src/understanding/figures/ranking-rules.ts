import type { MeasureName } from '../../analytics/measures.ts';
import { OF_REVIEWS, periodParameters, RATES, WHOLE_LIST, type Asked, type Found } from './asked.ts';
import type { Shape } from './shape.ts';

/** Prices, discounts, the rating that Wildberries shows, how many products there are. */
export function productsOf({ shape, filters, measures, periods, rating }: Asked): Found | undefined {
  const { has } = shape;
  const { size: _size, warehouse: _warehouse, ...own } = filters;
  const answer = (by: string, order: string, more: Record<string, unknown> = {}): Found => ({
    function: 'products',
    parameters: { by, order, ...own, ...(shape.count === undefined ? {} : { limit: shape.count }), ...more },
  });
  const below = rating?.under ?? rating?.to;
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

export function rankingOf(asked: Asked): Found | undefined {
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
