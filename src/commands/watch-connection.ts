import { setTimeout as delay } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { AppError, messageOf } from '../errors.ts';

export interface WatchOptions {
  /** The URL of the running service, for example `http://127.0.0.1:8000`. */
  url: string;
  apiKey: string;
  cabinetId: number | undefined;
  /** Begins with what came after this event; undefined: with what happens from now on. */
  since: string | undefined;
  signal: AbortSignal;
  /** Tells a person what becomes of the connection. */
  say: (line: string) => void;
}

/** The service says something every 15 s. */
const SILENCE_MS = 45_000;
const CONNECT_TIMEOUT_MS = 10_000;
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;

/**
 * The events of the running service, for ever: when the connection is lost it is made again, and goes on after the last
 * event that came. Throws `service_unreachable` when there is none to begin with, `unauthorized`, `cabinet_not_found` and
 * the like when the service refuses.
 */
export async function* watchEvents(options: WatchOptions): AsyncGenerator<EventSourceMessage> {
  const { signal, say } = options;
  let lastId = options.since;
  let wasConnected = false;
  let retryMs = MIN_RETRY_MS;
  let isLost = false;

  while (!isAborted(signal)) {
    const silence = new AbortController();
    let watchdog = setTimeout(() => silence.abort(), CONNECT_TIMEOUT_MS);
    try {
      const response = await request(options, lastId, AbortSignal.any([signal, silence.signal]));
      if (isLost) say('Connected again.');
      [wasConnected, isLost, retryMs] = [true, false, MIN_RETRY_MS];
      const received: EventSourceMessage[] = [];
      // Heartbeats bring ids, too, without an event.
      const parser = createParser({
        onEvent: (event) => received.push(event),
        onId: (id) => (lastId = id),
      });
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => silence.abort(), SILENCE_MS);
        parser.feed(text);
        yield* received.splice(0);
      }
      throw new AppError('service_unreachable', 'The service ended the connection.');
    } catch (error) {
      if (isAborted(signal)) return;
      const failure = toFailure(error, options.url, silence.signal.aborted);
      if (!failure.retryable || !wasConnected) throw failure;
      if (!isLost) say(`${failure.message} Trying again until Ctrl+C.`);
      isLost = true;
    } finally {
      clearTimeout(watchdog);
      // Lets go of a connection that is left half read.
      silence.abort();
    }
    await delay(retryMs, undefined, { signal }).catch(() => undefined);
    retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function request(options: WatchOptions, lastId: string | undefined, signal: AbortSignal) {
  const url = new URL('/v1/rag/events', options.url);
  if (options.cabinetId !== undefined) url.searchParams.set('cabinet_id', String(options.cabinetId));
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      'x-api-key': options.apiKey,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
    redirect: 'manual', // with the key, nowhere else
    signal,
  });
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream') === true)
    return response;
  throw await refusal(response, options.url);
}

/** What the service answered instead of a stream, in its own words where it has some. */
async function refusal(response: Response, url: string): Promise<AppError> {
  const body = (await response.json().catch(() => undefined)) as { detail?: unknown } | undefined;
  const detail = typeof body?.detail === 'string' ? body.detail : `HTTP status ${response.status}.`;
  if (response.status >= 300 && response.status < 400) {
    const target = URL.parse(response.headers.get('location') ?? '', url)?.origin ?? 'somewhere else';
    return new AppError(
      'not_available',
      `${url} redirects (${response.status}) to ${target}, which is not followed with the key. If the service is there: --url ${target}`,
    );
  }
  switch (response.status) {
    case 403:
      return new AppError(
        'unauthorized',
        `The service at ${url} refuses the key: ${detail} Set API_SECRET_KEY to the one that it was started with.`,
      );
    case 404:
      return body === undefined ? notOurs(url) : new AppError('cabinet_not_found', detail);
    case 422:
      return new AppError('invalid_request', detail);
    default:
      return response.status === 429 || response.status >= 500
        ? new AppError('service_unreachable', `The service at ${url} cannot answer now: ${detail}`)
        : notOurs(url);
  }
}

function notOurs(url: string): AppError {
  return new AppError(
    'not_available',
    `What answers at ${url} is no wb-assist that has a live view. Say where it is: --url http://host:port`,
  );
}

function toFailure(error: unknown, url: string, silent: boolean): AppError {
  if (error instanceof AppError) return error;
  const reason = silent
    ? 'it says nothing'
    : messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  return new AppError(
    'service_unreachable',
    `The service at ${url} does not answer: ${reason}. Does it run (npm start)? Say where: --url http://host:port`,
    { cause: error },
  );
}
