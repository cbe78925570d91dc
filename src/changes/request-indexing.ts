import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import { SOURCE_NAMES, type ChangedIds } from '../source-tables.ts';
import { announceJob } from './announce.ts';
import { toPayloads, type FoldedChanges } from './batches.ts';

export interface RequestIndexingDeps {
  jobs: Jobs;
  events: Events;
  log: Log;
}

/**
 * Queues the indexing of a cabinet because somebody asked for it: of these rows or, without ids, of all. Many ids become
 * several jobs, all or none. Resolves to the id of the first. Throws `invalid_request` when there is no id among the ids.
 */
export async function requestIndexing(
  deps: RequestIndexingDeps,
  cabinetId: number,
  changedIds: ChangedIds | undefined,
  maxIdsPerJob: number,
): Promise<{ jobId: string }> {
  const ids = new Map(SOURCE_NAMES.map((source) => [source, new Set(changedIds?.[source])]));
  const folded: FoldedChanges = {
    cabinets: new Map([[cabinetId, { everything: changedIds === undefined, ids }]]),
    productNames: new Map(),
  };
  const payloads = toPayloads(folded, maxIdsPerJob);
  if (payloads.length === 0)
    throw new AppError('invalid_request', 'changed_ids names no row, so there is nothing to index.');
  const jobIds = await deps.jobs.sendRagIndex(payloads);
  payloads.forEach((payload, index) => {
    announceJob(deps, payload, jobIds[index] ?? '');
  });
  return { jobId: jobIds[0]! };
}
