import type { Concept } from './lexicon.ts';
import type { Word } from './words.ts';

const MARKS = new Set(['без', 'кроме', 'исключая', 'помимо']);
/** `не считая`, `не учитывая`, `без учёта` */
const COUNTED = /^(?:счит|включ|учит|учет)/;
const EXCLUDABLE: ReadonlySet<Concept | undefined> = new Set<Concept | undefined>([
  ...([undefined, 'cancellations', 'returns', 'brand', 'category'] as const),
]);

/**
 * What a question wants left out (`без кроссовок`, `не считая возвратов`), as it says so. No function can leave something out,
 * and none of these words may be taken for what is asked about: they are marked as taken.
 */
export function takeExclusions(words: readonly Word[]): string[] {
  const phrases: string[] = [];
  for (let place = 0; place < words.length; place++) {
    const first = firstExcluded(words, place);
    if (first === undefined) continue;
    let end = first;
    while (
      isExcludable(words[end]) ||
      (end > first && words[end]?.text === 'и' && isExcludable(words[end + 1]))
    )
      end++;
    if (end === first) continue;
    const taken = words.slice(place, end);
    for (const word of taken) word.isTaken = true;
    phrases.push(taken.map(({ text }) => text).join(' '));
    place = end - 1;
  }
  return phrases;
}

function firstExcluded(words: readonly Word[], place: number): number | undefined {
  const { text } = words[place]!;
  const isCounted = COUNTED.test(words[place + 1]?.text ?? '');
  if (MARKS.has(text)) return isCounted ? place + 2 : place + 1;
  return text === 'не' && isCounted ? place + 2 : undefined;
}

function isExcludable(word: Word | undefined): boolean {
  return word !== undefined && EXCLUDABLE.has(word.concept) && word.text.length >= 3;
}
