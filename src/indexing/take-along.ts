import type { Executor } from '../database/pool.ts';
import { findWaitingChanges } from '../jobs/queries.ts';
import { ragIndexPayloadSchema, type RagIndexPayload } from '../jobs/queues.ts';
import { countChangedIds, SOURCE_NAMES, type ChangedIds } from '../source-tables.ts';

/** Ids in one run, with those that are taken along; each page of 1 000 is compared by itself. */
const MAX_IDS = 5_000;
const MAX_JOBS = 200;

export interface TakenAlong {
  /** The ids of the job itself and of the jobs taken along, each once. */
  changedIds: ChangedIds;
  /** Jobs that have nothing more to do when the run has ended well. */
  jobIds: string[];
}

/**
 * What else of a cabinet waits to be indexed. Its jobs run one at a time, so while a slow provider holds one up, a busy
 * cabinet's others would queue up for longer and longer; taken together they are one run. Rows are read after this, so
 * the run does all that those jobs would. They stay in the queue until it has ended: if it fails they run by themselves.
 */
export async function takeAlong(main: Executor, payload: RagIndexPayload): Promise<TakenAlong> {
  const own = payload.changed_ids ?? {};
  // Work that failed before stays alone, so that it cannot fail what others wait for.
  if (payload.failures !== undefined) return { changedIds: own, jobIds: [] };
  const ids = new Map(SOURCE_NAMES.map((source) => [source, new Set(own[source])]));
  const jobIds: string[] = [];
  let count = countChangedIds(own);
  for (const job of await findWaitingChanges(main, payload.cabinet_id, MAX_JOBS)) {
    const changedIds = ragIndexPayloadSchema.safeParse(job.data).data?.changed_ids;
    if (changedIds === undefined) continue;
    count += countChangedIds(changedIds);
    if (count > MAX_IDS) break;
    jobIds.push(job.id);
    for (const source of SOURCE_NAMES) for (const id of changedIds[source] ?? []) ids.get(source)!.add(id);
  }
  const merged = [...ids].filter(([, set]) => set.size > 0).map(([source, set]) => [source, [...set]]);
  return { changedIds: Object.fromEntries(merged) as ChangedIds, jobIds };
}
