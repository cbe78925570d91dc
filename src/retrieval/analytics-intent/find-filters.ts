import type { CatalogueProduct } from '../../analytics/catalogue-queries.ts';
import { MAX_VALUES } from '../../analytics/filter-parameters.ts';
import { fold, stemsOf } from '../../analytics/words.ts';
import type { Vocabulary } from '../../analytics/vocabulary.ts';
import { stemWord } from '../../embedding/word-stems.ts';
import { isOneSlipAway } from '../understanding/typos.ts';
import { fromWrongLayout, type Word } from './words.ts';

/** The part of a function's parameters that says which rows. */
export interface FoundFilters {
  nm_id?: number[];
  /** Words of names, in place of more numbers than a function takes. */
  product?: string;
  brand?: string[];
  category?: string[];
  size?: string[];
  warehouse?: string[];
}

const LETTER_SIZE = /^(?:\d?x{1,3}[sl]|[sml]|\d{1,2}xl)$/i;
const SHORTEST_WITH_SLIP = 5;
/** Four letters of a name are as few as sellers shorten it to: кросы, футб. */
const SHORTEST_BEGINNING = 4;

const uniqueNames = (values: readonly (string | null)[]) =>
  [...new Set(values.filter((value) => value !== null && value.trim() !== ''))] as string[];

/**
 * Which products, brands, categories, sizes and warehouses a question names, in any form, with a slip of the finger or
 * typed in the wrong layout. Marks the words as taken. What the cabinet does not have is not found.
 */
export function findFilters(
  words: readonly Word[],
  { products, sizes, warehouses }: Vocabulary,
): FoundFilters {
  const found: FoundFilters = {};
  const numbers = findNumbers(words, products);
  if (numbers.length > 0) found.nm_id = numbers;
  const size = findSizes(words, sizes);
  if (size.length > 0) found.size = size;
  const warehouse = findNames(words, warehouses, isFreeOr('warehouse'));
  if (warehouse.length > 0) found.warehouse = warehouse;
  const brands = findNames(words, uniqueNames(products.map(({ brand }) => brand)), isFree);
  if (brands.length > 0) found.brand = brands;
  const categories = findNames(
    words,
    uniqueNames(products.flatMap(({ subject, category }) => [subject, category])),
    isFree,
    true,
  );
  if (categories.length > 0) found.category = categories;
  if (found.nm_id === undefined) {
    const named = findNamedProducts(words, products, found);
    if (named.nmIds.length > MAX_VALUES) {
      found.product = named.words;
    } else if (named.nmIds.length > 0) {
      found.nm_id = named.nmIds;
      // The name says more than the category that it begins with.
      delete found.category;
    }
  }
  return found;
}

const isFree = (word: Word) => !word.isTaken && word.concept === undefined;
const isFreeOr = (concept: Word['concept']) => (word: Word) =>
  !word.isTaken && (word.concept === undefined || word.concept === concept);

/** Numbers of Wildberries, and the seller's articles. Numbers that no product has are taken too, when they can be nothing else. */
function findNumbers(words: readonly Word[], products: readonly CatalogueProduct[]): number[] {
  const byNumber = new Set(products.map(({ nmId }) => nmId));
  const byArticle = Map.groupBy(products, ({ article }) => fold(article ?? ''));
  return words.flatMap((word) => {
    const isNumber = /^\d{4,15}$/.test(word.text);
    if (isNumber && (byNumber.has(Number(word.text)) || word.text.length >= 7)) {
      word.isTaken = true;
      return [Number(word.text)];
    }
    const named = word.text.length >= 3 ? byArticle.get(word.text) : undefined;
    if (named === undefined || (word.concept !== undefined && !/\d/.test(word.text))) return [];
    word.isTaken = true;
    return named.map(({ nmId }) => nmId);
  });
}

/** `42 размер`, `размер XL`; letters also alone, as they are nothing else. */
function findSizes(words: readonly Word[], sizes: readonly string[]): string[] {
  const known = new Map(sizes.map((size) => [fold(size), size]));
  return words.flatMap((word, place) => {
    const bare = word.text.replace(/-?(?:й|го|ый|ой|ого|м|ом)$/u, '');
    const size = known.get(word.text) ?? known.get(bare);
    const isBeside = [words[place - 1], words[place + 1]].some((other) => other?.concept === 'size');
    if (size === undefined || word.isTaken || !(isBeside || LETTER_SIZE.test(word.text))) return [];
    word.isTaken = true;
    return [size];
  });
}

