import { AppError, messageOf } from '../errors.ts';
import type { EmbeddingFaultClass } from '../events.ts';

/** When to try again after a fault that only a person can mend: soon enough for one who is at it right now. */
export const SETTINGS_RETRY_MS = 60_000;

/**
 * Whose fault a failed request is, which decides what happens next.
 * - `input`: the texts' (400, 413, 422). Find the culprit.
 * - `passing`: the provider's or the network's, for now (429, 5xx, timeouts, nonsense). Try again.
 * - `settings`: the key's, the model's, the address's or the account's. Trying again at once cannot help.
 */
export type FaultKind = 'input' | 'passing' | 'settings';

/** One failed request. Stays inside this folder: callers see `AppError` or `{ rejected }`. */
export class ProviderFault extends Error {
  readonly kind: FaultKind;
  /** What the provider asked for, if it did. */
  readonly retryAfterMs: number | undefined;
  readonly timedOut: boolean;
  /** Finer than the kind, for whoever counts faults; nothing is decided by it. */
  readonly faultClass: EmbeddingFaultClass;

  constructor(
    kind: FaultKind,
    faultClass: EmbeddingFaultClass,
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProviderFault';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.timedOut = faultClass === 'timeout';
    this.faultClass = faultClass;
  }
}

export function isFault(error: unknown, kind: FaultKind): error is ProviderFault {
  return error instanceof ProviderFault && error.kind === kind;
}

/** What callers of the embedder see of a provider's fault. */
export function embeddingUnavailable(message: string, retryAfterMs: number, cause?: unknown): AppError {
  return new AppError('embedding_unavailable', message, { details: { retryAfterMs }, cause });
}

/** Longest part of a provider's message that is kept: some answer with a whole web page. */
const MAX_MESSAGE_CHARS = 300;
/** Longest part that is looked at, because a page may hold a megabyte of markup. */
const MAX_SCRUBBED_CHARS = 5_000;

/** Makes a provider's words fit for logs and users: one short line without the key, whole or in part. */
export function createScrubber(apiKey: string): (text: string) => string {
  return (whole) => {
    const text = whole.slice(0, MAX_SCRUBBED_CHARS);
    // Servers that need no key are given words like "local", which are no secret and may stand in any message.
    const line = (apiKey.length >= 8 ? text.replaceAll(apiKey, '[key]') : text)
      // OpenAI quotes a wrong key back with stars in its middle.
      .replace(/\bsk-[\w*.-]{4,}/gi, '[key]')
      .replace(/\bBearer\s+\S+/gi, 'Bearer [key]')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    return line.length > MAX_MESSAGE_CHARS ? `${line.slice(0, MAX_MESSAGE_CHARS)}…`.toWellFormed() : line;
  };
}

/** The text of the innermost cause: `fetch failed` says nothing, the `ECONNREFUSED` beneath it does. */
export function innermostMessage(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause !== undefined) {
    innermost = innermost.cause;
  }
  return messageOf(innermost);
}
