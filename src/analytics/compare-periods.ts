import { z } from 'zod';
import { defineFunction, limitParameter, noteOf } from './analytics-function.ts';
import { daysOf, isEverything, localDate, previousPeriod, type Period } from '../calendar.ts';
import { compareNullable, ratio, type Hundredths } from './decimal.ts';
import { DIMENSION_NAMES, DIMENSIONS, type Dimension } from './dimensions.ts';
import { groupFigures, type GroupedFigures } from './figures.ts';
import { goodsParameters, placeParameters } from './filter-parameters.ts';
import { measure, MEASURE_NAMES, speaksOf, type MeasureName } from './measures.ts';
import {
  badParameter,
  otherPeriodParameters,
  periodParameters,
  resolveOther,
  resolvePeriod,
  type AnalyticsContext,
} from './period.ts';
import {
  countColumns,
  countValues,
  hasOrders,
  minOrdersParameter,
  needsOrders,
  noteOnOrders,
} from './rates.ts';
import type { Column, DataState, Row } from './result.ts';
import { compareKeys, describeKeys, keyColumns, valueOf } from './rows.ts';

const DEFAULT_MEASURES: MeasureName[] = ['revenue', 'orders', 'buyouts', 'returns'];
const GROUPS = DIMENSION_NAMES.filter((name) => !DIMENSIONS[name].isTime) as [Dimension, ...Dimension[]];

export const comparePeriods = defineFunction({
  name: 'compare_periods',
  title: 'Сравнение периодов',
  description: {
    ru: 'Любые показатели за период и за другой период: было, стало, разница и разница в процентах; всего или по товарам, брендам, категориям. Если второй период не указан, берётся столько же дней перед первым (для целого месяца — предыдущий месяц).',
    en: 'Any measures of a period next to those of another: before, now, difference, difference in percent; in all or by product, brand or category. Without other_from and other_to: as many days right before (for a whole month, the month before).',
  },
  parameters: z.strictObject({
    measures: z.array(z.enum(MEASURE_NAMES)).min(1).max(MEASURE_NAMES.length).default(DEFAULT_MEASURES),
    group_by: z.enum(GROUPS).default('none'),
    ...periodParameters,
    ...otherPeriodParameters,
    ...goodsParameters,
    ...placeParameters,
    min_orders: minOrdersParameter,
    limit: limitParameter(20),
    show: z
      .enum(['all', 'grew', 'fell'])
      .default('all')
      .describe('Of groups, only those whose first measure grew, or fell.'),
    order: z
      .enum(['growth', 'fall'])
      .default('growth')
      .describe('Of groups, by the first measure: the largest growth or the largest fall first.'),
  }),
  async run(
    executor,
    context,
    { measures: given, group_by: dimension, limit, order, show, min_orders: minOrders, ...rest },
    { filter },
  ) {
    const measures = [...new Set(given)];
    const period = resolvePeriod(rest, context, 'last_7_days');
    if (isEverything(period)) throw badParameter('period', 'must not be all: there is nothing before it');
    const other = resolveOther(rest, () => previousPeriod(period));
    const request = { measures, dimension, filter };
    const now = await groupFigures(executor, context, { ...request, period });
    const before = await groupFigures(executor, context, { ...request, period: other });

    const sign = order === 'growth' ? -1 : 1;
    const isRate = needsOrders(measures[0]!, dimension);
    const all = [...new Set([...now.groups.keys(), ...before.groups.keys()])]
      .map((key) => ({ key, change: changeOf(measures[0]!, now, before, key) }))
      .filter(({ key, change }) =>
        show === 'all'
          ? [now, before].some(({ groups }) => speaksOf(groups.get(key) ?? {}, measures))
          : change !== null && (show === 'grew' ? change > 0n : change < 0n),
      )
      .sort((a, b) => {
        const byChange = compareNullable(a.change, b.change);
        return (
          (a.change === null || b.change === null ? byChange : byChange * sign) || compareKeys(a.key, b.key)
        );
      });
    // A rate of few orders in either period changes by chance.
    const compared = all.filter(
      ({ key }) => !isRate || [now, before].every(({ groups }) => hasOrders(groups.get(key), minOrders)),
    );
    const isWhole = dimension === 'none';
    const shown = isWhole ? [] : compared.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      dimension,
      shown.map(({ key }) => key),
    );
    const total = compare(measures, now, before, undefined);
    return {
      parameters: {
        measures,
        group_by: dimension,
        from: period.from,
        to: period.to,
        other_from: other.from,
        other_to: other.to,
        ...(isWhole ? {} : { show, order, limit }),
        ...(isRate ? { min_orders: minOrders } : {}),
      },
      columns: [...keyColumns(dimension), ...measures.flatMap(columnsOf), ...columnsBehind(measures)],
      rows: isWhole
        ? [total]
        : shown.map(({ key }, place) => ({ ...keys[place], ...compare(measures, now, before, key) })),
      total,
      data: dataOf(now.data, before.data),
      found: isWhole ? 1 : compared.length,
      periods: {
        days: daysOf(period),
        other_days: daysOf(other),
        same_length: daysOf(period) === daysOf(other),
      },
      note: noteOf([
        ...(isRate ? [noteOnOrders(all.length - compared.length, minOrders)] : []),
        ...lengthNotes(period, other, context),
        ...now.notes,
        ...before.notes.filter((note) => note.startsWith('Данные')),
      ]),
    };
  },
});

