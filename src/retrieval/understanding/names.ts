import { weightOfWord } from '../../embedding/stop-words.ts';
import { stemWord } from '../../embedding/word-stems.ts';
import type { Filters } from './constraint.ts';
import type { Reading } from './reading.ts';
import type { Token } from './words.ts';
import { FILLERS } from './fillers.ts';
import { isOneSlipAway } from './typos.ts';
import { articleKey, placeStem, type PlaceName, type Vocabulary } from './vocabulary.ts';

const NUMBER_LABEL = String.raw`(?:(?:нм|nm|nmid|нмид|номенклатур\p{L}*|артикул\p{L}*|арт|номер\p{L}*|код\p{L}*|id|sku) )*`;
/** Wildberries' numbers of today have 8 to 10 digits, the oldest 5. */
const NM_ID = String.raw`(\d{5,12})`;
const LONGEST_ARTICLE = 6;
const SHORTEST_ARTICLE = 3;

/** Numbers of goods: Wildberries' and the seller's. */
export function readNumbersOfGoods(reading: Reading, vocabulary: Vocabulary): void {
  reading.find(`${NUMBER_LABEL}${NM_ID}(?! (?:руб|р|₽|шт)\\p{L}*)`, (match, words) => {
    const nmId = Number(match[1]);
    // One that the cabinet has not is meant as one when it is called so; it finds nothing, and the answer says so.
    if (!vocabulary.nmIds.has(nmId) && !/\p{L}/u.test(words)) return undefined;
    return { kind: 'product', value: nmId, used: 'filter', filters: { nmIds: [nmId] } };
  });
  readArticles(reading, vocabulary);
}

function readArticles(reading: Reading, vocabulary: Vocabulary): void {
  for (let first = 0; first < reading.tokens.length; first++) {
    for (let last = Math.min(first + LONGEST_ARTICLE, reading.tokens.length); last > first; last--) {
      const tokens = reading.tokens.slice(first, last);
      const [start, end] = [tokens[0]!.start, tokens.at(-1)!.end];
      const words = reading.question.slice(start, end);
      const key = articleKey(words);
      // A word alone may be an article, too, but then it has to have a digit: nobody means one by `плед`.
      const isArticle = key.length >= SHORTEST_ARTICLE && (/\d/.test(key) || tokens.length > 1);
      const known =
        isArticle && !tokens.some(({ text }) => text === '§') ? vocabulary.articles.get(key) : undefined;
      if (known === undefined) continue;
      reading.add(
        { kind: 'article', value: known.article, used: 'filter', filters: { nmIds: [...known.nmIds] } },
        start,
        end,
      );
      reading.consume(start, end);
      break;
    }
  }
  reading.find(String.raw`(?:по )?(?:артикул\p{L}*|арт) §`, () => 'nothing');
}

const ALPHA_SIZE = /^(?:[2-6]?x{0,3}[sml]|x{1,4}l|one size)$/;
/** Sizes written with Cyrillic letters that look the same. */
const LOOK_ALIKE: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    с: 's',
    м: 'm',
    л: 'l',
    хл: 'xl',
    ххл: 'xxl',
    хс: 'xs',
    хххл: 'xxxl',
  }),
);
const SIZE_LABEL = String.raw`(?:размер\p{L}*|р - р|разм|рр)`;

/** Sizes that the cabinet has: behind `размер`, in letters, or as a number beside a product. */
export function readSizes(reading: Reading, vocabulary: Vocabulary, namesProduct: boolean): void {
  const sizeOf = (text: string): string | undefined => {
    const written = text.replaceAll(' ', '');
    return vocabulary.sizes.get(LOOK_ALIKE.get(written) ?? written);
  };
  const size = (value: string | undefined) =>
    value === undefined
      ? undefined
      : ({ kind: 'size', value, used: 'filter', filters: { sizes: [value] } } as const);
  const one = String.raw`((?:\d{1,3}|[\p{L}]{1,4})(?: ?[-.,/] ?\d{1,3}| [a-zа-я]{1,3})?|[\p{L}\d]{1,4})`;
  reading.find(
    String.raw`(?:в |на )?${SIZE_LABEL} ${one}`,
    (match) => size(sizeOf(match[1]!)) ?? size(sizeOf(match[1]!.split(' ')[0]!)),
  );
  reading.find(
    String.raw`(?:в |на )?${one} ${SIZE_LABEL}`,
    (match) => size(sizeOf(match[1]!)) ?? size(sizeOf(match[1]!.split(' ').at(-1)!)),
  );
  reading.find(String.raw`(\d{1,3} - \d{1,3})|(\d ?[xх]{1,3}[lл])`, (match) => size(sizeOf(match[0])));
  reading.find(String.raw`(?:в )?([a-z]{1,4}|[хслм]{2,4})`, (match) => {
    const value = sizeOf(match[1]!);
    return value !== undefined && ALPHA_SIZE.test(LOOK_ALIKE.get(match[1]!) ?? match[1]!)
      ? size(value)
      : undefined;
  });
  if (!namesProduct) return;
  reading.find('([мл])', (match) => size(sizeOf(match[1]!)));
  reading.find(String.raw`(?:в )?(\d{2,3})(?: р)?(?! (?:шт|руб|₽|%|дн|тыс|к|см|мл|л)\p{L}*)`, (match) =>
    size(sizeOf(match[1]!)),
  );
}

/** Regions and warehouses that the cabinet has. */
export function readPlaces(reading: Reading, vocabulary: Vocabulary): void {
  readPlace(reading, vocabulary, vocabulary.warehouses, 'warehouse');
  readPlace(reading, vocabulary, vocabulary.regions, 'region');
}

