import { stemWord } from '../russian/word-stems.ts';
import { isOneSlipAway } from '../russian/typos.ts';
import { normalizeText } from '../russian/words.ts';

/** What a chunk says of a product; several chunks may say different things of one. */
export interface NamedProduct {
  nmId: number | null;
  name: string | null;
  article: string | null;
  brand: string | null;
  /** Of the product or, above it, of its orders. */
  category: string | null;
  subject: string | null;
}

/** What a cabinet has, as its chunks say it. */
export interface CabinetNames {
  products: readonly NamedProduct[];
  sizes: readonly string[];
  warehouses: readonly string[];
  regions: readonly string[];
}

/** What a word of a product stands in. */
export type NameKind = 'brand' | 'category' | 'name';

export interface NameMeaning {
  /** Products whose brand, category or name has the word. */
  products: ReadonlySet<number>;
  kind: NameKind;
  /** The values that have it, for people. */
  values: ReadonlySet<string>;
}

/** A cabinet's names, prepared for looking up the words of a question. */
export interface Vocabulary {
  readonly nmIds: ReadonlySet<number>;
  /** Numbers of the products with an article, by the article's letters and digits. */
  readonly articles: ReadonlyMap<string, { article: string; nmIds: ReadonlySet<number> }>;
  readonly sizes: ReadonlyMap<string, string>;
  readonly warehouses: readonly PlaceName[];
  readonly regions: readonly PlaceName[];
  /** What a word means, by its stem; `word` is normalised. Typing errors and slang are forgiven. */
  meaningOf(word: string): (NameMeaning & { exact: boolean }) | undefined;
  /** Products with the word anywhere in their names, in any form: `белые`, `на молнии`. */
  describedBy(word: string): ReadonlySet<number> | undefined;
}

export interface PlaceName {
  value: string;
  /** Stems of the words that tell it from others. */
  stems: readonly string[];
}

/** How people call goods, by the stem of what cards call them. */
const SLANG: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    ...{ крос: 'кроссовк', кросс: 'кроссовк', кроссы: 'кроссовк', кросач: 'кроссовк', сникерс: 'кроссовк' },
    ...{ футба: 'футболк', футбол: 'футболк', майк: 'футболк', джинсовк: 'куртк', худак: 'худ', худи: 'худ' },
    ...{ ушник: 'наушник', наушник: 'наушник', сковородк: 'сковород', сумочк: 'сумк', курточк: 'куртк' },
    ...{ рюкзачк: 'рюкзак', ботиночк: 'ботинк', ботиночек: 'ботинк', плать: 'плат', платьиц: 'плат' },
    ...{ комбез: 'комбинезон', подслед: 'подследник', термос: 'термокружк', шампун: 'шампун' },
    ...{ толстовк: 'худ', легинс: 'леггинс', лосин: 'леггинс', одеял: 'плед' },
  }),
);
/** Words of categories in other words: of one part of speech for another, and of the whole for a part. */
const SAME_CATEGORY: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    ...{
      шмот: 'одежд',
      обув: 'обув',
      спорттовар: 'спорт',
      спортивн: 'спорт',
      электронник: 'электроник',
    },
    ...{
      косметик: 'красот',
      техник: 'электроник',
      гаджет: 'электроник',
      малыш: 'детск',
      дет: 'детск',
      ребенк: 'детск',
    },
  }),
);
/** Words of names that stand in many and mean nothing by themselves. */
const EMPTY_WORDS = new Set('и для на с из по в без под при от до к о об the and for wb'.split(' '));
/** What every second place is called, besides its name. */
const PLACE_WORDS =
  /^(?:край|края|крае|область|области|обл|республика|республики|респ|округ|округа|автономный|склад|склада|wb|город|г|сц)$/;
const FORGIVEN_LENGTH = 5;
const SHORTEST_DESCRIPTION = 3;

/** A short word is one letter away from too many others: `время` is no `крем`. */
function isForgiven(stem: string, known: string): boolean {
  const longest = Math.max(stem.length, known.length);
  return longest >= 6 || (longest >= FORGIVEN_LENGTH && stem[0] === known[0]);
}

/** The letters and digits of a number of goods: `КР-42/бел` and `кр42 бел` are one. */
export function articleKey(article: string): string {
  return normalizeText(article).replace(/[^\p{L}\p{N}]/gu, '');
}

function wordsOf(text: string): string[] {
  return normalizeText(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function remember(read: (text: string) => string[]): (text: string) => string[] {
  const known = new Map<string, string[]>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) known.set(text, (value = read(text)));
    return value;
  };
}

