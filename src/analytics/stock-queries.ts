import type { Executor } from '../database/pool.ts';
import type { Period } from '../calendar.ts';
import { text } from './expressions.ts';
import { filterSql, filterValues, isOfProducts, type RowFilter } from './filter-sql.ts';

const BRAND = `coalesce(${text('p.brand')}, ${text('r.brand')})`;

/** Of stocks, orders and sales alike, but for the column that says the warehouse. */
const filters = (warehouse: string) =>
  filterSql(
    {
      ...{ brand: BRAND, categories: ['r.category', 'r.subject', 'p.category'], size: 'r.size' },
      ...{ warehouse, region: 'null::text' },
    },
    2,
  );

/** Of cards, which say no size and no warehouse: asked for only where neither is. */
const OF_PRODUCTS = filterSql(
  {
    ...{ brand: text('r.brand'), categories: ['r.category'], size: 'null::text' },
    ...{ warehouse: 'null::text', region: 'null::text' },
  },
  2,
);

const PRODUCT = `left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = r.nm_id`;

const keyOf = (dimension: string) => `case ${dimension}::text
      when 'product' then r.nm_id::text
      when 'brand' then ${BRAND}
      when 'category' then coalesce(${text('r.category')}, ${text('p.category')})
      when 'subject' then coalesce(${text('r.subject')}, ${text('p.category')}, ${text('r.category')})
      when 'size' then ${text('r.size')}
      when 'warehouse' then ${text('r.warehouse_name')}
    end`;

/**
 * Pieces by up to three dimensions ($20 to $22), and in all. The price of a piece is that of its size after the seller's discount, otherwise the
 * product's. One pass over the stocks of one cabinet; locks nothing.
 */
const READ_STOCKS = `
  with counted as (
    select ${keyOf('$20')} as key1, ${keyOf('$21')} as key2, ${keyOf('$22')} as key3,
      r.nm_id, coalesce(r.quantity, 0) as quantity,
      coalesce(r.in_way_to_client, 0) as to_client, coalesce(r.in_way_from_client, 0) as from_client,
      coalesce(r.quantity_full, r.quantity, 0) as everything,
      coalesce(r.price * (1 - coalesce(r.discount, 0) / 100), p.discount_price, p.price) as price
    from wb_stocks r ${PRODUCT}
    where r.cabinet_id = $1::bigint ${filters('r.warehouse_name')}
  )
  select array[key1, key2, key3] as keys, grouping(key1) = 1 as is_total,
    sum(quantity)::text as quantity,
    sum(to_client)::text as in_way_to_client,
    sum(from_client)::text as in_way_from_client,
    sum(everything)::text as quantity_full,
    count(distinct nm_id) filter (where quantity > 0)::text as products,
    round(sum(quantity * case when price > '-Infinity'::numeric and price < 'Infinity'::numeric then price end), 2)::text
      as stock_value
  from counted
  group by grouping sets ((key1, key2, key3), ())`;

export const STOCK_DIMENSIONS = ['product', 'size', 'warehouse', 'brand', 'category', 'subject'] as const;
export type StockDimension = (typeof STOCK_DIMENSIONS)[number];
export const MOST_STOCK_DIMENSIONS = 3;

export interface StockRow {
  /** One a dimension, in their order. */
  keys: (string | null)[];
  is_total: boolean;
  quantity: string | null;
  in_way_to_client: string | null;
  in_way_from_client: string | null;
  quantity_full: string | null;
  products: string | null;
  stock_value: string | null;
}

export async function readStocks(
  executor: Executor,
  cabinetId: number,
  dimensions: readonly StockDimension[],
  filter: RowFilter,
): Promise<StockRow[]> {
  const { rows } = await executor.query<StockRow>(READ_STOCKS, [
    cabinetId,
    ...filterValues(filter),
    ...Array.from({ length: MOST_STOCK_DIMENSIONS }, (_, place) => dimensions[place] ?? null),
  ]);
  return rows.map((row) => ({ ...row, keys: row.keys.slice(0, dimensions.length) }));
}

/** Pieces in the seller's own warehouses, which are known by product only; null: none of them has any on record. */
const READ_SELLER_STOCK = `
  select sum(r.seller_stock)::text as pieces from wb_products r
  where r.cabinet_id = $1::bigint and r.is_active is not false and r.seller_stock > 0
    ${OF_PRODUCTS}`;

export async function readSellerStock(
  executor: Executor,
  cabinetId: number,
  filter: RowFilter,
): Promise<string | null> {
  const { rows } = await executor.query<{ pieces: string | null }>(READ_SELLER_STOCK, [
    cabinetId,
    ...filterValues(filter),
  ]);
  return rows[0]!.pieces;
}

/**
 * What lies in Wildberries' warehouses and what was ordered in a period, of each product or size ($20) that has either, and
 * of products on sale that have neither. Two passes, each by the index of its cabinet; locks nothing.
 */
const READ_COVER = `
  with stock as (
    select r.nm_id, case when $20::text = 'size' then coalesce(r.size, '') else '' end as size,
      sum(coalesce(r.quantity, 0)) as pieces
    from wb_stocks r ${PRODUCT}
    where r.cabinet_id = $1::bigint ${filters('r.warehouse_name')}
    group by 1, 2
  ), ordered as (
    select r.nm_id, case when $20::text = 'size' then coalesce(r.size, '') else '' end as size,
      sum(coalesce(r.quantity, 1)) as pieces
    from wb_orders r ${PRODUCT}
    where r.cabinet_id = $1::bigint and r.nm_id is not null
      and r.order_date >= ($21::date)::timestamp at time zone $23::text
      and r.order_date < ($22::date + 1)::timestamp at time zone $23::text
      and (r.status = 'returned' or (r.is_cancel is not true and r.status is distinct from 'cancelled'))
      ${filters('r.warehouse_from')}
    group by 1, 2
  ), listed as (
    select r.nm_id, '' as size from wb_products r
    where r.cabinet_id = $1::bigint and r.is_active is not false and $20::text = 'product' and $24::boolean
      ${OF_PRODUCTS}
  )
  select k.nm_id::float8 as nm_id, k.size, coalesce(s.pieces, 0)::text as stock, coalesce(o.pieces, 0)::text as ordered,
    p.is_active is false as is_retired
  from (select nm_id, size from stock union select nm_id, size from ordered union select nm_id, size from listed) k
  left join stock s on s.nm_id = k.nm_id and s.size = k.size
  left join ordered o on o.nm_id = k.nm_id and o.size = k.size
  left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = k.nm_id
  order by k.nm_id, k.size`;

export interface CoverRow {
  nm_id: number;
  /** '' when products are asked for. */
  size: string;
  stock: string;
  ordered: string;
  is_retired: boolean;
}

export async function readCover(
  executor: Executor,
  query: {
    cabinetId: number;
    groupBy: 'product' | 'size';
    filter: RowFilter;
    window: Period;
    timeZone: string;
  },
): Promise<CoverRow[]> {
  const { cabinetId, groupBy, filter, window, timeZone } = query;
  const { rows } = await executor.query<CoverRow>(READ_COVER, [
    cabinetId,
    ...filterValues(filter),
    groupBy,
    window.from,
    window.to,
    timeZone,
    isOfProducts(filter),
  ]);
  return rows;
}
