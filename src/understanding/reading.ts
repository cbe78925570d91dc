import type { Concept } from './figures/lexicon.ts';
import type { Mention } from './mention.ts';

/** What became of a word of a question: exactly one of these. */
export type Fate = 'mention' | 'concept' | 'filler' | 'unread';

export interface ReadWord {
  /** Lower-case, `е` for `ё`, put right where it was mistyped. */
  text: string;
  start: number;
  end: number;
  fate: Fate;
  /** What it says of figures, whatever its fate. */
  concept: Concept | undefined;
  /** It stands under `кроме`, `без`, `не считая`. */
  excluded: boolean;
  /** It has been taken by a mention that chooses rows: it is no measure as well. */
  isTaken: boolean;
}

/** A question as it was read, once, for search and for figures. */
export interface Reading {
  /** The question as it was meant: typed on a Russian keyboard. */
  question: string;
  words: readonly ReadWord[];
  mentions: readonly Mention[];
  /** Numbers of orders, barcodes and the like, as the question writes them. */
  identifiers: readonly string[];
  /** How far ahead it looks, `через неделю`: days, from today on. */
  horizon: { days: number; words: string } | undefined;
  /** Days that no calendar has: `31 ноября`. */
  noSuchDays: readonly string[];
  /** It was too long to be read: nothing is understood of what comes after its first words. */
  isCut: boolean;
  /** The first day of the reading, `YYYY-MM-DD` in the cabinet's time zone. */
  today: string;
}

/** A verb in a form that no name has: an infinitive, a reflexive. */
const VERB = /(?:ть|ться|тся|лся|лась|лось|лись|йте)$/u;

/** Of which nothing is known, and which narrows what is asked: a name, an adjective, a number of something. */
export function isUnknown({ text, fate }: ReadWord): boolean {
  return fate === 'unread' && (/^\d+$/.test(text) || (/^\p{L}{3,}/u.test(text) && !VERB.test(text)));
}

/** As the question writes them. */
export function unknownWords({ words, question }: Reading): string[] {
  return words.filter(isUnknown).map(({ start, end }) => question.slice(start, end));
}
