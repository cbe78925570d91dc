import { periodParameters, ratingParameters, type Asked, type Found } from './asked.ts';

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
