import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Health, Service } from '../lifecycle.ts';
import { hasDueJobs } from '../jobs/queries.ts';
import { RAG_INDEX_QUEUE } from '../jobs/queues.ts';
import { createDoorbell } from './doorbell.ts';
import { handOffChanges, type HandOffDeps } from './hand-off.ts';

export interface ListenerOptions {
  /** Milliseconds between two hand-offs while changes keep coming; the first of a burst does not wait. */
  batchWindowMs: number;
  maxIdsPerJob: number;
  /** Milliseconds after which the outbox is looked at although nothing rang. */
  pollIntervalMs: number;
}

/** Outbox rows claimed in one transaction; each holds up to 512 ids. */
const CLAIM_LIMIT = 500;
/** After something was found, rows of overlapping transactions that did not ring may follow within moments. */
const FIRST_SWEEP_MS = 25;
const MAX_ERROR_DELAY_MS = 5_000;
/** How often a waiting change looks whether the queue has run empty. */
const QUEUE_CHECK_MS = 5;

/**
 * Empties the outbox into the job queue. Several listeners may run. Each is in one of these states:
 *
 * - waiting: for the doorbell, which rings when a change is announced and whenever its connection is new, or for the next
 *   sweep. The pause before a sweep is `FIRST_SWEEP_MS` after a find and doubles with each sweep that finds nothing, up to
 *   `pollIntervalMs`. Both lead to draining.
 * - draining: changes are claimed and sent as jobs, `CLAIM_LIMIT` in a transaction, until there are none. Then it waits
 *   again or, when it found some, gathers first. An error leads to the pause.
 * - gathering: for up to `batchWindowMs` nothing is claimed, so that what comes meanwhile becomes one job. It ends at once
 *   when something rings and the queue has run empty, and leads to waiting.
 * - pausing: after an error, 0.2 s and then longer, up to `MAX_ERROR_DELAY_MS`. It leads to waiting. `health` says `down`
 *   until a drain succeeds.
 * - stopped: `stop` ends any other state, draining after the transaction that is under way.
 *
 * A crash loses nothing in any of them. While it waits, gathers or pauses, changes are rows of the outbox, and another
 * listener, or this one when it is started again, finds them. While it drains, the open transaction is rolled back: its
 * changes are in the outbox again, and its jobs were never sent.
 */
export function createListener(deps: HandOffDeps, options: ListenerOptions): Service {
  let wake: AbortController | undefined;
  let rung = false;
  let stopping = false;
  const stopped = new AbortController();
  let loop: Promise<void> | undefined;
  let hint = '0';
  let lastFullScanAt = -Infinity;
  let failure: string | undefined;

  const ring = () => {
    rung = true;
    wake?.abort();
  };
  const doorbell = createDoorbell({ main: deps.main, log: deps.log, onRing: ring });

  async function waitForRing(delayMs: number): Promise<void> {
    if (rung || stopping) return;
    wake = new AbortController();
    await delay(delayMs, undefined, { signal: wake.signal }).catch(() => undefined);
    wake = undefined;
  }

  async function claimFrom(after: string): Promise<number> {
    let found = 0;
    for (let from = after; ;) {
      const result = await handOffChanges(deps, {
        after: from,
        limit: CLAIM_LIMIT,
        maxIdsPerJob: options.maxIdsPerJob,
      });
      found += result.claimed;
      if (result.lastId !== undefined) {
        from = result.lastId;
        if (BigInt(result.lastId) > BigInt(hint)) hint = result.lastId;
      }
      if (!result.more || stopping) return found;
    }
  }

  /** From the hint first, then, unless that was just done, over everything: ids become visible out of order. */
  async function drain(): Promise<number> {
    let found = hint === '0' ? 0 : await claimFrom(hint);
    if (found === 0 || performance.now() - lastFullScanAt >= options.pollIntervalMs) {
      lastFullScanAt = performance.now();
      found += await claimFrom('0');
    }
    return found;
  }

  /**
   * Lets a burst become one job: while jobs are under way, what comes meanwhile waits up to the window. When the queue
   * has run empty nobody gains from waiting, so a lone change goes out at once.
   */
  async function gather(): Promise<void> {
    const end = performance.now() + options.batchWindowMs;
    do {
      await delay(Math.min(QUEUE_CHECK_MS, options.batchWindowMs));
    } while (
      !stopping &&
      performance.now() < end &&
      (!rung || (await hasDueJobs(deps.main.pool, RAG_INDEX_QUEUE)))
    );
  }

  async function run(): Promise<void> {
    let sweepMs = FIRST_SWEEP_MS;
    let errors = 0;
    for (;;) {
      await waitForRing(sweepMs);
      if (stopping) return;
      // Cleared before the outbox is read: whatever rings from here on is looked at in the next round.
      rung = false;
      try {
        const found = await drain();
        errors = 0;
        failure = undefined;
        sweepMs = found > 0 ? FIRST_SWEEP_MS : Math.min(sweepMs * 2, options.pollIntervalMs);
        if (found > 0) await gather();
      } catch (error) {
        errors += 1;
        failure = messageOf(error);
        if (errors === 1)
          deps.log.error({ err: error }, `Handing changes over failed, will try again: ${failure}`);
        sweepMs = FIRST_SWEEP_MS;
        const pauseMs = Math.min(MAX_ERROR_DELAY_MS, 100 * 2 ** Math.min(errors, 6));
        await delay(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  }

  return {
    name: 'listener',
    async start() {
      await doorbell.start();
      loop = run();
    },
    async stop(deadlineMs) {
      stopping = true;
      stopped.abort();
      ring();
      await Promise.race([loop, delay(deadlineMs, undefined, { ref: false })]);
      await doorbell.stop(deadlineMs);
    },
    health(): Health {
      if (loop === undefined || stopping)
        return { status: 'down', detail: stopping ? 'stopped' : 'not started' };
      if (failure !== undefined) return { status: 'down', detail: failure };
      return doorbell.health();
    },
  };
}
