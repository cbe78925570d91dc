import { randomUUID } from 'node:crypto';
import { PgBoss, systemClock, type Clock, type Db, type JobResult, type JobWithMetadata } from 'pg-boss';
import { SessionClient } from '../database/session-client.ts';
import { AppError, messageOf } from '../errors.ts';
import type { AppEvents, Events } from '../events.ts';
import type { Health, Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Executor } from '../database/pool.ts';
import {
  QUEUES,
  RAG_INDEX_QUEUE,
  type RagIndexPayload,
  type ScheduleDefinition,
  type WbSyncPayload,
} from './queues.ts';
import { sendWbSync } from './send-wb-sync.ts';
import { createEndedJobs, untilQueueIsWritable } from './settle-ended-jobs.ts';

export interface JobsOptions {
  connectionString: string;
  /** Connections for sending, fetching and settling jobs; one more listens. */
  maxConnections: number;
  /** Only a process that works jobs watches over the queues: expiry, dead workers, clean-up. */
  supervise: boolean;
  /**
   * Of the whole program: a process that supervises makes pg-boss's record say exactly these, and sends what they call for.
   * Undefined: it leaves them to others.
   */
  schedules: readonly ScheduleDefinition[] | undefined;
  /** Is told of each job that a handler of this process has ended. */
  events?: Events | undefined;
  log: Log;
}

/** A job of any queue, as its handler gets it. */
export interface QueuedJob {
  id: string;
  payload: unknown;
  /** Aborted when the process has to stop before the handler has ended. */
  signal: AbortSignal;
}

export type JobHandler = (job: QueuedJob) => Promise<JobOutcome>;

/** What a handler made of a job. `bury`: no retry helps, it goes to the dead letters with this reason. */
export type JobOutcome = { status: 'done' } | { status: 'bury'; reason: string };

export interface Jobs extends Service {
  readonly boss: PgBoss;
  /**
   * Sends jobs of `rag-index`, in the caller's transaction when `executor` is given. Resolves to their ids, in their
   * order. Throws `handoff_incomplete` when the queue took fewer than it was given: roll back then.
   */
  sendRagIndex(
    payloads: readonly RagIndexPayload[],
    options?: { executor?: Executor; startAfterSeconds?: number },
  ): Promise<string[]>;
  /** Deletes jobs of `rag-index` whose work is done. */
  discardRagIndex(ids: readonly string[]): Promise<void>;
  /**
   * Sends a job of `wb-sync`. At most one of a cabinet waits: it takes over what this one would do more, and when this one
   * would start if that is earlier. Resolves to its id; `undefined` when there was nothing to take over.
   */
  sendWbSync(payload: WbSyncPayload, options?: { startAfterSeconds?: number }): Promise<string | undefined>;
  /**
   * Runs `handler` for the jobs of a queue, up to `concurrency` at once, by the queue's policy one at a time for each
   * cabinet. A job whose handler rejects, or whose process dies, runs again.
   */
  work(queue: string, concurrency: number, handler: JobHandler): Promise<void>;
}

/** pg-boss says when something fails, never that it works again. While the database is away it fails every few seconds. */
const ERROR_COUNTS_MS = 15_000;

/** What somebody changed just now goes first, whatever is being rebuilt. */
const LIVE_PRIORITY = 0;
const REBUILD_PRIORITY = -10;

/** The same error of the queue is logged again only after so long. */
const REPEAT_AFTER_MS = 10_000;

/**
 * pg-boss takes the time between two readings of its clock for the time that passed, and waits for the rest of an
 * interval: when the wall clock is set back by an hour, its workers would sleep for an hour. This one cannot be set.
 */
const STEADY_CLOCK: Clock = {
  ...systemClock,
  // Whole milliseconds, which dates are made of.
  now: () => Math.round(performance.timeOrigin + performance.now()),
};

