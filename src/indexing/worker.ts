import type { Database } from '../database/pool.ts';
import { isAppError, messageOf } from '../errors.ts';
import type { JobOutcome, Jobs, QueuedJob } from '../jobs/jobs.ts';
import { RAG_INDEX_QUEUE, ragIndexPayloadSchema, type RagIndexPayload } from '../jobs/queues.ts';
import type { Health, Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { isPassingFault, type Indexer } from './indexer.ts';
import { followModelChange } from './model-change.ts';

export interface IndexWorkerDeps {
  jobs: Jobs;
  indexer: Indexer;
  vector: Database;
  /** Identity of the vectors that searches compare. */
  model: string;
  log: Log;
}

/** How long work waits after a passing fault that does not say itself when to come back. */
const PUT_OFF_SECONDS = 5;
/** Another run has the cabinet: it is busy, not broken. */
const PUT_OFF_AFTER_LOST_LEASE_SECONDS = 1;

/** How many seconds a job should wait when its failure is a passing one; `undefined` when it is not. */
function putOffSeconds(error: unknown): number | undefined {
  if (isAppError(error, 'lease_lost')) return PUT_OFF_AFTER_LOST_LEASE_SECONDS;
  if (!isPassingFault(error)) return undefined;
  const retryAfterMs = isAppError(error) ? error.details['retryAfterMs'] : undefined;
  return typeof retryAfterMs === 'number' ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : PUT_OFF_SECONDS;
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
  const { jobs, indexer, log } = deps;
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
      await indexer.run({ cabinetId, jobId: job.id, changedIds: payload.changed_ids, signal: job.signal });
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
      return { status: 'bury', reason };
    }
    await jobs.sendRagIndex([{ ...payload, failures }], { startAfterSeconds: 2 ** failures });
    log.error(fields, `Indexing of cabinet ${payload.cabinet_id} failed and will be tried again: ${reason}`);
    return { status: 'done' };
  }

  return {
    name: 'worker',
    async start() {
      await followModelChange(deps, deps.model);
      await jobs.work(RAG_INDEX_QUEUE, concurrency, handle);
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
