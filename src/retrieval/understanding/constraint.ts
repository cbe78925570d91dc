import type { LocalDate } from '../../analytics/calendar.ts';

export const CONSTRAINT_KINDS = [
  ...(['product', 'article', 'brand', 'category', 'name', 'type', 'state', 'period', 'size'] as const),
  ...(['rating', 'quantity', 'amount', 'warehouse', 'region', 'recency', 'topic'] as const),
] as const;

/** What a part of a question speaks of. */
export type ConstraintKind = (typeof CONSTRAINT_KINDS)[number];

/** What a search does with it: leaves out everything else, ranks it higher, or has let it go because nothing was left. */
export type ConstraintUse = 'filter' | 'boost' | 'relaxed';

/** Numbers of a range; absent: open. `over` and `under` do not count themselves. */
export interface NumberRange {
  from?: number;
  to?: number;
  over?: number;
  under?: number;
}

/** What a chunk has to be. All of it together; absent: anything. */
export interface Filters {
  nmIds?: readonly number[];
  /** A chunk's own brand or category counts as well as its product's, when nothing else is said of the product. */
  ownNames?: readonly string[];
  /** `chunk_type`, or `chunk_type:state`. */
  classes?: readonly string[];
  /** Any of them; days inclusive. */
  periods?: readonly { from: LocalDate; to: LocalDate }[];
  sizes?: readonly string[];
  rating?: NumberRange;
  quantity?: NumberRange;
  amount?: NumberRange;
  inWay?: 'to_client' | 'from_client';
  warehouses?: readonly string[];
  regions?: readonly string[];
}

export interface Constraint {
  kind: ConstraintKind;
  value: unknown;
  /** The words of the question that say so. */
  words: string;
  used: ConstraintUse;
  /** Empty for a boost. */
  filters: Filters;
  /** The type of rows that such a thing is said of, should the question not say which it asks for. */
  implies?: 'review' | 'stock' | 'product';
  /** What is left of it when it is let go: of `нет в наличии` that products are asked for. */
  relaxedTo?: Filters;
}
