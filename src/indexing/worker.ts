import { isAppError, messageOf } from '../errors.ts';
import type { Jobs, RagIndexJob } from '../jobs/jobs.ts';
import { ragIndexPayloadSchema, type RagIndexPayload } from '../jobs/queues.ts';
import type { Health, Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { isPassingFault, type Indexer } from './indexer.ts';

export interface IndexWorkerDeps {
  jobs: Jobs;
  indexer: Indexer;
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

/**
 * Works the jobs of `rag-index`. A passing fault (provider down, database restarting) burns no attempt: the same work is
 * sent again for later and this job ends, so the worker is free for other cabinets meanwhile. Anything else is a fault of
 * the program or its data, and is left to the queue's retries and, after those, its dead letters.
 */
export function createIndexWorker(deps: IndexWorkerDeps, concurrency: number): Service {
  const { jobs, indexer, log } = deps;
  let state: Health = { status: 'down', detail: 'not started' };

  async function handle(job: RagIndexJob): Promise<void> {
    const parsed = ragIndexPayloadSchema.safeParse(job.payload);
    if (!parsed.success) {
      log.error(
        { err: parsed.error, jobId: job.id },
        `A job of rag-index cannot be read: ${messageOf(parsed.error)}`,
      );
      throw parsed.error;
    }
    const payload = parsed.data;
    const cabinetId = payload.cabinet_id;
    try {
      await indexer.run({ cabinetId, jobId: job.id, changedIds: payload.changed_ids, signal: job.signal });
      state = { status: 'up' };
    } catch (error) {
      const seconds = job.signal.aborted ? undefined : putOffSeconds(error);
      if (seconds === undefined) {
        log.error(
          { err: error, cabinetId, jobId: job.id },
          `Indexing of cabinet ${cabinetId} failed: ${messageOf(error)}`,
        );
        throw error;
      }
      await jobs.sendRagIndex([payload as RagIndexPayload], { startAfterSeconds: seconds });
      state = { status: 'degraded', detail: messageOf(error) };
      log.warn(
        { err: error, cabinetId, jobId: job.id, seconds },
        `Indexing of cabinet ${cabinetId} is put off for ${seconds} s: ${messageOf(error)}`,
      );
    }
  }

  return {
    name: 'worker',
    async start() {
      await jobs.workRagIndex(concurrency, handle);
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
