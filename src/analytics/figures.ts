import type { Executor } from '../database/pool.ts';
import {
  addDays,
  addMonths,
  daysOf,
  isEverything,
  localDate,
  mondayOf,
  type LocalDate,
  type Period,
} from '../calendar.ts';
import { parseHundredths, type Hundredths } from './decimal.ts';
import { countOf, formatDay } from '../russian/formats.ts';
import { DIMENSIONS, isKnownOf, type Dimension } from './dimensions.ts';
import { readFigures, readFirstDays, type FiguresQuery } from './figures-queries.ts';
import type { RowFilter } from './filter-sql.ts';
import { MEASURES, sourcesOf, type Figures, type FigureSource, type MeasureName } from './measures.ts';
import { badParameter, type AnalyticsContext } from './period.ts';
import type { DataState } from './result.ts';

/** More buckets than a person reads or a model takes in. */
const MAX_BUCKETS = 1_000;

export interface GroupedFigures {
  /** By key; '' never, null is the group of rows that do not say. Groups of time without a row are there, empty. */
  groups: Map<string | null, Figures>;
  total: Figures;
  data: DataState;
  /** Russian; what is missing. */
  notes: string[];
  /** The first day with data of the sources asked for; null: none. */
  since: LocalDate | null;
}

export interface GroupingRequest {
  measures: readonly MeasureName[];
  period: Period;
  dimension: Dimension;
  filter: RowFilter;
  /** Of which measures to say what their rows lack. Default: all. */
  noted?: readonly MeasureName[];
}

/** Everything that the measures need, of one period. */
export async function groupFigures(
  executor: Executor,
  context: AnalyticsContext,
  { measures, period, dimension, filter, noted = measures }: GroupingRequest,
): Promise<GroupedFigures> {
  const sources = sourcesOf(measures);
  for (const name of measures) {
    if (!isKnownOf(MEASURES[name].source, dimension))
      throw badParameter('group_by', `must not be ${dimension} with ${name}: the rows do not say it`);
    const [place] = MEASURES[name].source === 'reviews' ? placesOf(filter) : [];
    if (place !== undefined)
      throw badParameter(
        place,
        `must not be given with ${name}: a review says no place, but orders and sales do`,
      );
  }
  const query: FiguresQuery = {
    cabinetId: context.cabinetId,
    timeZone: context.timeZone,
    period,
    dimension,
    filter,
  };
  const coverage = await coverageOf(executor, context, sources, period);
  const groups = new Map<string | null, Record<string, Hundredths | null>>();
  const total: Record<string, Hundredths | null> = {};
  if (DIMENSIONS[dimension].isTime && coverage.data !== 'none') {
    for (const key of bucketsOf(dimension, boundedPeriod(period, coverage.since, context)))
      groups.set(key, {});
  }
  for (const source of sources) {
    for (const { key, is_total: isTotal, ...sums } of await readFigures(executor, source, query)) {
      let figures = total;
      if (!isTotal) {
        figures = groups.get(key) ?? {};
        groups.set(key, figures);
      }
      for (const [name, sum] of Object.entries(sums))
        figures[name] = typeof sum === 'string' ? parseHundredths(sum) : null;
    }
  }
  return { groups, total, ...coverage, notes: [...coverage.notes, ...notesOf(total, noted)] };
}

/** The parameters that name a place. */
function placesOf({ not, ...is }: RowFilter): string[] {
  const parameters = { warehouse: is.warehouses, region: is.regions };
  const excluded = { exclude_warehouse: not.warehouses, exclude_region: not.regions };
  return Object.entries({ ...parameters, ...excluded }).flatMap(([name, value]) =>
    value === null ? [] : [name],
  );
}

/** Whether there is anything to say of a period: a day without sales is 0, a day before the first sale is not known. */
export async function coverageOf(
  executor: Executor,
  context: AnalyticsContext,
  sources: readonly FigureSource[],
  period: Period,
): Promise<{ data: DataState; notes: string[]; since: LocalDate | null }> {
  const firstDays = await readFirstDays(executor, context.cabinetId, context.timeZone);
  // Sales follow orders by days: a cabinet whose first order is known has no sales before it, rather than unknown ones.
  const known = sources.flatMap((source) =>
    source === 'reviews' ? [firstDays.reviews] : [firstDays.orders, firstDays.sales],
  );
  const since = known.filter((day) => day !== null).sort()[0] ?? null;
  if (since === null) return { data: 'none', notes: ['В кабинете ещё нет таких данных.'], since };
  const today = localDate(context.now, context.timeZone);
  if (isEverything(period)) return { data: 'complete', notes: [], since };
  if (period.from > today) return { data: 'none', notes: ['Этот период ещё не наступил.'], since };
  if (period.to < since)
    return { data: 'none', notes: [`Данные в кабинете есть только с ${formatDay(since)}.`], since };
  if (period.from < since)
    return { data: 'partial', notes: [`Данные в кабинете есть только с ${formatDay(since)}.`], since };
  return { data: 'complete', notes: [], since };
}

/** A period with days at both ends: from the first that has data, up to today. */
function boundedPeriod(period: Period, since: LocalDate | null, context: AnalyticsContext): Period {
  const today = localDate(context.now, context.timeZone);
  if (isEverything(period)) return { from: since ?? today, to: today };
  // What is still to come has no figures yet.
  return { from: period.from, to: period.to > today ? today : period.to };
}

function bucketsOf(dimension: Dimension, period: Period): string[] {
  const days = daysOf(period);
  if (days / { day: 1, week: 7, month: 31 }[dimension as 'day' | 'week' | 'month'] > MAX_BUCKETS)
    throw badParameter('group_by', `must be coarser: there would be more than ${MAX_BUCKETS} rows`);
  const buckets: string[] = [];
  let at = dimension === 'week' ? mondayOf(period.from) : period.from;
  if (dimension === 'month') at = `${at.slice(0, 7)}-01`;
  for (
    ;
    at <= period.to;
    at = dimension === 'month' ? addMonths(at, 1) : addDays(at, dimension === 'week' ? 7 : 1)
  )
    buckets.push(dimension === 'month' ? at.slice(0, 7) : at);
  return buckets;
}

/** Amounts that are not there yet make a sum too small, and whoever reads it should know. */
function notesOf(total: Figures, measures: readonly MeasureName[]): string[] {
  const notes: string[] = [];
  const asks = (...names: MeasureName[]) => names.some((name) => measures.includes(name));
  const sales = total['sales_without_amount'] ?? 0n;
  if (sales > 0n && asks('revenue', 'buyouts_amount', 'returns_amount', 'average_check', 'payout'))
    notes.push(
      `Сумма пока неизвестна у ${countOf(Number(sales / 100n), ['продажи', 'продаж', 'продаж'])}: в деньгах они не учтены.`,
    );
  const orders = total['orders_without_amount'] ?? 0n;
  if (orders > 0n && asks('orders_amount', 'average_order', 'cancelled_amount'))
    notes.push(
      `Сумма неизвестна у ${countOf(Number(orders / 100n), ['заказа', 'заказов', 'заказов'])}: в деньгах они не учтены.`,
    );
  const open = total['open_orders'] ?? 0n;
  if (open > 0n && asks('buyout_rate', 'return_rate'))
    notes.push(
      `Пока без исхода ${countOf(Number(open / 100n), ['заказ', 'заказа', 'заказов'])}: в долю они не входят.`,
    );
  return notes;
}
