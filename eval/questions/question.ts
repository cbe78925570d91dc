/** What a retrieval question tests. A question that names several things is a `combination`. */
export const RETRIEVAL_KINDS = [
  'product-number',
  'article',
  'product-name',
  'order',
  'sale',
  'return',
  'stock',
  'product',
  'review',
  'warehouse',
  'period',
  'size',
  'brand',
  'category',
  'rating',
  'stock-state',
  'amount',
  'review-content',
  'combination',
] as const;
export type RetrievalKind = (typeof RETRIEVAL_KINDS)[number];

/** Kinds whose every question names a product, a type of rows or a period: they are held to a higher share of hits. */
export const NAMING_KINDS: ReadonlySet<RetrievalKind> = new Set<RetrievalKind>([
  'product-number',
  'article',
  'product-name',
  'order',
  'sale',
  'return',
  'stock',
  'product',
  'review',
  'warehouse',
  'period',
]);

export const ANALYTICS_KINDS = [
  'top',
  'total',
  'by-day',
  'by-product',
  'by-brand',
  'by-category',
  'rates',
  'stock-cover',
  'rating-change',
  'comparison',
] as const;
export type AnalyticsKind = (typeof ANALYTICS_KINDS)[number];

interface AnyQuestion {
  /** As a seller types it. `{column}` stands for a value of `given`. */
  text: string;
  /**
   * A select over the views (views.ts) of one row: what of the seller's data the question speaks of. Deterministic, and
   * never chosen by what a search finds.
   */
  given?: string;
}

export interface RetrievalQuestion extends AnyQuestion {
  kind: RetrievalKind;
  /** Selects of `(source_table, id)` over the views and `given g`: every row that answers the question. */
  relevant: readonly string[];
}

export interface AnalyticsQuestion extends AnyQuestion {
  kind: AnalyticsKind;
  /**
   * A select of the right figures over the views and `given g`: a column `key` (text: an nm_id, a day, a brand …) where the
   * answer has several rows, and one column a measure (measures.ts), named after it.
   */
  expected: string;
  /**
   * `first`: the first so many rows of `expected`, which has an order, have to come first. `exactly`: and no others may
   * follow, because the question says how many. Absent: all rows, in any order.
   */
  top?: { first: number } | { exactly: number };
}

export interface QuestionSet {
  retrieval: readonly RetrievalQuestion[];
  analytics: readonly AnalyticsQuestion[];
}
