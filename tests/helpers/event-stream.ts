import { createParser } from 'eventsource-parser';

export interface ReceivedEvent {
  id: number;
  event: string;
  data: Record<string, unknown>;
}

export interface ReceivedStream {
  readonly response: Response;
  /** In the order in which they came, `listening` first. */
  readonly events: readonly ReceivedEvent[];
  /** Comments, such as heartbeats. */
  readonly comments: readonly string[];
  /** Ids that came without an event, with heartbeats. */
  readonly ids: readonly string[];
  /** The next one; rejects when the stream ends before. */
  next(): Promise<ReceivedEvent>;
  /** Reads on until one of this kind has come. */
  until(event: string): Promise<ReceivedEvent>;
  /** Resolves when the server has ended the stream; rejects when the connection broke. */
  readonly ended: Promise<void>;
  /** Hangs up. */
  close(): void;
}

/**
 * Server-sent events over real HTTP, read by another parser than the one that writes them. With a body they are asked for by
 * a POST.
 */
export async function receiveEvents(
  url: string,
  headers: Record<string, string>,
  body?: object,
): Promise<ReceivedStream> {
  const hangUp = new AbortController();
  const post = body && {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { ...headers, 'content-type': 'application/json' },
  };
  const response = await fetch(url, { headers, ...post, signal: hangUp.signal });
  const events: ReceivedEvent[] = [];
  const ids: string[] = [];
  const comments: string[] = [];
  let read = 0;
  let over = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resolve of [...waiting]) resolve();
    waiting.clear();
  };
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      events.push({
        id: Number(id),
        event: event ?? '',
        data: JSON.parse(data) as Record<string, unknown>,
      }),
    onId: (id) => ids.push(id),
    onComment: (comment) => comments.push(comment),
  });
  const ended = (async () => {
    try {
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        parser.feed(text);
        wake();
      }
    } finally {
      over = true;
      wake();
    }
  })();
  ended.catch(() => undefined);

  async function next(): Promise<ReceivedEvent> {
    while (read === events.length) {
      if (over) throw new Error(`The stream ended after ${events.length} events`);
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
    read += 1;
    return events[read - 1]!;
  }

  return {
    response,
    events,
    ids,
    comments,
    next,
    async until(event) {
      for (;;) {
        const received = await next();
        if (received.event === event) return received;
      }
    },
    ended,
    close: () => hangUp.abort(),
  };
}
