import type { Executor } from '../database/pool.ts';
import { text } from './expressions.ts';

/** A product as the tables know it: from its card or, where there is none, from a stock or an order of it. */
export interface CatalogueProduct {
  nmId: number;
  name: string | null;
  /** The seller's. */
  article: string | null;
  brand: string | null;
  /** Категория of the statistics, for instance «Обувь». */
  category: string | null;
  /** Предмет, for instance «Кроссовки». */
  subject: string | null;
  isActive: boolean;
}

/**
 * Looks up each product of `numbers`: its card, one stock row, one order, one sale; by keys, so that half a million orders
 * cost no more than a thousand. Which order is chosen does not matter: they say the same of the product, and the card
 * speaks first. Reads only.
 */
const LOOK_UP = `
  select n.nm_id::float8 as "nmId",
    coalesce(${text('p.name')}, ${text('s.name')}, ${text('o.name')}, ${text('v.product_name')}) as name,
    coalesce(${text('p.vendor_code')}, ${text('s.article')}, ${text('o.article')}) as article,
    coalesce(${text('p.brand')}, ${text('s.brand')}, ${text('o.brand')}, ${text('v.brand')}) as brand,
    coalesce(${text('o.category')}, ${text('v.category')}, ${text('p.category')}, ${text('s.category')}) as category,
    coalesce(${text('p.category')}, ${text('s.subject')}, ${text('o.subject')}, ${text('v.subject')}, ${text('s.category')}) as subject,
    p.nm_id is not null and p.is_active is not false as "isActive"
  from numbers n
  left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = n.nm_id
  left join lateral (
    select name, article, brand, category, subject from wb_stocks
    where cabinet_id = $1::bigint and nm_id = n.nm_id limit 1
  ) s on true
  left join lateral (
    select name, article, brand, category, subject from wb_orders
    where cabinet_id = $1::bigint and nm_id = n.nm_id and category is not null limit 1
  ) o on true
  left join lateral (
    select product_name, brand, category, subject from wb_sales
    where cabinet_id = $1::bigint and nm_id = n.nm_id limit 1
  ) v on true
  order by n.nm_id`;

/** Every number in a table, one step down its index each: `select distinct` would read all rows. */
const distinctNumbers = (table: string) => `(
    with recursive found (nm_id) as (
      (select min(nm_id) from ${table} where cabinet_id = $1::bigint)
      union all
      select (select min(t.nm_id) from ${table} t where t.cabinet_id = $1::bigint and t.nm_id > found.nm_id)
      from found where found.nm_id is not null
    )
    select nm_id from found where nm_id is not null
  )`;

const READ_CATALOGUE = `
  with numbers as materialized (
    select nm_id from wb_products where cabinet_id = $1::bigint
    union select nm_id from ${distinctNumbers('wb_stocks')} stocks
    union select nm_id from ${distinctNumbers('wb_orders')} orders
    union select nm_id from ${distinctNumbers('wb_sales')} sales
  )
  ${LOOK_UP}`;

const READ_PRODUCTS = `
  with numbers as materialized (select distinct nm_id from unnest($2::bigint[]) as given (nm_id))
  ${LOOK_UP}`;

/** Every product of the cabinet, by number. */
export async function readCatalogue(executor: Executor, cabinetId: number): Promise<CatalogueProduct[]> {
  const { rows } = await executor.query<CatalogueProduct>(READ_CATALOGUE, [cabinetId]);
  return rows;
}

/** These products; a number that the cabinet does not know has only nulls. */
export async function readProducts(
  executor: Executor,
  cabinetId: number,
  nmIds: readonly number[],
): Promise<CatalogueProduct[]> {
  const { rows } = await executor.query<CatalogueProduct>(READ_PRODUCTS, [cabinetId, nmIds]);
  return rows;
}

/** Sizes and warehouses that the stocks and sizes of the cabinet have. Reads only. */
const READ_PLACES = `
  select 'size' as kind, size as name from wb_stocks where cabinet_id = $1::bigint and size is not null group by size
  union
  select 'size', size from wb_product_sizes where cabinet_id = $1::bigint and size is not null group by size
  union
  select 'warehouse', warehouse_name from wb_stocks
  where cabinet_id = $1::bigint and warehouse_name is not null group by warehouse_name`;

export async function readPlaces(
  executor: Executor,
  cabinetId: number,
): Promise<{ sizes: string[]; warehouses: string[] }> {
  const { rows } = await executor.query<{ kind: 'size' | 'warehouse'; name: string }>(READ_PLACES, [
    cabinetId,
  ]);
  const of = (kind: string) => rows.flatMap((row) => (row.kind === kind ? [row.name] : [])).sort();
  return { sizes: of('size'), warehouses: of('warehouse') };
}
