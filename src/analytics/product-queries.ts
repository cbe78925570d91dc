import type { Executor } from '../database/pool.ts';
import { finite } from './expressions.ts';
import type { RowFilter } from './filters.ts';

const MATCHES = `p.cabinet_id = $1::bigint
    and ($2::bigint[] is null or p.nm_id = any ($2::bigint[]))
    and ($3::text[] is null or p.brand = any ($3::text[]))
    and ($4::text[] is null or p.category = any ($4::text[]) or p.nm_id = any ($5::bigint[]))
    and p.is_active is not false`;

const values = (cabinetId: number, filter: RowFilter) => [
  cabinetId,
  filter.nmIds,
  filter.brands,
  filter.categories,
  filter.categoryNmIds,
];

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
