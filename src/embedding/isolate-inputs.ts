import { isFault, SETTINGS_RETRY_MS, type ProviderFault } from '../provider/provider-fault.ts';
import type { EmbedRun } from './embed-run.ts';
import {
  CANARY_TEXT,
  embeddingUnavailable,
  type CallEmbedder,
  type EmbedCallOptions,
} from './embedding-calls.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { settleAlone } from './settle-alone.ts';

/** Times that an input is sent again, without its neighbours, after an answer with an unusable vector for it. */
const VECTOR_RETRIES = 2;
/** A part of what took too long gets as much less time as it is smaller, but never less than this. */
const LEAST_LIMIT_MS = 5_000;

interface PartOptions extends EmbedCallOptions {
  vectorRetries?: number | undefined;
}

/**
 * Embeds the inputs at `positions` with one request, and finds the culprit when the provider refuses it, or fails with it and
 * not with others: halves are tried until the bad input is alone. That costs about 2·log₂(n) small requests for each, and as
 * many with one harmless word that tell whether the provider is there still; when it is not, nobody is blamed.
 *
 * @throws AppError `embedding_unavailable`, also when it is not the inputs that are refused but the settings
 */
export async function embedIsolated(
  run: EmbedRun,
  positions: readonly number[],
  call: CallEmbedder,
  signal: AbortSignal,
  { vectorRetries = VECTOR_RETRIES, ...options }: PartOptions = {},
): Promise<void> {
  let unusable: readonly number[];
  try {
    unusable = await embedOnce(run, positions, call, signal, options);
  } catch (error) {
    if (isFault(error, 'input')) await assertSettingsAccepted(run, call, signal);
    else if (!isFault(error, 'request')) throw error;
    if (positions.length === 1) {
      const wasRepeated = options.attemptsOfPart === undefined && !error.wasTriedOnce;
      run.items[positions[0]!] = await settleAlone(run, positions[0]!, error, wasRepeated, call, signal);
      return;
    }
    const middle = positions.length >> 1;
    const part = partOf(run, error, options);
    const halves = [positions.slice(0, middle), positions.slice(middle)];
    // Both at once, for each may take its whole time; and both to their end, so that nothing goes on behind a failure.
    const outcomes = await Promise.allSettled(
      halves.map((half) => embedIsolated(run, half, call, signal, part)),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
    return;
  }
  if (unusable.length === 0) {
    return;
  }
  if (vectorRetries > 0) {
    run.retries++;
    run.onVectorRetry();
    await embedIsolated(run, unusable, call, signal, { ...options, vectorRetries: vectorRetries - 1 });
  } else {
    await assertSettingsAccepted(run, call, signal);
  }
}

/** How halves are tried. What is refused is refused at once; of what failed otherwise the whole was repeated enough. */
function partOf(
  run: EmbedRun,
  fault: ProviderFault,
  { attemptsOfPart, limitMs }: EmbedCallOptions,
): EmbedCallOptions {
  if (fault.kind === 'input') return { attemptsOfPart, limitMs };
  if (!fault.timedOut) return { attemptsOfPart: 1, limitMs };
  // Each first half gets the whole time, each quarter half of it: the sum is a few times the limit, not log₂(n) times.
  const half = limitMs === undefined ? run.requestTimeoutMs : limitMs / 2;
  return { attemptsOfPart: 1, limitMs: Math.min(run.requestTimeoutMs, Math.max(half, LEAST_LIMIT_MS)) };
}

/** Keeps the vectors of one answer; returns the positions whose vector was unusable, marked as rejected for now. */
async function embedOnce(
  run: EmbedRun,
  positions: readonly number[],
  call: CallEmbedder,
  signal: AbortSignal,
  options: EmbedCallOptions,
): Promise<number[]> {
  const texts = positions.map((position) => run.inputs[position]!.text);
  const { vectors, tokens } = await call(texts, run, signal, options);
  run.tokens += tokens ?? estimateTokens(texts);
  const unusable: number[] = [];
  for (const [i, position] of positions.entries()) {
    const vector = vectors[i]!;
    if (typeof vector === 'string') {
      run.items[position] = { rejected: `The provider answered with ${vector}.` };
      unusable.push(position);
    } else {
      const { text, isCut } = run.inputs[position]!;
      const cut = { chars: text.length, reason: run.window.reason };
      run.items[position] = isCut ? { vector, cut } : { vector };
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
      throw isFault(error, 'input') || isFault(error, 'request') ? refused(error.message) : error;
    }
  })();
  await run.canary;
}
