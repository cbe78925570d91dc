import { weightOfWord } from '../chunks/word-weight.ts';
import { stemWord } from '../russian/word-stems.ts';
import type { Token } from '../russian/words.ts';
import type { Draft } from './draft.ts';
import { conceptOf } from './figures/lexicon.ts';
import { isFiller } from './fillers.ts';
import type { GoodsGroup } from './mention.ts';
import type { Negation } from '../russian/negation.ts';
import { topicOf } from '../analytics/review-topics.ts';
import { stemsOf } from '../analytics/words.ts';
import type { NameMeaning, Vocabulary } from './vocabulary.ts';

/** A word that stands in names of goods. `description`: not one by which people call them (`белые`, `на молнии`). */
interface GoodsWord {
  token: Token;
  kind: NameMeaning['kind'] | 'description';
  products: ReadonlySet<number>;
  values: ReadonlySet<string>;
  exact: boolean;
  negation: Negation | undefined;
}

/** Names listed in an answer, so that it stays readable. */
const MAX_VALUES = 5;
const JOIN = /^(?:и|или|либо|ни|,|\/|против|vs|and|or)$/;
/** A describing word belongs to goods that stand so near, prepositions counted. */
const NEAR = 3;

/**
 * Words of brands, categories and names that together say which products are meant: `кроссовки Тополея` are those that both
 * fit, `кроссовки и ботинки` either.
 */
export function readGoods(draft: Draft, vocabulary: Vocabulary): void {
  const words = goodsWords(draft, vocabulary);
  for (const excluded of [false, true]) {
    const runs = runsOf(
      draft,
      words.filter(({ negation }) => (negation !== undefined) === excluded),
    );
    const resolved = joinAcrossCommas(
      draft,
      runs.flatMap((run) => resolveRun(draft, run)),
    );
    if (excluded) resolved.forEach((run) => addMention(draft, [run]));
    else if (resolved.length > 0) addMention(draft, resolved);
  }
}

function goodsWords(draft: Draft, vocabulary: Vocabulary): GoodsWord[] {
  const asksReviews = draft.mentions.some(
    ({ kind, value, implies }) => implies === 'review' || (kind === 'type' && value === 'review'),
  );
  return draft.unread().flatMap(({ token }): GoodsWord[] => {
    const { text } = token;
    if (isFiller(text) || (weightOfWord(text) < 1 && stemWord(text).length < 4)) return [];
    const meaning = vocabulary.meaningOf(text);
    // Words of chunks without a number of a product: the ranking finds them, a filter could not.
    if (
      meaning !== undefined &&
      meaning.products.size > 0 &&
      (meaning.exact || conceptOf(text) === undefined)
    )
      return [{ token, ...meaning, negation: negate(token) }];
    const products = conceptOf(text) === undefined ? vocabulary.describedBy(text) : undefined;
    // In reviews `молния` is what buyers write about.
    if (products === undefined || (asksReviews && topicOf(text) !== undefined)) return [];
    const values = new Set([text]);
    return [{ token, kind: 'description', products, values, exact: true, negation: negate(token) }];
  });

  function negate(token: Token): Negation | undefined {
    const negation = draft.negationAt(token.start, true);
    if (negation === 'mark') draft.exclude(token.start);
    return negation;
  }
}

/** Words between which nothing joins two things. */
function runsOf(draft: Draft, words: readonly GoodsWord[]): GoodsWord[][] {
  const runs: GoodsWord[][] = [];
  let before: GoodsWord | undefined;
  for (const word of words) {
    const between = draft.words.filter(
      ({ start }) => start > (before?.token.start ?? Infinity) && start < word.token.start,
    );
    if (before === undefined || between.some(({ text }) => JOIN.test(text))) runs.push([]);
    runs.at(-1)!.push(word);
    before = word;
  }
  return runs;
}

interface Resolved {
  words: GoodsWord[];
  products: ReadonlySet<number>;
}

const both = (a: ReadonlySet<number>, b: ReadonlySet<number>) => new Set([...a].filter((id) => b.has(id)));

/**
 * The words of a run that some products fit all of: exact ones first, then those that fewer products have. A second brand or
 * category that does not go together with the first is meant beside it. What fits nothing stays unread.
 */
