import { z } from 'zod';
import { stemWord } from '../embedding/word-stems.ts';
import type { Executor } from '../database/pool.ts';
import { readCatalogue, readPlaces, type CatalogueProduct } from './catalogue-queries.ts';

/** Of one parameter. */
export const MAX_VALUES = 200;
const MAX_TEXT = 200;

const word = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be text that Postgres can store');
const number = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** One or several of them; in a result always a list. */
const several = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.array(schema).min(1).max(MAX_VALUES)]).optional();

export const filterParameters = {
  nm_id: several(number).describe('Only these Wildberries article numbers.'),
  product: word
    .optional()
    .describe('Only products whose name or seller’s article has all these words, in any form.'),
  brand: several(word).describe('Only these brands.'),
  category: several(word).describe('Only these categories (Обувь) or subjects (Кроссовки).'),
  size: several(word).describe('Only these sizes.'),
};

export const warehouseParameter = {
  warehouse: several(word).describe('Only these warehouses.'),
};

export interface GivenFilter {
  nm_id?: number | number[] | undefined;
  product?: string | undefined;
  brand?: string | string[] | undefined;
  category?: string | string[] | undefined;
  size?: string | string[] | undefined;
  warehouse?: string | string[] | undefined;
}

/** What statements compare with; null: everything. */
export interface RowFilter {
  nmIds: readonly number[] | null;
  brands: readonly string[] | null;
  categories: readonly string[] | null;
  /** Products of these categories, for tables that do not say the category. */
  categoryNmIds: readonly number[];
  sizes: readonly string[] | null;
  warehouses: readonly string[] | null;
}

export interface ResolvedFilter {
  filter: RowFilter;
  /** As lists, for the answer's parameters. */
  parameters: Record<string, unknown>;
  /** What the cabinet does not have, in Russian. */
  notes: string[];
}

const listOf = <T>(value: T | T[] | undefined): T[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value : [value];

/** Capitals, ё and white space make no difference to a person. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll('ё', 'е').replace(/\s+/g, ' ').trim();
}

export function stemsOf(text: string): string[] {
  return (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).map(stemWord);
}

/** Has every word of the query, in any form; articles also by a part of them. */
function matchesProduct(product: CatalogueProduct, query: string): boolean {
  const article = fold(product.article ?? '');
  const folded = fold(query);
  if (
    folded !== '' &&
    article !== '' &&
    (article === folded || (folded.length >= 4 && article.includes(folded)))
  )
    return true;
  if (String(product.nmId) === folded) return true;
  const stems = new Set(stemsOf(product.name ?? ''));
  const wanted = stemsOf(query);
  return wanted.length > 0 && wanted.every((stem) => stems.has(stem));
}

/** The spellings among `known` that `wanted` means: the same text or, failing that, the same words in another form. */
function spellings(wanted: string, known: ReadonlySet<string>): string[] {
  const same = [...known].filter((name) => fold(name) === fold(wanted));
  if (same.length > 0) return same;
  const stems = stemsOf(wanted).join(' ');
  return stems === '' ? [] : [...known].filter((name) => stemsOf(name).join(' ') === stems);
}

const namesOf = (values: readonly (string | null)[]) => new Set(values.filter((value) => value !== null));

/**
 * Turns what a person wrote into the exact values of the rows, which are compared as they are, so that an index or a
 * locale does not matter. What is not found stays as it was written: old rows may know it although no product does.
 */
export async function resolveFilter(
  executor: Executor,
  cabinetId: number,
  given: GivenFilter,
): Promise<ResolvedFilter> {
  const [brands, categories, sizes, warehouses] = [
    given.brand,
    given.category,
    given.size,
    given.warehouse,
  ].map(listOf);
  const nmIds = listOf(given.nm_id);
  const parameters = Object.fromEntries(
    Object.entries({
      nm_id: nmIds,
      product: given.product,
      brand: brands,
      category: categories,
      size: sizes,
      warehouse: warehouses,
    }).filter(([, value]) => value !== undefined),
  );
  const notes: string[] = [];
  const needsCatalogue = [brands, categories, given.product].some((value) => value !== undefined);
  const catalogue = needsCatalogue ? await readCatalogue(executor, cabinetId) : [];
  const places = (sizes ?? warehouses) === undefined ? undefined : await readPlaces(executor, cabinetId);

  /** `missing` is said of what no product has. Sizes and warehouses may be those of old orders only. */
  const exact = (
    wanted: string[] | undefined,
    known: Set<string>,
    missing?: (name: string) => string,
  ): string[] | null => {
    if (wanted === undefined) return null;
    return wanted.flatMap((name) => {
      const found = spellings(name, known);
      if (found.length > 0) return found;
      if (missing !== undefined) notes.push(missing(name));
      return [...new Set([name, name.toUpperCase(), name.toLowerCase()])];
    });
  };
  const exactCategories = exact(
    categories,
    namesOf(catalogue.flatMap(({ category, subject }) => [category, subject])),
    (name) => `Категории «${name}» в кабинете нет.`,
  );
  const inCategory = new Set(exactCategories ?? []);
  return {
    parameters,
    notes,
    filter: {
      nmIds: productNumbers(),
      brands: exact(
        brands,
        namesOf(catalogue.map(({ brand }) => brand)),
        (name) => `Бренда «${name}» в кабинете нет.`,
      ),
      categories: exactCategories,
      categoryNmIds: catalogue.flatMap(({ nmId, category, subject }) =>
        inCategory.has(category ?? '') || inCategory.has(subject ?? '') ? [nmId] : [],
      ),
      sizes: exact(sizes, new Set(places?.sizes)),
      warehouses: exact(warehouses, new Set(places?.warehouses)),
    },
  };

  /** Both conditions, where both are given. */
  function productNumbers(): number[] | null {
    const { product } = given;
    if (product === undefined) return nmIds ?? null;
    const found = catalogue.flatMap((row) => (matchesProduct(row, product) ? [row.nmId] : []));
    if (found.length === 0) notes.push(`Товара «${product}» в кабинете нет.`);
    return nmIds === undefined ? found : found.filter((nmId) => nmIds.includes(nmId));
  }
}
