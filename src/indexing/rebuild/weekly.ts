import { listActiveCabinetIds } from '../../cabinets/queries.ts';
import type { JobHandler } from '../../jobs/jobs.ts';
import { INDEX_FULL_REBUILD_QUEUE, type ScheduleDefinition } from '../../jobs/queues.ts';
import { readModelStates } from '../models.ts';
import type { RebuildTrigger } from './queries.ts';
import { requestRebuild, type RequestedRebuild, type RequestRebuildDeps } from './request-rebuild.ts';

/** Sundays at 03:00 UTC, the night in Moscow. One that was missed because everything was down is made up for. */
export const WEEKLY_REBUILD: ScheduleDefinition = {
  queue: INDEX_FULL_REBUILD_QUEUE,
  cron: '0 3 * * 0',
  missed: 'once',
};

/**
 * Requests a rebuild of every active cabinet, and of those that are gone or switched off and still have an index: what is
 * left of it goes.
 */
export async function requestRebuildOfAll(
  deps: RequestRebuildDeps,
  trigger: RebuildTrigger,
  reembedBy?: string,
): Promise<RequestedRebuild[]> {
  const { main, vector, log } = deps;
  log.info('Starting full_rebuild RAG indexing for all active cabinets');
  const active = await listActiveCabinetIds(main.pool);
  log.info(
    { cabinets: active.length },
    `Found ${active.length} active cabinets for full_rebuild RAG indexing`,
  );
  const indexed = (await readModelStates(vector.pool)).map(({ cabinetId }) => cabinetId);
  const isActive = new Set(active);
  const left = indexed.filter((cabinetId) => !isActive.has(cabinetId));
  const requested: RequestedRebuild[] = [];
  for (const cabinetId of active)
    requested.push(await requestRebuild(deps, cabinetId, { trigger, reembedBy }));
  for (const cabinetId of left) requested.push(await requestRebuild(deps, cabinetId, { trigger }));
  return requested;
}

/** Works the ticks of the schedule. */
export function createWeeklyRebuild(deps: RequestRebuildDeps): JobHandler {
  return async () => {
    deps.log.info('Starting weekly full rebuild for all cabinets');
    await requestRebuildOfAll(deps, 'schedule');
    return { status: 'done' };
  };
}
