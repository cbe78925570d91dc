import type pg from 'pg';
import type { WbId } from '../../client/client.ts';
import { changedEarlier, upsertRows, upsertStatement, type WriteCounts } from './upsert.ts';

export interface OrderRecord {
  order_id: string;
  nm_id: WbId | null;
  article: string | null;
  brand: string | null;
  size: string | null;
  barcode: string | null;
  category: string | null;
  subject: string | null;
  quantity: number;
  price: string | null;
  total_price: string | null;
  customer_price: string | null;
  discount_percent: string | null;
  spp_percent: string | null;
  warehouse_from: string | null;
  warehouse_to: string | null;
  order_date: string | null;
  g_number: string | null;
  is_cancel: boolean | null;
  cancel_date: string | null;
  warehouse_type: string | null;
  country: string | null;
  okrug: string | null;
  last_change_date: string | null;
}

/** What a seller calls the state of an order, from its cancellation and its latest sale or return, `last_sale`. */
const STATUS = (isCancel: string, lastSaleType: string) => `case
    when ${lastSaleType} = 'return' then 'returned'
    when ${isCancel} then 'cancelled'
    when ${lastSaleType} = 'buyout' then 'bought'
    else 'active'
  end`;

const LAST_SALE = (orderId: string) => `left join lateral (
    select type from public.wb_sales
    where cabinet_id = $1::bigint and order_id = ${orderId} and type in ('buyout', 'return')
    order by sale_date desc nulls last, id desc limit 1
  ) last_sale on true`;

const SAVE_ORDERS = upsertStatement({
  table: 'wb_orders',
  key: 'order_id',
  given: {
    order_id: 'text',
    nm_id: 'bigint',
    article: 'text',
    brand: 'text',
    size: 'text',
    barcode: 'text',
    category: 'text',
    subject: 'text',
    quantity: 'bigint',
    price: 'numeric',
    total_price: 'numeric',
    customer_price: 'numeric',
    discount_percent: 'numeric',
    spp_percent: 'numeric',
    warehouse_from: 'text',
    warehouse_to: 'text',
    order_date: 'timestamptz',
    g_number: 'text',
    is_cancel: 'boolean',
    cancel_date: 'timestamptz',
    warehouse_type: 'text',
    country: 'text',
    okrug: 'text',
    last_change_date: 'timestamptz',
  },
  joins: `left join lateral (
    select name from public.wb_products where cabinet_id = $1::bigint and nm_id = i.nm_id limit 1
  ) product on true
  ${LAST_SALE('i.order_id')}`,
  derived: { name: 'product.name', status: STATUS('i.is_cancel', 'last_sale.type') },
  // Wildberries sends no name. The product's later names are quoted from the product itself.
  onlyWhenEmpty: ['name'],
  guard: '(s.last_change_date <= i.last_change_date) is not false',
});

/** The answer with the later `lastChangeDate` wins over another about the same order. Idempotent; locks rows that differ. */
export function saveOrders(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly OrderRecord[],
): Promise<WriteCounts> {
  return upsertRows(client, SAVE_ORDERS, cabinetId, rows, (row) => row.order_id, changedEarlier);
}

const REFRESH_STATUSES = `
update public.wb_orders o
set status = derived.status
from (
  select o.id, ${STATUS('o.is_cancel', 'last_sale.type')} as status
  from (select distinct unnest($2::text[]) as order_id) touched
  join public.wb_orders o on o.cabinet_id = $1::bigint and o.order_id = touched.order_id
  ${LAST_SALE('touched.order_id')}
  -- One that was written by hand keeps what was written.
  where o.last_change_date is not null
) derived
where o.id = derived.id and o.status is distinct from derived.status`;

/** Brings the status of these orders in line with their sales. Idempotent; locks rows that differ. */
export async function refreshOrderStatuses(
  client: pg.PoolClient,
  cabinetId: number,
  orderIds: readonly string[],
): Promise<void> {
  if (orderIds.length > 0) await client.query(REFRESH_STATUSES, [cabinetId, orderIds]);
}
