import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { databaseFaultOf } from '../database/sqlstate.ts';
import { messageOf } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Health, Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { createEventBuffer, type Buffered } from './event-buffer.ts';
import { listen } from './listen.ts';
import { pruneEvents, pruneEventWriters, recordEvents } from './queries.ts';

export interface EventRecorderDeps {
  main: Database;
  events: Events;
  log: Log;
  /** Called when events were written: whoever tails the table in this process need not wait for its next look. */
  onRecorded?: () => void;
}

export interface EventRecorderOptions {
  /** Events that wait for the database, at most. */
  maxBuffered?: number;
  /** Events that are kept in the table. */
  keepEvents?: number;
}

/** Over which events are gathered into one statement. */
const FLUSH_MS = 100;
/** Events in one statement; with FLUSH_MS a bound on what a process writes: 2 000 a second, what comes faster waits. */
const MAX_BATCH = 200;
const MAX_BUFFERED = 5_000;
const MAX_ERROR_DELAY_MS = 5_000;
const KEEP_EVENTS = 20_000;
const KEEP_SECONDS = 24 * 60 * 60;
/** The table is longer than it should be by as much as this, at most, for each process. */
const PRUNE_EVERY_EVENTS = 2_000;
const PRUNE_EVERY_MS = 10 * 60_000;

/**
 * Writes what the parts of this process say into `rag_events`, for the live view: in batches, best-effort. The parts never
 * wait for it, and without a database it waits itself. Idle, it does nothing.
 */
export function createEventRecorder(deps: EventRecorderDeps, options: EventRecorderOptions = {}): Service {
  const { main, log } = deps;
  const { maxBuffered = MAX_BUFFERED, keepEvents = KEEP_EVENTS } = options;
  const buffer = createEventBuffer(maxBuffered);
  const writerId = randomUUID();
  const hurry = new AbortController();
  let endListening: (() => void) | undefined;
  let loop: Promise<void> | undefined;
  let batchNumber = 0;
  let failure: string | undefined;
  let writtenSincePrune = 0;
  let prunedAt = performance.now();

  const pause = (ms: number) => delay(ms, undefined, { signal: hurry.signal }).catch(() => undefined);

  /** The same batch until it is written or cannot be: the server tells by its number whether it was. */
  async function write(taken: readonly Buffered[]): Promise<'written' | 'given up'> {
    batchNumber += 1;
    for (let errors = 0; ; errors += 1) {
      const now = performance.now();
      const events = taken.map(({ at, ...event }) => ({ ...event, ageMs: now - at }));
      try {
        await recordEvents(main.pool, { writerId, number: batchNumber, events });
        failure = undefined;
        return 'written';
      } catch (error) {
        if (failure === undefined)
          log.warn({ err: error }, `Events for the live view cannot be written: ${messageOf(error)}`);
        failure = messageOf(error);
        if (hurry.signal.aborted || !isPassing(error)) return 'given up';
        await pause(Math.min(MAX_ERROR_DELAY_MS, 250 * 2 ** errors));
      }
    }
  }

  async function prune(): Promise<void> {
    if (writtenSincePrune < PRUNE_EVERY_EVENTS && performance.now() - prunedAt < PRUNE_EVERY_MS) return;
    writtenSincePrune = 0;
    prunedAt = performance.now();
    try {
      await pruneEvents(main.pool, keepEvents, KEEP_SECONDS);
      await pruneEventWriters(main.pool, KEEP_SECONDS);
    } catch (error) {
      log.warn({ err: error }, `Old events of the live view could not be deleted: ${messageOf(error)}`);
    }
  }

  async function run(): Promise<void> {
    while (buffer.size > 0) {
      await pause(FLUSH_MS);
      const taken = buffer.take(MAX_BATCH);
      if ((await write(taken)) === 'written') {
        writtenSincePrune += taken.length;
        deps.onRecorded?.();
        if (!hurry.signal.aborted) await prune();
      } else {
        if (hurry.signal.aborted) return;
        buffer.drop(taken);
        await pause(MAX_ERROR_DELAY_MS);
      }
    }
  }

  function begin(): void {
    if (loop !== undefined || hurry.signal.aborted) return;
    loop = run()
      // Nothing of this may end the process; what was not written is lost.
      .catch((error: unknown) => log.error({ err: error }, `Recording events failed: ${messageOf(error)}`))
      .finally(() => {
        loop = undefined;
        if (buffer.size > 0) begin();
      });
  }

  return {
    name: 'events',
    start() {
      endListening ??= listen(deps.events, (event) => {
        buffer.push(event);
        begin();
      });
      return Promise.resolve();
    },
    /** Writes what is left, if the database takes it now. */
    async stop(deadlineMs) {
      endListening?.();
      begin();
      hurry.abort();
      await Promise.race([loop, delay(deadlineMs, undefined, { ref: false })]);
    },
    health(): Health {
      return failure === undefined
        ? { status: 'up' }
        : { status: 'degraded', detail: `cannot write: ${failure}` };
    },
  };
}

/** Whether the same statement may succeed later. A table that is missing, say, or a right, is no reason to keep events. */
function isPassing(error: unknown): boolean {
  const fault = databaseFaultOf(error);
  return fault !== undefined && fault !== 'failed';
}
