import { z } from 'zod';
import { defineFunction, noteOf } from './analytics-function.ts';
import { cutText } from './cut-text.ts';
import { coverageOf } from './figures.ts';
import { goodsParameters, placeParameters, reviewParameters } from './filter-parameters.ts';
import { badParameter, periodParameters, resolvePeriod } from './period.ts';
import { periodAsParameters, type Column, type Row } from './result.ts';
import { readRows, type ListedRow, type ListedTable } from './row-queries.ts';
import { describeKeys, keyColumns } from './rows.ts';

/** What can be listed: rows of a table, all or in one state. Named after the measures that count them. */
const LISTS: Readonly<Record<string, { table: ListedTable; state: string | null }>> = {
  orders: { table: 'orders', state: null },
  bought_orders: { table: 'orders', state: 'bought' },
  returned_orders: { table: 'orders', state: 'returned' },
  cancelled_orders: { table: 'orders', state: 'cancelled' },
  open_orders: { table: 'orders', state: 'open' },
  sales: { table: 'sales', state: null },
  buyouts: { table: 'sales', state: 'buyout' },
  returns: { table: 'sales', state: 'return' },
  reviews: { table: 'reviews', state: null },
} as const;
const MOST_ROWS = 100;
const LONGEST_QUOTE = 300;

const amount = z.number().min(0).max(1e12).optional();

export const listRows = defineFunction({
  name: 'rows',
  title: 'Строки за цифрой',
  description: {
    ru: 'Сами заказы, продажи, возвраты, отмены или отзывы, из которых складывается показатель: новые сначала, по страницам, с общим числом.',
    en: 'The orders, sales, returns, cancellations or reviews that a figure is made of, the newest first, by pages, with how many there are. The next page: before = next of the answer.',
  },
  parameters: z.strictObject({
    of: z.enum(Object.keys(LISTS) as [string, ...string[]]).default('orders'),
    ...periodParameters,
    ...goodsParameters,
    ...placeParameters,
    ...reviewParameters,
    amount_from: amount.describe('Only rows of this amount in RUB or more.'),
    amount_to: amount.describe('Only rows of this amount in RUB or less.'),
    limit: z.int().min(1).max(MOST_ROWS).default(20).describe('Rows, at most.'),
    before: z.string().max(100).optional().describe('`next` of the page before.'),
  }),
  async run(executor, context, { of, limit, before, ...rest }, { filter }) {
    const { table, state } = LISTS[of]!;
    refuseOthers(table, rest);
    const period = resolvePeriod(rest, context, 'last_30_days');
    const { cabinetId, timeZone } = context;
    const { data, notes } = await coverageOf(executor, context, [table], period);
    const listed =
      data === 'none'
        ? { rows: [], found: 0, amount: null }
        : await readRows(executor, table, {
            ...{ cabinetId, timeZone, period, filter, state, limit: limit + 1 },
            amountFrom: rest.amount_from ?? null,
            amountTo: rest.amount_to ?? null,
            after: before === undefined ? null : readPlace(before),
          });
    const shown = listed.rows.slice(0, limit);
    const keys = await describeKeys(
      executor,
      cabinetId,
      'product',
      shown.map(({ nmId }) => (nmId === null ? null : String(nmId))),
    );
    const last = shown.at(-1);
    return {
      parameters: {
        of,
        ...periodAsParameters(period),
        ...(rest.amount_from === undefined ? {} : { amount_from: rest.amount_from }),
        ...(rest.amount_to === undefined ? {} : { amount_to: rest.amount_to }),
        limit,
        ...(before === undefined ? {} : { before }),
      },
      columns: COLUMNS[table],
      rows: shown.map((row, place) => ({ ...keys[place], ...ROW_OF[table](row) })),
      total: data === 'none' ? null : totalOf(table, listed),
      data,
      found: listed.found,
      note: noteOf(notes),
      next: last !== undefined && listed.rows.length > limit ? writePlace(last) : null,
    };
  },
});

