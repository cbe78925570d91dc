import type { Executor } from '../../database/pool.ts';
import { AppError } from '../../errors.ts';
import { forgetOldModel, isRefusedByOthers, lacksVectors, switchModel } from '../models.ts';
import type { RunCounts } from '../runs.ts';
import { readRebuild, type Rebuild } from './queries.ts';
import {
  addToRun,
  advanceRebuild,
  beginNextPass,
  completeStatus,
  endRebuild,
  type Progress,
} from './slice-queries.ts';

export type SliceOutcome =
  /** The rebuild goes on with this slice. */
  | { status: 'more'; slice: number }
  | { status: 'completed' }
  /** Somebody else did it, or the rebuild is over. */
  | { status: 'superseded' };

/** How often it begins again when, at the end, a chunk still has no vector of the model to switch to. */
const MAX_PASSES = 5;

/** Ends a slice with others to come. Only under the lease. */
export async function endSlice(
  client: Executor,
  rebuild: Rebuild,
  counts: RunCounts,
  progress: Progress,
): Promise<SliceOutcome> {
  await advanceRebuild(client, rebuild, progress);
  return goOn(client, rebuild, counts);
}

export interface EndOfPass {
  outcome: SliceOutcome;
  /** Searches compare vectors of the next model from now on. */
  switched: boolean;
  /** When it is completed. */
  totalChunks?: number;
}

/**
 * Ends the slice that compared the last row: the rebuild is completed, or has to begin with the first row once more. To be
 * run in one transaction, under the lease: so a search sees the switch to another model with all that belongs to it, or
 * nothing of it.
 *
 * @param done `nextModel`: the one to switch to; `textsVersion`: that of all texts, null when they are of several
 */
export async function endPass(
  client: Executor,
  rebuild: Rebuild,
  counts: RunCounts,
  done: { progress: Progress; nextModel: string | undefined; textsVersion: string | null },
): Promise<EndOfPass> {
  const { cabinetId } = rebuild;
  const next = done.nextModel;
  if (next !== undefined && (await lacksVectors(client, cabinetId, next))) {
    if (rebuild.pass >= MAX_PASSES)
      throw new AppError(
        'internal',
        `After ${rebuild.pass} passes there are still chunks of cabinet ${cabinetId} without a vector of ${next}. Does a worker of an older version run?`,
      );
    await beginNextPass(client, rebuild);
    return { switched: false, outcome: await goOn(client, rebuild, counts) };
  }
  // Before all else: a model that is asked for from now on finds this rebuild over, and opens another.
  if (!(await advanceRebuild(client, rebuild, done.progress)))
    return { switched: false, outcome: await goOn(client, rebuild, counts) };
  const switched = next !== undefined && (await switchModel(client, cabinetId, next));
  if (switched && (await isRefusedByOthers(client, cabinetId, next))) {
    // What the model before refused has no chunk, so this one was not asked: once more, by this one alone.
    await beginNextPass(client, { ...rebuild, slice: rebuild.slice + 1 });
    return { switched, outcome: await goOn(client, rebuild, counts) };
  }
  await forgetOldModel(client, cabinetId);
  await addToRun(client, rebuild, counts, { status: 'completed', error: null });
  await endRebuild(client, rebuild, 'completed', null);
  const totalChunks = await completeStatus(client, cabinetId, done.textsVersion);
  return { switched, outcome: { status: 'completed' }, totalChunks };
}

/** Counts what the slice did, and says which one is next: another than expected when a request took the rebuild back. */
async function goOn(client: Executor, rebuild: Rebuild, counts: RunCounts): Promise<SliceOutcome> {
  await addToRun(client, rebuild, counts, { status: 'running', error: null });
  const now = await readRebuild(client, rebuild.cabinetId, rebuild.id);
  return { status: 'more', slice: now!.slice };
}
