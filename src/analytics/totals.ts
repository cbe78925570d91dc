import { z } from 'zod';
import { defineFunction, limitParameter, noteOf, orderParameter } from './analytics-function.ts';
import { compareNullable } from './decimal.ts';
import { DIMENSION_NAMES, DIMENSIONS, type Dimension } from './dimensions.ts';
import { groupFigures } from './figures.ts';
import { goodsParameters, placeParameters } from './filter-parameters.ts';
import { measure, MEASURE_NAMES, speaksOf, type Figures, type MeasureName } from './measures.ts';
import { periodParameters, resolvePeriod } from './period.ts';
import {
  countColumns,
  countValues,
  hasOrders,
  minOrdersParameter,
  needsOrders,
  noteOnOrders,
} from './rates.ts';
import { periodAsParameters } from './result.ts';
import { compareKeys, describeKeys, keyColumns, measureColumns, measureValues } from './rows.ts';

const DEFAULT_MEASURES: MeasureName[] = [
  'orders',
  'orders_amount',
  'buyouts',
  'returns',
  'revenue',
  'average_check',
];

export const totals = defineFunction({
  name: 'totals',
  title: 'Итоги и разбивка',
  description: {
    ru: 'Заказы, выкупы, возвраты, отмены, выручка, средний чек, отзывы за период: одной цифрой или по дням, неделям, месяцам, товарам, брендам, категориям, складам, размерам, регионам.',
    en: 'Orders, buyouts, returns, cancellations, revenue, average check, reviews of a period: one figure, or by day, week, month, product, brand, category, warehouse, size or region.',
  },
  parameters: z.strictObject({
    measures: z.array(z.enum(MEASURE_NAMES)).min(1).max(MEASURE_NAMES.length).default(DEFAULT_MEASURES),
    group_by: z.enum(DIMENSION_NAMES).default('none'),
    ...periodParameters,
    ...goodsParameters,
    ...placeParameters,
    sort_by: z
      .enum(['time', 'measure'])
      .default('time')
      .describe('Of days, weeks, months, weekdays and hours: one after the other, or by the first measure.'),
    order: orderParameter('most').describe(
      'Of groups that are not times, by the first measure: most or least first.',
    ),
    min_orders: minOrdersParameter,
    limit: limitParameter(20),
  }),
  async run(
    executor,
    context,
    { measures: given, group_by: dimension, sort_by: sortBy, order, limit, min_orders: minOrders, ...rest },
    { filter },
  ) {
    const measures = [...new Set(given)];
    const period = resolvePeriod(rest, context, 'last_30_days');
    const figures = await groupFigures(executor, context, { measures, period, dimension, filter });
    const isRanking =
      needsOrders(measures[0]!, dimension) && !(isInOrderOfTime(dimension) && sortBy === 'time');
    const speaking =
      figures.data === 'none'
        ? []
        : sortGroups(figures.groups, dimension, measures[0]!, order, sortBy).filter(
            ([, sums]) => DIMENSIONS[dimension].isTime || speaksOf(sums, measures),
          );
    const groups = speaking.filter(([, sums]) => !isRanking || hasOrders(sums, minOrders));
    const isWhole = dimension === 'none';
    // Times are a row of days, which nobody wants cut off in the middle.
    const shown = DIMENSIONS[dimension].isTime && sortBy === 'time' ? groups : groups.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      dimension,
      shown.map(([key]) => key),
    );
    const rowOf = (sums: Figures) => ({ ...measureValues(measures, sums), ...countValues(measures, sums) });
    const total = figures.data === 'none' ? null : rowOf(figures.total);
    return {
      parameters: {
        measures,
        group_by: dimension,
        ...periodAsParameters(period),
        ...(isWhole ? {} : { sort_by: sortBy, order, limit }),
        ...(isRanking ? { min_orders: minOrders } : {}),
      },
      columns: [...keyColumns(dimension), ...measureColumns(measures), ...countColumns(measures)],
      rows: isWhole
        ? total === null
          ? []
          : [total]
        : shown.map(([, sums], place) => ({ ...keys[place], ...rowOf(sums) })),
      total,
      data: figures.data,
      found: isWhole ? Number(total !== null) : groups.length,
      note: noteOf([
        ...(isRanking && figures.data !== 'none'
          ? [noteOnOrders(speaking.length - groups.length, minOrders)]
          : []),
        ...figures.notes,
      ]),
    };
  },
});

const isInOrderOfTime = (dimension: Dimension): boolean =>
  DIMENSIONS[dimension].isTime || dimension === 'weekday' || dimension === 'hour';

/** Times one after the other, other groups by the measure; equals, and what has no value, by their key. */
export function sortGroups(
  groups: ReadonlyMap<string | null, Figures>,
  dimension: Dimension,
  by: MeasureName,
  order: 'most' | 'least',
  sortBy: 'time' | 'measure' = 'time',
): [string | null, Figures][] {
  const isInOrder = isInOrderOfTime(dimension) && sortBy === 'time';
  const sign = order === 'most' ? -1 : 1;
  return [...groups].sort(([a, x], [b, y]) => {
    if (isInOrder) return compareKeys(a, b);
    const [left, right] = [measure(by).of(x), measure(by).of(y)];
    const byValue = compareNullable(left, right);
    return (left === null || right === null ? byValue : byValue * sign) || compareKeys(a, b);
  });
}
