import type { Executor } from '../database/pool.ts';
import { LeastRecentlyUsed } from './lru.ts';
import { readOtherNames, readProductNames, type SearchState } from './cabinet-queries.ts';
import {
  createVocabulary,
  type CabinetNames,
  type NamedProduct,
  type Vocabulary,
} from './understanding/vocabulary.ts';

/** Some hundred kilobytes each for a cabinet of thousands of products. */
const CACHED_CABINETS = 200;
/**
 * How long names that only orders, stocks and the like have may be missing from what is understood. A pass over a cabinet of
 * 10 000 chunks reads them, and a busy cabinet changes every second.
 */
const OTHER_NAMES_MAX_AGE_MS = 10_000;

interface Entry {
  vocabulary: Vocabulary;
  products: NamedProduct[];
  productsVersion: string;
  others: CabinetNames;
  othersVersion: string;
  othersReadAt: number;
  refreshing: boolean;
}

export interface Vocabularies {
  /**
   * The names of a cabinet whose state was just read. Those of products are as new as that; the others may be behind by some
   * seconds. What a stale one misses is still found, by the ranking.
   */
  of(executor: Executor, cabinetId: number, state: SearchState): Promise<Vocabulary>;
}

/** `clock`: milliseconds that only grow. */
export function createVocabularies(clock: () => number = () => performance.now()): Vocabularies {
  const known = new LeastRecentlyUsed<number, Entry>(CACHED_CABINETS);

  function build(entry: Omit<Entry, 'vocabulary'>): Entry {
    const products = [...entry.products, ...entry.others.products];
    return { ...entry, vocabulary: createVocabulary({ ...entry.others, products }) };
  }

  async function refreshOthers(executor: Executor, cabinetId: number, version: string): Promise<void> {
    const others = await readOtherNames(executor, cabinetId);
    const entry = known.get(cabinetId);
    if (entry === undefined) return;
    known.set(
      cabinetId,
      build({ ...entry, others, othersVersion: version, othersReadAt: clock(), refreshing: false }),
    );
  }

  return {
    async of(executor, cabinetId, { version, productsVersion }) {
      let entry = known.get(cabinetId);
      if (entry === undefined) {
        const [products, others] = await Promise.all([
          readProductNames(executor, cabinetId),
          readOtherNames(executor, cabinetId),
        ]);
        const othersReadAt = clock();
        entry = build({
          products,
          productsVersion,
          others,
          othersVersion: version,
          othersReadAt,
          refreshing: false,
        });
        known.set(cabinetId, entry);
      }
      if (entry.productsVersion !== productsVersion) {
        entry = build({ ...entry, products: await readProductNames(executor, cabinetId), productsVersion });
        known.set(cabinetId, entry);
      }
      if (
        entry.othersVersion !== version &&
        !entry.refreshing &&
        clock() - entry.othersReadAt > OTHER_NAMES_MAX_AGE_MS
      ) {
        entry.refreshing = true;
        // Nobody waits for it; if it fails, the next search tries again.
        void refreshOthers(executor, cabinetId, version).catch(() => {
          const current = known.get(cabinetId);
          if (current !== undefined) current.refreshing = false;
        });
      }
      return entry.vocabulary;
    },
  };
}
