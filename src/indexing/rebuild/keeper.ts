import { messageOf } from '../../errors.ts';
import type { Health, Service } from '../../lifecycle.ts';
import { followChanges, unifyTexts, type Intent } from './follow-changes.ts';
import { followRestore } from './pairing.ts';
import { pruneRebuilds, readOpenRebuilds } from './queries.ts';
import { ensureRebuildJob, type RequestRebuildDeps } from './request-rebuild.ts';

/** A job can only go missing when a process dies between two statements, or somebody deletes it. */
const ROUND_MS = 10_000;

/**
 * Sees to it that every open rebuild has a job, that models and texts follow the configuration and the program, and that what
 * came from another database is compared. Several may run.
 */
export function createRebuildKeeper(deps: RequestRebuildDeps, intent: Intent): Service {
  const { vector, log } = deps;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let followed = false;
  let state: Health = { status: 'down', detail: 'not started' };

  async function look(): Promise<void> {
    try {
      await followRestore(deps, intent);
      if (!followed) {
        await followChanges(deps, intent);
        await pruneRebuilds(vector.pool);
        followed = true;
      }
      for (const rebuild of await readOpenRebuilds(vector.pool)) {
        const jobId = await ensureRebuildJob(deps, rebuild);
        if (jobId !== undefined)
          log.info(
            { cabinetId: rebuild.cabinetId, rebuildId: rebuild.id, jobId },
            `The full_rebuild of cabinet ${rebuild.cabinetId} goes on`,
          );
      }
      await unifyTexts(deps);
      state = { status: 'up' };
    } catch (error) {
      // The databases are away, most likely; the next round comes soon.
      state = { status: 'degraded', detail: messageOf(error) };
      log.warn({ err: error }, `Looking after rebuilds failed, will try again: ${messageOf(error)}`);
    }
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      round = look().finally(() => {
        if (timer !== undefined) schedule(ROUND_MS);
      });
    }, delayMs);
  }

  return {
    name: 'rebuilds',
    async start() {
      await look();
      schedule(ROUND_MS);
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await round;
      state = { status: 'down', detail: 'stopped' };
    },
    health: () => state,
  };
}