export function createVocabulary(names: CabinetNames): Vocabulary {
  const meanings = new Map<string, { kind: NameKind; products: Set<number>; values: Set<string> }>();
  const articles = new Map<string, { article: string; nmIds: Set<number> }>();
  const nmIds = new Set<number>();
  const described = new Map<string, Set<number>>();
  // Few brands, categories and names stand in many chunks.
  const [words, heads] = [remember(wordsOf), remember(headWords)];

  function learn(word: string, kind: NameKind, value: string, nmId: number | null): void {
    if (word.length < 2 || EMPTY_WORDS.has(word) || /^\d+$/.test(word)) return;
    const stem = stemWord(word);
    let meaning = meanings.get(stem);
    // A word of a category that is also one of names means the category, which is more.
    if (meaning === undefined || rankOf(kind) < rankOf(meaning.kind)) {
      meaning = { kind, products: meaning?.products ?? new Set(), values: new Set() };
      meanings.set(stem, meaning);
    }
    if (nmId !== null) meaning.products.add(nmId);
    if (meaning.kind === kind) meaning.values.add(value);
  }

  for (const product of names.products) {
    const { nmId, name, article, brand } = product;
    if (nmId !== null) nmIds.add(nmId);
    if (article !== null && nmId !== null) {
      const key = articleKey(article);
      const known = articles.get(key) ?? { article, nmIds: new Set<number>() };
      known.nmIds.add(nmId);
      if (key.length >= 2) articles.set(key, known);
    }
    if (brand !== null) for (const word of words(brand)) learn(word, 'brand', brand, nmId);
    for (const category of [product.subject, product.category]) {
      if (category !== null) for (const word of words(category)) learn(word, 'category', category, nmId);
    }
    if (name !== null) for (const word of heads(name)) learn(word, 'name', name, nmId);
    if (name !== null && nmId !== null)
      for (const word of words(name)) {
        if (word.length < SHORTEST_DESCRIPTION || EMPTY_WORDS.has(word)) continue;
        const stem = stemWord(word);
        const known = described.get(stem);
        if (known === undefined) described.set(stem, new Set([nmId]));
        else known.add(nmId);
      }
  }

  const byLength = Map.groupBy(meanings.keys(), (stem) => stem.length);
  function meaningOf(word: string): (NameMeaning & { exact: boolean }) | undefined {
    if (EMPTY_WORDS.has(word) || word.length < 2) return undefined;
    const stem = stemWord(word);
    // A shop that has `майки` means those; in one that has not, they are `футболки`.
    const exact =
      meanings.get(stem) ??
      meanings.get(SLANG.get(stem) ?? SLANG.get(word) ?? '') ??
      meanings.get(SAME_CATEGORY.get(stem) ?? '');
    if (exact !== undefined) return { ...exact, exact: true };
    if (word.length < FORGIVEN_LENGTH) return undefined;
    for (let length = stem.length - 1; length <= stem.length + 1; length++) {
      for (const known of byLength.get(length) ?? []) {
        if (isForgiven(stem, known) && isOneSlipAway(stem, known))
          return { ...meanings.get(known)!, exact: false };
      }
    }
    return undefined;
  }

  return {
    nmIds,
    articles,
    sizes: new Map(names.sizes.map((size) => [normalizeText(size), size])),
    warehouses: names.warehouses.map(placeName),
    regions: names.regions.map(placeName),
    meaningOf,
    describedBy: (word) => described.get(stemWord(word)),
  };
}

const rankOf = (kind: NameKind) => ['category', 'brand', 'name'].indexOf(kind);

/**
 * The words of a name by which people call the product: the first, what it is, and those with a capital, which are the
 * model's. The others (`на молнии`, `белые`) describe it, and stand in questions about anything.
 */
function headWords(name: string): string[] {
  const words = name.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words
    .filter((word, place) => place === 0 || (/^\p{Lu}/u.test(word) && word.length > 2))
    .map(normalizeText);
}

function placeName(value: string): PlaceName {
  const words = wordsOf(value);
  const telling = words.filter((word) => !PLACE_WORDS.test(word));
  return { value, stems: (telling.length > 0 ? telling : words).map(placeStem) };
}

/** `Краснодар`, `Краснодарский`, `Москву`: an adjective's ending says no more than a case. */
export function placeStem(word: string): string {
  return stemWord(word).replace(/(?:ск|цк)$/, '');
}
