import { isFault, SETTINGS_RETRY_MS } from '../provider/provider-fault.ts';
import type { EmbeddingItem } from './embedder.ts';
import { embeddingUnavailable, type CallEmbedder, type CallStatistics } from './embedding-calls.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { PreparedInput } from './input-limits.ts';

/** A word that any embedding model takes: who refuses it refuses everything. */
export const CANARY_TEXT = 'товар';

/** Times that an input is sent again, without its neighbours, after an answer with an unusable vector for it. */
const VECTOR_RETRIES = 2;

/** Everything that one call of `embed` has come to so far. */
export interface EmbedRun extends CallStatistics {
  inputs: readonly PreparedInput[];
  /** Filled in as answers come, by position in `inputs`. */
  items: EmbeddingItem[];
  tokens: number;
  /** Whether the provider has taken any input of this run; then a refusal is about the input refused. */
  accepted: boolean;
  canary: Promise<void> | undefined;
  /** Called when inputs are sent again because their vectors were unusable. */
  onVectorRetry: () => void;
}

/**
 * Embeds the inputs at `positions` with one request, and finds the culprit when the provider refuses it: halves
 * are tried until the bad input is alone, which costs about 2·log₂(n) small requests for each.
 *
 * @throws AppError `embedding_unavailable`, also when it is not the inputs that are refused but the settings
 */
export async function embedIsolated(
  run: EmbedRun,
  positions: readonly number[],
  call: CallEmbedder,
  signal: AbortSignal,
  vectorRetries = VECTOR_RETRIES,
): Promise<void> {
  let unusable: readonly number[];
  try {
    unusable = await embedOnce(run, positions, call, signal);
  } catch (error) {
    if (!isFault(error, 'input')) {
      throw error;
    }
    await assertSettingsAccepted(run, call, signal);
    if (positions.length === 1) {
      run.items[positions[0]!] = { rejected: error.message };
      return;
    }
    const middle = positions.length >> 1;
    await embedIsolated(run, positions.slice(0, middle), call, signal);
    await embedIsolated(run, positions.slice(middle), call, signal);
    return;
  }
  if (unusable.length === 0) {
    return;
  }
  if (vectorRetries > 0) {
    run.retries++;
    run.onVectorRetry();
    await embedIsolated(run, unusable, call, signal, vectorRetries - 1);
  } else {
    await assertSettingsAccepted(run, call, signal);
  }
}

/** Keeps the vectors of one answer; returns the positions whose vector was unusable, marked as rejected for now. */
async function embedOnce(
  run: EmbedRun,
  positions: readonly number[],
  call: CallEmbedder,
  signal: AbortSignal,
): Promise<number[]> {
  const texts = positions.map((position) => run.inputs[position]!.text);
  const { vectors, tokens } = await call(texts, run, signal);
  run.tokens += tokens ?? estimateTokens(texts);
  const unusable: number[] = [];
  for (const [i, position] of positions.entries()) {
    const vector = vectors[i]!;
    if (typeof vector === 'string') {
      run.items[position] = { rejected: `The provider answered with ${vector}.` };
      unusable.push(position);
    } else {
      run.items[position] = { vector };
      run.accepted = true;
    }
  }
  return unusable;
}

/**
 * Tells bad inputs from bad settings: a wrong model or option is refused with the same 400 as a bad text, and
 * would otherwise have every chunk of the index marked as unembeddable, one by one. So before the first input of a
 * run is blamed, a harmless word must pass, unless an input of the run has passed already.
 */
async function assertSettingsAccepted(run: EmbedRun, call: CallEmbedder, signal: AbortSignal): Promise<void> {
  if (run.accepted) {
    return;
  }
  run.canary ??= (async () => {
    const refused = (reason: string): Error =>
      embeddingUnavailable(
        'The embedding provider refuses even a plain word, so it is not the texts. ' +
          `Check OPENAI_EMBEDDINGS_MODEL and OPENAI_BASE_URL. It says: ${reason}`,
        SETTINGS_RETRY_MS,
      );
    try {
      const { vectors, tokens } = await call([CANARY_TEXT], run, signal);
      run.tokens += tokens ?? estimateTokens([CANARY_TEXT]);
      if (typeof vectors[0] === 'string') {
        throw refused(vectors[0]);
      }
      run.accepted = true;
    } catch (error) {
      throw isFault(error, 'input') ? refused(error.message) : error;
    }
  })();
  await run.canary;
}
