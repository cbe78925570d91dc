import { negationOf, type Negation, type NegationWord } from '../russian/negation.ts';
import type { Finding, Mention } from './mention.ts';
import { phrase, rewrite, type Token } from '../russian/words.ts';

/** A word that a mention, or words that say nothing more, have taken. */
const TAKEN = '§';

/** A question while it is read: words that are understood give way to marks, and each says what it was taken for. */
export class Draft {
  readonly question: string;
  /** As patterns see them: runs of understood words are one mark. */
  tokens: Token[];
  /** Every word, number and mark of the question, as it was corrected. */
  readonly words: readonly Token[];
  readonly mentions: Mention[] = [];
  /** Numbers of orders and the like, which are looked for as they are. */
  readonly identifiers: string[] = [];
  readonly #excluded = new Set<number>();
  readonly #taken = new Set<number>();

  constructor(question: string, tokens: readonly Token[]) {
    this.question = question;
    this.words = tokens;
    this.tokens = [...tokens];
  }

  /**
   * Where the pattern matches (see `phrase`), `understand` says what that means: `'nothing'` for words that say nothing more,
   * undefined when it is something else. It gets the words as they stand in the question, too.
   */
  find(
    source: string,
    understand: (match: RegExpMatchArray, words: string) => Finding | 'nothing' | undefined,
  ): void {
    this.tokens = rewrite(this.tokens, phrase(source), (match, start, end) => {
      const meaning = understand(match, this.question.slice(start, end));
      if (meaning === undefined) return undefined;
      if (meaning !== 'nothing') this.#note(meaning, start, end);
      this.#take(start, end);
      return TAKEN;
    });
  }

  /** The words from `start` to `end` mean this. */
  add(finding: Finding, start: number, end: number, negation?: Negation): void {
    this.#note(finding, start, end, negation);
    this.consume(start, end);
  }

  /** These words, which need not stand together, mean this. They stay words to look for. */
  addWords(finding: Finding, tokens: readonly Token[], negation: Negation | undefined): void {
    const [start, end] = [tokens[0]!.start, tokens.at(-1)!.end];
    const words = this.question.slice(start, end);
    this.mentions.push({ ...finding, words, start, end, excluded: negation !== undefined });
    if (negation === 'mark') for (const token of tokens) this.exclude(token.start);
    for (const { start } of tokens) this.#taken.add(start);
  }

  /** Takes the words between two places of the question for understood. */
  consume(start: number, end: number): void {
    this.#take(start, end);
    this.tokens = this.tokens.map((token) =>
      token.start >= start && token.end <= end ? { ...token, text: TAKEN } : token,
    );
  }

  /** The words that nothing is known of yet, with their places among the tokens. */
  unread(): { token: Token; index: number }[] {
    return this.tokens.flatMap((token, index) =>
      /^[\p{L}\p{M}\p{N}]/u.test(token.text) ? [{ token, index }] : [],
    );
  }

  isTaken(start: number, end: number): boolean {
    return this.tokens.some(({ text, ...token }) => text === TAKEN && token.start < end && token.end > start);
  }

  /** Whether a mention or an understood word has this one. */
  isWordTaken({ start }: Token): boolean {
    return this.#taken.has(start);
  }

  /** How the word that begins there is negated; see `negationOf`. */
  negationAt(start: number, carries = false): Negation | undefined {
    const words: NegationWord[] = this.words.map((word) => ({
      ...word,
      excluded: this.#excluded.has(word.start),
    }));
    const place = words.findIndex((word) => word.start >= start);
    return place < 0 ? undefined : negationOf(words, place, carries);
  }

  /** Remembers that a word is excluded: what is joined to it is, too. */
  exclude(start: number): void {
    this.#excluded.add(start);
  }

  isExcluded({ start }: Token): boolean {
    return this.#excluded.has(start);
  }

  #note(finding: Finding, start: number, end: number, negation = this.negationAt(start)): void {
    if (negation === 'mark')
      for (const word of this.words)
        if (word.start >= start && word.end <= end) this.#excluded.add(word.start);
    const words = this.question.slice(start, end);
    this.mentions.push({ ...finding, words, start, end, excluded: negation !== undefined });
  }

  #take(start: number, end: number): void {
    for (const word of this.words) if (word.start >= start && word.end <= end) this.#taken.add(word.start);
  }
}
