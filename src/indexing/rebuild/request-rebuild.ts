import type { Database } from '../../database/pool.ts';
import { generationOf, nextGenerationOf, providerModelOf } from '../../embedding/embedders.ts';
import { AppError } from '../../errors.ts';
import { findRebuildJob } from '../../jobs/queries.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Log } from '../../log.ts';
import { readModelStates } from '../models.ts';
import {
  insertRebuild,
  readOpenRebuild,
  retargetRebuild,
  type Rebuild,
  type RebuildTrigger,
} from './queries.ts';

export interface RequestRebuildDeps {
  main: Database;
  vector: Database;
  jobs: Jobs;
  log: Log;
}

export interface RequestedRebuild {
  rebuild: Rebuild;
  /** One was open already, and this request is part of it. */
  joined: boolean;
  /** The job that does the next slice, when this request sent it. */
  jobId: string | undefined;
}

/** Each round lost means that a rebuild ended between two statements. */
const MAX_ROUNDS = 5;

/**
 * Has all rows of a cabinet compared with their chunks. A cabinet has one rebuild at a time: a second request joins the
 * one that is open. With `model`, that model's vectors are completed too, and searched from then on; with `reembedBy`, the
 * configured model, every text is embedded anew. One that joins with another model takes the open rebuild back to the first
 * row.
 */
export async function requestRebuild(
  deps: RequestRebuildDeps,
  cabinetId: number,
  request: { trigger: RebuildTrigger; model?: string | undefined; reembedBy?: string | undefined },
): Promise<RequestedRebuild> {
  const { vector, log } = deps;
  const { reembedBy } = request;
  const reembedded = reembedBy === undefined ? undefined : await reembedTarget(deps, cabinetId, reembedBy);
  const model = request.model ?? reembedded ?? null;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const opened = await insertRebuild(vector.pool, cabinetId, request.trigger, model);
    let rebuild = opened ?? (await readOpenRebuild(vector.pool, cabinetId));
    if (rebuild === undefined) continue;
    if (opened === undefined && model !== null && rebuild.model !== model) {
      rebuild = await retargetRebuild(vector.pool, rebuild, model);
      if (rebuild === undefined) continue;
    }
    const fields = { cabinetId, rebuildId: rebuild.id, trigger: request.trigger, model };
    if (opened === undefined)
      log.info(fields, `A full_rebuild of cabinet ${cabinetId} is under way; the request joins it`);
    else log.info(fields, `Full_rebuild indexing started for cabinet ${cabinetId}`);
    // After it was said: a worker may begin at once.
    const jobId = await ensureRebuildJob(deps, rebuild);
    return { rebuild, joined: opened === undefined, jobId };
  }
  throw new AppError('database_busy', `A rebuild of cabinet ${cabinetId} could not be opened. Try again.`);
}

/**
 * Sends the job of the next slice, unless one of the rebuild waits or runs. Two at once may both send it: the second to run
 * finds its slice done. Resolves to the id of what it sent.
 */
export async function ensureRebuildJob(
  { main, jobs }: Pick<RequestRebuildDeps, 'main' | 'jobs'>,
  { cabinetId, id, slice }: Pick<Rebuild, 'cabinetId' | 'id' | 'slice'>,
): Promise<string | undefined> {
  if (await findRebuildJob(main.pool, cabinetId, { id, slice })) return undefined;
  const [jobId] = await jobs.sendRagIndex([
    { cabinet_id: cabinetId, mode: 'incremental', rebuild: { id, slice } },
  ]);
  return jobId;
}

/**
 * Which vectors `--reembed` makes: those of the configured model or, when the cabinet has them already, the same model's
 * once more under a name of their own. Undefined: the cabinet has no vectors, and gets those of the configuration anyway.
 */
export async function reembedTarget(
  { vector }: Pick<RequestRebuildDeps, 'vector'>,
  cabinetId: number,
  configuredModel: string,
): Promise<string | undefined> {
  const [state] = await readModelStates(vector.pool, cabinetId);
  const searchModel = state?.searchModel ?? null;
  const nextModel = state?.nextModel ?? null;
  if (searchModel === null) return undefined;
  const isConfigured = (model: string) => providerModelOf(model) === providerModelOf(configuredModel);
  // One that is under way is what was asked for.
  if (nextModel !== null && isConfigured(nextModel)) return nextModel;
  const previous = [state?.previousModel ?? null, state?.rolledBackFrom ?? null].filter(
    (model) => model !== null,
  );
  // What was gone back from is taken up again, with the vectors that are kept of it.
  if (!isConfigured(searchModel)) return previous.find(isConfigured) ?? configuredModel;
  // A name that no vectors have had, those that were gone back from included.
  return nextGenerationOf([searchModel, ...previous.filter(isConfigured)].toSorted(byGeneration).at(-1)!);
}

const byGeneration = (one: string, other: string) => generationOf(one) - generationOf(other);
