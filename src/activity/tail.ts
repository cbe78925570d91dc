import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { StoredEvent } from './activity-event.ts';
import { readEventsAfter, readLastEventId } from './queries.ts';

/** How events that other processes wrote are noticed: without a connection of its own for LISTEN. */
const POLL_MS = 200;
const MAX_ERROR_DELAY_MS = 5_000;
/** Events read in one statement, and handed out at once. */
export const PAGE = 200;
/** The newest events stay in memory for all who watch: they are read from the table once. */
const KEEP_IN_MEMORY = 1_000;

/** Follows the end of `rag_events`, for all who watch in this process together, and only while somebody does. */
export interface Tail {
  /** The newest event that it knows of. */
  readonly position: number;
  /** Rises when ids began anew at an earlier one: the database is another, or was put back. */
  readonly epoch: number;
  readonly failure: string | undefined;
  /** The next events after `after`, from memory; undefined: they have to be read from the table. */
  recall(after: number): StoredEvent[] | undefined;
  /** Resolves at the next sign of something new, or when `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void>;
  /** One more watches, who knows from the table that `position` is the newest. */
  join(position: number): void;
  leave(): void;
  /** Has the table looked at now. */
  wake(): void;
}

export function createTail(main: Database, log: Log): Tail {
  let watchers = 0;
  /** Identifies the loop that runs. An older loop ends, and its results are ignored. */
  let current: symbol | undefined;
  let position = 0;
  let epoch = 0;
  /** Without gaps, and the last one is at `position`. */
  let recent: StoredEvent[] = [];
  let failure: string | undefined;
  const waiting = new Set<() => void>();
  let nap: AbortController | undefined;
  let woken = false;

  function announce(): void {
    for (const resolve of [...waiting]) resolve();
  }

  async function pause(ms: number): Promise<void> {
    if (woken) return;
    nap = new AbortController();
    await delay(ms, undefined, { signal: nap.signal }).catch(() => undefined);
    nap = undefined;
  }

  /** Whether there may be more right now. */
  async function look(own: symbol): Promise<boolean> {
    const lastId = await readLastEventId(main.pool);
    if (own !== current || lastId === position) return false;
    if (lastId < position) {
      [position, recent] = [lastId, []];
      epoch += 1;
      announce();
      return false;
    }
    const page = await readEventsAfter(main.pool, position, PAGE);
    if (own !== current) return false;
    // Where some were deleted already, those who watch find that out from the table.
    if (page[0]?.id !== position + 1) recent = [];
    recent.push(...page);
    if (recent.length > KEEP_IN_MEMORY) recent = recent.slice(-KEEP_IN_MEMORY);
    position = page.at(-1)?.id ?? lastId;
    announce();
    return page.length === PAGE;
  }

  async function run(own: symbol): Promise<void> {
    let errors = 0;
    while (own === current) {
      woken = false;
      try {
        const more = await look(own);
        [errors, failure] = [0, undefined];
        if (!more) await pause(POLL_MS);
      } catch (error) {
        if (own !== current) return;
        errors += 1;
        if (failure === undefined)
          log.warn({ err: error }, `The live view waits for the database: ${messageOf(error)}`);
        failure = messageOf(error);
        await pause(Math.min(MAX_ERROR_DELAY_MS, POLL_MS * 2 ** errors));
      }
    }
  }

  return {
    get position() {
      return position;
    },
    get epoch() {
      return epoch;
    },
    get failure() {
      return failure;
    },
    recall(after) {
      const first = recent[0]?.id;
      if (first === undefined || after + 1 < first) return undefined;
      return recent.slice(after + 1 - first, after + 1 - first + PAGE);
    },
    changed: (signal) =>
      new Promise((resolve) => {
        const end = () => {
          signal.removeEventListener('abort', end);
          waiting.delete(end);
          resolve();
        };
        signal.addEventListener('abort', end);
        waiting.add(end);
        if (signal.aborted) end();
      }),
    join(newest) {
      watchers += 1;
      if (watchers > 1) return;
      // While nobody watched nobody looked, so what is known is old.
      [position, recent] = [newest, []];
      current = Symbol();
      void run(current);
    },
    leave() {
      watchers -= 1;
      if (watchers > 0) return;
      current = undefined;
      recent = [];
      nap?.abort();
    },
    wake() {
      woken = true;
      nap?.abort();
    },
  };
}
