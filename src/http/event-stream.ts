import type { StoredEvent } from '../activity/activity-event.ts';
import type { EventStream, Gap } from '../activity/feed.ts';

export interface EventStreamOptions {
  /** Which events are sent. What concerns the stream itself always is. */
  accepts(event: StoredEvent): boolean;
  /** Something is sent at least so often: proxies close what seems idle, and a client sees that the line is not dead. */
  heartbeatMs: number;
}

/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) of a stream, made when they are
 * asked for: a reader who takes his time holds up nothing but himself. Not hono's `streamSSE`, which writes a fault into
 * the stream or to the console, and never hears of a client that was gone before the first byte.
 */
export function writeEventStream(stream: EventStream, options: EventStreamOptions): ReadableStream {
  const encoder = new TextEncoder();
  const begin = stream.position;
  let heartbeatAt = 0;

  /** The next thing to send; undefined: the end. */
  async function next(): Promise<string | undefined> {
    for (;;) {
      const batch = await stream.next(Math.max(0, heartbeatAt - performance.now()));
      if (batch.status === 'ended') return undefined;
      const events = batch.status === 'events' ? batch.events.filter((event) => options.accepts(event)) : [];
      const gap = batch.status === 'events' && batch.gap !== undefined ? formatGap(batch.gap) : '';
      const text = gap + events.map(formatEvent).join('');
      if (text !== '') return text;
      // Also when all that happens is of no interest. The id spares a client that comes again what it did not want to see.
      if (performance.now() >= heartbeatAt) return `: heartbeat\nid: ${stream.position}\n\n`;
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        heartbeatAt = performance.now() + options.heartbeatMs;
        const data = JSON.stringify({ type: 'listening', after: begin });
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n${formatMessage(begin, 'listening', data)}`));
      },
      async pull(controller) {
        const text = await next();
        heartbeatAt = performance.now() + options.heartbeatMs;
        try {
          if (text === undefined) controller.close();
          else controller.enqueue(encoder.encode(text));
        } catch {
          // The client left meanwhile.
        }
      },
      cancel() {
        stream.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function formatGap({ after, resumedAfter, reason }: Gap): string {
  const data = { type: 'gap', after, resumed_after: resumedAfter, reason };
  return formatMessage(resumedAfter, 'gap', JSON.stringify(data));
}

function formatEvent({ id, type, cabinetId, data, occurredAt }: StoredEvent): string {
  const said = { id, type, cabinet_id: cabinetId, occurred_at: occurredAt.toISOString(), ...data };
  return formatMessage(id, type, JSON.stringify(said));
}

/** JSON has no line breaks, so one `data` line holds it. */
function formatMessage(id: number, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
