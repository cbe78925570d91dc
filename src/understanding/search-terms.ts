import { topicOf } from '../analytics/review-topics.ts';
import { weightOfWord } from '../chunks/word-weight.ts';
import { FILLERS } from './fillers.ts';

/** A word to look for. All of lower-case letters and digits. */
export interface Term {
  /** It, in forms that full text tells apart. */
  words: string[];
  /** Others that mean the same; worth less. */
  related: string[];
}

/** A question of more words is a text; its first words say what it is about. */
const MAX_TERMS = 12;
/** Quoted, so that Postgres takes it apart as it does the chunk's words. */
export const identifierTerm = (identifier: string): Term => ({
  words: [`'${identifier.toLowerCase().replaceAll(/[_-]/g, ' ')}'`],
  related: [],
});

/** One for each word that is left, with other words for it. */
export function termsOf(words: readonly string[]): Term[] {
  const telling = [...new Set(words)].filter(
    (word) =>
      word.length > 1 && /^[\p{L}\p{N}]/u.test(word) && !FILLERS.has(word) && weightOfWord(word) > 0.2,
  );
  return telling
    .slice(0, MAX_TERMS)
    .map((word) => ({ words: [word, ...formsOf(word)], related: topicOf(word)?.related ?? [] }));
}

/** Forms that full text tells apart: Russian puts a vowel before a final `к`, `остаток` and `остатки`, `кроссовок` and `кроссовки`. */
function formsOf(word: string): string[] {
  if (word.length < 5) return [];
  const withVowel = /^(.*[бвгджзйклмнпрстфхцчшщ])[ое]к$/.exec(word);
  if (withVowel !== null) return [`${withVowel[1]!}ки`];
  const without = /^(.*[бвгджзйлмнпрстфхцчшщ])к(?:и|ам|ами|ах|а|у|ом|е|ов)$/.exec(word);
  return without === null ? [] : [`${without[1]!}ок`];
}
