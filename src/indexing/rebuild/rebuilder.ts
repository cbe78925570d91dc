import { cabinetExists } from '../../cabinets/queries.ts';
import type { Database } from '../../database/pool.ts';
import type { Embedders } from '../../embedding/embedders.ts';
import { messageOf } from '../../errors.ts';
import type { AppEvents, Events } from '../../events.ts';
import type { Log } from '../../log.ts';
import type { WriteContext } from '../chunk-writer.ts';
import { acquireLease, writeUnderLease, type CabinetModels, type Lease } from '../lease.ts';
import { modelUnavailable } from '../model-unavailable.ts';
import { beginModelChange, deleteOtherVectors } from '../models.ts';
import { isPassingFault, putOffSeconds } from '../put-off.ts';
import { logRows, type Reconciler } from '../reconciler.ts';
import { countWantedRows } from '../rows.ts';
import { createWriteContext, leaseRequestOf } from '../run-context.ts';
import { emptyCounts, figuresOf, type RunCounts } from '../runs.ts';
import { addDrift, classifyDrift } from './drift.ts';
import { endPass, endSlice, type SliceOutcome } from './end-slice.ts';
import { gatherDifferences } from './gather-differences.ts';
import { readRebuild, type Rebuild } from './queries.ts';
import {
  addToRun,
  beginSlice,
  failRebuild,
  notePause,
  noteWait,
  recordDrift,
  startRebuildRun,
  type Progress,
} from './slice-queries.ts';

export interface RebuilderDeps {
  main: Database;
  vector: Database;
  reconciler: Reconciler;
  embedders: Embedders;
  events: Events;
  log: Log;
}

export interface RebuilderOptions {
  /** The version of the texts that this process writes (`sources/texts-version.ts`). */
  textsVersion: string;
  windowDays: number;
  /** Differences after which a slice stops looking for more: what is embedded before a live change gets its turn. */
  maxDifferences: number;
}

export interface SliceRequest {
  cabinetId: number;
  jobId: string;
  rebuildId: string;
  slice: number;
  signal: AbortSignal;
}

export interface Rebuilder {
  /**
   * Does one slice of a full rebuild: compares rows until there is enough to embed, mends what differs, and notes how far it
   * has come. After a crash the same slice finds most of it done. Throws as `Indexer.run` does.
   */
  runSlice(request: SliceRequest): Promise<SliceOutcome>;
  /** Gives a rebuild up because its work failed for a reason that waiting does not mend. */
  fail(cabinetId: number, rebuildId: string, reason: string): Promise<void>;
}

const DELETE_PAGE = 5000;

/**
 * A full rebuild is a row of `rag_rebuilds` in one of these states (docs/architecture.md has a drawing):
 *
 * - `pending`: somebody asked for it, and the job of its first slice is sent. The first slice that begins makes it `running`.
 * - `running`: slice after slice is done, each by a job that sends the next. A slice that ends moves the position and
 *   raises `slice`. A request for another model, or a chunk that lacks a vector at the end, takes it back to the first row:
 *   the next pass. A fault that passes (the provider or a database is away, the budget is used up) leaves it `running`,
 *   with the reason in `error` and the time of the next attempt in `next_attempt_at`.
 * - `completed`: the last row has been compared, and searches have changed to the next model if there is one.
 * - `failed`: a slice failed by itself as often as the worker tries (`indexing/worker.ts`). The next rebuild begins anew.
 *
 * A crash before the first slice, or between the end of a slice and the sending of the next, leaves a rebuild without a job:
 * the keeper sends one within 10 s. A crash inside a slice: the queue runs the job again, and it begins at the same row; what
 * was saved is found unchanged, and not paid for again. The end is one transaction: after a crash it has happened or not.
 */