/** Names of which every word stands in the question, one after the other. `shortened`: also by their beginning. */
function findNames(
  words: readonly Word[],
  names: readonly string[],
  isUsable: (word: Word) => boolean,
  shortened = false,
): string[] {
  const found: { name: string; words: Word[]; exactness: number }[] = [];
  for (const name of names) {
    const parts = fold(name).match(/[\p{L}\p{N}]+/gu) ?? [];
    if (parts.length === 0) continue;
    for (let start = 0; start + parts.length <= words.length; start++) {
      const run = words.slice(start, start + parts.length);
      const likeness = run.map((word, index) =>
        isUsable(word) ? likenessOf(word.text, parts[index]!, shortened) : 0,
      );
      if (likeness.some((value) => value === 0)) continue;
      found.push({ name, words: run, exactness: Math.min(...likeness) });
    }
  }
  // Of names that share a word the longer, then the more exact one: «Мирослава Лён» before «Мирослава».
  found.sort((a, b) => b.words.length - a.words.length || b.exactness - a.exactness);
  return [
    ...new Set(
      found.flatMap((match) => {
        if (match.words.some((word) => word.isTaken && !match.words.every((other) => other.isTaken)))
          return [];
        if (match.words.every((word) => word.isTaken)) return [];
        for (const word of match.words) word.isTaken = true;
        return [match.name];
      }),
    ),
  ];
}

/** 4 the same, 3 another form, 2 a slip away or the wrong layout, 1 a beginning, 0 another word. */
function likenessOf(said: string, name: string, shortened: boolean): number {
  if (said === name) return 4;
  const [stem, other] = [stemWord(said), stemWord(name)];
  if (stem === other) return 3;
  if (/[a-z[\];',.`]/.test(said) && /\p{Script=Cyrillic}/u.test(name)) {
    const put = fromWrongLayout(said);
    return put !== said && (put === name || stemWord(put) === other) ? 2 : 0;
  }
  if (
    said.length >= SHORTEST_WITH_SLIP &&
    (isOneSlipAway(said, name) || (stem.length >= SHORTEST_WITH_SLIP && isOneSlipAway(stem, other)))
  )
    return 2;
  return shortened && stem.length >= SHORTEST_BEGINNING && name.startsWith(stem) ? 1 : 0;
}

/**
 * The products that have every free word which stands in the name of any of them: words that are in no name are other words
 * of the sentence. At least one has to be free of the categories, or `кроссовки` would be one product.
 */
function findNamedProducts(
  words: readonly Word[],
  products: readonly CatalogueProduct[],
  { brand, category }: FoundFilters,
): { nmIds: number[]; words: string } {
  const stems = products.map((product) => new Set(stemsOf(product.name ?? '')));
  const free = words.filter(isFree).filter(({ text }) => text.length >= 3 && !/^\d+$/.test(text));
  const vocabulary = new Set<string>();
  for (const set of stems) for (const stem of set) vocabulary.add(stem);
  const byLength = Map.groupBy(vocabulary, (stem) => stem.length);
  const known = new Map<string, string | undefined>();
  const wanted = free.flatMap((word) => {
    if (!known.has(word.text)) known.set(word.text, stemInNames(word, vocabulary, byLength));
    const stem = known.get(word.text);
    if (stem === undefined) return [];
    return [{ word, stem }];
  });
  if (wanted.length === 0) return { nmIds: [], words: '' };
  const matching = products.filter(
    (product, index) =>
      wanted.every(({ stem }) => stems[index]!.has(stem)) &&
      (brand === undefined || brand.includes(product.brand ?? '')) &&
      (category === undefined || category.some((name) => [product.category, product.subject].includes(name))),
  );
  if (matching.length > 0) for (const { word } of wanted) word.isTaken = true;
  return {
    nmIds: matching.map(({ nmId }) => nmId),
    words: wanted.map(({ word, stem }) => (word.stem === stem ? word.text : stem)).join(' '),
  };
}

function stemInNames(
  { text, stem }: Word,
  vocabulary: ReadonlySet<string>,
  byLength: ReadonlyMap<number, readonly string[]>,
): string | undefined {
  if (vocabulary.has(stem)) return stem;
  const put = stemWord(fromWrongLayout(text));
  if (put !== stem && vocabulary.has(put)) return put;
  if (text.length < SHORTEST_WITH_SLIP) return undefined;
  // A slip makes a word no more than a letter longer or shorter.
  for (const length of [stem.length - 1, stem.length, stem.length + 1]) {
    const found =
      length < SHORTEST_WITH_SLIP - 1
        ? undefined
        : byLength.get(length)?.find((name) => isOneSlipAway(stem, name));
    if (found !== undefined) return found;
  }
  return undefined;
}
