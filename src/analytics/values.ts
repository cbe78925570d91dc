import { z } from 'zod';
import { defineFunction, limitParameter } from './analytics-function.ts';
import { readCatalogue } from './catalogue-queries.ts';
import type { Executor } from '../database/pool.ts';
import type { Column, Row } from './result.ts';
import { readValues, type ListedValues } from './value-queries.ts';

const PRODUCTS: Column = { name: 'products', unit: 'count', label: 'Товаров' };
const REVIEWS: Column = { name: 'reviews', unit: 'count', label: 'Отзывов' };
const ON_SALE: Column = { name: 'on_sale', unit: 'count', label: 'В продаже' };

/** What counts each value; the last column is the one that they are sorted by. */
const COUNTED = {
  brand: [ON_SALE, PRODUCTS],
  category: [ON_SALE, PRODUCTS],
  subject: [ON_SALE, PRODUCTS],
  size: [PRODUCTS],
  warehouse: [PRODUCTS, { name: 'pieces', unit: 'pieces', label: 'Остаток, шт.' }],
  region: [{ name: 'orders', unit: 'count', label: 'Заказов' }],
  color: [PRODUCTS, REVIEWS],
  matching_size: [PRODUCTS, REVIEWS],
  tag: [PRODUCTS, REVIEWS],
} as const satisfies Record<string, readonly Column[]>;
type Listed = keyof typeof COUNTED;

const LABELS: Readonly<Record<Listed, string>> = {
  brand: 'Бренд',
  category: 'Категория',
  subject: 'Предмет',
  size: 'Размер',
  warehouse: 'Склад',
  region: 'Регион',
  color: 'Цвет',
  matching_size: 'Как подошёл размер',
  tag: 'Отметка',
};

export const values = defineFunction({
  name: 'values',
  title: 'Что есть в кабинете',
  description: {
    ru: 'Какие в кабинете есть бренды, категории, предметы, размеры, склады, регионы, цвета и отметки отзывов, и сколько у каждого товаров или строк.',
    en: 'Which brands, categories, subjects, sizes, warehouses, regions, colours and ticks of reviews the cabinet has, and how many products or rows each: the names that filters take.',
  },
  parameters: z.strictObject({
    of: z.enum(Object.keys(COUNTED) as [Listed, ...Listed[]]).default('brand'),
    limit: limitParameter(100),
  }),
  async run(executor, { cabinetId }, { of, limit }) {
    const columns: readonly Column[] = COUNTED[of];
    const by = columns.at(-1)!.name;
    const found = (await listValues(executor, cabinetId, of)).sort(
      (a, b) => Number(b[by]) - Number(a[by]) || (String(a['value']) < String(b['value']) ? -1 : 1),
    );
    return {
      parameters: { of, limit },
      columns: [{ name: 'value', unit: 'text', label: LABELS[of] }, ...columns],
      rows: found.slice(0, limit),
      total: found.length === 0 ? null : { values: found.length },
      data: found.length === 0 ? 'none' : 'complete',
      found: found.length,
      note: null,
    };
  },
});

async function listValues(executor: Executor, cabinetId: number, of: Listed): Promise<Row[]> {
  if (of === 'brand' || of === 'category' || of === 'subject') {
    const known = (await readCatalogue(executor, cabinetId)).filter((product) => product[of] !== null);
    return [...Map.groupBy(known, (product) => product[of]!)].map(([value, products]) => ({
      value,
      on_sale: products.filter(({ isActive }) => isActive).length,
      products: products.length,
    }));
  }
  const rows = await readValues(executor, cabinetId, of);
  return rows.map((row) => rowOf(of, row.value, row.products, row.rows));
}

function rowOf(of: ListedValues, value: string, products: number | null, rows: number | null): Row {
  switch (of) {
    case 'size':
      return { value, products };
    case 'warehouse':
      return { value, products, pieces: rows };
    case 'region':
      return { value, orders: rows };
    default:
      return { value, products, reviews: rows };
  }
}
