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
    array_agg(distinct region) filter (where region is not null) as regions
  from public.rag_metadata
  where cabinet_id = $1::bigint and source_table <> 'wb_products'`;

/** What the chunks of products say they are called. Reads only. */
export async function readProductNames(executor: Executor, cabinetId: number): Promise<NamedProduct[]> {
  const { rows } = await executor.query<NamedProduct>(READ_PRODUCT_NAMES, [cabinetId, true]);
  return rows;
}

/** What all other chunks say. One pass over the cabinet. Reads only. */
export async function readOtherNames(executor: Executor, cabinetId: number): Promise<CabinetNames> {
  const { rows: products } = await executor.query<NamedProduct>(READ_PRODUCT_NAMES, [cabinetId, false]);
  const { rows } = await executor.query<Record<'sizes' | 'warehouses' | 'regions', string[] | null>>(
    READ_OTHER_NAMES,
    [cabinetId],
  );
  const { sizes, warehouses, regions } = rows[0]!;
  return { products, sizes: sizes ?? [], warehouses: warehouses ?? [], regions: regions ?? [] };
}
