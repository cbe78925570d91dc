export interface RetryPolicy {
  /** Requests for one answer, the first included. */
  maxAttempts: number;
  /** Timeouts among them: each has already cost the caller a whole `requestTimeoutMs`. */
  maxTimeouts: number;
  firstDelayMs: number;
  /** Sum of the waits inside one call. A longer wait is the job's to sit out, not a worker's. */
  maxTotalDelayMs: number;
  /** How long callers should stay away after an outage without `Retry-After`; doubles while it lasts. */
  firstOutageMs: number;
  maxOutageMs: number;
}

export const DEFAULT_RETRY_POLICY: Readonly<RetryPolicy> = {
  maxAttempts: 4,
  maxTimeouts: 2,
  firstDelayMs: 500,
  maxTotalDelayMs: 10_000,
  firstOutageMs: 2_000,
  maxOutageMs: 60_000,
};

/**
 * Wait before attempt `attempt + 1`: doubles with each, and half of it is chance, so that clients which failed
 * together do not come back together.
 *
 * @param random a number from 0 to 1
 */
export function backoffDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const full = policy.firstDelayMs * 2 ** (attempt - 1);
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * What the provider asked to wait, in ms: `retry-after-ms` (OpenAI, Azure), else `Retry-After` in seconds or as an
 * HTTP date (RFC 9110 §10.2.3). Undefined when it asked for nothing that can be understood.
 */
export function parseRetryAfter(headers: Headers | undefined, nowMs: number): number | undefined {
  const inMs = parseNumber(headers?.get('retry-after-ms'));
  if (inMs !== undefined) {
    return inMs;
  }
  const text = headers?.get('retry-after');
  const inSeconds = parseNumber(text);
  if (inSeconds !== undefined) {
    return inSeconds * 1000;
  }
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function parseNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text)
    ? Math.ceil(Number(text))
    : undefined;
}
