import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { isIPv6 } from 'node:net';
import { AppError } from '../../errors.ts';
import type { HttpLimits } from '../limits.ts';

const MINUTE_SECONDS = 60;

export interface RateLimits {
  /** Counts a request under this name. Throws `rate_limited` beyond the limit. */
  countRequest(name: string): Promise<void>;
  /** Counts a request from this address. Throws `rate_limited` beyond the limit. */
  countWrongKey(address: string | undefined): Promise<void>;
}

/** Counts in the memory of this process, minute by minute from the first request on. */
export function createRateLimits({
  requestsPerMinute,
  wrongKeysPerMinute,
}: Pick<HttpLimits, 'requestsPerMinute' | 'wrongKeysPerMinute'>): RateLimits {
  const requests = new RateLimiterMemory({ points: requestsPerMinute, duration: MINUTE_SECONDS });
  const wrongKeys = new RateLimiterMemory({ points: wrongKeysPerMinute, duration: MINUTE_SECONDS });
  return {
    async countRequest(name) {
      if (requestsPerMinute === 0) return;
      await consume(requests, name, `This key may make ${requestsPerMinute} requests in a minute`);
    },
    async countWrongKey(address) {
      await consume(wrongKeys, networkOf(address), 'Too many wrong API keys came from this address');
    },
  };
}

async function consume(limiter: RateLimiterMemory, name: string, what: string): Promise<void> {
  try {
    await limiter.consume(name);
  } catch (outcome) {
    if (!(outcome instanceof RateLimiterRes)) throw outcome;
    const retryAfterMs = Math.max(1, outcome.msBeforeNext);
    throw new AppError('rate_limited', `${what}. Go on in ${Math.ceil(retryAfterMs / 1000)} s.`, {
      details: { retryAfterMs },
    });
  }
}

/** One customer of a provider usually has 2^64 addresses of IPv6, so those count as one. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
