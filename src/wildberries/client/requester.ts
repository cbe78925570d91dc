import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import type { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { baseUrlOf, ENDPOINTS, type Endpoint, type EndpointName, type WbApiLocation } from '../endpoints.ts';
import type { WbToken } from '../token.ts';
import { noAnswer, rateLimited, refusal, unavailable, type RequestName } from './answer-errors.ts';
import { bodyFault, readData } from './body-faults.ts';
import { readErrorDetail } from './error-detail.ts';
import type { Limiter, Turn } from './limiter.ts';
import { NoAnswer } from './network-faults.ts';
import { assertPermitted } from './permission.ts';
import { readArray } from './read-array.ts';
import { readBeginning, readText, withBeginning } from './read-body.ts';
import { sendRequest, type HttpAnswer } from './transport.ts';

export interface WbRequestReport {
  endpoint: EndpointName;
  /** Of the answer; `undefined` when none came. */
  status: number | undefined;
  /** Until the headers. */
  durationMs: number;
}

export interface WbRequest {
  endpoint: EndpointName;
  /** For `{name}` in the path. */
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean>;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

export interface Requester {
  /** The JSON of the answer, or `undefined` for 204 and an empty body, as `schema` reads it. */
  json<T>(request: WbRequest, schema: z.ZodType<T>): Promise<T>;
  /** The items of a list in the answer, in batches, while it comes. `listPath`: see `readArray`. Resolves to their number. */
  list(request: WbRequest, listPath: string, onItems: (items: unknown[]) => Promise<void>): Promise<number>;
}

export interface RequesterOptions {
  token: WbToken;
  location: WbApiLocation;
  limiter: Limiter;
  log: Log;
  timeoutMs: number;
  onRequest?: ((report: WbRequestReport) => void) | undefined;
}

/** Small, so that rows are gone again before the garbage collector takes them for long-lived. */
const BATCH_ROWS = 250;
/** Errors are a few hundred bytes; a maintenance page may be more. */
const MAX_ERROR_BYTES = 64 * 1024;
/** The largest answer that is read as a whole is 5 000 feedbacks of a few kilobytes each. */
const MAX_JSON_BYTES = 128 * 1024 * 1024;

/** One call is one request: a turn of the limiter, the exchange, and what its answer means. */
export function createRequester(options: RequesterOptions): Requester {
  const { token, location, limiter, log, timeoutMs, onRequest } = options;

  function nameOf(name: EndpointName): RequestName & { baseUrl: string } {
    // Before anything else: a kind of token that may not call this has no host for it either.
    assertPermitted(name, token, location);
    const endpoint: Endpoint = ENDPOINTS[name];
    const baseUrl = baseUrlOf(location, endpoint.api, token.type)!;
    return { name, endpoint, token, baseUrl, host: baseUrl.replace(/^https?:\/\//, '') };
  }

  /** Sends the request in its turn and settles it. Resolves to the answer if that is a success. */
  async function open(request: WbRequest): Promise<HttpAnswer> {
    const name = nameOf(request.endpoint);
    const turn = await limiter.acquire(request.endpoint, token, request.signal);
    const started = performance.now();
    const report = (status: number | undefined): void => {
      const durationMs = performance.now() - started;
      log.debug({ endpoint: name.name, status, duration_ms: Math.round(durationMs) }, 'wildberries request');
      onRequest?.({ endpoint: name.name, status, durationMs });
    };
    const { method } = name.endpoint;
    const url = urlOf(name, request);
    if (request.signal?.aborted === true) {
      await limiter.settle(turn, { kind: 'unsent' });
      request.signal.throwIfAborted();
    }
    let answer: HttpAnswer;
    try {
      answer = await sendRequest(
        { method, url, token: token.raw, body: request.body },
        timeoutMs,
        request.signal,
      );
    } catch (error) {
      const unsent = error instanceof NoAnswer && error.kind === 'unreachable';
      await limiter.settle(turn, { kind: unsent ? 'unsent' : 'arrived' });
      report(undefined);
      throw error instanceof NoAnswer ? noAnswer(name, error) : error;
    }
    report(answer.status);
    if (answer.status === 429) throw await limited(name, turn, answer);
    const remaining = readNumber(answer.headers, 'x-ratelimit-remaining');
    await limiter.settle(turn, { kind: 'arrived', remaining });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const body = await readBeginning(answer.chunks, MAX_ERROR_BYTES);
    throw refusal(name, answer.status, body, answer.headers.get('location'));
  }

  async function limited(name: RequestName, turn: Turn, answer: HttpAnswer): Promise<AppError> {
    const retry = readNumber(answer.headers, 'x-ratelimit-retry');
    const retryAfterMs = retry === undefined ? undefined : retry * 1_000;
    // Before the body, which may take its time.
    const block = await limiter.settle(turn, { kind: 'limited', retryAfterMs });
    const body = await readBeginning(answer.chunks, MAX_ERROR_BYTES);
    // Undocumented, and only ever a reason to wait more: seen as "Limited by global limiter, per seller <uuid>".
    if (block !== undefined && /global limiter/i.test(readErrorDetail(body).detail))
      await limiter.closeAccount(turn, block);
    const forMs = retryAfterMs ?? turn.limit.intervalMs;
    return rateLimited(
      name,
      body,
      block ?? { blockedUntil: new Date(Date.now() + forMs), blockedForMs: forMs },
    );
  }

  return {
    async json(request, schema) {
      const name = nameOf(request.endpoint);
      const answer = await open(request);
      try {
        const text = await readText(answer.chunks, MAX_JSON_BYTES);
        if (text === undefined) throw unavailable(name, 'too_large', 'sent far more than it should');
        return readData(name, text, schema);
      } catch (error) {
        throw bodyFault(name, error, '');
      }
    },

    async list(request, listPath, onItems) {
      const name = nameOf(request.endpoint);
      const answer = await open(request);
      const body = withBeginning(answer.chunks);
      if (answer.status === 204) {
        await answer.discard();
        return 0;
      }
      let batch: unknown[] = [];
      let count = 0;
      const hand = async (): Promise<void> => {
        const items = batch;
        batch = [];
        count += items.length;
        if (items.length > 0) await onItems(items);
        // A body that comes faster than it is read would keep timers and sockets waiting to its end.
        await setImmediate();
      };
      const items = readArray(body.chunks(), listPath);
      let fault: unknown;
      for (;;) {
        // Reading and handling are told apart: only reading can be Wildberries' fault.
        const item = await items.next().catch((error: unknown) => {
          fault = bodyFault(name, error, body.text());
          return { done: true as const, value: undefined };
        });
        if (item.done === true) break;
        batch.push(item.value);
        if (batch.length >= BATCH_ROWS) await hand().catch((error: unknown) => stop(items, error));
      }
      await hand();
      if (fault !== undefined) throw fault as Error;
      return count;
    },
  };
}

async function stop(items: AsyncGenerator, error: unknown): Promise<never> {
  await items.return(undefined);
  throw error;
}

function urlOf(name: { endpoint: Endpoint; baseUrl: string }, request: WbRequest): string {
  const path = name.endpoint.path.replace(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(request.path?.[key] ?? ''),
  );
  const query = new URLSearchParams(
    Object.entries(request.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return `${name.baseUrl}${path}${query === '' ? '' : `?${query}`}`;
}

function readNumber(headers: Headers, header: string): number | undefined {
  const text = headers.get(header)?.trim();
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