const DATE: Column[] = [
  { name: 'date', unit: 'date', label: 'Дата' },
  { name: 'time', unit: 'text', label: 'Время' },
];
const PLACES: Column[] = [
  { name: 'warehouse', unit: 'text', label: 'Склад' },
  { name: 'region', unit: 'text', label: 'Регион' },
];
const PRODUCT: Column[] = [...keyColumns('product'), { name: 'size', unit: 'text', label: 'Размер' }];

const COLUMNS: Readonly<Record<ListedTable, Column[]>> = {
  orders: [
    ...DATE,
    { name: 'order_id', unit: 'text', label: 'Заказ' },
    ...PRODUCT,
    { name: 'pieces', unit: 'pieces', label: 'Штук' },
    { name: 'amount', unit: 'RUB', label: 'Сумма' },
    { name: 'state', unit: 'text', label: 'Статус' },
    ...PLACES,
  ],
  sales: [
    ...DATE,
    { name: 'sale_id', unit: 'text', label: 'Продажа' },
    { name: 'order_id', unit: 'text', label: 'Заказ' },
    ...PRODUCT,
    { name: 'amount', unit: 'RUB', label: 'Сумма' },
    { name: 'payout', unit: 'RUB', label: 'К перечислению' },
    { name: 'state', unit: 'text', label: 'Что это' },
    ...PLACES,
  ],
  reviews: [
    ...DATE,
    { name: 'review_id', unit: 'text', label: 'Отзыв' },
    ...PRODUCT,
    { name: 'color', unit: 'text', label: 'Цвет' },
    { name: 'stars', unit: 'stars', label: 'Оценка' },
    { name: 'state', unit: 'text', label: 'Ответ' },
    { name: 'quote', unit: 'text', label: 'Текст' },
  ],
};

const shared = ({ date, time, size, state }: ListedRow): Row => ({ date, time, size, state });
const ROW_OF: Readonly<Record<ListedTable, (row: ListedRow) => Row>> = {
  orders: (row) => ({
    ...shared(row),
    ...{ order_id: row.key, pieces: row.pieces, amount: row.amount },
    ...{ warehouse: row.warehouse, region: row.region },
  }),
  sales: (row) => ({
    ...shared(row),
    ...{ sale_id: row.key, order_id: row.otherKey, amount: row.amount, payout: row.payout },
    ...{ warehouse: row.warehouse, region: row.region },
  }),
  reviews: (row) => ({
    ...shared(row),
    ...{ review_id: row.key, color: row.color, stars: row.stars },
    quote: row.written === null ? null : cutText(row.written, LONGEST_QUOTE),
  }),
};

function totalOf(table: ListedTable, { found, amount: sum }: { found: number; amount: string | null }): Row {
  return table === 'reviews' ? { rows: found } : { rows: found, amount: sum ?? '0.00' };
}

/** What the rows of a table do not say is refused rather than passed over. */
function refuseOthers(table: ListedTable, given: Record<string, unknown>): void {
  const [others, instead] =
    table === 'reviews'
      ? [[...Object.keys(placeParameters), 'amount_from', 'amount_to'], 'orders and sales']
      : [Object.keys(reviewParameters), 'reviews'];
  const [wrong] = others.filter((name) => given[name] !== undefined);
  if (wrong !== undefined) throw badParameter(wrong, `is known of ${instead} only, not of ${table}`);
}

const writePlace = ({ at, id }: ListedRow) => Buffer.from(`${at ?? ''}~${id}`).toString('base64url');

function readPlace(before: string): { at: string | null; id: string } {
  const match = /^(-?\d{1,18})?~(\d{1,18})$/.exec(Buffer.from(before, 'base64url').toString('latin1'));
  if (match === null) throw badParameter('before', 'must be the `next` of an answer');
  return { at: match[1] ?? null, id: match[2]! };
}
