import { tokenize } from '../russian/words.ts';

/**
 * Words, numbers and marks of a question that are read, and characters. The longest question that people ask has some sixty
 * words; each costs about a tenth of a millisecond, in which the process does nothing else.
 */
export const MAX_READ_TOKENS = 80;
const MAX_READ_CHARACTERS = 800;

export interface ReadPart {
  text: string;
  /** The question says more than this. What follows is embedded with the rest, and nothing of it is understood. */
  isCut: boolean;
}

/** The beginning of a question, as far as it is read. A word is there whole or not at all, unless it is all there is. */
export function readPartOf(question: string): ReadPart {
  const tokens = tokenize(question.slice(0, MAX_READ_CHARACTERS));
  const isLong = question.length > MAX_READ_CHARACTERS;
  if (!isLong && tokens.length <= MAX_READ_TOKENS) return { text: question, isCut: false };
  // The last one of a text that was cut by its length may be the half of a word.
  const whole = tokens.slice(0, isLong && tokens.length <= MAX_READ_TOKENS ? -1 : MAX_READ_TOKENS);
  const end = whole.at(-1)?.end ?? MAX_READ_CHARACTERS;
  return { text: question.slice(0, end), isCut: question.slice(end).trim() !== '' };
}
