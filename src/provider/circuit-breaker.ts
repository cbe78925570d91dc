import { providerUnavailable, type ProviderRole } from './provider-fault.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Leave to call the provider. Every pass must be settled with exactly one of these. */
export interface GatePass {
  /** The first one after an outage, for which others wait. */
  readonly isProbe: boolean;
  /** Outages since the provider last answered. */
  readonly outages: number;
  /** The provider answered; a refusal of the input is an answer too. */
  succeeded(): void;
  /** The provider is out of reach: nobody calls it until then. `undefined`: the gate chooses. Returns the choice, in ms. */
  failed(reason: string, retryAfterMs: number | undefined): number;
  /** The caller gave up, and learnt nothing about the provider. */
  abandoned(): void;
  /** Throws like `enter` when another caller closed the gate since. The probe itself is never turned away. */
  check(): void;
}

/**
 * One circuit breaker for all calls of the process. After a fault it is closed until the time that the provider
 * named, and callers fail at once instead of knocking; then one of them, the probe, goes first, and the others
 * wait for what it learns.
 */
export interface ProviderGate {
  /** @throws AppError `role.unavailable` while closed; the signal's reason when aborted while waiting. */
  enter(signal: AbortSignal): Promise<GatePass>;
}

/** `now`: milliseconds of a clock that nobody sets; a wall clock set back by an hour would keep the gate closed for one more. */
export function createProviderGate(role: ProviderRole, policy: RetryPolicy, now: () => number): ProviderGate {
  /** `undefined` when open. In the past: half open. */
  let closedUntil: number | undefined;
  let reason = '';
  let outages = 0;
  let probe: PromiseWithResolvers<void> | undefined;

  function throwIfClosed(): void {
    const remainingMs = (closedUntil ?? -Infinity) - now();
    if (remainingMs > 0) {
      throw providerUnavailable(role, reason, remainingMs);
    }
  }

  function close(why: string, retryAfterMs: number | undefined): number {
    outages++;
    // A provider that fails again and again and says `Retry-After: 0` would be called without a pause.
    const waitMs =
      retryAfterMs === undefined
        ? Math.min(policy.firstOutageMs * 2 ** (outages - 1), policy.maxOutageMs)
        : Math.max(retryAfterMs, policy.firstOutageMs);
    if (now() + waitMs >= (closedUntil ?? -Infinity)) {
      closedUntil = now() + waitMs;
      reason = why;
    }
    return waitMs;
  }

  function createPass(isProbe: boolean): GatePass {
    const endProbe = (): void => {
      if (isProbe) {
        probe?.resolve();
        probe = undefined;
      }
    };
    return {
      isProbe,
      outages,
      succeeded() {
        // A request that was under way when another one closed the gate says nothing about what came after it.
        if (isProbe || closedUntil === undefined) {
          closedUntil = undefined;
          outages = 0;
        }
        endProbe();
      },
      failed(why, retryAfterMs) {
        const waitMs = close(why, retryAfterMs);
        endProbe();
        return waitMs;
      },
      abandoned: endProbe,
      check() {
        if (!isProbe) {
          throwIfClosed();
        }
      },
    };
  }

  return {
    async enter(signal) {
      for (;;) {
        signal.throwIfAborted();
        throwIfClosed();
        if (closedUntil === undefined) {
          return createPass(false);
        }
        if (probe === undefined) {
          probe = Promise.withResolvers();
          return createPass(true);
        }
        await settledOrAborted(probe.promise, signal);
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
