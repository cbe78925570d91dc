import type pg from 'pg';
import type { Executor } from '../../../database/pool.ts';
import type { WbId } from '../../client/client.ts';
import { changedEarlier, upsertRows, upsertStatement, type WriteCounts } from './upsert.ts';

export interface SaleRecord {
  sale_id: string;
  order_id: string | null;
  g_number: string | null;
  nm_id: WbId | null;
  article: string | null;
  brand: string | null;
  category: string | null;
  subject: string | null;
  size: string | null;
  barcode: string | null;
  amount: string | null;
  price_with_discount: string | null;
  for_pay: string | null;
  payment_sale_amount: string | null;
  total_price: string | null;
  discount_percent: string | null;
  spp_percent: string | null;
  warehouse_from: string | null;
  warehouse_to: string | null;
  sale_date: string | null;
  type: string | null;
  last_change_date: string | null;
}

const SAVE_SALES = upsertStatement({
  table: 'wb_sales',
  key: 'sale_id',
  given: {
    sale_id: 'text',
    order_id: 'text',
    g_number: 'text',
    nm_id: 'bigint',
    article: 'text',
    brand: 'text',
    category: 'text',
    subject: 'text',
    size: 'text',
    barcode: 'text',
    amount: 'numeric',
    price_with_discount: 'numeric',
    for_pay: 'numeric',
    payment_sale_amount: 'numeric',
    total_price: 'numeric',
    discount_percent: 'numeric',
    spp_percent: 'numeric',
    warehouse_from: 'text',
    warehouse_to: 'text',
    sale_date: 'timestamptz',
    type: 'text',
    last_change_date: 'timestamptz',
  },
  joins: `left join lateral (
    select name from public.wb_products where cabinet_id = $1::bigint and nm_id = i.nm_id limit 1
  ) product on true`,
  derived: { product_name: 'product.name' },
  onlyWhenEmpty: ['product_name'],
  guard: '(s.last_change_date <= i.last_change_date) is not false',
});

/** The answer with the later `lastChangeDate` wins over another about the same sale. Idempotent; locks rows that differ. */
export function saveSales(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly SaleRecord[],
): Promise<WriteCounts> {
  return upsertRows(client, SAVE_SALES, cabinetId, rows, (row) => row.sale_id, changedEarlier);
}

const READ_OLDEST_UNPRICED = `
select to_char(min(last_change_date) at time zone 'Europe/Moscow', 'YYYY-MM-DD"T"HH24:MI:SS') as "dateFrom"
from public.wb_sales
where cabinet_id = $1::bigint and (amount is null or for_pay is null or price_with_discount is null)
  and last_change_date > now() - interval '2 days'`;

/**
 * When the oldest of the recent sales that lack an amount changed last, in Moscow time as Wildberries writes it, rounded
 * down to the second. Older ones lack it for good. Reads only.
 */
export async function readOldestUnpriced(executor: Executor, cabinetId: number): Promise<string | undefined> {
  const { rows } = await executor.query<{ dateFrom: string | null }>(READ_OLDEST_UNPRICED, [cabinetId]);
  return rows[0]?.dateFrom ?? undefined;
}
