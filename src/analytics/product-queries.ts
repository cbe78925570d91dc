import type { Executor } from '../database/pool.ts';
import { finite, text } from './expressions.ts';
import type { Period } from '../calendar.ts';
import { FILTER_VALUES, filterSql, filterValues, type RowFilter } from './filter-sql.ts';

/** That the product comes in one of these sizes. */
const comesIn = (sizes: string) => `(
      exists (select 1 from wb_product_sizes z
        where z.cabinet_id = $1::bigint and z.nm_id = p.nm_id and z.size = any (${sizes}))
      or exists (select 1 from wb_stocks z
        where z.cabinet_id = $1::bigint and z.nm_id = p.nm_id and z.size = any (${sizes})))`;

const MATCHES = `p.cabinet_id = $1::bigint
    ${filterSql(
      {
        ...{ nmId: 'p.nm_id', brand: text('p.brand'), categories: ['p.category'], size: comesIn },
        ...{ warehouse: 'null::text', region: 'null::text' },
      },
      2,
    )}
    and p.is_active is not false`;

const values = (cabinetId: number, filter: RowFilter) => [cabinetId, ...filterValues(filter)];

/** Reads only. */
const READ_ACTIVE_PRODUCTS = `
  select p.nm_id::float8 as nm_id from wb_products p where ${MATCHES} order by p.nm_id`;

/** Numbers of the products on sale that the filter lets through. */
export async function readActiveProducts(
  executor: Executor,
  cabinetId: number,
  filter: RowFilter,
): Promise<number[]> {
  const { rows } = await executor.query<{ nm_id: number }>(READ_ACTIVE_PRODUCTS, values(cabinetId, filter));
  return rows.map((row) => row.nm_id);
}

/** What a product may be without: its table, its day, and which of its rows count. */
const HAD = {
  reviews: { table: 'wb_reviews', day: 'created_date', counted: 'true' },
  sales: { table: 'wb_sales', day: 'sale_date', counted: `h.type = 'buyout' and h.is_cancel is not true` },
  orders: { table: 'wb_orders', day: 'order_date', counted: 'true' },
} as const;
export type DatedRows = keyof typeof HAD;

const FIRST_OF_PERIOD = 2 + FILTER_VALUES;

/** Products on sale without any such row in a period. By the index on (cabinet_id, nm_id) of the table; reads only. */
const readWithout = ({ table, day, counted }: (typeof HAD)[DatedRows]) => {
  const [from, to, zone] = [0, 1, 2].map((place) => `$${FIRST_OF_PERIOD + place}`);
  return `
  select p.nm_id::float8 as nm_id from wb_products p
  where ${MATCHES}
    and not exists (
      select 1 from ${table} h
      where h.cabinet_id = $1::bigint and h.nm_id = p.nm_id and ${counted}
        and ((h.${day} >= (${from}::date)::timestamp at time zone ${zone}::text
            and h.${day} < (${to}::date + 1)::timestamp at time zone ${zone}::text)
          or (${from}::date = '-infinity'::date and h.${day} is null))
    )`;
};
const STATEMENTS = {
  reviews: readWithout(HAD.reviews),
  sales: readWithout(HAD.sales),
  orders: readWithout(HAD.orders),
};

export async function readProductsWithout(
  executor: Executor,
  what: DatedRows,
  query: { cabinetId: number; filter: RowFilter; period: Period; timeZone: string },
): Promise<Set<number>> {
  const { rows } = await executor.query<{ nm_id: number }>(STATEMENTS[what], [
    ...values(query.cabinetId, query.filter),
    ...[query.period.from, query.period.to, query.timeZone],
  ]);
  return new Set(rows.map((row) => row.nm_id));
}

export interface ListedProduct {
  nm_id: number;
  price: string | null;
  discount_price: string | null;
  discount_percent: string | null;
  rating: string | null;
  reviews_count: number | null;
  /** Pieces in Wildberries' warehouses. */
  stock: string;
}

const rounded = (column: string) => `round(${finite(column)}, 2)::text`;

/** Reads only. */
const READ_LISTED_PRODUCTS = `
  select p.nm_id::float8 as nm_id, ${rounded('p.price')} as price,
    ${rounded('coalesce(p.discount_price, p.price)')} as discount_price,
    ${rounded('p.discount_percent')} as discount_percent, ${rounded('p.rating')} as rating,
    p.reviews_count::float8 as reviews_count, coalesce(s.quantity, 0)::text as stock
  from wb_products p
  left join (
    select nm_id, sum(quantity) as quantity from wb_stocks where cabinet_id = $1::bigint group by nm_id
  ) s on s.nm_id = p.nm_id
  where ${MATCHES}
  order by p.nm_id`;

export async function readListedProducts(
  executor: Executor,
  cabinetId: number,
  filter: RowFilter,
): Promise<ListedProduct[]> {
  const { rows } = await executor.query<ListedProduct>(READ_LISTED_PRODUCTS, values(cabinetId, filter));
  return rows;
}
