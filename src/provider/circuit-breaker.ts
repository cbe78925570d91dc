import { providerUnavailable, type ProviderRole } from './provider-fault.ts';
import type { RetryPolicy } from './retry-policy.ts';

/**
 * One circuit breaker for all calls of the process to a provider. It is in one of three states:
 *
 * - `closed`: calls pass. A call that reports an outage opens it.
 * - `open`: the provider is out of reach until a time: the one that it named, or else one that grows from outage to outage.
 *   Calls are refused at once. When the time has passed it is half-open.
 * - `half-open`: one call passes, the trial; the others wait for its outcome. When the provider answers it, the breaker
 *   closes and they pass; when it reports an outage, the breaker is open again and they are refused. When its caller gives
 *   up, one of those that wait makes the trial instead.
 *
 * It is kept in memory: each process has its own, and begins with it closed.
 */
export interface CircuitBreaker {
  /** @throws AppError `role.unavailable` while open; the signal's reason when aborted while waiting. */
  enter(signal: AbortSignal): Promise<BreakerPass>;
}

/** Permission to call the provider. Each has to be settled with exactly one of `succeeded`, `failed` and `abandoned`. */
export interface BreakerPass {
  /** The one call of the half-open breaker, for which others wait. */
  readonly isTrial: boolean;
  /** Outages since the provider last answered. */
  readonly outages: number;
  /** The provider answered; a refusal of the input is an answer too. */
  succeeded(): void;
  /** The provider is out of reach: nobody calls it until then. `undefined`: the breaker chooses. Returns the choice, in ms. */
  failed(reason: string, retryAfterMs: number | undefined): number;
  /** The caller gave up, and learnt nothing about the provider. */
  abandoned(): void;
  /** Throws like `enter` when another caller opened the breaker since. The trial itself is never refused. */
  check(): void;
}

/** `now`: milliseconds of a clock that nobody sets; a wall clock set back by an hour would keep the breaker open for one more. */
export function createCircuitBreaker(
  role: ProviderRole,
  policy: RetryPolicy,
  now: () => number,
): CircuitBreaker {
  /** `undefined`: closed. A time ahead: open. A time that has passed: half-open. */
  let openUntil: number | undefined;
  let reason = '';
  let outages = 0;
  let trial: PromiseWithResolvers<void> | undefined;

  function throwIfOpen(): void {
    const remainingMs = (openUntil ?? -Infinity) - now();
    if (remainingMs > 0) {
      throw providerUnavailable(role, reason, remainingMs);
    }
  }

  function open(why: string, retryAfterMs: number | undefined): number {
    outages++;
    // A provider that fails again and again and says `Retry-After: 0` would be called without a pause.
    const waitMs =
      retryAfterMs === undefined
        ? Math.min(policy.firstOutageMs * 2 ** (outages - 1), policy.maxOutageMs)
        : Math.max(retryAfterMs, policy.firstOutageMs);
    if (now() + waitMs >= (openUntil ?? -Infinity)) {
      openUntil = now() + waitMs;
      reason = why;
    }
    return waitMs;
  }

  function close(): void {
    openUntil = undefined;
    outages = 0;
  }

  function createPass(isTrial: boolean): BreakerPass {
    const endTrial = (): void => {
      if (isTrial) {
        trial?.resolve();
        trial = undefined;
      }
    };
    return {
      isTrial,
      outages,
      succeeded() {
        // A request that was under way when another one opened the breaker says nothing about what came after it.
        if (isTrial || openUntil === undefined) close();
        endTrial();
      },
      failed(why, retryAfterMs) {
        const waitMs = open(why, retryAfterMs);
        endTrial();
        return waitMs;
      },
      abandoned: endTrial,
      check() {
        if (!isTrial) throwIfOpen();
      },
    };
  }

  return {
    async enter(signal) {
      for (;;) {
        signal.throwIfAborted();
        throwIfOpen();
        if (openUntil === undefined) {
          return createPass(false);
        }
        if (trial === undefined) {
          trial = Promise.withResolvers();
          return createPass(true);
        }
        await settledOrAborted(trial.promise, signal);
      }
    },
  };
}

function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void promise.then(done);
  });
}