function columnsOf(name: MeasureName): Column[] {
  const { unit, label } = measure(name);
  return [
    { name, unit, label },
    { name: `${name}_before`, unit, label: `${label}: было` },
    { name: `${name}_change`, unit, label: `${label}: разница` },
    { name: `${name}_change_percent`, unit: 'percent', label: `${label}: разница, %` },
  ];
}

function columnsBehind(measures: readonly MeasureName[]): Column[] {
  return countColumns(measures).flatMap(({ name, unit, label }) => [
    { name, unit, label },
    { name: `${name}_before`, unit, label: `${label}: было` },
  ]);
}

/** A value of a group, of all when `key` is undefined; null where the period has no data. */
function valueIn(
  name: MeasureName,
  figures: GroupedFigures,
  key: string | null | undefined,
): Hundredths | null {
  if (figures.data === 'none') return null;
  return measure(name).of(key === undefined ? figures.total : (figures.groups.get(key) ?? {}));
}

/** Of the values that are shown, so that it is what one gets who subtracts them. */
function changeOf(
  name: MeasureName,
  now: GroupedFigures,
  before: GroupedFigures,
  key: string | null | undefined,
): Hundredths | null {
  const [value, old] = [valueIn(name, now, key), valueIn(name, before, key)];
  return value === null || old === null ? null : value - old;
}

function compare(
  measures: readonly MeasureName[],
  now: GroupedFigures,
  before: GroupedFigures,
  key: string | null | undefined,
): Row {
  const row: Row = {};
  for (const name of measures) {
    const { unit } = measure(name);
    const old = valueIn(name, before, key);
    const change = changeOf(name, now, before, key);
    row[name] = valueOf(unit, valueIn(name, now, key));
    row[`${name}_before`] = valueOf(unit, old);
    row[`${name}_change`] = valueOf(unit, change);
    // Of the size that it had: a loss that shrinks grows.
    row[`${name}_change_percent`] =
      change === null || old === null ? null : valueOf('percent', ratio(change, old < 0n ? -old : old, 100n));
  }
  const counts = (figures: GroupedFigures) =>
    countValues(measures, (key === undefined ? figures.total : figures.groups.get(key)) ?? {});
  for (const [name, count] of Object.entries(counts(now))) row[name] = now.data === 'none' ? null : count;
  for (const [name, count] of Object.entries(counts(before)))
    row[`${name}_before`] = before.data === 'none' ? null : count;
  return row;
}

function dataOf(now: DataState, before: DataState): DataState {
  if (now === 'none' && before === 'none') return 'none';
  return now === 'complete' && before === 'complete' ? 'complete' : 'partial';
}

/** Four days next to seven mislead whoever is not told. */
function lengthNotes(period: Period, other: Period, context: AnalyticsContext): string[] {
  const today = localDate(context.now, context.timeZone);
  const notes: string[] = [];
  const past =
    period.to > today && period.from <= today ? daysOf({ from: period.from, to: today }) : undefined;
  if (past !== undefined) notes.push(`Первый период ещё идёт: прошло ${past} из ${daysOf(period)} дн.`);
  else if (period.to === today) notes.push('Сегодняшний день ещё не закончился.');
  if (daysOf(period) !== daysOf(other))
    notes.push(`Периоды разной длины: ${daysOf(period)} и ${daysOf(other)} дн.`);
  return notes;
}
