import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError } from '../errors.ts';
import type { Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { StoredEvent } from './activity-event.ts';
import { readEventsAfter, readLastEventId } from './queries.ts';
import { createTail, PAGE } from './tail.ts';

export interface EventFeed extends Service {
  /**
   * Begins with what comes after `after`; undefined: with what happens from now on. Throws `too_many_streams`, or a
   * database error. Closed when `signal` is aborted.
   */
  open(after: number | undefined, signal: AbortSignal): Promise<EventStream>;
  /** Has the table looked at now instead of at the next interval. */
  wake(): void;
}

export interface EventStream {
  /** Everything up to this id is behind it. */
  readonly position: number;
  /** Waits for up to `timeoutMs`. Nothing is read ahead, so a reader who takes his time costs no memory. */
  next(timeoutMs: number): Promise<Batch>;
  /** Idempotent. Whoever waits in `next` hears that the stream has ended. */
  close(): void;
}

export type Batch =
  | { status: 'events'; events: StoredEvent[]; gap?: Gap }
  | { status: 'idle' }
  /** Closed, or the service stops. */
  | { status: 'ended' };

/** Why events after a position cannot be had. */
export interface Gap {
  after: number;
  /** The stream goes on behind this one. */
  resumedAfter: number;
  /** `deleted`: they were kept for too long. `unknown_id`: the database never had this id, or was put back. */
  reason: 'deleted' | 'unknown_id';
}

const MAX_STREAMS = 100;
const RETRY_MS = 1_000;

/** The events of all processes as they are recorded, for those who watch in this one. */
export function createEventFeed(
  { main, log }: { main: Database; log: Log },
  { maxStreams = MAX_STREAMS }: { maxStreams?: number } = {},
): EventFeed {
  const tail = createTail(main, log);
  const open = new Set<EventStream>();
  let opening = 0;
  let stopped = false;

  function createStream(from: number, newest: number): EventStream {
    let waiting: AbortController | undefined;
    let knownEpoch = tail.epoch;
    let position = Math.min(from, newest);
    let firstGap: Gap | undefined =
      from > newest ? { after: from, resumedAfter: newest, reason: 'unknown_id' } : undefined;

    /** The events or the gap that the tail knows and this stream has not seen; undefined: neither. */
    async function read(): Promise<{ events: StoredEvent[]; gap?: Gap } | undefined> {
      if (firstGap !== undefined) {
        const gap = firstGap;
        firstGap = undefined;
        return { events: [], gap };
      }
      const end = tail.position;
      if (knownEpoch !== tail.epoch) {
        knownEpoch = tail.epoch;
        if (end < position) return skipTo(end, 'unknown_id', []);
      }
      if (end <= position) return undefined;
      const events = tail.recall(position) ?? (await readEventsAfter(main.pool, position, PAGE));
      const first = events[0]?.id ?? end + 1;
      // Ids have no gaps, so where the next one is missing it was deleted.
      if (first !== position + 1) return skipTo(first - 1, 'deleted', events);
      position = events.at(-1)!.id;
      return { events };
    }

    function skipTo(resumedAfter: number, reason: Gap['reason'], events: StoredEvent[]) {
      const gap: Gap = { after: position, resumedAfter, reason };
      position = events.at(-1)?.id ?? resumedAfter;
      return { events, gap };
    }

    const stream: EventStream = {
      get position() {
        return position;
      },
      async next(timeoutMs) {
        const wait = new AbortController();
        const timer = setTimeout(() => wait.abort(), timeoutMs);
        waiting = wait;
        try {
          for (;;) {
            if (!open.has(stream)) return { status: 'ended' };
            const found = await read().catch(() => 'failed' as const);
            if (typeof found === 'object') return { status: 'events', ...found };
            if (wait.signal.aborted && open.has(stream)) return { status: 'idle' };
            // The tail meets the same fault, and logs it.
            if (found === 'failed')
              await delay(RETRY_MS, undefined, { signal: wait.signal }).catch(() => undefined);
            else await tail.changed(wait.signal);
          }
        } finally {
          clearTimeout(timer);
        }
      },
      close() {
        if (!open.delete(stream)) return;
        waiting?.abort();
        tail.leave();
      },
    };
    return stream;
  }

  return {
    name: 'event-streams',
    async open(after, signal) {
      if (open.size + opening >= maxStreams)
        throw new AppError('too_many_streams', `${maxStreams} event streams are open already.`);
      opening += 1;
      let lastId: number;
      try {
        lastId = await readLastEventId(main.pool);
      } catch (error) {
        throw toDatabaseError(error, main.label);
      } finally {
        opening -= 1;
      }
      const stream = createStream(after ?? lastId, lastId);
      open.add(stream);
      tail.join(lastId);
      signal.addEventListener('abort', () => stream.close(), { once: true });
      if (signal.aborted || stopped) stream.close();
      return stream;
    },
    wake: () => tail.wake(),
    start: () => Promise.resolve(),
    /** Ends every stream: none has an end of its own that could be waited for. */
    stop() {
      stopped = true;
      for (const stream of [...open]) stream.close();
      return Promise.resolve();
    },
    health() {
      const streams = { open: open.size };
      if (stopped) return { status: 'down', detail: 'stopped', ...streams };
      return tail.failure === undefined || open.size === 0
        ? { status: 'up', ...streams }
        : { status: 'degraded', detail: tail.failure, ...streams };
    },
  };
}