const PLACE_WORD =
  /^(?:край|края|крае|область|области|обл|республик[аеуи]|округ[ае]?|склад\p{L}*|город[ае]?)$/u;

function readPlace(
  reading: Reading,
  vocabulary: Vocabulary,
  places: readonly PlaceName[],
  kind: 'warehouse' | 'region',
): void {
  // `Санкт-Петербург` is two words with a dash.
  const tokens = reading.tokens.filter(({ text }) => text !== '-').flatMap(expandPlace);
  let best: { values: string[]; start: number; end: number; weight: number } | undefined;
  for (const { value, stems } of places) {
    for (let first = 0; first + stems.length <= tokens.length; first++) {
      const given = tokens.slice(first, first + stems.length);
      if (!given.every((token, place) => isPlaceWord(token.text, stems[place]!))) continue;
      const before = tokens[first - 1]?.text ?? '';
      // A warehouse and a region may have one name: `со склада` tells which is meant. A brand may have it, too.
      const saysWarehouse = tokens
        .slice(Math.max(0, first - 3), first)
        .some(({ text }) => /^склад/.test(text));
      const named = saysWarehouse || /^(?:в|во|на|из|со|с|по|для|к|до)$/.test(before);
      if (kind === 'region' && saysWarehouse) continue;
      if (
        kind === 'warehouse' &&
        !saysWarehouse &&
        /^(?:в|во)$/.test(before) &&
        hasPlace(vocabulary.regions, stems)
      )
        continue;
      if (!named && given.length === 1 && vocabulary.meaningOf(given[0]!.text)?.exact === true) continue;
      const [start, end] = [given[0]!.start, given.at(-1)!.end];
      // More words say more, and as they are written more than with a typing error: `Москва` is no `Московская область`.
      const weight = 2 * stems.length + Number(given.every(({ text }, i) => placeStem(text) === stems[i]));
      if (best === undefined || weight > best.weight) best = { values: [value], start, end, weight };
      else if (weight === best.weight && best.start === start && best.end === end) best.values.push(value);
    }
  }
  if (best === undefined) return;
  const { values, start, end } = best;
  const filters: Filters = kind === 'warehouse' ? { warehouses: values } : { regions: values };
  reading.add({ kind, value: values.length === 1 ? values[0] : values, used: 'filter', filters }, start, end);
  reading.consume(start, end);
  reading.tokens = reading.tokens.map((token, place) =>
    PLACE_WORD.test(token.text) && !/^склад/.test(token.text) && reading.tokens[place - 1]?.text === '§'
      ? { ...token, text: '§' }
      : token,
  );
}

/** How people call large cities. */
const SHORT_PLACES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    ...{ питер: ['санкт', 'петербург'], питера: ['санкт', 'петербург'], питере: ['санкт', 'петербург'] },
    ...{ спб: ['санкт', 'петербург'], мск: ['москва'], екб: ['екатеринбург'], нск: ['новосибирск'] },
    ...{
      подмосковье: ['московская'],
      подмосковья: ['московская'],
      кубань: ['краснодарский'],
      кубани: ['краснодарский'],
    },
  }),
);

function expandPlace(token: Token): Token[] {
  return SHORT_PLACES.get(token.text)?.map((text) => ({ ...token, text })) ?? [token];
}

function hasPlace(places: readonly PlaceName[], stems: readonly string[]): boolean {
  return places.some(
    (place) => place.stems.length === stems.length && place.stems.every((stem, i) => stem === stems[i]),
  );
}

function isPlaceWord(word: string, stem: string): boolean {
  const given = placeStem(word);
  return given === stem || (given.length >= 5 && stem.length >= 5 && isOneSlipAway(given, stem));
}

/** Brand, category and name words that together say which products are meant. */
export function readProducts(reading: Reading, vocabulary: Vocabulary): void {
  const words = reading.unread().flatMap(({ token, index }) => {
    if (FILLERS.has(token.text) || (weightOfWord(token.text) < 1 && stemWord(token.text).length < 4))
      return [];
    const meaning = vocabulary.meaningOf(token.text);
    // Words of chunks without a number of a product: the ranking finds them, a filter could not.
    return meaning === undefined || meaning.products.size === 0 ? [] : [{ token, index, meaning }];
  });
  if (words.length === 0) return;
  // Exact words first, then those that fewer products have: what does not go together with them is left to the ranking.
  const order = words.toSorted(
    (a, b) =>
      Number(b.meaning.exact) - Number(a.meaning.exact) || a.meaning.products.size - b.meaning.products.size,
  );
  let products: ReadonlySet<number> | undefined;
  const used: typeof words = [];
  for (const word of order) {
    const both: ReadonlySet<number> =
      products === undefined
        ? word.meaning.products
        : new Set([...word.meaning.products].filter((id) => products!.has(id)));
    if (both.size === 0 && products !== undefined) continue;
    products = both;
    used.push(word);
  }
  used.sort((a, b) => a.index - b.index);
  const kinds = new Set(used.map(({ meaning }) => meaning.kind));
  const kind = kinds.has('name') ? 'name' : kinds.has('brand') ? 'brand' : 'category';
  const values = new Set(used.flatMap(({ meaning }) => [...meaning.values].slice(0, MAX_VALUES)));
  const [first, last] = [used[0]!.token, used.at(-1)!.token];
  const filters: Filters = { nmIds: [...products!] };
  if (used.length === 1 && kind !== 'name') filters.ownNames = [...used[0]!.meaning.values];
  reading.add(
    {
      kind,
      value: values.size === 1 ? [...values][0] : [...values].slice(0, MAX_VALUES),
      used: 'filter',
      filters,
    },
    first.start,
    last.end,
  );
}

/** Names listed in an answer, so that it stays readable. */
const MAX_VALUES = 5;
