import { ProviderFault, isFault } from '../provider/provider-fault.ts';
import type { EmbedRun } from './embed-run.ts';
import type { EmbeddingItem } from './embedder.ts';
import { embeddingUnavailable, type CallEmbedder } from './embedding-calls.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { cutInput } from './input-limits.ts';
import { loadTokenCounter } from './token-counter.ts';

/** How often a text that failed with its neighbours is tried alone before it is blamed. */
const ATTEMPTS_ALONE = 2;
/** Times that a text is cut and tried again. */
const MAX_CUTS = 6;
/** Where nothing is said of a size, only a text of more tokens than this may be too long: no model takes less. */
const SHORT_TOKENS = 256;
const MAX_CUTS_ON_SUSPICION = 3;
const LEAST_TOKENS = 16;
/** For a provider that limits requests and does not say for how long. */
const RATE_RETRY_MS = 30_000;

/**
 * What becomes of a text that the provider refuses, or fails over, alone, while it answers others: the vector of as much of it
 * as the model takes, or its rejection.
 *
 * @param wasRepeated whether it has been tried alone as often as any request is
 * @throws AppError `embedding_unavailable`, when it turns out that the provider is away
 */
export async function settleAlone(
  run: EmbedRun,
  position: number,
  first: ProviderFault,
  wasRepeated: boolean,
  call: CallEmbedder,
  signal: AbortSignal,
): Promise<EmbeddingItem> {
  const { text } = run.inputs[position]!;
  const attempt = async (part: string, attempts: number): Promise<Float32Array | ProviderFault> => {
    try {
      const { vectors, tokens } = await call([part], run, signal, { attemptsOfPart: attempts });
      run.tokens += tokens ?? estimateTokens([part]);
      run.accepted = true;
      const vector = vectors[0]!;
      return typeof vector === 'string' ? new ProviderFault('request', 'invalid_answer', vector) : vector;
    } catch (error) {
      if (isFault(error, 'input') || isFault(error, 'request')) return error;
      throw error;
    }
  };

  let fault = first;
  if (fault.kind === 'request' && !wasRepeated) {
    const outcome = await attempt(text, ATTEMPTS_ALONE);
    if (outcome instanceof Float32Array) return itemOf(run, position, outcome);
    fault = outcome;
  }
  const cut = await embedBeginning(text, fault, run, attempt);
  if (cut !== undefined) return cut;
  if (fault.faultClass === 'rate_limited' && fault.kind === 'request') {
    // It may be all that is left of a minute's tokens, which one word fits in. Nobody else is kept away for it.
    throw embeddingUnavailable(fault.message, fault.retryAfterMs ?? RATE_RETRY_MS);
  }
  return {
    rejected:
      fault.kind === 'input'
        ? fault.message
        : `Fails with this text alone, while others are answered: ${fault.message}`,
  };
}

function itemOf(run: EmbedRun, position: number, vector: Float32Array): EmbeddingItem {
  const { text, isCut } = run.inputs[position]!;
  return isCut ? { vector, cut: { chars: text.length, reason: run.window.reason } } : { vector };
}

/**
 * Embeds the longest beginning of a text that the model takes, as far as can be told from the sizes that it names, or by
 * halving. Undefined: its size seems not to be what is wrong.
 */
async function embedBeginning(
  text: string,
  first: ProviderFault,
  run: EmbedRun,
  attempt: (part: string, attempts: number) => Promise<Float32Array | ProviderFault>,
): Promise<EmbeddingItem | undefined> {
  const countTokens = await loadTokenCounter();
  let tokens = Math.min(countTokens(text), run.window.maxTokens);
  const isSaid = first.tooLarge !== undefined;
  if (!isSaid && tokens <= SHORT_TOKENS) return undefined;
  let fault = first;
  for (let cuts = 0; cuts < (isSaid ? MAX_CUTS : MAX_CUTS_ON_SUSPICION); cuts++) {
    tokens = nextSize(tokens, fault);
    if (tokens < LEAST_TOKENS) return undefined;
    const part = await cutInput(text, tokens);
    const outcome = await attempt(part.text, 1);
    if (outcome instanceof Float32Array) {
      if (isSaid) run.window.learn(tokens, first.message);
      const why = isSaid ? 'the model takes no more' : 'it fails with more';
      return { vector: outcome, cut: { chars: part.text.length, reason: `${why}: ${first.message}` } };
    }
    fault = outcome;
  }
  return undefined;
}

/** Tokens, as we count them, to try next. What the provider counts is not the same, but in proportion. */
function nextSize(tokens: number, { tooLarge }: ProviderFault): number {
  const { limit, given } = tooLarge ?? {};
  if (limit === undefined || given === undefined) return Math.floor(tokens / 2);
  // The end of a text may take more tokens than its beginning, so a little is left free.
  return Math.floor(tokens * Math.min(0.97, (limit / given) * 0.95));
}
