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
 * Looks up each product of `numbers`: its card, one stock row, one order, one sale, one review; by keys, so that half a million
 * orders cost no more than a thousand. Which order is chosen does not matter: they say the same of the product, and the card
 * speaks first. An order that says its category is looked for on its own, for most say it and the first may not. Reads only.
 */
const LOOK_UP = `
  select n.nm_id::float8 as "nmId",
    coalesce(${text('p.name')}, ${text('s.name')}, ${text('o.name')}, ${text('a.name')}, ${text('v.product_name')},
      ${text('r.product_name')}) as name,
    coalesce(${text('p.vendor_code')}, ${text('s.article')}, ${text('o.article')}, ${text('a.article')}, ${text('v.article')})
      as article,
    coalesce(${text('p.brand')}, ${text('s.brand')}, ${text('o.brand')}, ${text('a.brand')}, ${text('v.brand')}) as brand,
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
    select name, article, brand from wb_orders where cabinet_id = $1::bigint and nm_id = n.nm_id limit 1
  ) a on true
  left join lateral (
    select product_name, article, brand, category, subject from wb_sales
    where cabinet_id = $1::bigint and nm_id = n.nm_id limit 1
  ) v on true
  left join lateral (
    select product_name from wb_reviews where cabinet_id = $1::bigint and nm_id = n.nm_id limit 1
  ) r on true
  order by n.nm_id`;

/** Every value of a column, one step down its index each: `select distinct` would read all rows. */
const distinctValues = (table: string, column: string) => `(
    with recursive found (value) as (
      (select min(${column}) from ${table} where cabinet_id = $1::bigint)
      union all
      select (select min(t.${column}) from ${table} t where t.cabinet_id = $1::bigint and t.${column} > found.value)
      from found where found.value is not null
    )
    select value from found where value is not null
  )`;

const READ_CATALOGUE = `
  with numbers as materialized (
    select nm_id from wb_products where cabinet_id = $1::bigint
    union select value from ${distinctValues('wb_stocks', 'nm_id')} stocks
    union select value from ${distinctValues('wb_orders', 'nm_id')} orders
    union select value from ${distinctValues('wb_sales', 'nm_id')} sales
    union select value from ${distinctValues('wb_reviews', 'nm_id')} reviews
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

/** Which of these numbers any table has a row of. By keys; reads only. */
const READ_KNOWN_NUMBERS = `
  select given.nm_id::float8 as "nmId" from unnest($2::bigint[]) as given (nm_id)
  where ${['products', 'stocks', 'orders', 'sales', 'reviews']
    .map(
      (table) =>
        `exists (select 1 from wb_${table} t where t.cabinet_id = $1::bigint and t.nm_id = given.nm_id)`,
    )
    .join('\n    or ')}`;

export async function readKnownNumbers(
  executor: Executor,
  cabinetId: number,
  nmIds: readonly number[],
): Promise<number[]> {
  const { rows } = await executor.query<{ nmId: number }>(READ_KNOWN_NUMBERS, [cabinetId, nmIds]);
  return rows.map(({ nmId }) => nmId);
}

/** Sizes and warehouses that the stocks and sizes of the cabinet have, and regions that orders and sales went to. Reads only. */
const READ_PLACES = `
  select 'size' as kind, size as name from wb_stocks where cabinet_id = $1::bigint and size is not null group by size
  union
  select 'size', size from wb_product_sizes where cabinet_id = $1::bigint and size is not null group by size
  union
  select 'warehouse', warehouse_name from wb_stocks
  where cabinet_id = $1::bigint and warehouse_name is not null group by warehouse_name
  union
  select 'region', value from ${distinctValues('wb_orders', 'warehouse_to')} orders
  union
  select 'region', value from ${distinctValues('wb_sales', 'warehouse_to')} sales`;

export interface Places {
  sizes: string[];
  warehouses: string[];
  regions: string[];
}

export async function readPlaces(executor: Executor, cabinetId: number): Promise<Places> {
  const { rows } = await executor.query<{ kind: 'size' | 'warehouse' | 'region'; name: string }>(
    READ_PLACES,
    [cabinetId],
  );
  const of = (kind: string) => rows.flatMap((row) => (row.kind === kind ? [row.name] : [])).sort();
  return { sizes: of('size'), warehouses: of('warehouse'), regions: of('region') };
}

const distinctOfRows = (table: string) => `
  select case
      when grouping(r.brand) = 0 then 'brand'
      when grouping(r.size) = 0 then 'size'
      when grouping(r.warehouse_from) = 0 then 'warehouse'
      else 'category'
    end as kind,
    coalesce(r.brand, r.category, r.subject, r.size, r.warehouse_from) as name
  from ${table} r where r.cabinet_id = $1::bigint
  group by grouping sets ((r.brand), (r.category), (r.subject), (r.size), (r.warehouse_from))`;

/**
 * What orders, sales and reviews alone say, of products, sizes and warehouses that are gone. Reads every one of the cabinet,
 * so it is for names that stand nowhere else.
 */
const READ_NAMES_OF_ROWS = `${distinctOfRows('wb_orders')} union ${distinctOfRows('wb_sales')}
  union select 'size', size from wb_reviews where cabinet_id = $1::bigint and size is not null group by size`;

export async function readNamesOfRows(
  executor: Executor,
  cabinetId: number,
): Promise<{ kind: 'brand' | 'category' | 'size' | 'warehouse'; name: string | null }[]> {
  const { rows } = await executor.query<{
    kind: 'brand' | 'category' | 'size' | 'warehouse';
    name: string | null;
  }>(READ_NAMES_OF_ROWS, [cabinetId]);
  return rows;
}

/** Colours that reviews are of, and what their buyers ticked. Reads every review of the cabinet. */
const READ_NAMES_OF_REVIEWS = `
  select 'color' as kind, r.color as name from wb_reviews r
  where r.cabinet_id = $1::bigint and r.color is not null group by r.color
  union
  select 'tag', tag from wb_reviews r
  cross join lateral jsonb_array_elements_text(case jsonb_typeof(r.bables) when 'array' then r.bables else '[]' end) tag
  where r.cabinet_id = $1::bigint and tag is not null group by tag`;

export async function readNamesOfReviews(
  executor: Executor,
  cabinetId: number,
): Promise<{ kind: 'color' | 'tag'; name: string }[]> {
  const { rows } = await executor.query<{ kind: 'color' | 'tag'; name: string }>(READ_NAMES_OF_REVIEWS, [
    cabinetId,
  ]);
  return rows;
}
