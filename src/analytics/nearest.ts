import { fold, stemsOf } from './words.ts';

const NEAREST = 5;
/** Below, two names have no more in common than any two words of a language. */
const ALIKE = 0.4;

/**
 * Of the known names those that are most like the wanted one, up to five, the likest first. Where none is, and there are no
 * more than five in all, these.
 */
export function nearestTo(wanted: string, known: Iterable<string>): string[] {
  const names = [...new Set(known)].filter((name) => name.trim() !== '').sort();
  const own = pairsOf(wanted);
  const alike = names
    .map((name) => ({ name, likeness: likenessOf(own, pairsOf(name)) }))
    .filter(({ likeness }) => likeness >= ALIKE)
    .sort((a, b) => b.likeness - a.likeness);
  const nearest = alike.length === 0 && names.length <= NEAREST ? names : alike.map(({ name }) => name);
  return nearest.slice(0, NEAREST);
}

/** Pairs of letters of each word's stem, its ends included. */
function pairsOf(text: string): Set<string> {
  const stems = stemsOf(text);
  return new Set(
    (stems.length === 0 ? [fold(text)] : stems).flatMap((stem) =>
      Array.from({ length: stem.length + 1 }, (_, place) => ` ${stem} `.slice(place, place + 2)),
    ),
  );
}

/** Mostly how much of what is wanted stands in the name: names are longer than what is said of them. */
function likenessOf(wanted: Set<string>, name: Set<string>): number {
  const shared = [...wanted].filter((pair) => name.has(pair)).length;
  return (0.7 * shared) / wanted.size + (0.3 * 2 * shared) / (wanted.size + name.size);
}
