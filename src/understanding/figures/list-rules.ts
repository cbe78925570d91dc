import type { Concept } from './lexicon.ts';
import { MEASURES, type MeasureName } from '../../analytics/measures.ts';
import { periodParameters, ratingParameters, type Asked, type Found } from './asked.ts';

/** `abc анализ по выручке`, `какие товары дают 80 процентов заказов`. */
export function abcOf(asked: Asked): Found | undefined {
  const { shape, filters, measures } = asked;
  const share = shape.share;
  const by = measures.find((name): name is MeasureName => MEASURES[name].additive) ?? 'revenue';
  const isShare = share !== undefined && shape.has('which') && measures.length > 0;
  if (!shape.has('abc') && !isShare) return undefined;
  const group = shape.groupBy ?? shape.entity;
  return {
    function: 'abc',
    parameters: {
      by,
      ...(group === 'brand' || group === 'category' || group === 'subject' ? { group_by: group } : {}),
      ...(isShare ? { show: 'A', a_percent: share } : {}),
      ...periodParameters(asked, undefined),
      ...filters,
    },
  };
}

const ASKS_WHAT = /(?:^| )(?:на что|за что|о чем|про что|что|чем|почему|какие|основн\S+|главн\S+)(?: |$)/;

/** `на что жалуются`, `за что хвалят`: themes, and not how many. */
export function themesOf(asked: Asked): Found | undefined {
  const { shape, filters } = asked;
  const { has } = shape;
  if (!has('complain', 'praise') || has('how-many', 'percent', 'most', 'top') || !shape.hasPhrase(ASKS_WHAT))
    return undefined;
  return {
    function: 'review_themes',
    parameters: {
      kind: has('complain') && has('praise') ? 'all' : has('praise') ? 'praise' : 'complaint',
      ...ratingParameters(asked.rating),
      ...periodParameters(asked, undefined),
      ...filters,
    },
  };
}

const LISTED = ['brand', 'category', 'subject', 'size', 'warehouse', 'region'] as const;

/** `какие у меня бренды`, `список складов`: the values that there are. */
export function valuesOf({ shape, filters, measures, periods }: Asked): Found | undefined {
  const { has, entity } = shape;
  const of = LISTED.find((name) => name === entity);
  const isList = has('which', 'show') && !has('stock', 'ends', 'ended', 'rating', 'discount', 'price');
  if (of === undefined || !isList || measures.length > 0 || periods.length > 0) return undefined;
  if (shape.direction !== undefined || shape.groupBy !== undefined) return undefined;
  return { function: 'values', parameters: { of, ...filters } };
}

/** `у каких товаров нет отзывов`, `товары без продаж`. */
export function productsWithoutOf(asked: Asked): Found | undefined {
  const { shape, filters, without } = asked;
  const lacking = without ?? NOTHING.find(([, pattern]) => shape.hasPhrase(pattern))?.[0];
  if (lacking === undefined || !shape.has('product')) return undefined;
  return {
    function: 'products',
    parameters: {
      ...{ without: lacking },
      ...(asked.periods.length > 0 ? periodParameters(asked, undefined) : {}),
      ...filters,
    },
  };
}

const NOTHING: readonly (readonly [NonNullable<Asked['without']>, RegExp])[] = [
  ['reviews', /нет(?:у)? (?:ни одн\S+ )?отзыв/],
  ['orders', /нет(?:у)? (?:ни одн\S+ )?заказ/],
  ['sales', /нет(?:у)? (?:ни одн\S+ )?(?:продаж|выкуп)/],
];

const LISTS = /(?:^| )(?:список|перечень|перечисли(?:те)?|все) (?:\S+ )?(?:заказ|продаж|выкуп|возврат|отмен)/;
const LISTED_ROWS: readonly (readonly [Concept, string])[] = [
  ['cancellations', 'cancelled_orders'],
  ['returns', 'returns'],
  ['buyouts', 'buyouts'],
  ['orders', 'orders'],
];

/** `список возвратов за неделю`, `все заказы за вчера`: the rows themselves, the newest first. */
export function rowsOf(asked: Asked): Found | undefined {
  const { shape, filters } = asked;
  const of = LISTED_ROWS.find(([concept]) => shape.has(concept))?.[1];
  if (of === undefined || !shape.hasPhrase(LISTS) || shape.has('how-many', 'sum', 'percent'))
    return undefined;
  return { function: 'rows', parameters: { of, ...periodParameters(asked, undefined), ...filters } };
}
