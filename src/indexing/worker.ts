import type { Database } from '../database/pool.ts';
import { messageOf } from '../errors.ts';
import type { JobHandler, JobOutcome, Jobs, QueuedJob } from '../jobs/jobs.ts';
import {
  INDEX_FULL_REBUILD_QUEUE,
  RAG_INDEX_QUEUE,
  ragIndexPayloadSchema,
  type RagIndexPayload,
} from '../jobs/queues.ts';
import type { Health, Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Indexer } from './indexer.ts';
import { putOffSeconds } from './put-off.ts';
import type { Rebuilder } from './rebuild/rebuilder.ts';
import { takeAlong } from './take-along.ts';

export interface IndexWorkerDeps {
  main: Database;
  jobs: Jobs;
  indexer: Indexer;
  rebuilder: Rebuilder;
  /** Works the ticks of the weekly rebuild. */
  weeklyRebuild: JobHandler;
  log: Log;
}

/** How often work may fail by a fault of its own before it is given up; with pauses of 2, 4, 8, 16 and 32 seconds. */
const MAX_FAILURES = 6;

/**
 * Works the jobs of `rag-index`.
 *
 * A passing fault (provider down, database restarting) burns no attempt: the same work is sent again for later and this
 * job ends, so the worker is free for other cabinets meanwhile. Any other fault is one of the program or its data: the
 * work is sent again too, counted, and after `MAX_FAILURES` buried in the dead letters. A job that is cut off by the end
 * of its process rejects, or never ends, and is run again by the queue.
 */
export function createIndexWorker(deps: IndexWorkerDeps, concurrency: number): Service {
  const { main, jobs, indexer, rebuilder, log } = deps;
  let state: Health = { status: 'down', detail: 'not started' };

  async function handle(job: QueuedJob): Promise<JobOutcome> {
    const parsed = ragIndexPayloadSchema.safeParse(job.payload);
    if (!parsed.success) {
      const reason = `A job of rag-index cannot be read: ${messageOf(parsed.error)}`;
      log.error({ err: parsed.error, jobId: job.id }, reason);
      return { status: 'bury', reason };
    }
    const payload = parsed.data;
    const cabinetId = payload.cabinet_id;
    try {
      if (payload.rebuild !== undefined) await runSlice(job, cabinetId, payload.rebuild);
      else await runChanges(job, payload);
      state = { status: 'up' };
      return { status: 'done' };
    } catch (error) {
      if (job.signal.aborted) {
        log.info(
          { cabinetId, jobId: job.id },
          `Indexing of cabinet ${cabinetId} is cut off and will run again`,
        );
        throw error;
      }
      state = { status: 'degraded', detail: messageOf(error) };
      const seconds = putOffSeconds(error);
      return seconds === undefined
        ? retryOrBury(job.id, payload, error)
        : putOff(job.id, payload, error, seconds);
    }
  }

  async function runChanges(job: QueuedJob, payload: RagIndexPayload): Promise<void> {
    const run = { cabinetId: payload.cabinet_id, jobId: job.id, signal: job.signal };
    if (payload.changed_ids === undefined) {
      await indexer.run({ ...run, changedIds: undefined });
      return;
    }
    const { changedIds, jobIds } = await takeAlong(main.pool, payload);
    await indexer.run({ ...run, changedIds });
    // Where this fails they run, and find that nothing is left to do.
    if (jobIds.length > 0) await jobs.discardRagIndex(jobIds).catch(() => undefined);
  }

  async function runSlice(
    job: QueuedJob,
    cabinetId: number,
    { id, slice }: { id: string; slice: number },
  ): Promise<void> {
    const request = { cabinetId, jobId: job.id, rebuildId: id, slice, signal: job.signal };
    const outcome = await rebuilder.runSlice(request);
    // One that comes too late sends nothing: two jobs of one slice would become two of each. Should the process die right
    // here, the keeper of the rebuilds finds that there is no job.
    if (outcome.status !== 'more') return;
    const rebuild = { id, slice: outcome.slice };
    await jobs.sendRagIndex([{ cabinet_id: cabinetId, mode: 'incremental', rebuild }]);
  }

  async function putOff(
    jobId: string,
    payload: RagIndexPayload,
    error: unknown,
    seconds: number,
  ): Promise<JobOutcome> {
    await jobs.sendRagIndex([payload], { startAfterSeconds: seconds });
    log.warn(
      { err: error, cabinetId: payload.cabinet_id, jobId, seconds },
      `Indexing of cabinet ${payload.cabinet_id} is put off for ${seconds} s: ${messageOf(error)}`,
    );
    return { status: 'done' };
  }

  async function retryOrBury(jobId: string, payload: RagIndexPayload, error: unknown): Promise<JobOutcome> {
    const failures = (payload.failures ?? 0) + 1;
    const reason = messageOf(error);
    const fields = { err: error, cabinetId: payload.cabinet_id, jobId, failures };
    if (failures >= MAX_FAILURES) {
      log.error(
        fields,
        `Indexing of cabinet ${payload.cabinet_id} failed ${failures} times and is given up: ${reason}`,
      );
      if (payload.rebuild !== undefined) await rebuilder.fail(payload.cabinet_id, payload.rebuild.id, reason);
      return { status: 'bury', reason };
    }
    await jobs.sendRagIndex([{ ...payload, failures }], { startAfterSeconds: 2 ** failures });
    log.error(fields, `Indexing of cabinet ${payload.cabinet_id} failed and will be tried again: ${reason}`);
    return { status: 'done' };
  }

  return {
    name: 'worker',
    async start() {
      await jobs.work(RAG_INDEX_QUEUE, concurrency, handle);
      await jobs.work(INDEX_FULL_REBUILD_QUEUE, 1, deps.weeklyRebuild);
      state = { status: 'up' };
    },
    // The queue that stops after the worker waits for what is running.
    stop() {
      state = { status: 'down', detail: 'stopped' };
      return Promise.resolve();
    },
    health: () => state,
  };
}
