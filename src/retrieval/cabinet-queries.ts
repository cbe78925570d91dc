import type { Executor } from '../database/pool.ts';
import type { CabinetNames, NamedProduct } from './understanding/vocabulary.ts';

const READ_SEARCH_STATE = `
  select s.search_model, s.next_model, s.updated_at::text || '/' || s.total_chunks as version,
    (
      select count(*)::text || '/' || coalesce(max(updated_at)::text, '') from public.rag_metadata
      where cabinet_id = $1::bigint and source_table = 'wb_products'
    ) as products
  from (select $1::bigint as cabinet_id) c left join public.rag_index_status s using (cabinet_id)`;

export interface SearchState {
  /** The model that searches in a cabinet compare, then the one that it is being changed to. */
  models: string[];
  /** Changes with every run of the indexer. */
  version: string;
  /** Changes with every chunk of a product. */
  productsVersion: string;
}

/** What a search has to know of a cabinet. Reads only. Prepared, because every search asks for it. */
export async function readSearchState(executor: Executor, cabinetId: number): Promise<SearchState> {
  const { rows } = await executor.query<{
    search_model: string | null;
    next_model: string | null;
    version: string | null;
    products: string;
  }>({ name: 'read_search_state', text: READ_SEARCH_STATE, values: [cabinetId] });
  const row = rows[0]!;
  return {
    models: [row.search_model, row.next_model].filter((model) => model !== null),
    version: row.version ?? '',
    productsVersion: row.products,
  };
}

const READ_PRODUCT_NAMES = `
  select distinct nm_id::float8 as "nmId", name, article, brand, category, subject
  from public.rag_metadata
  where cabinet_id = $1::bigint and ((source_table = 'wb_products') = $2::boolean)
    and coalesce(name, article, brand, category, subject) is not null`;

const READ_OTHER_NAMES = `
  select array_agg(distinct size) filter (where size is not null) as sizes,
    array_agg(distinct warehouse) filter (where warehouse is not null) as warehouses,
    array_agg(distinct region) filter (where region is not null) as regions,
    coalesce(max(updated_at), '-infinity')::text as until
  from public.rag_metadata
  where cabinet_id = $1::bigint and source_table <> 'wb_products'`;

/**
 * Reads the end of an index. A minute further back than what was read already: chunks have the time at which the transaction
 * that stored them began, and may be seen after others that began later.
 */
const READ_NEW_NAMES = `
  select distinct nm_id::float8 as "nmId", name, article, brand, category, subject, size, warehouse, region,
    (max(updated_at) over ())::text as until
  from public.rag_metadata
  where cabinet_id = $1::bigint and source_table <> 'wb_products'
    and updated_at >= $2::timestamptz - interval '1 minute'`;

/** Names with how far they were read: the time of the newest chunk among them, as Postgres writes it. */
export interface OtherNames extends CabinetNames {
  until: string;
}

/** What the chunks of products say they are called. Reads only. */
export async function readProductNames(executor: Executor, cabinetId: number): Promise<NamedProduct[]> {
  const { rows } = await executor.query<NamedProduct>(READ_PRODUCT_NAMES, [cabinetId, true]);
  return rows;
}

/** What all other chunks say. One pass over the cabinet. Reads only. */
export async function readOtherNames(executor: Executor, cabinetId: number): Promise<OtherNames> {
  // First how far, then the names: what comes between the two is read again the next time.
  const { rows } = await executor.query<
    Record<'sizes' | 'warehouses' | 'regions', string[] | null> & { until: string }
  >(READ_OTHER_NAMES, [cabinetId]);
  const { rows: products } = await executor.query<NamedProduct>(READ_PRODUCT_NAMES, [cabinetId, false]);
  const { sizes, warehouses, regions, until } = rows[0]!;
  return { products, sizes: sizes ?? [], warehouses: warehouses ?? [], regions: regions ?? [], until };
}

/** What the chunks say that came or changed since, and some from before. Reads only. */
export async function readNewNames(
  executor: Executor,
  cabinetId: number,
  since: string,
): Promise<OtherNames> {
  const { rows } = await executor.query<
    NamedProduct & Record<'size' | 'warehouse' | 'region', string | null> & { until: string }
  >({ name: 'read_new_names', text: READ_NEW_NAMES, values: [cabinetId, since] });
  const valuesOf = (name: 'size' | 'warehouse' | 'region') => [
    ...new Set(rows.map((row) => row[name]).filter((value) => value !== null)),
  ];
  return {
    products: rows.map(({ nmId, name, article, brand, category, subject }) => ({
      ...{ nmId, name, article, brand, category, subject },
    })),
    sizes: valuesOf('size'),
    warehouses: valuesOf('warehouse'),
    regions: valuesOf('region'),
    until: rows[0]?.until ?? since,
  };
}
