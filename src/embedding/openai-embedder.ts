import type { Events } from '../events.ts';
import { SYSTEM_CLOCK, type Clock } from '../provider/clock.ts';
import { checkOpenAIServer, DEFAULT_BASE_URL } from '../provider/openai-client.ts';
import { createScrubber } from '../provider/provider-fault.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../provider/retry-policy.ts';
import type { Embedder } from './embedder.ts';
import { createEmbeddingCalls, type CallEmbedder } from './embedding-calls.ts';
import { packRequests, prepareInputs } from './input-limits.ts';
import { createInputWindow } from './input-window.ts';
import type { EmbedRun } from './embed-run.ts';
import { embedIsolated } from './isolate-inputs.ts';
import { priceOfModel } from './openai-models.ts';
import { createOpenAITransport } from './openai-transport.ts';

export interface OpenAIEmbedderOptions {
  apiKey: string;
  /** The URL of any OpenAI-compatible server, with its `/v1`. Default: OpenAI's own. */
  baseUrl?: string | undefined;
  model: string;
  /** Inputs a request, 1 to 2048. */
  batchSize: number;
  /** Requests under way at once, over all calls of `embed`; of urgent ones as many besides. */
  concurrency: number;
  /** For one attempt, its answer's body included. */
  requestTimeoutMs: number;
  /** Tokens of a text, as this program counts them; the rest is cut off. Default: OpenAI's limit, or what refusals tell. */
  maxInputTokens?: number | undefined;
  retryPolicy?: Partial<RetryPolicy> | undefined;
  /** Is told of requests and retries. */
  events?: Events | undefined;
}

/**
 * Embeds through OpenAI's API or a compatible one. One embedder a process: the limit of requests and the circuit breaker
 * that keeps everybody away from a provider that is out of reach are its own.
 *
 * @throws AppError `config_invalid` for a key or an address that no request can be made with
 */
export function createOpenAIEmbedder(options: OpenAIEmbedderOptions, clock: Partial<Clock> = {}): Embedder {
  const { model, batchSize, concurrency, requestTimeoutMs } = options;
  const transport = {
    apiKey: options.apiKey,
    baseUrl: options.baseUrl ?? DEFAULT_BASE_URL,
    model,
    requestTimeoutMs,
  };
  checkOpenAIServer(transport);
  const call = createEmbeddingCalls(createOpenAITransport(transport), {
    model,
    baseUrl: transport.baseUrl,
    requestTimeoutMs,
    scrub: createScrubber(options.apiKey),
    concurrency,
    policy: { ...DEFAULT_RETRY_POLICY, ...options.retryPolicy },
    clock: { ...SYSTEM_CLOCK, ...clock },
    events: options.events,
    usdPerMillionTokens: priceOfModel(model),
  });

  const window = createInputWindow(options.maxInputTokens);

  return {
    provider: 'openai',
    model,
    usdPerMillionTokens: priceOfModel(model),
    async embed(texts, { signal, urgent } = {}) {
      signal?.throwIfAborted();
      const inputs = await prepareInputs(texts, window.maxTokens, signal);
      const requests = await packRequests(inputs, batchSize, signal);
      const run: EmbedRun = {
        inputs,
        items: [],
        tokens: 0,
        requests: 0,
        retries: 0,
        accepted: false,
        canary: undefined,
        ...{ window, requestTimeoutMs },
        onVectorRetry: () =>
          void options.events?.emit('embeddingRetried', { model, fault: 'invalid_answer' }),
      };
      const callOfRun: CallEmbedder = (parts, statistics, inner, how) =>
        call(parts, statistics, inner, { ...how, urgent });
      await allOrAbort(
        requests.map((positions) => (innerSignal) => embedIsolated(run, positions, callOfRun, innerSignal)),
        signal,
      );
      return { items: run.items, tokens: run.tokens, requests: run.requests, retries: run.retries };
    },
  };
}

/**
 * Runs tasks together. The first failure aborts the others, whose answers nobody would see, and is thrown once
 * all have ended, so that nothing goes on behind the caller's back.
 */
async function allOrAbort(
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
  outer: AbortSignal | undefined,
): Promise<void> {
  outer?.throwIfAborted();
  const inner = new AbortController();
  const onAbort = (): void => inner.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.allSettled(
      tasks.map((task) =>
        task(inner.signal).catch((error: unknown) => {
          // Aborting with the failure makes it the reason; later aborts change nothing, so the first one stays.
          inner.abort(error);
        }),
      ),
    );
    inner.signal.throwIfAborted();
  } finally {
    outer?.removeEventListener('abort', onAbort);
  }
}
