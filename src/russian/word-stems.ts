import snowball from 'snowball-stemmers';

/** No Russian or English word is longer; stemming a run of 100 000 letters would only take time. */
const LONGEST_STEMMED_WORD = 40;

/**
 * Names repeat the same words thousands of times, a shop is read anew whenever a card changes, and a question is held against
 * all names: with 5 000 products, finding their stems again took 150 ms of each. About 100 bytes each.
 */
const STEMS_KEPT = 50_000;
const stems = new Map<string, string>();

const russian = snowball.newStemmer('russian');
const english = snowball.newStemmer('english');

/**
 * The stem of a lower-case word with `ё` already written as `е`: Snowball's Russian one for Cyrillic, its
 * English one for ASCII letters. Words of other scripts, mixed ones and overlong ones stay as they are.
 */
export function stemWord(word: string): string {
  let stem = stems.get(word);
  if (stem === undefined) {
    stem = findStem(word);
    if (stems.size >= STEMS_KEPT) stems.clear();
    stems.set(word, stem);
  }
  return stem;
}

function findStem(word: string): string {
  if (word.length < 3 || word.length > LONGEST_STEMMED_WORD) {
    return word;
  }
  if (/^[а-я]+$/.test(word)) {
    return withoutFleetingVowel(russian.stem(word));
  }
  return /^[a-z]+$/.test(word) ? english.stem(word) : word;
}

/**
 * Snowball leaves `кроссовок` beside `кроссовк(и)` and `платок` beside `платк(а)`: the vowel that Russian puts
 * before a final `к` in the genitive plural. Dropping it gives both forms one stem.
 */
function withoutFleetingVowel(stem: string): string {
  return stem.length >= 5 && /[б-джзй-нп-тф-щ][ое]к$/.test(stem) ? `${stem.slice(0, -2)}к` : stem;
}
