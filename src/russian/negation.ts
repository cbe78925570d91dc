import type { Token } from './words.ts';

export interface NegationWord extends Token {
  /** It is known to be excluded. */
  excluded: boolean;
}

/** Excludes what follows, over prepositions: `кроме кроссовок`, `без учёта возвратов`. */
const MARK = /^(?:кроме|без|исключая|помимо|минус|except|without|excluding)$/;
/** `не считая`, `не учитывая`, `за исключением`, `за вычетом`, `без учета`: behind `не`, `за`, `без`. */
const COUNTED = /^(?:счита\p{L}*|учитыва\p{L}*|включа\p{L}*|учет(?:а|ом)|бер\p{L}*)$/u;
const EXCEPTION = /^(?:исключени\p{L}*|вычет\p{L}*|минусом)$/u;
const NOT = /^(?:не|ни|not|no)$/;
const PREPOSITION = /^(?:с|со|из|на|в|во|у|по|для|от|про|о|об|к|за|до)$/;
const JOINS = /^(?:и|или|либо|ни|,|and|or)$/;
const PASSED_OVER =
  /^(?:всех|тех|этих|всего|бренд\p{L}*|категори\p{L}*|товар\p{L}*|склад\p{L}*|размер\p{L}*|город\p{L}*)$/u;

/** `mark`: by a word that excludes whatever follows; `not`: by `не`, which may as well belong to a verb. */
export type Negation = 'mark' | 'not';

/**
 * How the word at `place` is negated: by a mark before it, over prepositions, or by `не`; or joined by `и` to a word that is.
 * `carries`: also right behind such a word, as in `без белых кроссовок`. Nothing else carries a negation on:
 * `не продаются кроссовки` excludes no shoes.
 */
export function negationOf(
  words: readonly NegationWord[],
  place: number,
  carries = false,
): Negation | undefined {
  if (carries && words[place - 1]?.excluded === true) return 'mark';
  for (let before = place - 1; before >= 0; before--) {
    const { text } = words[before]!;
    if (isMark(words, before)) return 'mark';
    if (NOT.test(text)) return 'not';
    if (JOINS.test(text)) {
      const other = words[before - 1];
      return other !== undefined && (other.excluded || isMark(words, before - 1)) ? 'mark' : undefined;
    }
    if (!PREPOSITION.test(text) && !PASSED_OVER.test(text)) return undefined;
  }
  return undefined;
}

/** Whether a word, with the one before it, says that what follows is excluded. */
function isMark(words: readonly Token[], place: number): boolean {
  const text = words[place]!.text;
  const before = words[place - 1]?.text ?? '';
  if (MARK.test(text)) return true;
  if (COUNTED.test(text)) return NOT.test(before) || before === 'без';
  return EXCEPTION.test(text) && (before === 'за' || before === 'с');
}

/** Whether a word only says that another is excluded, so that it has been understood with that. */
export function isNegationWord(words: readonly Token[], place: number): boolean {
  const { text } = words[place]!;
  const after = words[place + 1]?.text ?? '';
  return isMark(words, place) || NOT.test(text) || (/^(?:за|с)$/.test(text) && EXCEPTION.test(after));
}
