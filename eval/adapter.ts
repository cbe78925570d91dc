import type { Database } from '../src/database/pool.ts';
import type { Embedders } from '../src/embedding/embedders.ts';
import { createSearch } from '../src/retrieval/search.ts';
import type { AnswerRow } from './compare-figures.ts';

/** The ways to search that are measured side by side. */
export const VARIANTS = ['vector', 'text', 'hybrid', 'understood'] as const;
export type Variant = (typeof VARIANTS)[number];

export const VARIANT_TITLES: Readonly<Record<Variant, string>> = {
  vector: 'vector only',
  text: 'text only',
  hybrid: 'hybrid',
  understood: 'hybrid, understood',
};

export interface AnalyticsAnswer {
  function: string;
  parameters: unknown;
  rows: readonly AnswerRow[];
}

/** What of the program is measured. The only file of the evaluation that knows how search and analytics are called. */
export interface Adapter {
  supports(variant: Variant): boolean;
  /** Rows of the best `limit` hits, best first, as `wb_orders/17`. */
  search(question: string, variant: Variant, limit: number): Promise<string[]>;
  /** Undefined: analytics does not take it for a question of its own. */
  answer(question: string): Promise<AnalyticsAnswer | undefined>;
}

export interface AdapterDeps {
  main: Database;
  embedders: Embedders;
  cabinetId: number;
  /** When the questions are asked. */
  now: Date;
  /** Of the cabinet, an IANA name. */
  timeZone: string;
}

export function createAdapter({ main, embedders, cabinetId }: AdapterDeps): Adapter {
  const search = createSearch({ vector: main, embedders });
  return {
    supports: (variant) => variant === 'vector',
    async search(query, _variant, limit) {
      const { hits } = await search.search({ cabinetId, query, limit });
      return hits.map((hit) => `${hit.source_table}/${hit.source_id}`);
    },
    answer: () => Promise.resolve(undefined),
  };
}
