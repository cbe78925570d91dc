import { z } from 'zod';
import { defineFunction, limitParameter, noteOf, orderParameter } from './analytics-function.ts';
import { ratio } from './decimal.ts';
import { groupFigures } from './figures.ts';
import { goodsParameters, placeParameters } from './filter-parameters.ts';
import { isOfProducts } from './filter-sql.ts';
import { measure, MEASURE_NAMES, type Figures, type FigureSource, type MeasureName } from './measures.ts';
import { periodParameters, resolvePeriod } from './period.ts';
import { readActiveProducts } from './product-queries.ts';
import {
  countColumns,
  countValues,
  hasOrders,
  minOrdersParameter,
  needsOrders,
  noteOnOrders,
} from './rates.ts';
import { periodAsParameters } from './result.ts';
import { describeKeys, keyColumns, measureColumns, measureValues, valueOf } from './rows.ts';
import { sortGroups } from './totals.ts';

export const topProducts = defineFunction({
  name: 'top_products',
  title: 'Лучшие и худшие товары',
  description: {
    ru: 'Товары, у которых за период больше всего или меньше всего выручки, выкупов, заказов, возвратов, отмен, отзывов, выше или ниже выкуп и оценка. Среди худших и те, которые не продавались вовсе.',
    en: 'The products with the most or the least revenue, buyouts, orders, returns, cancellations or reviews in a period, or the highest or lowest buyout rate or rating. The least include active products that did not sell at all.',
  },
  parameters: z.strictObject({
    by: z.enum(MEASURE_NAMES).default('revenue'),
    order: orderParameter('most'),
    min_orders: minOrdersParameter,
    limit: limitParameter(10),
    ...periodParameters,
    ...goodsParameters,
    ...placeParameters,
  }),
  async run(executor, context, { by, order, limit, min_orders: minOrders, ...rest }, { filter }) {
    const period = resolvePeriod(rest, context, 'last_30_days');
    const measures = measuresBeside(by);
    const figures = await groupFigures(executor, context, {
      ...{ measures, period, dimension: 'product', filter },
      // Others stand beside it: what they lack is no news for who asked for this one.
      noted: [by],
    });
    const isNone = figures.data === 'none';
    if (!isNone && order === 'least' && measure(by).additive && isOfProducts(filter)) {
      const active = await readActiveProducts(executor, context.cabinetId, filter);
      for (const nmId of active) if (!figures.groups.has(String(nmId))) figures.groups.set(String(nmId), {});
    }
    const isRate = needsOrders(by, 'product');
    const all = isNone
      ? []
      : sortGroups(figures.groups, 'product', by, order).filter(([key, sums]) =>
          belongs(key, sums, by, order),
        );
    const ranked = all.filter(([, sums]) => !isRate || hasOrders(sums, minOrders));
    const shown = ranked.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      'product',
      shown.map(([key]) => key),
    );
    const whole = measure(by).of(figures.total) ?? 0n;
    const hasShare = measure(by).additive;
    const share = (sums: Figures) =>
      hasShare ? { share: valueOf('percent', ratio(measure(by).of(sums) ?? 0n, whole, 100n)) } : {};
    return {
      parameters: {
        ...{ by, order, limit },
        ...periodAsParameters(period),
        ...(isRate ? { min_orders: minOrders } : {}),
      },
      columns: [
        { name: 'place', unit: 'count', label: '№' },
        ...keyColumns('product'),
        ...measureColumns([by]),
        ...(hasShare ? [{ name: 'share', unit: 'percent' as const, label: 'Доля' }] : []),
        ...measureColumns(measures.slice(1)),
        ...countColumns(measures),
      ],
      rows: shown.map(([, sums], index) => ({
        place: index + 1,
        ...keys[index],
        ...measureValues([by], sums),
        ...share(sums),
        ...measureValues(measures.slice(1), sums),
        ...countValues(measures, sums),
      })),
      total: isNone
        ? null
        : { ...measureValues(measures, figures.total), ...countValues(measures, figures.total) },
      data: figures.data,
      found: ranked.length,
      note: noteOf([
        ...(isRate && !isNone ? [noteOnOrders(all.length - ranked.length, minOrders)] : []),
        ...figures.notes,
      ]),
    };
  },
});

/** What a seller wants to see next to the measure that ranks: of the same rows, so that it costs nothing. */
function measuresBeside(by: MeasureName): MeasureName[] {
  const beside: Record<FigureSource, MeasureName[]> = {
    orders: ['orders', 'orders_amount', 'cancelled_orders'],
    sales: ['buyouts', 'returns', 'revenue'],
    reviews: ['reviews', 'average_rating'],
  };
  return [by, ...beside[measure(by).source].filter((name) => name !== by)];
}

/** Nobody is on top with nothing, and a rate that is not there is no rate. Rows without a product are no product. */
function belongs(key: string | null, sums: Figures, by: MeasureName, order: 'most' | 'least'): boolean {
  if (key === null) return false;
  const value = measure(by).of(sums);
  return value !== null && !(order === 'most' && measure(by).additive && value === 0n);
}
