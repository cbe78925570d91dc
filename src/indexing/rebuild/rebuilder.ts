import { cabinetExists } from '../../cabinets/queries.ts';
import type { Database, Executor } from '../../database/pool.ts';
import type { Embedders } from '../../embedding/embedders.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { AppEvents, Events } from '../../events.ts';
import type { Log } from '../../log.ts';
import { SOURCE_NAMES, tableOf } from '../../source-tables.ts';
import type { WriteContext } from '../chunk-writer.ts';
import type { Comparison } from '../comparison.ts';
import { acquireLease, writeUnderLease, type CabinetModels, type Lease } from '../lease.ts';
import { modelUnavailable } from '../model-unavailable.ts';
import {
  beginModelChange,
  deleteOtherVectors,
  forgetOldModel,
  isRefusedByOthers,
  lacksVectors,
  switchModel,
} from '../models.ts';
import { FIRST_POSITION, type Position } from '../pages.ts';
import { isPassingFault, putOffSeconds } from '../put-off.ts';
import { logRows, type Reconciler } from '../reconciler.ts';
import { countWantedRows } from '../rows.ts';
import { createWriteContext, leaseRequestOf } from '../run-context.ts';
import { emptyCounts, figuresOf, type RunCounts } from '../runs.ts';
import { addDrift, classifyDrift } from './drift.ts';
import {
  addToRun,
  advanceRebuild,
  beginNextPass,
  beginSlice,
  completeStatus,
  endRebuild,
  failRebuild,
  notePause,
  noteWait,
  readRebuild,
  recordDrift,
  startRebuildRun,
  type Progress,
  type Rebuild,
} from './queries.ts';

export interface RebuilderDeps {
  main: Database;
  vector: Database;
  reconciler: Reconciler;
  embedders: Embedders;
  events: Events;
  log: Log;
}

export interface RebuilderOptions {
  /** Of the texts that this process writes (`sources/texts-version.ts`). */
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

export type SliceOutcome =
  /** The rebuild goes on with this slice. */
  | { status: 'more'; slice: number }
  | { status: 'completed' }
  /** Somebody else did it, or the rebuild is over. */
  | { status: 'superseded' };

export interface Rebuilder {
  /**
   * Does one slice of a full rebuild: compares rows until there is enough to embed, mends what differs, and notes how far it
   * has come. After a crash the same slice finds most of it done. Throws as `Indexer.run` does.
   */
  runSlice(request: SliceRequest): Promise<SliceOutcome>;
  /** Gives a rebuild up because its work failed for a reason that waiting does not mend. */
  fail(cabinetId: number, rebuildId: string, reason: string): Promise<void>;
}

/** Rows compared in one slice: 0.3 s on a server, so that a live change waits no longer. */
const MAX_SLICE_ROWS = 20_000;
/** Chunks deleted in one slice. */
const MAX_REMOVALS = 5000;
/** How often it begins again when, at the end, a chunk still has no vector of the model to switch to. */
const MAX_PASSES = 5;
const DELETE_PAGE = 5000;

interface Gathered {
  comparisons: Comparison[];
  progress: Progress;
  next: Position | undefined;
}

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

  async function gather(rebuild: Rebuild, context: WriteContext): Promise<Gathered> {
    const { counts, signal } = context;
    const started = performance.now();
    const comparisons: Comparison[] = [];
    const rowCounts = { ...rebuild.rowCounts };
    let position = positionOf(rebuild);
    let rows = 0;
    let differences = 0;
    let removals = 0;
    for (;;) {
      signal.throwIfAborted();
      const page = await reconciler.comparePage(position, context);
      const { comparison, next } = page;
      comparisons.push(comparison);
      rows += page.rows;
      rowCounts[position.source] = (rowCounts[position.source] ?? 0) + page.rows;
      differences += comparison.write.length;
      removals += comparison.remove.length;
      if (next !== undefined) position = next;
      const isEnough = differences >= options.maxDifferences || removals >= MAX_REMOVALS;
      if (next === undefined || rows >= MAX_SLICE_ROWS || isEnough) {
        counts.readMs += performance.now() - started;
        const { source, sourceId } = position;
        const rowsDone = rebuild.rowsDone + rows;
        return {
          comparisons,
          progress: { sourceTable: tableOf(source), sourceId, rowsDone, rowCounts },
          next,
        };
      }
    }
  }

  async function work(rebuild: Rebuild, context: WriteContext, models: CabinetModels): Promise<SliceOutcome> {
    const { lease, counts } = context;
    const { comparisons, progress, next } = await gather(rebuild, context);
    for (const comparison of comparisons) counts.chunksSkipped += comparison.unchanged;
    if (rebuild.driftSlice < rebuild.slice) {
      const found = await classifyDrift(main.pool, lease.cabinetId, comparisons);
      rebuild.drift = addDrift(rebuild.drift, found);
      await writeUnderLease(vector, lease, (client) => recordDrift(client, rebuild, rebuild.drift));
    }
    await reconciler.apply(comparisons, context);
    if (next === undefined) return finish(rebuild, context, models, progress);
    const outcome = await writeUnderLease(vector, lease, async (client) => {
      await advanceRebuild(client, rebuild, progress);
      return goOn(client, rebuild, counts);
    });
    tell(rebuild, 'running', progress.rowsDone);
    return outcome;
  }

  /** Counts what the slice did, and says which one is next: another than expected when a request took the rebuild back. */
  async function goOn(client: Executor, rebuild: Rebuild, counts: RunCounts): Promise<SliceOutcome> {
    await addToRun(client, rebuild, counts, { status: 'running', error: null });
    const now = await readRebuild(client, rebuild.cabinetId, rebuild.id);
    return { status: 'more', slice: now!.slice };
  }

  /** The switch to another model is one transaction, with the end of the rebuild: a search sees all of it or nothing. */
  async function finish(
    rebuild: Rebuild,
    context: WriteContext,
    models: CabinetModels,
    progress: Progress,
  ): Promise<SliceOutcome> {
    const { lease, counts } = context;
    const { cabinetId } = lease;
    const next = models.next !== undefined && context.models.includes(models.next) ? models.next : undefined;
    const written = rebuild.textsVersion === textsVersion ? textsVersion : null;
    const { switched, outcome, totalChunks } = await writeUnderLease(vector, lease, async (client) => {
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
      if (!(await advanceRebuild(client, rebuild, progress)))
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
      const outcome: SliceOutcome = { status: 'completed' };
      return { switched, outcome, totalChunks: await completeStatus(client, cabinetId, written) };
    });
    if (switched)
      log.info({ cabinetId, model: next }, `Searches in cabinet ${cabinetId} compare vectors of ${next} now`);
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

function positionOf({ sourceTable, sourceId }: Rebuild): Position {
  const source = SOURCE_NAMES.find((name) => tableOf(name) === sourceTable);
  return source === undefined || sourceId === null ? FIRST_POSITION : { source, sourceId };
}