function resolveRun(draft: Draft, run: readonly GoodsWord[]): Resolved[] {
  const [heads, descriptions] = [
    run.filter(({ kind }) => kind !== 'description'),
    run.filter(({ kind }) => kind === 'description'),
  ];
  const resolved: Resolved[] = [];
  const order = heads.toSorted(
    (a, b) => Number(b.exact) - Number(a.exact) || a.products.size - b.products.size,
  );
  for (const word of order) {
    const fitting = resolved.find(({ products }) => both(products, word.products).size > 0);
    if (fitting !== undefined) {
      fitting.words.push(word);
      fitting.products = both(fitting.products, word.products);
    } else if (
      resolved.length === 0 ||
      (word.exact &&
        word.kind !== 'name' &&
        resolved.some(({ words }) => words.some(({ kind }) => kind === word.kind)))
    )
      resolved.push({ words: [word], products: word.products });
  }
  for (const word of descriptions) {
    const near = resolved.find(
      ({ words, products }) =>
        both(products, word.products).size > 0 && words.some((other) => isNear(draft, other, word)),
    );
    if (near !== undefined) {
      near.words.push(word);
      near.products = both(near.products, word.products);
    } else if (resolved.length === 0) resolved.push({ words: [word], products: word.products });
  }
  return resolved.map(({ words, products }) => ({
    products,
    words: words.toSorted((a, b) => a.token.start - b.token.start),
  }));
}

function isNear(draft: Draft, a: GoodsWord, b: GoodsWord): boolean {
  const [first, last] = a.token.start < b.token.start ? [a, b] : [b, a];
  const between = draft.words.filter(({ start }) => start > first.token.start && start < last.token.start);
  return between.length < NEAR;
}

/** `Кроссовки, Тополея`: behind a comma the brand of the same goods may stand. */
function joinAcrossCommas(draft: Draft, runs: readonly Resolved[]): Resolved[] {
  const joined: Resolved[] = [];
  for (const run of runs) {
    const before = joined.at(-1);
    const common = before === undefined ? new Set<number>() : both(before.products, run.products);
    const isApart =
      before === undefined ||
      common.size === 0 ||
      !draft.words.some(
        ({ text, start }) =>
          text === ',' && start > before.words.at(-1)!.token.start && start < run.words[0]!.token.start,
      ) ||
      run.words.some(({ kind }) => before.words.some((other) => other.kind === kind));
    if (isApart) joined.push(run);
    else joined[joined.length - 1] = { words: [...before.words, ...run.words], products: common };
  }
  return joined;
}

function addMention(draft: Draft, runs: readonly Resolved[]): void {
  const words = runs.flatMap((run) => run.words).toSorted((a, b) => a.token.start - b.token.start);
  const kinds = new Set(words.map(({ kind }) => kind));
  const kind =
    kinds.has('name') || kinds.has('description') ? 'name' : kinds.has('brand') ? 'brand' : 'category';
  const values = new Set(words.flatMap((word) => [...word.values].slice(0, MAX_VALUES)));
  const nmIds = [...new Set(runs.flatMap(({ products }) => [...products]))];
  const isPlain = runs.every(
    (run) => run.words.length === 1 && ['brand', 'category'].includes(run.words[0]!.kind),
  );
  draft.addWords(
    {
      kind,
      value: values.size === 1 ? [...values][0] : [...values].slice(0, MAX_VALUES),
      filters: { nmIds, ...(isPlain ? { ownNames: words.flatMap((word) => [...word.values]) } : {}) },
      goods: runs.map(groupOf),
      ...(kinds.size === 1 && kinds.has('description') ? { isDescription: true } : {}),
    },
    words.map(({ token }) => token),
    words[0]!.negation,
  );
}

function groupOf({ words, products }: Resolved): GoodsGroup {
  const stems = new Set(words.map(({ token }) => stemWord(token.text)));
  const namesOf = (kind: GoodsWord['kind']) =>
    wholeNames(new Set(words.flatMap((word) => (word.kind === kind ? [...word.values] : []))), stems);
  return {
    nmIds: [...products],
    brands: namesOf('brand'),
    categories: namesOf('category'),
    names: words.flatMap(({ kind, token }) =>
      kind === 'name' || kind === 'description' ? [token.text] : [],
    ),
  };
}

/** Of `Мирослава` and `Мирослава Лён` the one that is named whole, the longest first; all of them where none is. */
function wholeNames(values: ReadonlySet<string>, stems: ReadonlySet<string>): string[] {
  const whole = [...values].filter((value) => stemsOf(value).every((stem) => stems.has(stem)));
  const longest = Math.max(...whole.map((value) => stemsOf(value).length));
  const chosen = whole.filter((value) => stemsOf(value).length === longest);
  return chosen.length > 0 ? chosen : [...values];
}
