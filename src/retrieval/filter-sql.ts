/** What chunks have to be, as parameters; null: anything. */
export interface ChunkFilter {
  chunkTypes: readonly string[] | null;
  nmIds: readonly number[] | null;
  ownNames: readonly string[] | null;
  classes: readonly string[] | null;
  /** Days inclusive, first and last ones of as many periods; any of them. */
  from: readonly string[] | null;
  to: readonly string[] | null;
  sizes: readonly string[] | null;
  /** `numrange` literals: `[1,3)`. */
  rating: string | null;
  quantity: string | null;
  amount: string | null;
  inWay: 'to_client' | 'from_client' | null;
  warehouses: readonly string[] | null;
  regions: readonly string[] | null;
  /** The tables of `classes`, for the index; chunks of others are none of them. */
  tables: readonly string[] | null;
}

export const NO_FILTER: ChunkFilter = {
  chunkTypes: null,
  nmIds: null,
  ownNames: null,
  classes: null,
  from: null,
  to: null,
  sizes: null,
  rating: null,
  quantity: null,
  amount: null,
  inWay: null,
  warehouses: null,
  regions: null,
  tables: null,
};

/** As many as `ChunkFilter` has fields. */
export const FILTER_PARAMETERS = 14;

export function filterParameters(filter: ChunkFilter): unknown[] {
  return [
    filter.chunkTypes,
    filter.nmIds,
    filter.ownNames,
    filter.classes,
    filter.from,
    filter.to,
    filter.sizes,
    filter.rating,
    filter.quantity,
    filter.amount,
    filter.inWay,
    filter.warehouses,
    filter.regions,
    filter.tables,
  ];
}

export function isOpen(filter: ChunkFilter): boolean {
  return Object.values(filter).every((value) => value === null);
}

/** Parts of a filter that a search may let go. */
export const FILTER_PARTS = [
  'product',
  'classes',
  'period',
  'size',
  'rating',
  'quantity',
  'amount',
  'inWay',
  'warehouse',
  'region',
] as const;
export type FilterPart = (typeof FILTER_PARTS)[number];

/**
 * The conditions over the alias `m`, whose parameters begin with `$first`; `$1` is the cabinet. One text for all filters:
 * Postgres plans such statements with the values at hand, and what is null is gone from the plan. They need `ownProducts`.
 */
export function conditions(first: number): Record<FilterPart | 'chunkTypes' | 'tables', string> {
  const p = (offset: number) => `$${first + offset}`;
  const within = (column: string, parameter: string) =>
    `(${parameter}::numrange is null or m.${column} <@ ${parameter}::numrange)`;
  return {
    chunkTypes: `(${p(0)}::text[] is null or m.chunk_type = any (${p(0)}::text[]))`,
    product: `(${p(1)}::bigint[] is null or m.nm_id = any (${p(1)}::bigint[])
      or m.brand = any (${p(2)}::text[]) or m.category = any (${p(2)}::text[]) or m.subject = any (${p(2)}::text[])
      or m.nm_id = any ((select nm_ids from own)::bigint[]))`,
    classes: `(${p(3)}::text[] is null or m.chunk_type = any (${p(3)}::text[])
      or m.chunk_type || ':' || m.state = any (${p(3)}::text[]))`,
    // The first by itself, for there is rarely another, and looking through a list took longer than all else of a row.
    period: `(${p(4)}::text[] is null
      or (m.document_date >= (${p(4)}::text[])[1] and m.document_date <= (${p(5)}::text[])[1])
      or ((${p(4)}::text[])[2] is not null and exists (
        select from unnest(${p(4)}::text[], ${p(5)}::text[]) as period (first, last)
        where m.document_date >= period.first and m.document_date <= period.last
      )))`,
    size: `(${p(6)}::text[] is null or m.size = any (${p(6)}::text[]))`,
    rating: within('rating', p(7)),
    quantity: within('quantity', p(8)),
    amount: within('amount', p(9)),
    inWay: `(${p(10)}::text is null or (${p(10)}::text = 'to_client' and m.in_way_to_client > 0)
      or (${p(10)}::text = 'from_client' and m.in_way_from_client > 0))`,
    warehouse: `(${p(11)}::text[] is null or m.warehouse = any (${p(11)}::text[]))`,
    tables: `(${p(13)}::text[] is null or m.source_table = any (${p(13)}::text[]))`,
    region: `(${p(12)}::text[] is null or m.region = any (${p(12)}::text[]))`,
  };
}

/**
 * `with …` for the statement that has the conditions: products that are known only since a moment ago are found by the brand
 * or category that their own card says. Looked up once, and not inside of the condition: there the planner charged it for
 * each chunk and compiled the statement for its price (JIT), which took longer than to run it.
 */
export function ownProducts(first: number): string {
  const names = `$${first + 2}::text[]`;
  return `with own as materialized (
    select array_agg(p.nm_id) as nm_ids from public.rag_metadata p
    where p.cabinet_id = $1::bigint and p.source_table = 'wb_products' and ${names} is not null
      and (p.brand = any (${names}) or p.category = any (${names}))
  )`;
}

/** All of them together. */
export function filterSql(first: number): string {
  return Object.values(conditions(first)).join('\n      and ');
}
