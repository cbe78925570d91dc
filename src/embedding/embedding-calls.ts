import { AppError, isAppError } from '../errors.ts';
import type { AppEvents, Events } from '../events.ts';
import { classifyFault, type FaultContext } from '../provider/classify-fault.ts';
import {
  createProviderCalls,
  type CallOptions,
  type ProviderCallsOptions,
} from '../provider/provider-calls.ts';
import { providerUnavailable, type ProviderRole } from '../provider/provider-fault.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { checkAnswer, type CheckedAnswer } from './openai-response.ts';
import type { SendInputs } from './openai-transport.ts';

export const EMBEDDING_PROVIDER: ProviderRole = {
  name: 'embedding provider',
  modelVariable: 'OPENAI_EMBEDDINGS_MODEL',
  unavailable: 'embedding_unavailable',
};

/** What callers of the embedder see of a provider's fault. */
export function embeddingUnavailable(message: string, retryAfterMs: number): AppError {
  return providerUnavailable(EMBEDDING_PROVIDER, message, retryAfterMs);
}

/** What the requests of one `embed` have cost so far. */
export interface CallStatistics {
  requests: number;
  retries: number;
}

/** A word that any embedding model takes: who refuses it refuses everything. */
export const CANARY_TEXT = 'товар';

/** How long a word may take, where more is allowed to a hundred texts. */
const PROBE_LIMIT_MS = 10_000;

export interface EmbedCallOptions extends CallOptions {
  /** For one attempt; as long as the settings allow when left out. */
  limitMs?: number | undefined;
}

/**
 * Sends one set of inputs until there is an answer worth having, within the policy's limits.
 *
 * @throws ProviderFault `input` when the provider refuses the inputs; `request` when it fails with them, and not with others
 * @throws AppError `embedding_unavailable` for every other fault, with `details.retryAfterMs`
 * @throws the signal's reason when aborted
 */
export type CallEmbedder = (
  inputs: readonly string[],
  statistics: CallStatistics,
  signal: AbortSignal,
  options?: EmbedCallOptions,
) => Promise<CheckedAnswer>;

export interface EmbeddingCallsOptions
  extends Omit<FaultContext, 'nowMs' | 'role'>, Omit<ProviderCallsOptions, 'role' | 'onRetry' | 'probe'> {
  /** Is told of each request. */
  events?: Events | undefined;
  /** For the events. Null: not known. */
  usdPerMillionTokens?: number | null | undefined;
}

export function createEmbeddingCalls(send: SendInputs, options: EmbeddingCallsOptions): CallEmbedder {
  const { clock, model, events } = options;
  const role = EMBEDDING_PROVIDER;
  const call = createProviderCalls({
    ...options,
    role,
    probe: (signal) => attempt([CANARY_TEXT], signal, Math.min(options.requestTimeoutMs, PROBE_LIMIT_MS)),
    onRetry: ({ faultClass }) => events?.emit('embeddingRetried', { model, fault: faultClass }),
  });

  async function attempt(
    inputs: readonly string[],
    signal: AbortSignal,
    limitMs: number | undefined,
  ): Promise<CheckedAnswer> {
    const started = performance.now();
    const report = (outcome: AppEvents['embeddingRequestEnded'][0]['outcome'], tokens: number): void => {
      const costUsd = (tokens / 1_000_000) * (options.usdPerMillionTokens ?? 0);
      const durationMs = performance.now() - started;
      events?.emit('embeddingRequestEnded', { model, outcome, tokens, costUsd, durationMs });
    };
    try {
      const answer = checkAnswer(await send(inputs, signal, limitMs), { count: inputs.length, model });
      report('ok', answer.tokens ?? estimateTokens(inputs));
      return answer;
    } catch (error) {
      if (signal.aborted) report('aborted', 0);
      signal.throwIfAborted();
      const fault = classifyFault(scrubbed(error), { ...options, role, nowMs: clock.now() });
      report(fault.faultClass, 0);
      throw fault;
    }
  }

  /** An answer can quote anything, and its fault is kept as a cause, which logs print. */
  function scrubbed(error: unknown): unknown {
    return isAppError(error)
      ? new AppError(error.code, options.scrub(error.message), { retryable: error.retryable })
      : error;
  }

  return (inputs, statistics, signal, { limitMs, ...rest } = {}) =>
    call(
      (number) => {
        statistics.requests++;
        statistics.retries += number > 1 ? 1 : 0;
        return attempt(inputs, signal, limitMs);
      },
      signal,
      rest,
    );
}
