import { CHUNK_TYPES, SOURCE_NAMES, tableOf } from '../source-tables.ts';
import type { ChunkFilter, ExcludedFilter } from './filter-sql.ts';
import type { SearchRequest } from './search-request.ts';
import { EARLIEST_DATE } from '../calendar.ts';
import { exclusionsOf, filtersOf, type Constraint } from '../understanding/constraints.ts';
import type { Filters, NumberRange } from '../understanding/mention.ts';

const LATEST_DATE = '9999-12-31';

/** What the asker demands, and what the question was understood to, as the statements take it. */
export function chunkFilterOf(
  request: SearchRequest,
  constraints: readonly Constraint[],
  excludedWords: readonly string[],
): ChunkFilter {
  const filters = filtersOf(constraints);
  return {
    chunkTypes: request.chunkTypes?.length ? request.chunkTypes : null,
    nmIds: request.nmId === undefined ? (filters.nmIds ?? null) : [request.nmId],
    ownNames: request.nmId === undefined && filters.nmIds !== undefined ? (filters.ownNames ?? null) : null,
    classes: filters.classes ?? null,
    ...periodsOf(request, filters),
    sizes: filters.sizes ?? null,
    rating: rangeLiteral(filters.rating),
    quantity: rangeLiteral(filters.quantity),
    amount: rangeLiteral(filters.amount),
    inWay: filters.inWay ?? null,
    warehouses: filters.warehouses ?? null,
    regions: filters.regions ?? null,
    ...excludedOf(exclusionsOf(constraints), excludedWords),
    tables: tablesOf(filters.classes),
  };
}

/** Each exclusion by itself: of two of one kind neither may be. */
function excludedOf(exclusions: readonly Filters[], words: readonly string[]): ExcludedFilter {
  const all = <T>(of: (filters: Filters) => readonly T[] | undefined): T[] | null => {
    const values = exclusions.flatMap((filters) => of(filters) ?? []);
    return values.length === 0 ? null : [...new Set(values)];
  };
  const range = (name: 'rating' | 'quantity' | 'amount') =>
    all((filters) => (filters[name] === undefined ? [] : [rangeLiteral(filters[name])!]));
  return {
    excludedNmIds: all(({ nmIds }) => nmIds),
    excludedNames: all(({ ownNames }) => ownNames),
    excludedClasses: all(({ classes }) => classes),
    excludedFrom: all(({ periods }) => periods?.map(({ from }) => from)),
    excludedTo: all(({ periods }) => periods?.map(({ to }) => to)),
    excludedSizes: all(({ sizes }) => sizes),
    excludedRatings: range('rating'),
    excludedQuantities: range('quantity'),
    excludedAmounts: range('amount'),
    excludedWarehouses: all(({ warehouses }) => warehouses),
    excludedRegions: all(({ regions }) => regions),
    excludedWords: words.length === 0 ? null : words.join(' | '),
  };
}

const TABLES = new Map<string, string>(SOURCE_NAMES.map((source) => [CHUNK_TYPES[source], tableOf(source)]));

function tablesOf(classes: readonly string[] | undefined): string[] | null {
  if (classes === undefined) return null;
  return [...new Set(classes.map((name) => TABLES.get(name.split(':')[0]!)!))];
}

function periodsOf({ from, to }: SearchRequest, { periods }: Filters): Pick<ChunkFilter, 'from' | 'to'> {
  if (from !== undefined || to !== undefined) {
    return { from: [from ?? EARLIEST_DATE], to: [to ?? LATEST_DATE] };
  }
  if (periods === undefined) return { from: null, to: null };
  return { from: periods.map((period) => period.from), to: periods.map((period) => period.to) };
}

/** As Postgres writes a `numrange`: `[1000,3000]`, `(,5000)`. */
function rangeLiteral(range: NumberRange | undefined): string | null {
  if (range === undefined) return null;
  const { from, to, over, under } = range;
  const low = over === undefined ? `[${from ?? ''}` : `(${over}`;
  return `${low},${under === undefined ? `${to ?? ''}]` : `${under})`}`;
}

/** The kinds that the request's own options have the say about, so that the question's words do not. */
export function overruledKinds(request: SearchRequest): Set<Constraint['kind']> {
  const overruled = new Set(request.ignore ?? []);
  if (request.from !== undefined || request.to !== undefined) overruled.add('period');
  if (request.nmId !== undefined) {
    for (const kind of ['product', 'article', 'brand', 'category', 'name'] as const) overruled.add(kind);
  }
  return overruled;
}

/** Types that the question speaks of, of those that the request allows; without any left the request alone decides. */
export function withinChunkTypes(constraints: readonly Constraint[], request: SearchRequest): Constraint[] {
  const allowed: readonly string[] | undefined = request.chunkTypes?.length ? request.chunkTypes : undefined;
  if (allowed === undefined) return [...constraints];
  return constraints.flatMap((constraint) => {
    const { classes } = constraint.filters;
    if (classes === undefined) return [constraint];
    const left = classes.filter((name) => allowed.includes(name.split(':')[0]!));
    return left.length === 0 ? [] : [{ ...constraint, filters: { ...constraint.filters, classes: left } }];
  });
}