export function createRebuilder(deps: RebuilderDeps, options: RebuilderOptions): Rebuilder {
  const { main, vector, reconciler, embedders, events, log } = deps;
  const { textsVersion } = options;

  function tell(
    { cabinetId, id: rebuildId, rowsTotal }: Rebuild,
    status: 'started' | 'running',
    rowsDone: number,
  ): void {
    events.emit('rebuildProgress', { cabinetId, rebuildId, status, rowsDone, rowsTotal });
  }

  async function begin(
    { cabinetId, rebuildId, slice }: SliceRequest,
    lease: Lease,
  ): Promise<Rebuild | undefined> {
    return writeUnderLease(vector, lease, async (client) => {
      const rebuild = await beginSlice(client, { cabinetId, id: rebuildId, slice }, textsVersion);
      if (rebuild !== undefined && rebuild.model !== null)
        await beginModelChange(client, cabinetId, rebuild.model);
      return rebuild;
    });
  }

  async function openRun(rebuild: Rebuild, lease: Lease, models: CabinetModels): Promise<Rebuild> {
    if (rebuild.runId !== null) return rebuild;
    const { cabinetId } = rebuild;
    log.info(
      { cabinetId, rebuildId: rebuild.id, trigger: rebuild.trigger, model: rebuild.model },
      `Starting full_rebuild indexing for cabinet ${cabinetId}`,
    );
    const rows = await countWantedRows(main.pool, cabinetId, options.windowDays);
    const model = models.next ?? models.search;
    const opened = await writeUnderLease(vector, lease, (client) =>
      startRebuildRun(client, rebuild, model, rows),
    );
    if (opened !== undefined) tell(opened, 'started', 0);
    return opened ?? rebuild;
  }

  async function work(rebuild: Rebuild, context: WriteContext, models: CabinetModels): Promise<SliceOutcome> {
    const { lease, counts } = context;
    const { comparisons, progress, next } = await gatherDifferences(rebuild, context, {
      ...{ reconciler, maxDifferences: options.maxDifferences },
    });
    for (const comparison of comparisons) counts.chunksSkipped += comparison.unchanged;
    if (rebuild.driftSlice < rebuild.slice) {
      const found = await classifyDrift(main.pool, lease.cabinetId, comparisons);
      rebuild.drift = addDrift(rebuild.drift, found);
      await writeUnderLease(vector, lease, (client) => recordDrift(client, rebuild, rebuild.drift));
    }
    await reconciler.apply(comparisons, context);
    if (next === undefined) return finish(rebuild, context, models, progress);
    const outcome = await writeUnderLease(vector, lease, (client) =>
      endSlice(client, rebuild, counts, progress),
    );
    tell(rebuild, 'running', progress.rowsDone);
    return outcome;
  }

  async function finish(
    rebuild: Rebuild,
    context: WriteContext,
    models: CabinetModels,
    progress: Progress,
  ): Promise<SliceOutcome> {
    const { lease, counts } = context;
    const { cabinetId } = lease;
    const nextModel =
      models.next !== undefined && context.models.includes(models.next) ? models.next : undefined;
    const written = rebuild.textsVersion === textsVersion ? textsVersion : null;
    const done = { progress, nextModel, textsVersion: written };
    const { switched, outcome, totalChunks } = await writeUnderLease(vector, lease, (client) =>
      endPass(client, rebuild, counts, done),
    );
    if (switched)
      log.info(
        { cabinetId, model: nextModel },
        `Searches in cabinet ${cabinetId} compare vectors of ${nextModel} now`,
      );
    const { rowsDone } = progress;
    if (outcome.status !== 'completed') {
      tell(rebuild, 'running', rowsDone);
      return outcome;
    }
    reportEnd({ ...rebuild, rowsDone }, 'completed');
    logRows(
      log,
      `Extracted data for cabinet ${cabinetId}`,
      cabinetId,
      new Map(Object.entries(progress.rowCounts)),
    );
    log.info(
      { cabinetId, rebuildId: rebuild.id, drift: rebuild.drift, ...counts },
      `Full_rebuild indexing completed for cabinet ${cabinetId}: ${totalChunks} chunks indexed`,
    );
    // The rebuild is over; vectors that stay now go with the next one.
    await deleteUnusedVectors(lease).catch((error: unknown) => {
      log.warn(
        { err: error, cabinetId },
        `Vectors of other models could not be deleted: ${messageOf(error)}`,
      );
    });
    return { status: 'completed' };
  }

  async function deleteUnusedVectors(lease: Lease): Promise<void> {
    for (let deleted = DELETE_PAGE; deleted === DELETE_PAGE;) {
      deleted = await writeUnderLease(vector, lease, (client) =>
        deleteOtherVectors(client, lease.cabinetId, DELETE_PAGE),
      );
    }
  }

  async function runUnderLease(
    request: SliceRequest,
    lease: Lease,
    models: CabinetModels,
    onCounts: (counts: RunCounts) => void,
  ): Promise<SliceOutcome> {
    const { cabinetId, jobId, signal } = request;
    let rebuild = await begin(request, lease);
    if (rebuild === undefined) return { status: 'superseded' };
    const target = rebuild.model ?? models.next;
    const wanted = { search: models.search, next: target === models.search ? undefined : target };
    const onSaved = (chunks: number) => events.emit('batchSaved', { cabinetId, jobId, chunks });
    const context = createWriteContext(embedders, lease, wanted, { kind: 'rebuild', signal, onSaved });
    onCounts(context.counts);
    try {
      if (!(await cabinetExists(main.pool, cabinetId))) {
        await reconciler.removeCabinet(context);
        reportEnd(rebuild, 'completed', { cabinetGone: true });
        return { status: 'completed' };
      }
      rebuild = await openRun(rebuild, lease, wanted);
      if (rebuild.model !== null && embedders.of(rebuild.model) === undefined)
        throw modelUnavailable(rebuild.model);
      return await work(rebuild, context, wanted);
    } catch (error) {
      await noteTrouble(rebuild, context, error);
      throw error;
    }
  }

  function reportEnd(
    { cabinetId, id: rebuildId, rowsDone, rowsTotal, startedAt }: Rebuild,
    status: 'completed' | 'failed',
    { cabinetGone = false } = {},
  ): void {
    // By the clocks of two machines, so it may come out below nothing.
    const durationMs = startedAt === null ? 0 : Math.max(0, Date.now() - startedAt.getTime());
    const rows = { rowsDone, rowsTotal, cabinetGone };
    events.emit('rebuildEnded', { cabinetId, rebuildId, status, ...rows, durationMs });
  }

  /** What was done and spent by then counts. When not even this can be written, the next slice says how it stands. */
  async function noteTrouble(rebuild: Rebuild, context: WriteContext, error: unknown): Promise<void> {
    const seconds = context.signal.aborted ? undefined : putOffSeconds(error);
    await writeUnderLease(vector, context.lease, async (client) => {
      if (rebuild.runId !== null)
        await addToRun(client, rebuild, context.counts, {
          status: 'running',
          error: seconds === undefined ? null : messageOf(error),
        });
      if (seconds !== undefined) await noteWait(client, rebuild, messageOf(error), seconds);
      else if (context.signal.aborted) await notePause(client, rebuild.cabinetId);
    }).catch(() => undefined);
  }

  async function runSlice(
    request: SliceRequest,
    onCounts: (counts: RunCounts) => void,
  ): Promise<SliceOutcome> {
    const { cabinetId, rebuildId, slice } = request;
    // Looked at before the lease is taken, which would say that work is in progress.
    const known = await readRebuild(vector.pool, cabinetId, rebuildId);
    if (known?.finishedAt !== null || known.slice !== slice) return { status: 'superseded' };
    const asking = leaseRequestOf(embedders, textsVersion);
    const { lease, models } = await acquireLease(vector.pool, cabinetId, asking);
    return runUnderLease(request, lease, models, onCounts);
  }

  return {
    async runSlice(request) {
      const { cabinetId, jobId, rebuildId, signal } = request;
      const started = performance.now();
      let counts = emptyCounts();
      let status: AppEvents['rebuildSliceEnded'][0]['status'] = 'failed';
      try {
        const outcome = await runSlice(request, (own) => (counts = own));
        status = outcome.status;
        return outcome;
      } catch (error) {
        if (signal.aborted || isPassingFault(error)) status = 'waiting';
        throw error;
      } finally {
        const durationMs = performance.now() - started;
        const slice = { cabinetId, jobId, rebuildId, status, durationMs, ...figuresOf(counts) };
        events.emit('rebuildSliceEnded', slice);
      }
    },
    async fail(cabinetId, rebuildId, reason) {
      const known = await readRebuild(vector.pool, cabinetId, rebuildId);
      if (known === undefined || known.finishedAt !== null) return;
      const asking = leaseRequestOf(embedders, textsVersion);
      const { lease } = await acquireLease(vector.pool, cabinetId, asking);
      const failed = await writeUnderLease(vector, lease, async (client) => {
        const rebuild = await readRebuild(client, cabinetId, rebuildId);
        if (rebuild === undefined || rebuild.finishedAt !== null) return undefined;
        await failRebuild(client, rebuild, reason);
        return rebuild;
      });
      if (failed !== undefined) reportEnd(failed, 'failed');
    },
  };
}
