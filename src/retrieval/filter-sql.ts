/** What chunks may not be; null: anything goes. */
export interface ExcludedFilter {
  excludedNmIds: readonly number[] | null;
  /** Brands, categories and subjects. */
  excludedNames: readonly string[] | null;
  excludedClasses: readonly string[] | null;
  excludedFrom: readonly string[] | null;
  excludedTo: readonly string[] | null;
  excludedSizes: readonly string[] | null;
  /** `numrange` literals. */
  excludedRatings: readonly string[] | null;
  excludedQuantities: readonly string[] | null;
  excludedAmounts: readonly string[] | null;
  excludedWarehouses: readonly string[] | null;
  excludedRegions: readonly string[] | null;
  /** A `to_tsquery` text. */
  excludedWords: string | null;
}

/** What chunks have to be, as parameters; null: anything. */
export interface ChunkFilter extends ExcludedFilter {
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
  excludedNmIds: null,
  excludedNames: null,
  excludedClasses: null,
  excludedFrom: null,
  excludedTo: null,
  excludedSizes: null,
  excludedRatings: null,
  excludedQuantities: null,
  excludedAmounts: null,
  excludedWarehouses: null,
  excludedRegions: null,
  excludedWords: null,
  tables: null,
};

/** As many as `ChunkFilter` has fields. */
export const FILTER_PARAMETERS = 26;

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
    filter.excludedNmIds,
    filter.excludedNames,
    filter.excludedClasses,
    filter.excludedFrom,
    filter.excludedTo,
    filter.excludedSizes,
    filter.excludedRatings,
    filter.excludedQuantities,
    filter.excludedAmounts,
    filter.excludedWarehouses,
    filter.excludedRegions,
    filter.excludedWords,
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
  'excluded',
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
    tables: `(${p(25)}::text[] is null or m.source_table = any (${p(25)}::text[]))`,
    excluded: excluded(first + 13),
    region: `(${p(12)}::text[] is null or m.region = any (${p(12)}::text[]))`,
  };
}

/** A chunk that does not say what is excluded is not of it. */
function excluded(first: number): string {
  const p = (offset: number, type: string) => `$${first + offset}::${type}`;
  const none = (parameter: string, condition: string) =>
    `(${parameter} is null or not coalesce(${condition}, false))`;
  const equal = (offset: number, ...columns: string[]) =>
    none(
      p(offset, 'text[]'),
      columns.map((column) => `${column} = any (${p(offset, 'text[]')})`).join(' or '),
    );
  const within = (offset: number, column: string) =>
    none(
      p(offset, 'numrange[]'),
      `exists (select from unnest(${p(offset, 'numrange[]')}) as r (range) where m.${column} <@ r.range)`,
    );
  return [
    none(p(0, 'bigint[]'), `m.nm_id = any (${p(0, 'bigint[]')})`),
    `(${p(1, 'text[]')} is null or (m.brand is null or m.brand <> all (${p(1, 'text[]')}))
        and (m.category is null or m.category <> all (${p(1, 'text[]')}))
        and (m.subject is null or m.subject <> all (${p(1, 'text[]')})))`,
    `(${p(2, 'text[]')} is null or m.chunk_type <> all (${p(2, 'text[]')})
        and (m.state is null or m.chunk_type || ':' || m.state <> all (${p(2, 'text[]')})))`,
    none(
      p(3, 'text[]'),
      `exists (select from unnest(${p(3, 'text[]')}, ${p(4, 'text[]')}) as period (first, last)
        where m.document_date >= period.first and m.document_date <= period.last)`,
    ),
    equal(5, 'm.size'),
    within(6, 'rating'),
    within(7, 'quantity'),
    within(8, 'amount'),
    equal(9, 'm.warehouse'),
    equal(10, 'm.region'),
    none(p(11, 'text'), `m.words @@ to_tsquery('pg_catalog.russian', ${p(11, 'text')})`),
  ].join('\n      and ');
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
