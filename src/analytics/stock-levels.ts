import { z } from 'zod';
import { defineFunction, limitParameter, noteOf, orderParameter } from './analytics-function.ts';
import { parseHundredths } from './decimal.ts';
import { isOfProducts } from './filter-sql.ts';
import { goodsParameters, warehouseParameters } from './filter-parameters.ts';
import type { Column, Row } from './result.ts';
import { compareKeys, describeKeys, keyColumns, valueOf } from './rows.ts';
import { readSellerStock, readStocks, type StockRow } from './stock-queries.ts';

const FIGURES = [
  { name: 'quantity', unit: 'pieces', label: 'На складе, шт.' },
  { name: 'in_way_to_client', unit: 'pieces', label: 'В пути к клиенту' },
  { name: 'in_way_from_client', unit: 'pieces', label: 'В пути от клиента' },
  { name: 'quantity_full', unit: 'pieces', label: 'Всего, шт.' },
  { name: 'products', unit: 'count', label: 'Товаров в наличии' },
  { name: 'stock_value', unit: 'RUB', label: 'На сумму' },
] as const satisfies Column[];

export const stockLevels = defineFunction({
  name: 'stock_levels',
  title: 'Остатки',
  description: {
    ru: 'Сколько осталось на складах сейчас, всего или по товарам, размерам, складам, брендам, категориям; сколько в пути; на какую сумму.',
    en: 'What is in stock now, in all or by product, size, warehouse, brand or category; what is on its way; what it is worth.',
  },
  parameters: z.strictObject({
    group_by: z
      .enum(['none', 'product', 'size', 'warehouse', 'brand', 'category', 'subject'])
      .default('none'),
    ...goodsParameters,
    ...warehouseParameters,
    order: orderParameter('most').describe('By quantity: most or least first.'),
    limit: limitParameter(20),
  }),
  async run(executor, context, { group_by: dimension, order, limit }, { filter }) {
    const notes: string[] = [];
    const stored = await readStocks(executor, context.cabinetId, dimension, filter);
    const isWhole = dimension === 'none';
    const sign = order === 'most' ? -1 : 1;
    const pieces = (row: StockRow) => Number(row.quantity ?? 0);
    const groups = isWhole
      ? []
      : stored
          .filter((row) => !row.is_total)
          .sort((a, b) => (pieces(a) - pieces(b)) * sign || compareKeys(a.key, b.key));
    const shown = groups.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      dimension,
      shown.map(({ key }) => key),
    );
    const total = rowOf(stored.find((row) => row.is_total));
    const own = isOfProducts(filter) ? await readSellerStock(executor, context.cabinetId, filter) : null;
    if (own !== null) notes.push(`Ещё ${own} шт. на складах продавца: они здесь не учтены.`);
    const hasStocks = stored.some((row) => !row.is_total) || notes.length > 0;
    if (!hasStocks) notes.push('Остатков по такому запросу в кабинете нет.');
    return {
      parameters: { group_by: dimension, ...(isWhole ? {} : { order, limit }) },
      columns: [...keyColumns(dimension), ...FIGURES],
      rows: isWhole ? [total] : shown.map((row, place) => ({ ...keys[place], ...rowOf(row) })),
      total,
      data: 'complete',
      found: isWhole ? 1 : groups.length,
      note: noteOf(notes),
    };
  },
});

function rowOf(stored: StockRow | undefined): Row {
  return Object.fromEntries(
    FIGURES.map(({ name, unit }) => [name, valueOf(unit, parseHundredths(stored?.[name] ?? '0'))]),
  );
}
