import type { Executor } from '../database/pool.ts';
import {
  readCatalogue,
  readKnownNumbers,
  readNamesOfReviews,
  readNamesOfRows,
  readPlaces,
  type CatalogueProduct,
  type Places,
} from './catalogue-queries.ts';
import { NAMED_FILTERS, type GivenFilter, type NamedFilter } from './filter-parameters.ts';
import type { ReviewCondition, RowCondition, RowFilter } from './filter-sql.ts';
import { nearestTo } from './nearest.ts';
import type { UnknownName } from './result.ts';
import { fold, stemsOf } from './words.ts';

/** Which rows a request speaks of. */
export interface Selection {
  filter: RowFilter;
  /** As lists, for the answer's parameters. */
  parameters: Record<string, unknown>;
  /** What the cabinet does not have. */
  unknown: UnknownName[];
  /** Nothing that one of the filters names is known: there is nothing to say, which is something else than 0. */
  isNone: boolean;
}

const listOf = <T>(value: T | T[] | undefined): T[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? [...new Set(value)] : [value];

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

/**
 * The spellings among `known` that `wanted` means: the same text or, failing that, the same words in another form. Statements
 * compare some columns as they are and some without the white space around them.
 */
function spellings(wanted: string, known: ReadonlySet<string>): string[] {
  const same = [...known].filter((name) => fold(name) === fold(wanted));
  const stems = stemsOf(wanted).join(' ');
  const found =
    same.length > 0 || stems === '' ? same : [...known].filter((name) => stemsOf(name).join(' ') === stems);
  return [...new Set(found.flatMap((name) => [name, name.trim()]))];
}

const namesOf = (values: readonly (string | null)[]) => new Set(values.filter((value) => value !== null));

/**
 * Turns the names of a request into what the rows of the cabinet have: spellings, and products by their words. Of a filter
 * all known names count; one without any lets nothing through, an exclusion without any leaves nothing out.
 */
export async function resolveFilter(
  executor: Executor,
  cabinetId: number,
  given: GivenFilter,
): Promise<Selection> {
  const names = new Names(executor, cabinetId);
  const parameters: Record<string, unknown> = {};
  const unknown: UnknownName[] = [];
  let isNone = false;

  const condition = async (prefix: '' | 'exclude_'): Promise<RowCondition> => {
    const found: Partial<Record<NamedFilter, string[]>> = {};
    const nmIds = listOf(given[`${prefix}nm_id`]);
    if (nmIds !== undefined) {
      parameters[`${prefix}nm_id`] = nmIds;
      const known = new Set(await readKnownNumbers(executor, cabinetId, nmIds));
      for (const nmId of nmIds.filter((number) => !known.has(number)))
        await addUnknown(`${prefix}nm_id`, nmId, 'nm_id');
      if (prefix === '' && known.size === 0) isNone = true;
    }
    let byName: number[] | undefined;
    for (const name of NAMED_FILTERS) {
      const wanted = listOf(given[`${prefix}${name}`]);
      if (wanted === undefined) continue;
      parameters[`${prefix}${name}`] = wanted;
      const all: string[] = [];
      for (const value of wanted) {
        const spelt = await names.find(name, value);
        if (spelt.length === 0) await addUnknown(`${prefix}${name}`, value, name);
        all.push(...spelt);
      }
      if (prefix === '' && all.length === 0) isNone = true;
      if (name === 'product') byName = all.map(Number);
      else found[name] = all;
    }
    return {
      nmIds: prefix === '' ? bothOf(nmIds, byName) : eitherOf(nmIds, byName),
      brands: found.brand ?? null,
      categories: found.category ?? null,
      categoryNmIds: found.category === undefined ? [] : await names.productsOf(found.category),
      sizes: found.size ?? null,
      warehouses: found.warehouse ?? null,
      regions: found.region ?? null,
      colors: found.color ?? null,
      tags: found.tag ?? null,
    };
  };

  async function addUnknown(
    parameter: string,
    value: string | number,
    kind: NamedFilter | 'nm_id',
  ): Promise<void> {
    unknown.push({ parameter, value, nearest: nearestTo(String(value), await names.known(kind)) });
  }

  const is = await condition('');
  const not = await condition('exclude_');
  const review = reviewCondition(given, parameters);
  return { filter: { ...is, not, review }, parameters, unknown, isNone };
}

function reviewCondition(given: GivenFilter, parameters: Record<string, unknown>): ReviewCondition {
  const [ratings, matching] = [listOf(given.rating), listOf(given.matching_size)];
  const { rating_below: below, rating_above: above, answered } = given;
  const said = {
    rating: ratings,
    rating_below: below,
    rating_above: above,
    answered,
    matching_size: matching,
  };
  for (const [name, value] of Object.entries(said)) if (value !== undefined) parameters[name] = value;
  return {
    ratings: ratings ?? null,
    ratingBelow: below ?? null,
    ratingAbove: above ?? null,
    answered: answered ?? null,
    matchingSizes: matching?.flatMap((fit) => FITS[fit]) ?? null,
  };
}

/** As Wildberries writes them: «ок» in either alphabet. */
const FITS = { ok: ['ok', 'ок'], smaller: ['smaller'], bigger: ['bigger'] };

/** Both conditions, where both are given. */
const bothOf = (numbers: number[] | undefined, named: number[] | undefined): number[] | null =>
  numbers === undefined || named === undefined
    ? (numbers ?? named ?? null)
    : numbers.filter((nmId) => named.includes(nmId));

const eitherOf = (numbers: number[] | undefined, named: number[] | undefined): number[] | null =>
  numbers === undefined && named === undefined ? null : [...(numbers ?? []), ...(named ?? [])];

/** The names of a cabinet, each kind read when it is first asked for. */
class Names {
  readonly #executor: Executor;
  readonly #cabinetId: number;
  #catalogue: CatalogueProduct[] | undefined;
  #places: Places | undefined;
  #ofReviews: Awaited<ReturnType<typeof readNamesOfReviews>> | undefined;
  #ofRows: Map<string, Set<string>> | undefined;

  constructor(executor: Executor, cabinetId: number) {
    this.#executor = executor;
    this.#cabinetId = cabinetId;
  }

  /** Spellings that the rows have; of products their numbers. */
  async find(kind: NamedFilter, wanted: string): Promise<string[]> {
    if (kind === 'product')
      return (await this.#products()).flatMap((product) =>
        matchesProduct(product, wanted) ? [String(product.nmId)] : [],
      );
    const found = spellings(wanted, await this.#listed(kind));
    // Old orders may be all that is left of a brand, a size or a warehouse.
    const isWhole = kind === 'region' || kind === 'color' || kind === 'tag';
    return found.length > 0 || isWhole ? found : spellings(wanted, await this.#inRows(kind));
  }

  /** What a name that is not known may have been meant for. */
  async known(kind: NamedFilter | 'nm_id'): Promise<Iterable<string>> {
    const products = kind === 'product' || kind === 'nm_id' ? await this.#products() : [];
    if (kind === 'nm_id') return products.map(({ nmId }) => String(nmId));
    if (kind === 'product') return namesOf(products.flatMap(({ name, article }) => [name, article]));
    return this.#listed(kind);
  }

  async productsOf(categories: readonly string[]): Promise<number[]> {
    const wanted = new Set(categories);
    return (await this.#products()).flatMap(({ nmId, category, subject }) =>
      wanted.has(category ?? '') || wanted.has(subject ?? '') ? [nmId] : [],
    );
  }

  async #products(): Promise<CatalogueProduct[]> {
    return (this.#catalogue ??= await readCatalogue(this.#executor, this.#cabinetId));
  }

  async #listed(kind: Exclude<NamedFilter, 'product'>): Promise<Set<string>> {
    if (kind === 'brand') return namesOf((await this.#products()).map(({ brand }) => brand));
    if (kind === 'category')
      return namesOf((await this.#products()).flatMap(({ category, subject }) => [category, subject]));
    if (kind === 'color' || kind === 'tag') {
      const said = (this.#ofReviews ??= await readNamesOfReviews(this.#executor, this.#cabinetId));
      return namesOf(said.flatMap((row) => (row.kind === kind ? [row.name] : [])));
    }
    this.#places ??= await readPlaces(this.#executor, this.#cabinetId);
    return new Set(
      { size: this.#places.sizes, warehouse: this.#places.warehouses, region: this.#places.regions }[kind],
    );
  }

  async #inRows(kind: string): Promise<Set<string>> {
    this.#ofRows ??= new Map(
      [...Map.groupBy(await readNamesOfRows(this.#executor, this.#cabinetId), (row) => row.kind)].map(
        ([name, rows]) => [name, namesOf(rows.map((row) => row.name))],
      ),
    );
    return this.#ofRows.get(kind) ?? new Set();
  }
}
