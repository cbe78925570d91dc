import { z } from 'zod';

/** Of one parameter. */
export const MAX_VALUES = 200;
const MAX_TEXT = 200;

export const word = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be text that Postgres can store');
const number = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** One or several of them; in a result always a list. */
export const several = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.array(schema).min(1).max(MAX_VALUES)]).optional();

// The halves that leave out have no words of their own: a model is sent these schemas with every request.

/** What every table says, of itself or by its product. */
export const goodsParameters = {
  nm_id: several(number).describe('Only these Wildberries article numbers.'),
  product: several(word).describe(
    'Only products whose name or seller’s article has all these words, in any form.',
  ),
  brand: several(word).describe('Only these brands.'),
  category: several(word).describe('Only these categories (Обувь) or subjects (Кроссовки).'),
  size: several(word).describe('Only these sizes.'),
  exclude_nm_id: several(number),
  exclude_product: several(word),
  exclude_brand: several(word),
  exclude_category: several(word),
  exclude_size: several(word),
};

/** Orders, sales and stocks say it. */
export const warehouseParameters = {
  warehouse: several(word).describe('Only these warehouses.'),
  exclude_warehouse: several(word),
};

/** Orders and sales say it. */
export const regionParameters = {
  region: several(word).describe('Only what went to these regions.'),
  exclude_region: several(word),
};

export const placeParameters = { ...warehouseParameters, ...regionParameters };

const stars = z.int().min(1).max(5);

/** Reviews alone say these. */
export const reviewParameters = {
  rating: several(stars).describe('Only reviews with so many stars.'),
  rating_below: z.number().min(1).max(6).optional().describe('Only reviews with fewer stars than this.'),
  rating_above: z.number().min(0).max(5).optional().describe('Only reviews with more stars than this.'),
  answered: z.boolean().optional().describe('Only reviews that the seller has, or has not, answered.'),
  matching_size: several(z.enum(['ok', 'smaller', 'bigger'])).describe(
    'Only reviews that say how the size fits: smaller is «маломерит», bigger is «большемерит».',
  ),
  tag: several(word).describe('Only reviews with this ticked («Плохой запах»).'),
  color: several(word).describe('Only reviews of goods of these colours.'),
  exclude_tag: several(word),
  exclude_color: several(word),
};

type OneOrMore<T> = T | T[] | undefined;

/** What names can be given for, in the order in which an answer speaks of them. */
export const NAMED_FILTERS = [
  'product',
  'brand',
  'category',
  'size',
  'warehouse',
  'region',
  'color',
  'tag',
] as const;
export type NamedFilter = (typeof NAMED_FILTERS)[number];

export type GivenFilter = { [Name in NamedFilter | `exclude_${NamedFilter}`]?: OneOrMore<string> } & {
  nm_id?: OneOrMore<number>;
  exclude_nm_id?: OneOrMore<number>;
  rating?: OneOrMore<number>;
  rating_below?: number | undefined;
  rating_above?: number | undefined;
  answered?: boolean | undefined;
  matching_size?: OneOrMore<'ok' | 'smaller' | 'bigger'>;
};
