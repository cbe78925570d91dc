import type { LocalDate } from '../calendar.ts';

export const MENTION_KINDS = [
  ...(['product', 'article', 'brand', 'category', 'name', 'type', 'state', 'period', 'size'] as const),
  ...(['rating', 'quantity', 'amount', 'warehouse', 'region', 'recency', 'topic'] as const),
] as const;

/** What a part of a question speaks of. */
export type MentionKind = (typeof MENTION_KINDS)[number];

/** Numbers of a range; absent: open. `over` and `under` do not count themselves. */
export interface NumberRange {
  from?: number;
  to?: number;
  over?: number;
  under?: number;
}

/** What a row has to be. All of it together; absent: anything. */
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

/** Goods that stand together in a question: `кроссовки Тополея`. Products are those that all of its words fit. */
export interface GoodsGroup {
  nmIds: readonly number[];
  brands: readonly string[];
  /** Categories and subjects. */
  categories: readonly string[];
  /** Words of names; empty: brands and categories alone say which products are meant. */
  names: readonly string[];
}

/** A part of a question that says which rows are meant. */
export interface Mention {
  kind: MentionKind;
  value: unknown;
  /** The words of the question that say so. */
  words: string;
  /** `question.slice(start, end)` */
  start: number;
  end: number;
  /** `кроме`, `без`, `не`: rows of which this is true are not meant. */
  excluded: boolean;
  /** What is true of the rows. Empty: it orders rows, and does not choose them. */
  filters: Filters;
  /** The type of rows that such a thing is said of, should the question not say which it asks for. */
  implies?: 'review' | 'stock' | 'product';
  /** `товар`, `склад`: says which rows are asked for only if nothing else does. */
  isWeak?: true;
  /** Words that only describe goods (`белые`), without any by which people call them. */
  isDescription?: true;
  /** Of goods: each of the groups may be meant. */
  goods?: readonly GoodsGroup[];
}

/** What a reader finds; where it stands and whether it is excluded is for the draft to say. */
export type Finding = Omit<Mention, 'words' | 'start' | 'end' | 'excluded'>;
