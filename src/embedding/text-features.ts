import { EMBEDDING_DIMENSIONS } from './embedder.ts';
import { weightOfWord } from '../chunks/word-weight.ts';
import { stemWord } from '../russian/word-stems.ts';

/** Weight of a whole stem, and of all n-grams of a word together: equal words add `1² + 0.7²` to a dot product. */
const STEM_WEIGHT = 1;
const NGRAMS_WEIGHT = 0.7;
/** An article number is what its question is about; a price may be; `42` or `5` stands in half of the chunks. */
const ARTICLE_WEIGHT = 2.5;
const ARTICLE_DIGITS = 6;
const DATE_OR_SUM_WEIGHT = 1;
const SUM_DIGITS = 3;
const SHORT_NUMBER_WEIGHT = 0.5;

/** A stem or a number is spread over so many places: two of them that share one by accident stay apart. */
const PLACES = 4;
const NGRAM_LENGTHS = [3, 4, 5] as const;
/** Beyond it a "word" is base64 or a held-down key, and its n-grams say nothing. */
const NGRAM_LETTERS = 32;

/** Seeds keep one string's features of different kinds apart. */
const STEM_SEED = 0x2f0b_4c47;
const NUMBER_SEED = 0x5851_f42d;
const NGRAM_SEED = 0x1405_7b7e;
const SYMBOL_SEED = 0x6a09_e667;
/** Stands for the edge of a word in its n-grams. */
const EDGE = 0x7c;

/** What one token adds to a vector. A place is `±(dimension + 1)`: the sign is that of the feature. */
export interface TokenFeatures {
  places: Int16Array;
  placeWeight: number;
  ngrams: Int16Array;
  ngramWeight: number;
}

/**
 * Tokens of a lower-case text: dates whole, numbers with their thousands joined (`4 990`), other numbers, words
 * (mixed ones like `rtx4090` too). Marks belong to the letter before them.
 */
const TOKEN = /\d{4}-\d\d-\d\d(?!\d)|(?<!\d)\d{1,3}(?: \d{3})+(?![\d\p{L}])|[\p{L}\p{M}\p{N}]+/gu;

export function tokenize(text: string): string[] {
  // NFKC joins "и" with its breve, makes plain spaces of the no-break ones in prices and plain digits of wide ones.
  return text.normalize('NFKC').toLowerCase().replaceAll('ё', 'е').match(TOKEN) ?? [];
}

export function featuresOfToken(token: string): TokenFeatures {
  const first = token.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39 && /^[\d -]+$/.test(token)) {
    return featuresOfNumber(token);
  }
  const stem = stemWord(token);
  const weight = weightOfWord(token);
  const ngrams = ngramsOf(stem);
  return {
    places: spread(hashText(stem, STEM_SEED)),
    placeWeight: (weight * STEM_WEIGHT) / Math.sqrt(PLACES),
    ngrams,
    ngramWeight: (weight * NGRAMS_WEIGHT) / Math.sqrt(Math.max(1, ngrams.length)),
  };
}

/** Features of a text without one letter or digit: itself as a whole, so that equal ones stay equal. */
export function featuresOfSymbols(text: string): TokenFeatures {
  return {
    places: spread(hashText(text.trim(), SYMBOL_SEED)),
    placeWeight: 1,
    ngrams: new Int16Array(0),
    ngramWeight: 0,
  };
}

/** Whole or not at all: a number that differs in one digit is another article, so it has no n-grams. */
function featuresOfNumber(token: string): TokenFeatures {
  // `4 990` and `4990` are one number, though only the first is surely a sum.
  const digits = token.replaceAll(' ', '');
  let weight = digits.length >= SUM_DIGITS ? DATE_OR_SUM_WEIGHT : SHORT_NUMBER_WEIGHT;
  if (digits.length >= ARTICLE_DIGITS && digits === token && !token.includes('-')) {
    weight = ARTICLE_WEIGHT;
  }
  return {
    places: spread(hashText(digits, NUMBER_SEED)),
    placeWeight: weight / Math.sqrt(PLACES),
    ngrams: new Int16Array(0),
    ngramWeight: 0,
  };
}

/** N-grams of `|stem|`, hashed as they grow: each longer one continues the hash of the shorter. */
function ngramsOf(stem: string): Int16Array {
  const length = Math.min(stem.length, NGRAM_LETTERS) + 2;
  const [shortest, , longest] = NGRAM_LENGTHS;
  const places: number[] = [];
  for (let start = 0; start + shortest <= length; start++) {
    let hash = NGRAM_SEED;
    const end = Math.min(start + longest, length);
    for (let i = start; i < end; i++) {
      hash = mixIn(hash, i === 0 || i === length - 1 ? EDGE : stem.charCodeAt(i - 1));
      if (i - start + 1 >= shortest) {
        places.push(placeOf(finish(hash)));
      }
    }
  }
  return Int16Array.from(places);
}

/** FNV-1a over UTF-16 units: small, the same on every platform, and it can be continued. */
function mixIn(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x0100_0193);
}

/** The finaliser of MurmurHash3: FNV alone leaves neighbouring n-grams in neighbouring places. */
function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = mixIn(hash, text.charCodeAt(i));
  }
  return finish(hash);
}

function placeOf(hash: number): number {
  const dimension = (hash >>> 1) % EMBEDDING_DIMENSIONS;
  return (hash & 1) === 0 ? dimension + 1 : -dimension - 1;
}

function spread(hash: number): Int16Array {
  const places = new Int16Array(PLACES);
  for (let i = 0; i < PLACES; i++) {
    // The golden ratio keeps the four apart; each quarter of the vector takes one, so none cancels another.
    const mixed = finish(hash + Math.imul(i + 1, 0x9e37_79b9));
    const quarter = EMBEDDING_DIMENSIONS / PLACES;
    const dimension = i * quarter + ((mixed >>> 1) % quarter);
    places[i] = (mixed & 1) === 0 ? dimension + 1 : -dimension - 1;
  }
  return places;
}
