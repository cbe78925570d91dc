import { AppError, messageOf, type ErrorCode } from '../errors.ts';
import type { ProviderFaultClass } from '../events.ts';

/** When to try again after a fault that only a person can mend: soon enough for one who is at it right now. */
export const SETTINGS_RETRY_MS = 60_000;

/** What a provider is to its users, for whom messages and errors are made. */
export interface ProviderRole {
  /** After "The ": `The embedding provider at api.openai.com …` */
  name: string;
  /** The variable that names its model. */
  modelVariable: string;
  /** The code of the error for everything that is not the input's fault. */
  unavailable: ErrorCode;
}

/**
 * Whose fault a failed request is, which decides what happens next.
 * - `input`: of what was sent (400, 413, 422). Of texts to embed, find the culprit.
 * - `passing`: the provider's or the network's, for now (429, 5xx, timeouts, nonsense). Try again.
 * - `settings`: the key's, the model's, the address's or the account's. Trying again at once cannot help.
 * - `broken_off`: passing, but part of the answer is in use already, so it must not be asked for again.
 * - `request`: of this one request. It failed each time, and right afterwards the provider answered a harmless one.
 */
export type FaultKind = 'input' | 'passing' | 'settings' | 'broken_off' | 'request';

/** Sizes that a refusal names, in whatever the provider counts in. */
export interface NamedSizes {
  limit?: number | undefined;
  given?: number | undefined;
}

/** One failed request. Users of a provider see an `AppError` instead. */
export class ProviderFault extends Error {
  readonly kind: FaultKind;
  /** What the provider asked for, if it did. */
  readonly retryAfterMs: number | undefined;
  readonly timedOut: boolean;
  /** Finer than the kind. */
  readonly faultClass: ProviderFaultClass;
  /** False: it may as well be about the one request that failed, which only another request can tell. */
  readonly concernsAll: boolean;
  /** What was sent is too large, as far as the provider says so. */
  readonly tooLarge: NamedSizes | undefined;
  /** Only for kind `request`: the request was not repeated, because other requests waited. */
  readonly wasTriedOnce: boolean;

  constructor(
    kind: FaultKind,
    faultClass: ProviderFaultClass,
    message: string,
    options: {
      retryAfterMs?: number | undefined;
      cause?: unknown;
      concernsAll?: boolean | undefined;
      tooLarge?: NamedSizes | undefined;
      wasTriedOnce?: boolean | undefined;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProviderFault';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.timedOut = faultClass === 'timeout';
    this.faultClass = faultClass;
    this.concernsAll = options.concernsAll ?? false;
    this.tooLarge = options.tooLarge;
    this.wasTriedOnce = options.wasTriedOnce ?? false;
  }

  /** The same, when the provider has answered another request since. */
  ofThisRequest(wasTriedOnce: boolean): ProviderFault {
    const { faultClass, message, retryAfterMs, cause, tooLarge } = this;
    const options = { retryAfterMs, cause, tooLarge, wasTriedOnce };
    return new ProviderFault('request', faultClass, message, options);
  }
}

export function isFault(error: unknown, kind: FaultKind): error is ProviderFault {
  return error instanceof ProviderFault && error.kind === kind;
}

/** The error that callers of a provider get for its fault. */
export function providerUnavailable(
  role: ProviderRole,
  message: string,
  retryAfterMs: number,
  cause?: unknown,
): AppError {
  return new AppError(role.unavailable, message, { details: { retryAfterMs }, cause });
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
