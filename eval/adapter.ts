import { createAnalytics } from '../src/analytics/analytics.ts';
import { readNames } from '../src/analytics/vocabulary.ts';
import type { Database } from '../src/database/pool.ts';
import type { Embedders } from '../src/embedding/embedders.ts';
import { figuresOf } from '../src/understanding/figures/figures.ts';
import { read } from '../src/understanding/read.ts';
import { createVocabulary } from '../src/understanding/vocabulary.ts';
import { createSearch, type SearchRequest } from '../src/retrieval/search.ts';
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

const REQUESTS: Readonly<Record<Variant, Pick<SearchRequest, 'mode' | 'understand'>>> = {
  vector: { mode: 'vector', understand: false },
  text: { mode: 'text', understand: false },
  hybrid: { mode: 'hybrid', understand: false },
  understood: {},
};

export function createAdapter({ main, embedders, cabinetId, now, timeZone }: AdapterDeps): Adapter {
  const search = createSearch({ vector: main, embedders, now: () => now }, { timeZone });
  const analytics = createAnalytics({ main });
  return {
    supports: () => true,
    async search(query, variant, limit) {
      const { hits } = await search.search({ cabinetId, query, limit, ...REQUESTS[variant] });
      return hits.map((hit) => `${hit.sourceTable}/${hit.sourceId}`);
    },
    async answer(question) {
      const vocabulary = createVocabulary(await readNames(main.pool, cabinetId));
      const [intent] = figuresOf(read(question, { vocabulary, now, timeZone })).requests;
      if (intent === undefined) return undefined;
      const answer = await analytics.run(intent.function, { cabinetId, now, timeZone }, intent.parameters);
      const key = answer.columns.find(({ unit }) => ['id', 'date', 'text'].includes(unit))?.name;
      const rows = answer.rows.map((row) => (key === undefined ? row : { key: row[key]!, ...row }));
      return { function: answer.function, parameters: answer.parameters, rows };
    },
  };
}
