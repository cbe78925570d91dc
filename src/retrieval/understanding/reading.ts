import type { Constraint } from './constraint.ts';
import { phrase, rewrite, type Token } from './words.ts';

/** A question while it is being read: words that are understood give way to marks. */
export class Reading {
  readonly question: string;
  tokens: Token[];
  readonly constraints: Constraint[] = [];

  constructor(question: string, tokens: readonly Token[]) {
    this.question = question;
    this.tokens = [...tokens];
  }

  /**
   * Where the pattern matches (see `phrase`), `understand` says what that means: a constraint, `'nothing'` for words that say
   * nothing more, undefined when it is something else. It gets the words as they stand in the question, too.
   */
  find(
    source: string,
    understand: (match: RegExpMatchArray, words: string) => Omit<Constraint, 'words'> | 'nothing' | undefined,
  ): void {
    this.tokens = rewrite(this.tokens, phrase(source), (match, start, end) => {
      const words = this.question.slice(start, end);
      const meaning = understand(match, words);
      if (meaning === undefined) return undefined;
      if (meaning !== 'nothing') this.constraints.push({ ...meaning, words });
      return '§';
    });
  }

  /** Words of the question from `start` to `end` mean this. */
  add(constraint: Omit<Constraint, 'words'>, start: number, end: number): void {
    this.constraints.push({ ...constraint, words: this.question.slice(start, end) });
  }

  /** Takes the tokens between two places of the question for understood. */
  consume(start: number, end: number): void {
    this.tokens = this.tokens.map((token) =>
      token.start >= start && token.end <= end ? { ...token, text: '§' } : token,
    );
  }

  /** The tokens that nothing is known of yet, with their places among all. */
  unread(): { token: Token; index: number }[] {
    return this.tokens.flatMap((token, index) =>
      /^[\p{L}\p{M}\p{N}]/u.test(token.text) ? [{ token, index }] : [],
    );
  }
}