/** pg-boss over any Postgres. Its schema is `pgboss`. */
export function createJobs(options: JobsOptions): Jobs {
  let state: Health = { status: 'down', detail: 'not started' };
  const stopping = new AbortController();
  let lastError = { at: -Infinity, loggedAt: -Infinity, detail: '' };
  const boss = new PgBoss({
    connectionString: options.connectionString,
    application_name: 'wb-assist jobs',
    max: options.maxConnections,
    clock: STEADY_CLOCK,
    useListenNotify: true,
    supervise: options.supervise,
    schedule: options.supervise && options.schedules !== undefined,
    // A killed worker is noticed after its heartbeat plus one round of these two, both 60 by default; then comes the pause
    // before a retry, 1 to 2 s, and up to a second until a worker looks: 14 s in all. With both at 5 it was up to 16 s.
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    // Without them a half-open socket stalls the pool for ever.
    connectionTimeoutMillis: 3_000,
    notifyHeartbeatIntervalMs: 5_000,
    notifyHeartbeatTimeoutMs: 3_000,
    // Understood by the pool beneath, but not in pg-boss's types.
    ...{ query_timeout: 15_000, Client: SessionClient },
  });
  const endedJobs = createEndedJobs(boss, stopping.signal);
  // Unheard, an error event would end the process. Losing the database shows up here many times a second, from each
  // worker and timer: one line a cause and a few seconds says it all.
  boss.on('error', (error) => {
    endedJobs.settleAgain();
    const detail = messageOf(error).replace(/ \(Queue: .*$/, '');
    const now = performance.now();
    const isNews = detail !== lastError.detail || now - lastError.loggedAt > REPEAT_AFTER_MS;
    if (isNews) options.log.warn(`Job queue: ${detail}`);
    options.log.debug({ err: error }, 'Job queue: the error in full');
    lastError = { at: now, loggedAt: isNews ? now : lastError.loggedAt, detail };
  });

  function reporting(queue: string, handler: JobHandler): JobHandler {
    return async (job) => {
      const startedAt = performance.now();
      let outcome: AppEvents['jobEnded'][0]['outcome'] = 'cut_off';
      try {
        const made = await handler(job);
        outcome = made.status === 'done' ? 'done' : 'buried';
        return made;
      } finally {
        options.events?.emit('jobEnded', { queue, outcome, durationMs: performance.now() - startedAt });
      }
    };
  }

  boss.on('warning', (warning) => options.log.warn({ warning }, `Job queue: ${warning.message}`));

  return {
    name: 'jobs',
    boss,
    async start() {
      try {
        await boss.start();
        for (const { name, fixed, options: changeable } of QUEUES) {
          await boss.createQueue(name, { ...fixed, ...changeable });
          await boss.updateQueue(name, changeable);
        }
        if (options.supervise && options.schedules !== undefined) await setSchedules(boss, options.schedules);
      } catch (error) {
        // Half started it would keep its connections and timers, and with them the process.
        await boss.stop({ graceful: false, close: true }).catch(() => undefined);
        throw error;
      }
      state = { status: 'up' };
    },
    async stop(deadlineMs) {
      stopping.abort();
      await boss.stop({ graceful: true, close: true, timeout: deadlineMs });
      state = { status: 'down', detail: 'stopped' };
    },
    health() {
      const isFresh = performance.now() - lastError.at < ERROR_COUNTS_MS;
      return state.status === 'up' && isFresh ? { status: 'degraded', detail: lastError.detail } : state;
    },
    async sendRagIndex(payloads, { executor, startAfterSeconds } = {}) {
      // Of our own, because those that pg-boss returns come in no order that says which job is which.
      const ids = payloads.map(() => randomUUID());
      const inserted = await boss.insert(
        RAG_INDEX_QUEUE,
        payloads.map((data, index) => ({
          id: ids[index]!,
          data,
          singletonKey: String(data.cabinet_id),
          priority: data.rebuild === undefined ? LIVE_PRIORITY : REBUILD_PRIORITY,
          ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
        })),
        { returnId: true, ...(executor === undefined ? {} : { db: asBossDatabase(executor) }) },
      );
      if (inserted?.length !== payloads.length) {
        throw new AppError(
          'handoff_incomplete',
          `The queue ${RAG_INDEX_QUEUE} took ${inserted?.length ?? 0} of ${payloads.length} jobs.`,
        );
      }
      return ids;
    },
    async discardRagIndex(ids) {
      await boss.deleteJob(RAG_INDEX_QUEUE, [...ids]);
    },
    sendWbSync: (payload, { startAfterSeconds = 0 } = {}) => sendWbSync(boss, payload, startAfterSeconds),
    async work(queue, concurrency, handle) {
      const handler = reporting(queue, handle);
      for (let i = 0; i < concurrency; i += 1) {
        const workerId: string = await boss.work(
          queue,
          // Retries, deferred jobs and keys that become free ring no bell, so the backstop is short.
          {
            ...{ batchSize: 1, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 },
            ...{ perJobResults: true as const, includeMetadata: true as const },
          },
          async (batch: JobWithMetadata[]): Promise<JobResult[]> => {
            const startedAt = performance.now();
            let rejected = true;
            try {
              const results: JobResult[] = [];
              for (const job of batch) {
                const outcome = await handler({ id: job.id, payload: job.data, signal: job.signal });
                results.push(
                  outcome.status === 'done'
                    ? { id: job.id, status: 'completed' }
                    : { id: job.id, status: 'deadletter', output: { message: outcome.reason } },
                );
              }
              rejected = false;
              for (const [place, { status }] of results.entries())
                if (status === 'completed') endedJobs.remember(queue, batch[place]!);
              return results;
            } finally {
              // A server that goes away closes idle connections, so it is known by now, and nothing is asked otherwise.
              if (rejected || lastError.at >= startedAt)
                await Promise.all(batch.map((job) => untilQueueIsWritable(boss, job.signal)));
              // Fetch again at once: otherwise a backlog drains one job a polling interval.
              boss.notifyWorker(workerId);
            }
          },
        );
      }
    },
  };
}

/** Also after an upgrade from a version that had others: what is not asked for any more must not go on firing. */
async function setSchedules(boss: PgBoss, schedules: readonly ScheduleDefinition[]): Promise<void> {
  for (const { name, key } of await boss.getSchedules()) {
    if (!schedules.some(({ queue }) => queue === name && key === '')) await boss.unschedule(name, key);
  }
  for (const { queue, cron, missed } of schedules)
    await boss.schedule(queue, cron, {}, { tz: 'UTC', missed });
}

function asBossDatabase(executor: Executor): Db {
  return { executeSql: (text, values) => executor.query(text, values) };
}
