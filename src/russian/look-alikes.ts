const LATIN = 'aceopxyktmhb';
const CYRILLIC = 'асеорхуктмнв';

/** A word in which Latin letters stand among Cyrillic ones that look the same, in Cyrillic letters; as long as before. */
export function fromLookAlikes(word: string): string {
  if (!/\p{Script=Cyrillic}/u.test(word) || !/[a-z]/.test(word)) return word;
  return Array.from(word, (letter) => {
    const place = LATIN.indexOf(letter);
    return place < 0 ? letter : CYRILLIC[place]!;
  }).join('');
}
