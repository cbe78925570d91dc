import { setTimeout as sleepFor } from 'node:timers/promises';
import { AppError, isAppError } from '../errors.ts';
import type { AppEvents, Events } from '../events.ts';
import { classifyFault, type FaultContext } from './classify-fault.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { checkAnswer, type CheckedAnswer } from './openai-response.ts';
import type { SendInputs } from './openai-transport.ts';
import { embeddingUnavailable, isFault, type ProviderFault } from './provider-fault.ts';
import { createProviderGate, type GatePass } from './provider-gate.ts';
import { backoffDelayMs, type RetryPolicy } from './retry-policy.ts';
import { createSemaphore } from './semaphore.ts';

/** Time and chance, so that tests need neither. */
export interface Clock {
  /** Milliseconds since 1970, for dates that a provider names. Somebody may set it, forwards or back. */
  now(): number;
  /** Milliseconds since some moment, for intervals. Nobody can set it. */
  steady(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
  random: () => Math.random(),
};

/** What the requests of one `embed` have cost so far. */
export interface CallStatistics {
  requests: number;
  retries: number;
}

/**
 * Sends one set of inputs until there is an answer worth having, within the policy's limits.
 *
 * @throws ProviderFault `input` when the provider refuses the inputs
 * @throws AppError `embedding_unavailable` for every other fault, with `details.retryAfterMs`
 * @throws the signal's reason when aborted
 */
export type CallProvider = (
  inputs: readonly string[],
  statistics: CallStatistics,
  signal: AbortSignal,
) => Promise<CheckedAnswer>;

export interface ProviderCallsOptions extends Omit<FaultContext, 'nowMs'> {
  /** Requests under way at once, over all callers. */
  concurrency: number;
  policy: RetryPolicy;
  clock: Clock;
  /** Is told of each request. */
  events?: Events | undefined;
  /** For the events. Null: not known. */
  usdPerMillionTokens?: number | null | undefined;
}

export function createProviderCalls(send: SendInputs, options: ProviderCallsOptions): CallProvider {
  const { policy, clock, model } = options;
  const gate = createProviderGate(policy, () => clock.steady());
  const semaphore = createSemaphore(options.concurrency);

  async function attempt(inputs: readonly string[], signal: AbortSignal): Promise<CheckedAnswer> {
    const started = performance.now();
    const report = (outcome: AppEvents['embeddingRequestEnded'][0]['outcome'], tokens: number): void => {
      const costUsd = (tokens / 1_000_000) * (options.usdPerMillionTokens ?? 0);
      const durationMs = performance.now() - started;
      options.events?.emit('embeddingRequestEnded', { model, outcome, tokens, costUsd, durationMs });
    };
    try {
      const answer = checkAnswer(await send(inputs, signal), { count: inputs.length, model });
      report('ok', answer.tokens ?? estimateTokens(inputs));
      return answer;
    } catch (error) {
      if (signal.aborted) report('aborted', 0);
      signal.throwIfAborted();
      const fault = classifyFault(scrubbed(error), { ...options, nowMs: clock.now() });
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

  async function callWithRetries(
    inputs: readonly string[],
    statistics: CallStatistics,
    pass: GatePass,
    signal: AbortSignal,
  ): Promise<CheckedAnswer> {
    let waitedMs = 0;
    let timeouts = 0;
    for (let attempts = 1; ; attempts++) {
      let delayMs: number;
      try {
        return await semaphore.run(() => {
          pass.check();
          statistics.requests++;
          statistics.retries += attempts > 1 ? 1 : 0;
          return attempt(inputs, signal);
        }, signal);
      } catch (error) {
        if (!isFault(error, 'passing')) {
          throw error;
        }
        timeouts += error.timedOut ? 1 : 0;
        delayMs = Math.max(error.retryAfterMs ?? 0, backoffDelayMs(policy, attempts, clock.random()));
        if (
          attempts >= policy.maxAttempts ||
          timeouts >= policy.maxTimeouts ||
          waitedMs + delayMs > policy.maxTotalDelayMs
        ) {
          throw error;
        }
        options.events?.emit('embeddingRetried', { model, fault: error.faultClass });
      }
      await clock.sleep(delayMs, signal);
      waitedMs += delayMs;
    }
  }

  return async (inputs, statistics, signal) => {
    const pass = await gate.enter(signal);
    try {
      const answer = await callWithRetries(inputs, statistics, pass, signal);
      pass.succeeded();
      return answer;
    } catch (error) {
      if (isFault(error, 'input')) {
        pass.succeeded();
        throw error;
      }
      if (isFault(error, 'passing') || isFault(error, 'settings')) {
        throw unavailable(error, pass);
      }
      pass.abandoned();
      throw error;
    }
  };

  function unavailable(fault: ProviderFault, pass: GatePass): AppError {
    const retryAfterMs = pass.failed(fault.message, fault.retryAfterMs);
    return embeddingUnavailable(fault.message, retryAfterMs, fault.cause);
  }
}
