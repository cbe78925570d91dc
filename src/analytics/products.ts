import { z } from 'zod';
import { defineFunction, limitParameter, orderParameter } from './analytics-function.ts';
import type { Period } from '../calendar.ts';
import { compareNullable, formatHundredths, parseHundredths, ratio } from './decimal.ts';
import { goodsParameters } from './filter-parameters.ts';
import {
  badParameter,
  periodParameters,
  resolvePeriod,
  type AnalyticsContext,
  type GivenPeriod,
} from './period.ts';
import {
  readListedProducts,
  readProductsWithout,
  type DatedRows,
  type ListedProduct,
} from './product-queries.ts';
import { periodAsParameters, type Column, type Row } from './result.ts';
import { describeKeys, keyColumns, valueOf } from './rows.ts';

const SORTS = ['price', 'discount_price', 'discount_percent', 'rating', 'reviews_count', 'stock'] as const;

const FIGURES: Column[] = [
  { name: 'discount_price', unit: 'RUB', label: 'Цена со скидкой' },
  { name: 'price', unit: 'RUB', label: 'Цена' },
  { name: 'discount_percent', unit: 'percent', label: 'Скидка' },
  { name: 'rating', unit: 'stars', label: 'Рейтинг на WB' },
  { name: 'reviews_count', unit: 'count', label: 'Отзывов' },
  { name: 'stock', unit: 'pieces', label: 'Остаток, шт.' },
];

export const products = defineFunction({
  name: 'products',
  title: 'Товары, цены, рейтинги',
  description: {
    ru: 'Товары в продаже: сколько их, самые дорогие и дешёвые, с наибольшей скидкой, с высшим и низшим рейтингом на Wildberries, с наибольшим остатком, без отзывов, продаж, заказов или остатка.',
    en: 'The products on sale: how many there are, the dearest and cheapest, those with the largest discount, the best or worst rating at Wildberries, the largest stock, or those without reviews, sales, orders or stock.',
  },
  parameters: z.strictObject({
    by: z.enum(SORTS).default('discount_price'),
    order: orderParameter('most'),
    rating_below: z.number().min(0).max(5.01).optional().describe('Only products whose rating is lower.'),
    in_stock: z.boolean().optional().describe('Only those that have, or have no, pieces at Wildberries.'),
    without: z
      .enum(['reviews', 'sales', 'orders', 'stock'])
      .optional()
      .describe(
        'Only products that have none: in the period, by default the last 30 days, of reviews all time.',
      ),
    ...periodParameters,
    ...goodsParameters,
    limit: limitParameter(10),
  }),
  async run(
    executor,
    context,
    { by, order, rating_below: ratingBelow, in_stock: inStock, without, limit, ...rest },
    { filter },
  ) {
    const period = periodOf(without, rest, context);
    const { cabinetId, timeZone } = context;
    const lacking =
      period === undefined
        ? undefined
        : await readProductsWithout(executor, period.of, {
            cabinetId,
            timeZone,
            filter,
            period: period.days,
          });
    const listed = (await readListedProducts(executor, cabinetId, filter)).filter(
      ({ nm_id: nmId, rating, stock }) =>
        (lacking === undefined || lacking.has(nmId)) &&
        (without !== 'stock' || Number(stock) <= 0) &&
        (ratingBelow === undefined || (rating !== null && Number(rating) < ratingBelow)) &&
        (inStock === undefined || Number(stock) > 0 === inStock),
    );
    const sign = order === 'most' ? -1 : 1;
    const sorted = listed
      .map((product) => ({ product, value: sortValue(product, by) }))
      .sort((a, b) => {
        const byValue = compareNullable(a.value, b.value);
        return (
          (a.value === null || b.value === null ? byValue : byValue * sign) ||
          a.product.nm_id - b.product.nm_id
        );
      })
      .map(({ product }) => product);
    const shown = sorted.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      'product',
      shown.map(({ nm_id: nmId }) => String(nmId)),
    );
    return {
      parameters: {
        by,
        order,
        ...(ratingBelow === undefined ? {} : { rating_below: ratingBelow }),
        ...(inStock === undefined ? {} : { in_stock: inStock }),
        ...(without === undefined ? {} : { without }),
        ...(period === undefined ? {} : periodAsParameters(period.days)),
        limit,
      },
      columns: [...keyColumns('product'), ...FIGURES],
      rows: shown.map((product, place) => ({ ...keys[place], ...rowOf(product) })),
      total: totalOf(listed),
      data: 'complete',
      found: listed.length,
      note: null,
    };
  },
});

/** Of what there are days; a stock is what lies there now. */
function periodOf(
  without: DatedRows | 'stock' | undefined,
  given: GivenPeriod,
  context: AnalyticsContext,
): { of: DatedRows; days: Period } | undefined {
  if (without !== undefined && without !== 'stock')
    return {
      of: without,
      days: resolvePeriod(given, context, without === 'reviews' ? 'all' : 'last_30_days'),
    };
  const [name] = (['period', 'from', 'to'] as const).filter((each) => given[each] !== undefined);
  if (name !== undefined) throw badParameter(name, 'must be given with without: reviews, sales or orders');
  return undefined;
}

function sortValue(product: ListedProduct, by: (typeof SORTS)[number]): bigint | null {
  const value = product[by];
  return value === null ? null : parseHundredths(String(value));
}

function rowOf(product: ListedProduct): Row {
  return Object.fromEntries(
    FIGURES.map(({ name, unit }) => [
      name,
      valueOf(unit, sortValue(product, name as (typeof SORTS)[number])),
    ]),
  );
}

/** Averages over the products that have a value. */
function totalOf(listed: readonly ListedProduct[]): Row {
  const averageOf = (by: (typeof SORTS)[number]) => {
    const values = listed.flatMap((product) => sortValue(product, by) ?? []);
    return ratio(
      values.reduce((sum, value) => sum + value, 0n),
      BigInt(values.length) * 100n,
    );
  };
  const price = averageOf('discount_price');
  return {
    products: listed.length,
    average_price: price === null ? null : formatHundredths(price),
    average_discount: valueOf('percent', averageOf('discount_percent')),
    stock: listed.reduce((sum, { stock }) => sum + Number(stock), 0),
  };
}
