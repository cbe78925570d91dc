import type { AppError } from '../errors.ts';
import { createSemaphore } from '../semaphore.ts';
import type { Clock } from './clock.ts';
import { isFault, providerUnavailable, type ProviderFault, type ProviderRole } from './provider-fault.ts';
import { createProviderGate, type GatePass } from './provider-gate.ts';
import { backoffDelayMs, type RetryPolicy } from './retry-policy.ts';

export interface ProviderCallsOptions {
  role: ProviderRole;
  /** Requests under way at once, over all callers. */
  concurrency: number;
  policy: RetryPolicy;
  clock: Clock;
  /** Told of a fault after which the attempt is made again. */
  onRetry?: ((fault: ProviderFault) => void) | undefined;
}

/**
 * Makes an attempt again until it succeeds, within the policy's limits. `attempt` is told its number, from 1, and
 * throws a `ProviderFault` for everything that went wrong between us and the provider.
 *
 * @throws ProviderFault `input` or `broken_off`
 * @throws AppError `role.unavailable` for every other fault, with `details.retryAfterMs`
 * @throws the signal's reason when aborted
 */
export type CallProvider = <T>(attempt: (number: number) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** One for all calls of the process to a provider: they share its gate and the limit of their number. */
export function createProviderCalls(options: ProviderCallsOptions): CallProvider {
  const { role, policy, clock } = options;
  const gate = createProviderGate(role, policy, () => clock.steady());
  const semaphore = createSemaphore(options.concurrency);

  async function callWithRetries<T>(
    attempt: (number: number) => Promise<T>,
    pass: GatePass,
    signal: AbortSignal,
  ): Promise<T> {
    let waitedMs = 0;
    let timeouts = 0;
    for (let attempts = 1; ; attempts++) {
      let delayMs: number;
      try {
        return await semaphore.run(() => {
          pass.check();
          return attempt(attempts);
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
        options.onRetry?.(error);
      }
      await clock.sleep(delayMs, signal);
      waitedMs += delayMs;
    }
  }

  return async (attempt, signal) => {
    const pass = await gate.enter(signal);
    try {
      const answer = await callWithRetries(attempt, pass, signal);
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
    return providerUnavailable(role, fault.message, retryAfterMs, fault.cause);
  }
}
