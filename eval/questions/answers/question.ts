import type { AnalyticsQuestion } from '../question.ts';

/** What a question to the chat tests. */
export const ANSWER_KINDS = [
  'article',
  'name',
  'narrow',
  'period',
  'ranking',
  'comparison',
  'rate',
  'stock',
  'review',
  'exclusion',
  'compound',
  'follow-up',
  'nowhere',
  'talk',
  'foreign',
  'long',
  'trick',
] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/**
 * What an answer may say before anything else: that a word is not among the shop's (`unread`, `none`), that no table has
 * such a thing (`nowhere`), that the days lie ahead, that there is no such day.
 */
export type Saying = 'unread' | 'none' | 'nowhere' | 'ahead' | 'no-such-day';

/** One thing that an answer must have. Statements are over the views and `given g`. */
export type Right =
  /** Exactly these figures, as `AnalyticsQuestion.expected`: more columns are welcome, fewer are not. */
  | { figures: string; top?: NonNullable<AnalyticsQuestion['top']> }
  /** Selects of `(source_table, id)`: at least one of these rows is shown, and no other. */
  | { rows: readonly string[] }
  /**
   * A select of patterns (`theme`), the most frequent first: what reviews speak of. The answer names at least two of them,
   * or the only one.
   */
  | { themes: string }
  /**
   * Said first, with no figure and no row in place of what cannot be had. `words`: a pattern that the answer's text has.
   * `absent`: a select that finds nothing, or the shop has what the question takes for unknown.
   */
  | { says: Saying; words: string; absent?: string }
  /** An answer of its own: no figure, no row. */
  | { talk: true }
  /** Where a question leaves something open: any of these; several things in one alternative stand in a list. */
  | { either: readonly (Right | readonly Right[])[] };

export interface AnswerQuestion {
  kind: AnswerKind;
  /** As a seller types it. `{column}` stands for a value of `given`. */
  text: string;
  /** A select over the views of one row: what of the seller's data the question speaks of. */
  given?: string;
  /** What was asked before in the same conversation, the first first; the answer to `text` is judged. */
  after?: readonly string[];
  /** What the answer must have, all of it. */
  right: readonly Right[];
  /** Of the answer; Russian unless said otherwise. */
  language?: 'en';
  /** No table can bear the figures out with certainty: to say so first is as good as they are. */
  orHonest?: true;
}
