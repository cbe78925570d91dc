import type { Executor } from '../database/pool.ts';
import { shareReads } from '../database/share-reads.ts';
import { readOtherNames, readProductNames, type OtherNames, type SearchState } from './cabinet-queries.ts';
import { LeastRecentlyUsed } from './lru.ts';
import { createVocabulary, type NamedProduct, type Vocabulary } from '../understanding/vocabulary.ts';

/** Some hundred kilobytes each for a cabinet of thousands of products. */
const CACHED_CABINETS = 200;
/**
 * How long names that no chunk has any more may still be understood. Such a name finds nothing, and is let go. A pass over a
 * cabinet of 10 000 chunks reads the names anew, and a busy cabinet changes every second.
 */
const NAMES_MAX_AGE_MS = 10_000;

interface Entry {
  vocabulary: Vocabulary;
  products: NamedProduct[];
  productsVersion: string;
  others: OtherNames;
  /** Of `others.products`, to tell new ones. */
  keys: ReadonlySet<string>;
  othersVersion: string;
  /** When the whole cabinet was read, by the clock. */
  readAt: number;
}

export interface Vocabularies {
  /**
   * The names of a cabinet, as of the state that was just read: a filter by names that lack the newest would leave out the
   * very row that a question is about.
   */
  of(executor: Executor, cabinetId: number, state: SearchState): Promise<Vocabulary>;
}

/** `clock`: milliseconds that only grow. */
export function createVocabularies(clock: () => number = () => performance.now()): Vocabularies {
  const known = new LeastRecentlyUsed<number, Entry>(CACHED_CABINETS);
  const refreshing = new Set<number>();

  async function readAll(executor: Executor, cabinetId: number, state: SearchState): Promise<Entry> {
    const readAt = clock();
    const [products, others] = await Promise.all([
      readProductNames(executor, cabinetId),
      readOtherNames(executor, cabinetId),
    ]);
    return withVocabulary({
      ...{ products, productsVersion: state.productsVersion },
      ...{ others, keys: new Set(others.products.map(keyOf)), othersVersion: state.version, readAt },
    });
  }

  /** The same with what has come since. */
  async function catchUp(
    executor: Executor,
    cabinetId: number,
    entry: Entry,
    { version, productsVersion }: SearchState,
  ): Promise<Entry> {
    const [products, added] = await Promise.all([
      entry.productsVersion === productsVersion ? entry.products : readProductNames(executor, cabinetId),
      entry.othersVersion === version ? undefined : readOtherNames(executor, cabinetId, entry.others.until),
    ]);
    const merged = added === undefined ? entry : merge(entry, added);
    const isNew = products !== entry.products || isLarger(merged.others, entry.others);
    const caughtUp = { ...entry, ...merged, products, productsVersion, othersVersion: version };
    return isNew ? withVocabulary(caughtUp) : caughtUp;
  }

  /** Nobody waits for it; if it fails, a later search tries again. */
  function refresh(executor: Executor, cabinetId: number, state: SearchState): void {
    if (refreshing.has(cabinetId)) return;
    refreshing.add(cabinetId);
    readAll(executor, cabinetId, state)
      .then((entry) => known.set(cabinetId, entry))
      .catch(() => undefined)
      .finally(() => refreshing.delete(cabinetId));
  }

  /** Of each cabinet whose names are to be read, what was asked for last. */
  const asked = new Map<number, { executor: Executor; state: SearchState }>();

  /** After a burst of changes this takes a while and every search needs it, so those that come at once share it. */
  const update = shareReads(async (cabinetId: number): Promise<Entry> => {
    const { executor, state } = asked.get(cabinetId)!;
    asked.delete(cabinetId);
    const entry = known.get(cabinetId);
    const updated =
      entry === undefined
        ? await readAll(executor, cabinetId, state)
        : await catchUp(executor, cabinetId, entry, state);
    known.set(cabinetId, updated);
    if (clock() - updated.readAt > NAMES_MAX_AGE_MS) refresh(executor, cabinetId, state);
    return updated;
  });

  return {
    async of(executor, cabinetId, state) {
      const entry = known.get(cabinetId);
      if (entry?.othersVersion === state.version && entry.productsVersion === state.productsVersion)
        return entry.vocabulary;
      asked.set(cabinetId, { executor, state });
      return (await update(cabinetId)).vocabulary;
    },
  };
}

function withVocabulary(entry: Omit<Entry, 'vocabulary'>): Entry {
  const products = [...entry.products, ...entry.others.products];
  return { ...entry, vocabulary: createVocabulary({ ...entry.others, products }) };
}

const keyOf = (product: NamedProduct): string => JSON.stringify(Object.values(product));

function merge(
  { others, keys }: Pick<Entry, 'others' | 'keys'>,
  added: OtherNames,
): Pick<Entry, 'others' | 'keys'> {
  const union = (first: readonly string[], second: readonly string[]) => [...new Set([...first, ...second])];
  const products = added.products.filter((product) => !keys.has(keyOf(product)));
  return {
    others: {
      products: products.length === 0 ? others.products : [...others.products, ...products],
      sizes: union(others.sizes, added.sizes),
      warehouses: union(others.warehouses, added.warehouses),
      regions: union(others.regions, added.regions),
      until: added.until,
    },
    keys: products.length === 0 ? keys : new Set([...keys, ...products.map(keyOf)]),
  };
}

function isLarger(names: OtherNames, before: OtherNames): boolean {
  return (['products', 'sizes', 'warehouses', 'regions'] as const).some(
    (list) => names[list].length > before[list].length,
  );
}
