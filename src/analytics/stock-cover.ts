import { z } from 'zod';
import { defineFunction, limitParameter, noteOf } from './analytics-function.ts';
import { addDays, localDate } from '../calendar.ts';
import { divideRounded, formatHundredths } from './decimal.ts';
import { goodsParameters, warehouseParameters } from './filter-parameters.ts';
import type { Column, Row } from './result.ts';
import { describeKeys, keyColumns } from './rows.ts';
import { readCover, type CoverRow } from './stock-queries.ts';

/** What a stock is, in the order in which a seller should hear of it. */
const STOCK_STATES = ['out_of_stock', 'ending', 'enough', 'overstock', 'not_selling'] as const;
export type StockState = (typeof STOCK_STATES)[number];

const DEFAULT_WINDOW_DAYS = 30;
const DEFAULT_WITHIN_DAYS = 14;
const DEFAULT_OVERSTOCK_DAYS = 90;

interface Cover extends CoverRow {
  /** Hundredths of pieces a day. */
  perDay: bigint;
  /** Tenths of days; null: nothing was ordered. */
  coverTenths: bigint | null;
  state: StockState;
}

export const stockCover = defineFunction({
  name: 'stock_cover',
  title: 'На сколько дней хватит остатков',
  description: {
    ru: 'На сколько дней хватит остатка при заказах последних дней: что закончится, что уже закончилось, что лежит без продаж, чего слишком много; по товарам или размерам.',
    en: 'For how many days the stock lasts at the orders of the last days: what ends soon, what is out of stock, what does not sell, what there is too much of; by product or size.',
  },
  parameters: z.strictObject({
    show: z
      .enum(['all', ...STOCK_STATES])
      .default('all')
      .describe('all: the soonest to end first. ending: not out yet, but within within_days.'),
    within_days: z.int().min(0).max(365).default(DEFAULT_WITHIN_DAYS),
    overstock_days: z.int().min(1).max(3650).default(DEFAULT_OVERSTOCK_DAYS),
    window_days: z
      .int()
      .min(1)
      .max(365)
      .default(DEFAULT_WINDOW_DAYS)
      .describe('Orders of so many whole days before today make the average.'),
    group_by: z.enum(['product', 'size']).default('product'),
    ...goodsParameters,
    ...warehouseParameters,
    limit: limitParameter(20),
  }),
  async run(executor, context, given, { filter }) {
    const { show, window_days: windowDays, group_by: groupBy, limit } = given;
    const notes: string[] = [];
    const today = localDate(context.now, context.timeZone);
    const window = { from: addDays(today, -windowDays), to: addDays(today, -1) };
    const { cabinetId, timeZone } = context;
    const stored = await readCover(executor, { cabinetId, groupBy, filter, window, timeZone });
    const covers = stored.map((row) => coverOf(row, given)).filter((cover) => isWorthSaying(cover));
    const found = covers
      .filter(({ state }) => show === 'all' || state === show)
      .sort((a, b) => compareCovers(a, b, show));
    const shown = found.slice(0, limit);
    const keys = await describeKeys(
      executor,
      cabinetId,
      'product',
      shown.map(({ nm_id: nmId }) => String(nmId)),
    );
    const counts: Row = Object.fromEntries(
      STOCK_STATES.map((state) => [state, covers.filter((cover) => cover.state === state).length]),
    );
    if (stored.length === 0) notes.push('По такому запросу в кабинете нет ни остатков, ни заказов.');
    return {
      parameters: {
        show,
        within_days: given.within_days,
        overstock_days: given.overstock_days,
        window_days: windowDays,
        group_by: groupBy,
        limit,
      },
      columns: [...keyColumns('product'), ...(groupBy === 'size' ? [SIZE] : []), ...FIGURES],
      rows: shown.map((cover, place) => ({
        ...keys[place],
        ...(groupBy === 'size' ? { size: cover.size === '' ? null : cover.size } : {}),
        stock: Number(cover.stock),
        orders_per_day: Number(formatHundredths(cover.perDay)),
        cover_days: cover.coverTenths === null ? null : Number(cover.coverTenths) / 10,
        ends_on: endOf(cover, today),
        state: cover.state,
      })),
      total: counts,
      data: stored.length === 0 ? 'none' : 'complete',
      found: found.length,
      note: noteOf([...notes, `Средние заказы — за ${windowDays} дн. до сегодняшнего, без отменённых.`]),
    };
  },
});

const SIZE: Column = { name: 'size', unit: 'text', label: 'Размер' };
const FIGURES: Column[] = [
  { name: 'stock', unit: 'pieces', label: 'Остаток, шт.' },
  { name: 'orders_per_day', unit: 'pieces', label: 'Заказов в день' },
  { name: 'cover_days', unit: 'days', label: 'Хватит, дней' },
  { name: 'ends_on', unit: 'date', label: 'Закончится' },
  { name: 'state', unit: 'text', label: 'Состояние' },
];

function coverOf(
  row: CoverRow,
  limits: { window_days: number; within_days: number; overstock_days: number },
): Cover {
  const [stock, ordered, days] = [BigInt(row.stock), BigInt(row.ordered), BigInt(limits.window_days)];
  const perDay = divideRounded(ordered * 100n, days);
  const coverTenths = ordered <= 0n ? null : divideRounded((stock > 0n ? stock : 0n) * days * 10n, ordered);
  return { ...row, perDay, coverTenths, state: stateOf() };

  /** By the rounded quotient that is shown, so that nobody reads "10 days" of what is not among the 10 days. */
  function stateOf(): StockState {
    if (stock <= 0n) return 'out_of_stock';
    if (coverTenths === null) return 'not_selling';
    if (coverTenths <= BigInt(limits.within_days) * 10n) return 'ending';
    return coverTenths > BigInt(limits.overstock_days) * 10n ? 'overstock' : 'enough';
  }
}

/** That a product which left the shop is out of stock is no news. */
function isWorthSaying(cover: Cover): boolean {
  return !(cover.is_retired && cover.state === 'out_of_stock');
}

/** What ends first comes first, what sells most among equals; of what lies too long, the longest. */
function compareCovers(a: Cover, b: Cover, show: StockState | 'all'): number {
  const forever = (cover: Cover) => (cover.coverTenths === null ? Infinity : Number(cover.coverTenths));
  const byCover = Math.sign(forever(a) === forever(b) ? 0 : forever(a) - forever(b));
  const byState = STOCK_STATES.indexOf(a.state) - STOCK_STATES.indexOf(b.state);
  const byOrders = Number(BigInt(b.ordered) - BigInt(a.ordered));
  const byStock = Number(BigInt(b.stock) - BigInt(a.stock));
  const byKey = a.nm_id - b.nm_id || (a.size < b.size ? -1 : Number(a.size > b.size));
  if (show === 'overstock' || show === 'not_selling') return -byCover || byStock || byKey;
  return byState || byCover || byOrders || byKey;
}

/** The day on which the last piece is ordered; null for what is not ordered or already gone. */
function endOf(cover: Cover, today: string): string | null {
  if (cover.coverTenths === null || cover.state === 'out_of_stock') return null;
  const days = Number(cover.coverTenths / 10n);
  return days > 3650 ? null : addDays(today, days);
}
