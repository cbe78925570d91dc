import type { SizeGrid } from './size-grids.ts';

/** What people write about in reviews of such goods. */
export type ReviewTopic =
  'shoes' | 'clothing' | 'bags' | 'pans' | 'blankets' | 'audio' | 'beauty' | 'toys' | 'mats';

export interface Brand {
  name: string;
  /** Part of the vendor code. */
  code: string;
}

/** A предмет of Wildberries, and what cards of it are made of. Brands are made up. */
export interface Subject {
  id: number;
  name: string;
  category: string;
  /** Part of the vendor code. */
  code: string;
  topic: ReviewTopic;
  /** How many of forty cards are of it. */
  share: number;
  sizes: SizeGrid;
  /** Roubles before the discount. */
  price: readonly [number, number];
  /** Percent that Wildberries keeps. */
  commission: number;
  brands: readonly Brand[];
  /** How titles begin; the model's name follows, then a detail. A title has up to 60 characters, as Wildberries asks. */
  kinds: readonly string[];
  details: readonly string[];
  /** A description is one of these, one or two features and a closing. */
  intros: readonly string[];
  features: readonly string[];
  closings: readonly string[];
  colors: readonly string[];
  characteristics: readonly { id: number; name: string; values: readonly (readonly string[] | number)[] }[];
}
