import type { AppError } from '../errors.ts';
import { createSemaphore } from '../semaphore.ts';
import { createCircuitBreaker, type BreakerPass } from './circuit-breaker.ts';
import type { Clock } from './clock.ts';
import { createHarmlessRequest } from './harmless-request.ts';
import { isFault, providerUnavailable, type ProviderFault, type ProviderRole } from './provider-fault.ts';
import { backoffDelayMs, type RetryPolicy } from './retry-policy.ts';

export interface ProviderCallsOptions {
  role: ProviderRole;
  /** Requests under way at once, over all callers; of those that somebody waits for, as many besides. */
  concurrency: number;
  policy: RetryPolicy;
  clock: Clock;
  /**
   * Makes a request that any provider answers which is well. Throws a `ProviderFault` as an attempt does; one of kind `input`
   * is an answer. It is asked when a request has failed for good by what may be its own fault.
   */
  probe: (signal: AbortSignal) => Promise<unknown>;
  /** Told of a fault after which the attempt is made again. */
  onRetry?: ((fault: ProviderFault) => void) | undefined;
}

/** A provider that asks for a pause each time, however long it was left alone, may mean the one request that comes each time. */
const OUTAGES_BEFORE_DOUBT = 2;

export interface CallOptions {
  /**
   * It is part of one that failed while the provider answered others: it is tried so often, and even what a provider says of
   * itself, such as a limit of requests, is held against another request.
   */
  attemptsOfPart?: number | undefined;
  /** Somebody waits for it: it does not stand in line behind what can wait. */
  urgent?: boolean | undefined;
}

/**
 * Makes an attempt again until it succeeds, within the policy's limits. `attempt` is told its number, from 1, and
 * throws a `ProviderFault` for everything that went wrong between us and the provider.
 *
 * @throws ProviderFault `input`, `broken_off` or `request`: nobody else is kept away
 * @throws AppError `role.unavailable` for every other fault, with `details.retryAfterMs`
 * @throws the signal's reason when aborted
 */
export type CallProvider = <T>(
  attempt: (number: number) => Promise<T>,
  signal: AbortSignal,
  options?: CallOptions,
) => Promise<T>;

/** One for all calls of the process to a provider: they share its circuit breaker and the limit of their number. */
export function createProviderCalls(options: ProviderCallsOptions): CallProvider {
  const { role, policy, clock } = options;
  const breaker = createCircuitBreaker(role, policy, () => clock.steady());
  const lines = {
    patient: createSemaphore(options.concurrency),
    urgent: createSemaphore(options.concurrency),
  };
  const askHarmless = createHarmlessRequest(options.probe);

  async function callWithRetries<T>(
    attempt: (number: number) => Promise<T>,
    pass: BreakerPass,
    signal: AbortSignal,
    { maxAttempts, urgent = false }: { maxAttempts: number; urgent: boolean | undefined },
  ): Promise<T> {
    const semaphore = urgent ? lines.urgent : lines.patient;
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
          attempts >= maxAttempts ||
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

  return async (attempt, signal, { attemptsOfPart, urgent } = {}) => {
    const pass = await breaker.enter(signal);
    // Others wait for the outcome of the trial, so it is not repeated.
    const maxAttempts = pass.isTrial ? 1 : (attemptsOfPart ?? policy.maxAttempts);
    try {
      const answer = await callWithRetries(attempt, pass, signal, { maxAttempts, urgent });
      pass.succeeded();
      return answer;
    } catch (error) {
      if (isFault(error, 'input')) {
        pass.succeeded();
        throw error;
      }
      if (isFault(error, 'passing') || isFault(error, 'settings')) {
        const isInDoubt =
          error.kind === 'passing' && (pass.outages >= OUTAGES_BEFORE_DOUBT || attemptsOfPart !== undefined);
        throw error.concernsAll && !isInDoubt ? unavailable(error, pass) : await judge(error, pass, signal);
      }
      pass.abandoned();
      throw error;
    }
  };

  /** Whose fault it is, told by whether the provider answers another request. */
  async function judge(fault: ProviderFault, pass: BreakerPass, signal: AbortSignal): Promise<Error> {
    let outage: ProviderFault | undefined;
    try {
      outage = await askHarmless(signal);
    } catch (error) {
      pass.abandoned();
      throw error;
    }
    if (outage !== undefined) return unavailable(outage.concernsAll ? outage : fault, pass);
    pass.succeeded();
    return fault.ofThisRequest(pass.isTrial);
  }

  function unavailable(fault: ProviderFault, pass: BreakerPass): AppError {
    const retryAfterMs = pass.failed(fault.message, fault.retryAfterMs);
    return providerUnavailable(role, fault.message, retryAfterMs, fault.cause);
  }
}
