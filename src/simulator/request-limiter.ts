import type { RateLimit } from '../wildberries/endpoints.ts';
import type { TokenType } from '../wildberries/token.ts';

export interface Bucket {
  sellerId: string;
  tokenType: TokenType;
  name: string;
}

export interface Refusal {
  allowed: false;
  /** The bucket was empty, or an earlier refusal asked for more patience. */
  early: boolean;
  /** The seller as a whole has to wait, not this bucket. */
  global: boolean;
  retrySeconds: number;
  resetSeconds: number;
  burst: number;
}

export type Verdict = { allowed: true; remaining: number } | Refusal;

export interface RequestLimiter {
  /** Takes a request out of the bucket, at `nowMs` of a clock that only goes forward. */
  take(bucket: Bucket, limit: RateLimit, nowMs: number): Verdict;
  /** Has the bucket, or with `all` everything of the seller, refused for so long, whatever it holds. */
  block(bucket: Bucket, scope: 'bucket' | 'all', limit: RateLimit, seconds: number, nowMs: number): Refusal;
}

interface State {
  requests: number;
  filledAtMs: number;
  /** What the last refusal said: a request before that is refused as well. */
  retryAtMs: number;
}

/** Timers of Node may fire this much before their time. */
const TOLERANCE_MS = 2;

/**
 * The token bucket of the official introduction: up to `burst` requests at once, one more each interval, counted for each
 * seller and kind of token. `scale` multiplies the intervals. Switched off, only `block` refuses anything.
 */
export function createRequestLimiter(options: { on: boolean; scale: number }): RequestLimiter {
  const states = new Map<string, State>();
  const blockedSellers = new Map<string, number>();

  function stateOf(bucket: Bucket, burst: number, nowMs: number): State {
    const key = `${bucket.sellerId} ${bucket.tokenType} ${bucket.name}`;
    let state = states.get(key);
    if (state === undefined) {
      state = { requests: burst, filledAtMs: nowMs, retryAtMs: -Infinity };
      states.set(key, state);
    }
    return state;
  }

  function refuse(
    waitMs: number,
    limit: RateLimit,
    state: State,
    kind: { early: boolean; global: boolean },
  ): Refusal {
    const missing = options.on ? limit.burst - state.requests : 0;
    const resetMs = Math.max(missing * limit.intervalMs * options.scale, waitMs);
    const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
    return {
      ...{ allowed: false, ...kind, burst: limit.burst },
      ...{ retrySeconds: seconds(waitMs), resetSeconds: seconds(resetMs) },
    };
  }

  return {
    take(bucket, limit, nowMs) {
      const intervalMs = limit.intervalMs * options.scale;
      const state = stateOf(bucket, limit.burst, nowMs);
      const grown = intervalMs > 0 ? (nowMs - state.filledAtMs) / intervalMs : limit.burst;
      state.requests = Math.min(limit.burst, state.requests + grown);
      state.filledAtMs = nowMs;

      const globalWaitMs = (blockedSellers.get(bucket.sellerId) ?? -Infinity) - nowMs;
      if (globalWaitMs > TOLERANCE_MS)
        return refuse(globalWaitMs, limit, state, { early: true, global: true });
      const waitMs = state.retryAtMs - nowMs;
      if (waitMs > TOLERANCE_MS) return refuse(waitMs, limit, state, { early: true, global: false });
      if (!options.on) return { allowed: true, remaining: limit.burst };

      const missingMs = (1 - state.requests) * intervalMs;
      if (missingMs > TOLERANCE_MS) {
        const verdict = refuse(missingMs, limit, state, { early: true, global: false });
        // Whole seconds were told, so whole seconds it is, also when the bucket has a request before that.
        state.retryAtMs = nowMs + verdict.retrySeconds * 1000;
        return verdict;
      }
      state.requests = Math.max(0, state.requests - 1);
      return { allowed: true, remaining: Math.floor(state.requests) };
    },

    block(bucket, scope, limit, seconds, nowMs) {
      const state = stateOf(bucket, limit.burst, nowMs);
      const untilMs = nowMs + seconds * 1000;
      if (scope === 'all') blockedSellers.set(bucket.sellerId, untilMs);
      else state.retryAtMs = untilMs;
      return refuse(seconds * 1000, limit, state, { early: false, global: scope === 'all' });
    },
  };
}
