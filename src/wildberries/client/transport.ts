import type { ReadableStreamDefaultReader } from 'node:stream/web';
import packageJson from '../../../package.json' with { type: 'json' };
import { NoAnswer, faultOf } from './network-faults.ts';

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: string;
  /** As it goes into the header `Authorization`: raw, without `Bearer` (the scheme of Wildberries' OpenAPI files). */
  token: string;
  /** Sent as JSON. */
  body?: unknown;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /**
   * The body as it comes; may be read once, and has to be read or discarded. Throws `NoAnswer` when it breaks off or
   * stays silent for too long, and the reason of the caller's signal.
   */
  chunks: AsyncGenerator<Uint8Array, void, undefined>;
  discard(): Promise<void>;
}

/**
 * Sends one request once. Redirects are not followed: the token is for nobody else. undici gives up connecting after 10 s
 * and, whatever `timeoutMs` is, waiting after 300 s.
 *
 * @param timeoutMs for the headers, and again for each silence within the body while somebody reads it.
 * @throws NoAnswer, or the reason of `signal`
 */
export async function sendRequest(
  request: HttpRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const abort = new AbortController();
  const onAbort = (): void => abort.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort, { once: true });
  const letGo = (): void => signal?.removeEventListener('abort', onAbort);
  /** Runs one step of the exchange within `timeoutMs`, and names what went wrong with it. */
  const step = async <T>(phase: 'headers' | 'body', work: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(
      () => abort.abort(new NoAnswer('timeout', silence(phase, timeoutMs))),
      timeoutMs,
    );
    try {
      return await work();
    } catch (error) {
      letGo();
      throw abort.signal.aborted ? abort.signal.reason : faultOf(error, phase);
    } finally {
      clearTimeout(timer);
    }
  };

  const response = await step('headers', () =>
    fetch(request.url, {
      method: request.method,
      headers: {
        Authorization: request.token,
        Accept: 'application/json',
        'User-Agent': `wb-assist/${packageJson.version}`,
        ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal: abort.signal,
    }),
  );
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  const discard = async (): Promise<void> => {
    letGo();
    await reader?.cancel().catch(() => undefined);
  };

  async function* readChunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      while (reader) {
        // The clock runs only while Wildberries is waited for, not while the reader is busy with what came.
        const { done, value } = await step('body', () => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      await discard();
    }
  }

  return { status: response.status, headers: response.headers, chunks: readChunks(), discard };
}

function silence(phase: 'headers' | 'body', timeoutMs: number): string {
  const seconds = timeoutMs / 1000;
  return phase === 'headers' ? `no answer within ${seconds} s` : `silent for ${seconds} s in mid-answer`;
}
