import { sealStoredTokens } from '../../cabinets/tokens/stored-tokens.ts';
import type { TokenVault } from '../../cabinets/tokens/token-vault.ts';
import { messageOf } from '../../errors.ts';
import type { JobHandler, Jobs } from '../../jobs/jobs.ts';
import { WB_SYNC_ALL_QUEUE, WB_SYNC_QUEUE, wbSyncPayloadSchema } from '../../jobs/queues.ts';
import type { Database } from '../../database/pool.ts';
import type { Health, Service } from '../../lifecycle.ts';
import type { Log } from '../../log.ts';
import { listCabinetsToSync } from './queries.ts';
import { spreadSeconds } from './schedule.ts';
import type { Synchroniser } from './synchroniser.ts';

export interface SyncWorkerDeps {
  main: Database;
  vault: TokenVault;
  jobs: Jobs;
  synchroniser: Synchroniser;
  log: Log;
}

export interface SyncWorkerOptions {
  /** Cabinets that this process synchronises at once. */
  concurrency: number;
  /** Over which the cabinets are spread at each tick of the schedule. */
  intervalMinutes: number;
}

/** Another process has the cabinet: it is busy, or it died and its lease has yet to run out. */
const AGAIN_WHEN_BUSY_SECONDS = 5;

/**
 * Works the jobs of `wb-sync` and the ticks of its schedule. A run that has to wait for a limit of Wildberries is sent
 * again for then, so the worker is free for other cabinets meanwhile.
 */
export function createSyncWorker(deps: SyncWorkerDeps, options: SyncWorkerOptions): Service {
  const { main, vault, jobs, synchroniser, log } = deps;
  const stopping = new AbortController();
  let state: Health = { status: 'down', detail: 'not started' };

  const syncCabinet: JobHandler = async (job) => {
    const parsed = wbSyncPayloadSchema.safeParse(job.payload);
    if (!parsed.success) {
      const reason = `A job of wb-sync cannot be read: ${messageOf(parsed.error)}`;
      log.error({ err: parsed.error, jobId: job.id }, reason);
      return { status: 'bury', reason };
    }
    const payload = parsed.data;
    const { cabinet_id, trigger, continue_only = false, requested_at } = payload;
    const signal = AbortSignal.any([job.signal, stopping.signal]);
    try {
      const outcome = await synchroniser.run(cabinet_id, {
        trigger,
        continueOnly: continue_only,
        ...(requested_at === undefined ? {} : { requestedAt: new Date(requested_at) }),
        owner: `job ${job.id}`,
        signal,
      });
      const goOn = { cabinet_id, trigger, continue_only: true };
      if (outcome.status === 'busy') {
        // A request may ask for more parts than the other process is doing.
        const again = requested_at === undefined ? goOn : payload;
        await jobs.sendWbSync(again, { startAfterSeconds: AGAIN_WHEN_BUSY_SECONDS });
      } else if (outcome.status === 'waiting') {
        await jobs.sendWbSync(goOn, { startAfterSeconds: secondsUntil(outcome.nextAttemptAt) });
      } else if ('deferredUntil' in outcome) {
        // The schedule would take them along, too, if there is one.
        const later = { cabinet_id, trigger: 'schedule' } as const;
        await jobs.sendWbSync(later, { startAfterSeconds: secondsUntil(outcome.deferredUntil) });
      }
      state = { status: 'up' };
      return { status: 'done' };
    } catch (error) {
      if (signal.aborted) {
        log.info(
          { cabinetId: cabinet_id, jobId: job.id },
          `WB sync for cabinet ${cabinet_id} is put down and goes on from its last saved page`,
        );
      } else {
        state = { status: 'degraded', detail: messageOf(error) };
        log.warn(
          { err: error, cabinetId: cabinet_id, jobId: job.id },
          `WB sync for cabinet ${cabinet_id} is cut off and will go on: ${messageOf(error)}`,
        );
      }
      throw error;
    }
  };

  const syncAll: JobHandler = async () => {
    const cabinets = await listCabinetsToSync(main.pool);
    log.debug({ cabinets }, 'WB sync is due for all active cabinets');
    for (const cabinetId of cabinets) {
      const startAfterSeconds = spreadSeconds(cabinetId, options.intervalMinutes);
      await jobs.sendWbSync({ cabinet_id: cabinetId, trigger: 'schedule' }, { startAfterSeconds });
    }
    // Also encrypts the tokens of cabinets that are switched off, because no sync reads them.
    await sealStoredTokens(main.pool, vault).catch((error: unknown) =>
      log.warn({ err: error }, `Wildberries tokens could not be encrypted: ${messageOf(error)}`),
    );
    return { status: 'done' };
  };

  return {
    name: 'sync',
    async start() {
      await jobs.work(WB_SYNC_QUEUE, options.concurrency, syncCabinet);
      await jobs.work(WB_SYNC_ALL_QUEUE, 1, syncAll);
      state = { status: 'up' };
    },
    // A running sync ends at its last saved page and its job goes back to the queue; the next worker goes on from there.
    stop() {
      stopping.abort();
      state = { status: 'down', detail: 'stopped' };
      return Promise.resolve();
    },
    health: () => state,
  };
}

function secondsUntil(time: Date): number {
  return Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1000));
}
