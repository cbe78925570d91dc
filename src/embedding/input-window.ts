import { MAX_INPUT_TOKENS } from './input-limits.ts';

/** How much of a text a model takes, in tokens as we count them. */
export interface InputWindow {
  readonly maxTokens: number;
  /** Why texts are cut there. */
  readonly reason: string;
  /** Notes that a text was refused for its size, and taken when it was cut to so many tokens. */
  learn(takenTokens: number, said: string): void;
}

/**
 * @param configured EMBEDDING_MAX_TOKENS. Undefined: OpenAI's limit, until a refusal tells of a smaller one.
 */
export function createInputWindow(configured?: number): InputWindow {
  let maxTokens = withMargin(configured ?? MAX_INPUT_TOKENS);
  let reason =
    configured === undefined
      ? `a text may have ${MAX_INPUT_TOKENS} tokens`
      : `EMBEDDING_MAX_TOKENS is ${configured}`;
  /** The server's tokens are not ours: one text of emoji must not make the window of all others tiny. */
  let least: number | undefined;

  return {
    get maxTokens() {
      return maxTokens;
    },
    get reason() {
      return reason;
    },
    learn(takenTokens, said) {
      least ??= Math.ceil(takenTokens / 2);
      if (takenTokens >= maxTokens) return;
      maxTokens = Math.min(maxTokens, Math.max(takenTokens, least));
      reason = `the model takes no more: ${said}`;
    },
  };
}

/** Our count may be short by a token where two of the pieces meet that it counts, and models add a token at each end. */
function withMargin(tokens: number): number {
  return tokens - Math.ceil(tokens / 82) - (tokens < 1_000 ? 2 : 0);
}
