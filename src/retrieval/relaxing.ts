import type { Executor } from '../database/pool.ts';
import { chunkFilterOf } from './chunk-filter.ts';
import { FILTER_PARTS, type FilterPart } from './filter-sql.ts';
import { readMissed } from './missed-queries.ts';
import type { SearchRequest } from './search-request.ts';
import type { Constraint } from '../understanding/constraints.ts';
import type { Filters } from '../understanding/mention.ts';

const PART_OF: Readonly<Record<keyof Filters, FilterPart>> = {
  nmIds: 'product',
  ownNames: 'product',
  classes: 'classes',
  periods: 'period',
  sizes: 'size',
  rating: 'rating',
  quantity: 'quantity',
  amount: 'amount',
  inWay: 'inWay',
  warehouses: 'warehouse',
  regions: 'region',
};
const TYPES_BIT = 1 << FILTER_PARTS.length;

function bitsOf(filters: Filters): number {
  const parts = (Object.keys(filters) as (keyof Filters)[]).map((name) => PART_OF[name]);
  return parts.reduce((bits, part) => bits | (1 << FILTER_PARTS.indexOf(part)), 0);
}

/**
 * Lets constraints go that leave nothing of the cabinet, one by one: the least certain one whose absence is enough, if there is
 * one, or else the least certain. Of a state (`нет в наличии`) what rows it is said of is kept as long as there are any. Without
 * chunks, or when nothing was in the way, the constraints come back as they are.
 */
export async function relaxConstraints(
  executor: Executor,
  request: SearchRequest,
  given: readonly Constraint[],
  excludedWords: readonly string[],
): Promise<Constraint[]> {
  const types = given.find(({ relaxedTo }) => relaxedTo?.classes !== undefined)?.relaxedTo?.classes ?? null;
  const missed = await readMissed(
    executor,
    { cabinetId: request.cabinetId, filter: chunkFilterOf(request, given, excludedWords) },
    types,
  );
  /** Whether a chunk is left when misses of these kinds are forgiven. */
  const isEnough = (forgiven: number) => missed.some((mask) => (mask & ~forgiven) === 0);
  const required = given.reduce(
    (bits, { used, filters, excluded }) => (used === 'filter' && !excluded ? bits | bitsOf(filters) : bits),
    0,
  );
  // What the request itself demands is not let go, so chunks that miss it are of no use.
  const demanded = ~required & ~TYPES_BIT;
  if (isEnough(TYPES_BIT) || !missed.some((mask) => (mask & demanded) === 0)) return [...given];

  const constraints = [...given];
  let forgiven = types === null ? TYPES_BIT : 0;
  for (;;) {
    if (isEnough(forgiven)) return constraints;
    const active = constraints
      .flatMap(({ used, excluded }, index) => (used === 'filter' && !excluded ? [index] : []))
      .reverse();
    if (active.length === 0) break;
    const bitsAt = (index: number) => bitsOf(constraints[index]!.filters);
    const chosen = active.find((index) => isEnough(forgiven | bitsAt(index))) ?? active[0]!;
    forgiven |= bitsAt(chosen);
    constraints[chosen] = { ...constraints[chosen]!, used: 'relaxed' };
  }
  return constraints.map(({ relaxedTo: _relaxedTo, ...constraint }) => constraint);
}
