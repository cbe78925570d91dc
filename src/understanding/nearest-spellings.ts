import { normalizeText } from '../russian/words.ts';

/** Names in an answer, so that it stays readable. */
const NAMED = 3;
/** Of the pairs of letters that two words have, those that both have: below it they are not alike. */
const LEAST_LIKENESS = 0.4;

/** Of the candidates those that look most like a word, by the pairs of letters of their likest words. */
export function nearestSpellings(word: string, candidates: Iterable<string>): string[] {
  const own = pairsOf(normalizeText(word));
  return Array.from(candidates, (name) => ({
    name,
    likeness: Math.max(
      ...[normalizeText(name), ...(normalizeText(name).match(/[\p{L}\p{N}]+/gu) ?? [])].map((part) =>
        likenessOf(own, pairsOf(part)),
      ),
    ),
  }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .sort((a, b) => b.likeness - a.likeness || (a.name < b.name ? -1 : 1))
    .slice(0, NAMED)
    .map(({ name }) => name);
}

function pairsOf(word: string): Set<string> {
  const framed = `^${word}$`;
  return new Set(Array.from({ length: framed.length - 1 }, (_, place) => framed.slice(place, place + 2)));
}

/** Dice's coefficient, 0 to 1. */
function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const pair of a) if (b.has(pair)) both += 1;
  return (2 * both) / (a.size + b.size);
}
