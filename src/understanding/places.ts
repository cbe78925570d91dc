import type { Draft } from './draft.ts';
import type { Filters } from './mention.ts';
import type { Token } from '../russian/words.ts';
import { isOneSlipAway } from '../russian/typos.ts';
import { placeStem, type PlaceName, type Vocabulary } from './vocabulary.ts';

/** Regions and warehouses that the cabinet has. */
export function readPlaces(draft: Draft, vocabulary: Vocabulary): void {
  while (readPlace(draft, vocabulary, vocabulary.warehouses, 'warehouse'));
  while (readPlace(draft, vocabulary, vocabulary.regions, 'region'));
}

const PLACE_WORD =
  /^(?:край|края|крае|область|области|обл|республик[аеуи]|округ[ае]?|склад\p{L}*|город[ае]?)$/u;

function readPlace(
  draft: Draft,
  vocabulary: Vocabulary,
  places: readonly PlaceName[],
  kind: 'warehouse' | 'region',
): boolean {
  // `Санкт-Петербург` is two words with a dash.
  const tokens = draft.tokens.filter(({ text }) => text !== '-').flatMap(expandPlace);
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
  if (best === undefined) return false;
  const { values, start, end } = best;
  const filters: Filters = kind === 'warehouse' ? { warehouses: values } : { regions: values };
  draft.add({ kind, value: values.length === 1 ? values[0] : values, filters }, start, end);
  // `Краснодарский край`, `область`: behind the name the word says no more.
  draft.tokens.forEach((token, place) => {
    if (PLACE_WORD.test(token.text) && !/^склад/.test(token.text) && draft.tokens[place - 1]?.text === '§')
      draft.consume(token.start, token.end);
  });
  return true;
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
