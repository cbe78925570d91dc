import { z } from 'zod';
import { defineFunction, limitParameter, noteOf, orderParameter } from './analytics-function.ts';
import { DIMENSION_NAMES, DIMENSIONS } from './dimensions.ts';
import { groupFigures } from './figures.ts';
import { goodsParameters, placeParameters } from './filter-parameters.ts';
import { speaksOf, type Figures, type MeasureName } from './measures.ts';
import { periodParameters, resolvePeriod } from './period.ts';
import { hasOrders, minOrdersParameter, needsOrders, noteOnOrders } from './rates.ts';
import { periodAsParameters, type Column, type Row } from './result.ts';
import { describeKeys, keyColumns, measureColumns, measureValues, valueOf } from './rows.ts';
import { sortGroups } from './totals.ts';

const RATES = ['buyout_rate', 'return_rate', 'cancel_rate'] as const satisfies MeasureName[];

/** What became of the orders: together they are all orders of the period. */
const OUTCOMES: Column[] = [
  { name: 'bought', unit: 'count', label: 'Выкуплено' },
  { name: 'returned', unit: 'count', label: 'Возвращено' },
  { name: 'cancelled', unit: 'count', label: 'Отменено' },
  { name: 'open', unit: 'count', label: 'Ещё в пути' },
];

export const buyoutRate = defineFunction({
  name: 'buyout_rate',
  title: 'Выкуп, возвраты и отмены',
  description: {
    ru: 'Процент выкупа, возвратов и отмен заказов, сделанных за период: всего или по товарам, брендам, категориям, размерам, складам, времени. Заказы, которые ещё в пути, в процент выкупа не входят.',
    en: 'The buyout, return and cancellation rate of the orders placed in a period, in all or by product, brand, category, size, warehouse or time. Orders that are still open do not count for the buyout rate.',
  },
  parameters: z.strictObject({
    group_by: z.enum(DIMENSION_NAMES).default('none'),
    by: z.enum(RATES).default('buyout_rate').describe('The rate that groups are sorted by.'),
    order: orderParameter('most'),
    min_orders: minOrdersParameter,
    limit: limitParameter(20),
    ...periodParameters,
    ...goodsParameters,
    ...placeParameters,
  }),
  async run(
    executor,
    context,
    { group_by: dimension, by, order, limit, min_orders: minOrders, ...rest },
    { filter },
  ) {
    const period = resolvePeriod(rest, context, 'last_30_days');
    const measures: MeasureName[] = ['orders', ...RATES];
    const figures = await groupFigures(executor, context, { measures, period, dimension, filter });
    const isNone = figures.data === 'none';
    const isWhole = dimension === 'none';
    const isRanking = needsOrders(by, dimension);
    const speaking = isNone
      ? []
      : sortGroups(figures.groups, dimension, by, order).filter(
          ([, sums]) => DIMENSIONS[dimension].isTime || speaksOf(sums, [by]),
        );
    const groups = speaking.filter(([, sums]) => !isRanking || hasOrders(sums, minOrders));
    const shown = DIMENSIONS[dimension].isTime ? groups : groups.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      dimension,
      shown.map(([key]) => key),
    );
    const rowOf = (sums: Figures): Row => ({
      ...measureValues([by, 'orders'], sums),
      ...Object.fromEntries(
        OUTCOMES.map(({ name, unit }) => [name, valueOf(unit, sums[`${name}_orders`] ?? 0n)]),
      ),
      ...measureValues(otherRates(by), sums),
    });
    const total = isNone ? null : rowOf(figures.total);
    return {
      parameters: {
        group_by: dimension,
        ...periodAsParameters(period),
        by,
        ...(isWhole ? {} : { order, limit }),
        ...(isRanking ? { min_orders: minOrders } : {}),
      },
      columns: [
        ...keyColumns(dimension),
        ...measureColumns([by, 'orders']),
        ...OUTCOMES,
        ...measureColumns(otherRates(by)),
      ],
      rows: isWhole
        ? total === null
          ? []
          : [total]
        : shown.map(([, sums], place) => ({ ...keys[place], ...rowOf(sums) })),
      total,
      data: figures.data,
      found: isWhole ? Number(total !== null) : groups.length,
      note: noteOf([
        ...(isRanking && !isNone ? [noteOnOrders(speaking.length - groups.length, minOrders)] : []),
        ...figures.notes,
      ]),
    };
  },
});

const otherRates = (by: (typeof RATES)[number]) => RATES.filter((rate) => rate !== by);
