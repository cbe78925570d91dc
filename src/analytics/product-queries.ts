import type { Executor } from '../database/pool.ts';
import { finite, text } from './expressions.ts';
import { filterSql, filterValues, type RowFilter } from './filter-sql.ts';

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
