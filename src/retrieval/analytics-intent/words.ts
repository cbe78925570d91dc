import { stemWord } from '../../embedding/word-stems.ts';
import { isOneSlipAway } from '../understanding/typos.ts';
import { normalizeText } from '../understanding/words.ts';
import { conceptOf, SPELLED, type Concept } from './lexicon.ts';

/** A word of a question with what it may be about. */
export interface Word {
  /** Lower-case, е for ё. */
  text: string;
  stem: string;
  concept: Concept | undefined;
  /** Taken by a filter: it says which rows, not what of them. */
  isTaken: boolean;
}

const WORD = /\d+[.,]\d+|[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*|%/gu;
const SHORTEST_WITH_SLIP = 5;

const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const CYRILLIC = 'ейцукенгшщзхъфывапролджэячсмитьбю';

/** A Russian word that was typed with the keyboard in the Latin layout, put right. */
export function fromWrongLayout(text: string): string {
  return Array.from(text, (letter) => {
    const place = LATIN.indexOf(letter);
    return place < 0 ? letter : CYRILLIC[place]!;
  }).join('');
}

export function wordsOf(question: string): Word[] {
  return [...normalizeText(question).matchAll(WORD)].flatMap(([text]) =>
    // `топ-5` is two words, `кол-во` is one.
    conceptOf(text) === undefined &&
    /^\p{L}+-\d+$/u.test(text) &&
    conceptOf(text.split('-')[0]!) !== undefined
      ? text.split('-').map(wordOf)
      : /^топ\d+$/.test(text)
        ? ['топ', text.slice(3)].map(wordOf)
        : [wordOf(text)],
  );
}

function wordOf(text: string): Word {
  return { text, stem: stemWord(text), concept: conceptOf(text) ?? conceptWithSlip(text), isTaken: false };
}

function conceptWithSlip(text: string): Concept | undefined {
  if (text.length < SHORTEST_WITH_SLIP || !/^\p{Script=Cyrillic}+$/u.test(text)) return undefined;
  return SPELLED.find(([word]) => isOneSlipAway(word, text))?.[1];
}
