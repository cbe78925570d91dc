import { setTimeout as delay } from 'node:timers/promises';
import type { JobAttempt, PgBoss } from 'pg-boss';

/** For so long after its end a job may turn out not to be settled: the timeout of a statement, and some more. */
const SETTLE_DOUBT_MS = 30_000;

/** How often it is looked whether the queue can be told. */
const SETTLE_RETRY_MS = 250;

interface EndedJob {
  queue: string;
  attempt: JobAttempt;
  /** By `performance.now()`. */
  at: number;
}

export interface EndedJobs {
  /** Of a job whose handler has ended well: pg-boss is about to settle it. */
  remember(queue: string, job: JobAttempt): void;
  /** To be called whenever the queue has trouble. */
  settleAgain(): void;
}

/**
 * pg-boss tries to settle a job once. Where its connection is cut in that very moment, the job stays active with nobody at
 * it, and its cabinet waits until the heartbeat is missed. So whenever the queue has trouble, what ended lately is settled
 * again; the attempt is named, so one that runs anew by now is left alone.
 */
export function createEndedJobs(boss: PgBoss, stopping: AbortSignal): EndedJobs {
  const ended = new Map<string, EndedJob>();
  let settling: Promise<void> | undefined;

  async function settle(): Promise<void> {
    await delay(SETTLE_RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
    await untilQueueIsWritable(boss, stopping);
    const byQueue = Map.groupBy(ended.values(), ({ queue }) => queue);
    for (const [queue, jobs] of byQueue) {
      await boss
        .complete(
          queue,
          jobs.map(({ attempt }) => attempt),
        )
        .catch(() => undefined);
    }
  }

  return {
    remember(queue, { id, retryCount }) {
      const now = performance.now();
      for (const [oldest, { at }] of ended) {
        if (now - at < SETTLE_DOUBT_MS) break;
        ended.delete(oldest);
      }
      ended.set(id, { queue, attempt: { id, retryCount }, at: now });
    },
    settleAgain() {
      if (ended.size > 0) settling ??= settle().finally(() => (settling = undefined));
    },
  };
}

const IS_READ_ONLY = `select current_setting('transaction_read_only') = 'on' as "isReadOnly"`;

/**
 * Waits while the queue's database is away or read-only, so that a handler that has ended can be settled; the job's
 * heartbeats go on meanwhile. Otherwise its cabinet would wait 10 s and more after each restart of Postgres. Ends also when
 * the job is not ours any more.
 */
export async function untilQueueIsWritable(boss: PgBoss, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const answer: { rows: unknown[] } = await boss.getDb().executeSql(IS_READ_ONLY);
      const [row] = answer.rows as { isReadOnly: boolean }[];
      if (row?.isReadOnly === false) return;
    } catch {
      // pg-boss reports by itself that its database is away.
    }
    await delay(SETTLE_RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
