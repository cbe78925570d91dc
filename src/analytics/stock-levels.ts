import { z } from 'zod';
import { defineFunction, limitParameter, noteOf } from './analytics-function.ts';
import { parseHundredths } from './decimal.ts';
import { goodsParameters, warehouseParameters } from './filter-parameters.ts';
import { isOfProducts } from './filter-sql.ts';
import { badParameter } from './period.ts';
import { readActiveProducts } from './product-queries.ts';
import type { Column, Row } from './result.ts';
import { compareKeys, describeKeyLists, keyColumnsOf, valueOf } from './rows.ts';
import {
  MOST_STOCK_DIMENSIONS,
  readSellerStock,
  readStocks,
  STOCK_DIMENSIONS,
  type StockRow,
} from './stock-queries.ts';

const FIGURES = [
  { name: 'quantity', unit: 'pieces', label: 'На складе, шт.' },
  { name: 'in_way_to_client', unit: 'pieces', label: 'В пути к клиенту' },
  { name: 'in_way_from_client', unit: 'pieces', label: 'В пути от клиента' },
  { name: 'quantity_full', unit: 'pieces', label: 'Всего, шт.' },
  { name: 'products', unit: 'count', label: 'Товаров в наличии' },
  { name: 'stock_value', unit: 'RUB', label: 'На сумму' },
] as const satisfies Column[];

const dimension = z.enum(STOCK_DIMENSIONS);

export const stockLevels = defineFunction({
  name: 'stock_levels',
  title: 'Остатки',
  description: {
    ru: 'Сколько осталось на складах сейчас: всего или по товарам, размерам, складам, брендам, категориям, также по двум или трём сразу (товар, размер и склад); сколько в пути; на какую сумму; чего осталось меньше, чем нужно.',
    en: 'What is in stock now, in all or by product, size, warehouse, brand or category, or by up to three of them at once; what is on its way; what it is worth; what there is less of than `below`.',
  },
  parameters: z.strictObject({
    group_by: z
      .union([z.enum(['none', ...STOCK_DIMENSIONS]), z.array(dimension).min(1).max(MOST_STOCK_DIMENSIONS)])
      .default('none')
      .describe('One of them, or a list of up to three.'),
    below: z.int().min(1).optional().describe('Of groups, only those of fewer pieces, the least first.'),
    ...goodsParameters,
    ...warehouseParameters,
    order: z
      .enum(['most', 'least'])
      .optional()
      .describe('By quantity. Default: the most first, with below the least.'),
    limit: limitParameter(20),
  }),
  async run(executor, { cabinetId }, { group_by: groupBy, below, limit, ...given }, { filter }) {
    const dimensions = groupBy === 'none' ? [] : [...new Set([groupBy].flat())];
    const isWhole = dimensions.length === 0;
    if (isWhole && below !== undefined)
      throw badParameter('below', 'must be given with group_by: product, for instance');
    const order = given.order ?? (below === undefined ? 'most' : 'least');
    const stored = await readStocks(executor, cabinetId, dimensions, filter);
    const groups = isWhole ? [] : stored.filter((row) => !row.is_total);
    const isByProduct = dimensions.length === 1 && dimensions[0] === 'product';
    // What is on sale and lies nowhere has no rows, and of that there is less than of anything.
    if (below !== undefined && isByProduct && isOfProducts(filter)) {
      const known = new Set(groups.map(({ keys }) => keys[0]));
      const active = await readActiveProducts(executor, cabinetId, filter);
      groups.push(
        ...active
          .map(String)
          .filter((key) => !known.has(key))
          .map(emptyRow),
      );
    }
    const found = groups
      .filter((row) => below === undefined || pieces(row) < below)
      .sort(
        (a, b) => (pieces(a) - pieces(b)) * (order === 'most' ? -1 : 1) || compareKeyLists(a.keys, b.keys),
      );
    const shown = found.slice(0, limit);
    const keys = await describeKeyLists(
      executor,
      cabinetId,
      dimensions,
      shown.map((row) => row.keys),
    );
    const total = rowOf(stored.find((row) => row.is_total));
    const notes: string[] = [];
    const own = isOfProducts(filter) ? await readSellerStock(executor, cabinetId, filter) : null;
    if (own !== null) notes.push(`Ещё ${own} шт. на складах продавца: они здесь не учтены.`);
    const hasStocks = stored.some((row) => !row.is_total) || notes.length > 0;
    if (!hasStocks) notes.push('Остатков по такому запросу в кабинете нет.');
    return {
      parameters: {
        group_by: dimensions.length === 1 ? dimensions[0] : isWhole ? 'none' : dimensions,
        ...(below === undefined ? {} : { below }),
        ...(isWhole ? {} : { order, limit }),
      },
      columns: [...keyColumnsOf(dimensions), ...FIGURES],
      rows: isWhole ? [total] : shown.map((row, place) => ({ ...keys[place], ...rowOf(row) })),
      total,
      data: 'complete',
      found: isWhole ? 1 : found.length,
      note: noteOf(notes),
    };
  },
});

const pieces = (row: StockRow) => Number(row.quantity ?? 0);

const emptyRow = (key: string): StockRow => ({
  ...{ keys: [key], is_total: false, quantity: null, in_way_to_client: null, in_way_from_client: null },
  ...{ quantity_full: null, products: null, stock_value: null },
});

function compareKeyLists(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  return a.reduce((order, key, place) => order || compareKeys(key, b[place] ?? null), 0);
}

function rowOf(stored: StockRow | undefined): Row {
  return Object.fromEntries(
    FIGURES.map(({ name, unit }) => [name, valueOf(unit, parseHundredths(stored?.[name] ?? '0'))]),
  );
}
