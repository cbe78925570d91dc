import { z } from 'zod';
import { defineFunction, limitParameter } from './analytics-function.ts';
import { addDays, localDate } from '../calendar.ts';
import { divideRounded, formatHundredths } from './decimal.ts';
import { goodsParameters, warehouseParameters } from './filter-parameters.ts';
import { readDemand, type SizeDemand } from './reorder-queries.ts';
import type { Column, Row } from './result.ts';
import { describeKeys, keyColumns } from './rows.ts';

interface Need {
  nmId: number;
  /** '' where it is not said, or the row is of a whole product. */
  size: string;
  stock: bigint;
  coming: bigint;
  ordered: bigint;
  needed: bigint;
  ship: bigint;
}

const days = (fallback: number) => z.int().min(1).max(365).default(fallback);

export const reorder = defineFunction({
  name: 'reorder',
  title: 'Сколько довезти',
  description: {
    ru: 'Сколько штук довезти на склады Wildberries, чтобы остатка хватило на нужное число дней: по размерам или товарам, с числами, из которых это получено. Сначала то, чего уже нет.',
    en: 'How many pieces to ship to Wildberries so that stock lasts cover_days: orders a day × (cover_days + lead_days) − stock − on its way back from clients, by size or product, with these numbers. What is at zero comes first.',
  },
  parameters: z.strictObject({
    cover_days: days(30).describe('For how many days the stock shall last once the delivery has come.'),
    lead_days: z.int().min(0).max(365).default(14).describe('Days until the delivery has come.'),
    window_days: days(30).describe('Orders of so many whole days before today make the average.'),
    show: z.enum(['needed', 'all']).default('needed').describe('all: also what there is enough of.'),
    group_by: z.enum(['size', 'product']).default('size'),
    ...goodsParameters,
    ...warehouseParameters,
    limit: limitParameter(20),
  }),
  async run(executor, context, given, { filter }) {
    const { show, group_by: groupBy, limit } = given;
    const { cabinetId, timeZone } = context;
    const today = localDate(context.now, timeZone);
    const window = { from: addDays(today, -given.window_days), to: addDays(today, -1) };
    const stored = await readDemand(executor, { cabinetId, filter, window, timeZone });
    const ordered = stored.filter((row) => BigInt(row.ordered) > 0n);
    const sizes = ordered.map((row) => needOf(row, given));
    const needs = groupBy === 'size' ? sizes : sumByProduct(sizes);
    const found = needs.filter(({ ship }) => show === 'all' || ship > 0n).sort(compareNeeds);
    const shown = found.slice(0, limit);
    const keys = await describeKeys(
      executor,
      cabinetId,
      'product',
      shown.map(({ nmId }) => String(nmId)),
    );
    const isNothing = stored.length === 0;
    return {
      parameters: {
        cover_days: given.cover_days,
        lead_days: given.lead_days,
        window_days: given.window_days,
        ...{ show, group_by: groupBy, limit },
      },
      columns: [...keyColumns('product'), ...(groupBy === 'size' ? [SIZE] : []), ...FIGURES],
      rows: shown.map((need, place) => ({
        ...keys[place],
        ...(groupBy === 'size' ? { size: need.size === '' ? null : need.size } : {}),
        ...rowOf(need, given.window_days),
      })),
      total: {
        ship: Number(needs.reduce((sum, { ship }) => sum + ship, 0n)),
        to_ship: needs.filter(({ ship }) => ship > 0n).length,
        out_of_stock: needs.filter(({ stock }) => stock <= 0n).length,
        enough: needs.filter(({ ship }) => ship === 0n).length,
        sizes_without_orders: stored.length - ordered.length,
      },
      data: isNothing ? 'none' : 'complete',
      found: found.length,
      note: isNothing
        ? 'По такому запросу в кабинете нет ни остатков, ни заказов.'
        : noteFor(given, stored.length - ordered.length),
    };
  },
});

const SIZE: Column = { name: 'size', unit: 'text', label: 'Размер' };
const FIGURES: Column[] = [
  { name: 'ship', unit: 'pieces', label: 'Довезти, шт.' },
  { name: 'stock', unit: 'pieces', label: 'Остаток, шт.' },
  { name: 'in_way_from_client', unit: 'pieces', label: 'В пути от клиента' },
  { name: 'ordered', unit: 'pieces', label: 'Заказано, шт.' },
  { name: 'orders_per_day', unit: 'pieces', label: 'Заказов в день' },
  { name: 'needed', unit: 'pieces', label: 'Понадобится, шт.' },
  { name: 'cover_days', unit: 'days', label: 'Хватит, дней' },
];

interface Days {
  cover_days: number;
  lead_days: number;
  window_days: number;
}

/** Pieces are whole, so what is needed is rounded up, once and of the exact quotient. */
function needOf(row: SizeDemand, { cover_days: cover, lead_days: lead, window_days: window }: Days): Need {
  const [stock, coming, ordered] = [BigInt(row.stock), BigInt(row.coming), BigInt(row.ordered)];
  const needed = (ordered * BigInt(cover + lead) + BigInt(window) - 1n) / BigInt(window);
  const missing = needed - (stock > 0n ? stock : 0n) - (coming > 0n ? coming : 0n);
  return {
    nmId: row.nmId,
    size: row.size,
    stock,
    coming,
    ordered,
    needed,
    ship: missing > 0n ? missing : 0n,
  };
}

/** What is too much of one size does not make up for another. */
function sumByProduct(sizes: readonly Need[]): Need[] {
  return [...Map.groupBy(sizes, ({ nmId }) => nmId)].map(([nmId, list]) => {
    const sum = (name: 'stock' | 'coming' | 'ordered' | 'needed' | 'ship') =>
      list.reduce((all, need) => all + need[name], 0n);
    return {
      ...{ nmId, size: '', stock: sum('stock'), coming: sum('coming') },
      ...{ ordered: sum('ordered'), needed: sum('needed'), ship: sum('ship') },
    };
  });
}

/** What is gone already, then what ends first; of equals what more is ordered of. */
function compareNeeds(a: Need, b: Need): number {
  const isGone = (need: Need) => Number(need.stock > 0n);
  // Stock by orders, without dividing.
  const cover = a.stock * b.ordered - b.stock * a.ordered;
  return (
    isGone(a) - isGone(b) ||
    (a.stock > 0n ? Number(cover > 0n) - Number(cover < 0n) : 0) ||
    Number(b.ordered - a.ordered) ||
    a.nmId - b.nmId ||
    (a.size < b.size ? -1 : Number(a.size > b.size))
  );
}

function rowOf({ ship, stock, coming, ordered, needed }: Need, window: number): Row {
  const tenths = divideRounded((stock > 0n ? stock : 0n) * BigInt(window) * 10n, ordered);
  return {
    ship: Number(ship),
    stock: Number(stock),
    in_way_from_client: Number(coming),
    ordered: Number(ordered),
    orders_per_day: Number(formatHundredths(divideRounded(ordered * 100n, BigInt(window)))),
    needed: Number(needed),
    cover_days: Number(tenths) / 10,
  };
}

function noteFor({ cover_days: cover, lead_days: lead, window_days: window }: Days, left: number): string {
  const how = `Расчёт: заказано за ${window} дн. до сегодняшнего без отменённых ÷ ${window} × (${cover} + ${lead} дн.) − остаток − в пути от клиентов, с округлением вверх.`;
  return left === 0 ? how : `${how} Размеры без заказов за это время не показаны: ${left}.`;
}
