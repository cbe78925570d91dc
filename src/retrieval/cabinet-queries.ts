import type { Executor } from '../database/pool.ts';
import type { CabinetNames, NamedProduct } from '../understanding/vocabulary.ts';

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
  where cabinet_id = $1::bigint and source_table = 'wb_products'
    and coalesce(name, article, brand, category, subject) is not null`;

/** `and …` for a statement that reads the end of an index only. */
const SINCE = (parameter: string) => `and updated_at >= ${parameter}::timestamptz - interval '1 minute'`;

const READ_OTHER_PRODUCT_NAMES = `
  select distinct nm_id::float8 as "nmId", name, article, brand, category, subject
  from public.rag_metadata
  where cabinet_id = $1::bigint and source_table <> 'wb_products'
    and coalesce(name, article, brand, category, subject) is not null ${SINCE('$2')}`;

/** Told apart by the database: each row has another set of all of these, but there are only so many of each. */
const READ_OTHER_NAMES = `
  select array_agg(distinct size) filter (where size is not null) as sizes,
    array_agg(distinct warehouse) filter (where warehouse is not null) as warehouses,
    array_agg(distinct region) filter (where region is not null) as regions,
    coalesce(max(updated_at), $2::timestamptz)::text as until
  from public.rag_metadata
  where cabinet_id = $1::bigint and source_table <> 'wb_products' ${SINCE('$2')}`;

/** Names with how far they were read: the time of the newest chunk among them, as Postgres writes it. */
export interface OtherNames extends CabinetNames {
  until: string;
}

/** What the chunks of products say they are called. Reads only. */
export async function readProductNames(executor: Executor, cabinetId: number): Promise<NamedProduct[]> {
  const { rows } = await executor.query<NamedProduct>(READ_PRODUCT_NAMES, [cabinetId]);
  return rows;
}

/**
 * What all other chunks say; with `since`, the `until` of a read before, what has come or changed from then on, and some from
 * before: a minute further back, for chunks have the time at which the transaction that stored them began, and may be seen
 * after others that began later. Reads only.
 */
export async function readOtherNames(
  executor: Executor,
  cabinetId: number,
  since = '-infinity',
): Promise<OtherNames> {
  // First how far, then the names: what comes between the two is read again the next time.
  const { rows } = await executor.query<
    Record<'sizes' | 'warehouses' | 'regions', string[] | null> & { until: string }
  >(READ_OTHER_NAMES, [cabinetId, since]);
  const { rows: products } = await executor.query<NamedProduct>(READ_OTHER_PRODUCT_NAMES, [cabinetId, since]);
  const { sizes, warehouses, regions, until } = rows[0]!;
  return { products, sizes: sizes ?? [], warehouses: warehouses ?? [], regions: regions ?? [], until };
}
