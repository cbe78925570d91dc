import { cabinetExists } from '../cabinets/queries.ts';
import { messageOf } from '../errors.ts';
import type { Embedders } from '../embedding/embedders.ts';
import type { Events } from '../events.ts';
import { countChangedIds, type ChangedIds } from '../source-tables.ts';
import type { WriteContext } from './chunk-writer.ts';
import { acquireLease } from './lease.ts';
import { isPassingFault } from './put-off.ts';
import type { Reconciler, ReconcilerDeps } from './reconciler.ts';
import { createWriteContext, leaseRequestOf } from './run-context.ts';
import { emptyCounts, endRun, figuresOf, pruneRuns, startRun, type RunCounts } from './runs.ts';

export interface IndexerDeps extends Pick<ReconcilerDeps, 'main' | 'vector' | 'log'> {
  reconciler: Reconciler;
  embedders: Embedders;
  events: Events;
}

export interface IndexerOptions {
  /** The version of the texts that this process writes (`sources/texts-version.ts`). */
  textsVersion: string;
}

export interface IndexRequest {
  cabinetId: number;
  jobId: string;
  /** `undefined`: no delta is known, every row of the cabinet is compared. */
  changedIds: ChangedIds | undefined;
  signal: AbortSignal;
}

export interface Indexer {
  /**
   * Brings the index of one cabinet in line with its rows, as they are when it runs. Throws `embedding_unavailable`,
   * `lease_lost` or a database error when it could not finish; running it again later finishes it, at no extra cost.
   */
  run(request: IndexRequest): Promise<void>;
}

/** A run that was told to stop is taken up again, so it has not failed either. */
function statusAfter(error: unknown, signal: AbortSignal): 'waiting' | 'failed' {
  return signal.aborted || isPassingFault(error) ? 'waiting' : 'failed';
}

const PRUNE_INTERVAL_MS = 60 * 60 * 1000;

export function createIndexer(deps: IndexerDeps, options: IndexerOptions): Indexer {
  const { main, vector, reconciler, embedders, events, log } = deps;
  let prunedAt = performance.now();

  function logStart({ cabinetId, jobId, changedIds }: IndexRequest): void {
    const ids = changedIds === undefined ? 'all rows' : `${countChangedIds(changedIds)} changed IDs`;
    log.info({ cabinetId, jobId }, `Starting incremental RAG indexing for cabinet ${cabinetId} with ${ids}`);
  }

  async function work(request: IndexRequest, context: WriteContext): Promise<void> {
    const { cabinetId, jobId, changedIds, signal } = request;
    const { lease, counts } = context;
    const runId = await startRun(vector.pool, lease, {
      mode: 'incremental',
      model: context.searchModel,
      changedIds: changedIds === undefined ? 0 : countChangedIds(changedIds),
    });
    try {
      if (!(await cabinetExists(main.pool, cabinetId))) {
        await reconciler.removeCabinet(context);
        return;
      }
      if (changedIds === undefined) await reconciler.indexEverything(context);
      else await reconciler.indexChangedIds(changedIds, context);
    } catch (error) {
      const status = statusAfter(error, signal);
      // When not even this can be written, the next run of the cabinet records it as abandoned.
      await endRun(vector, lease, { runId, status, error: messageOf(error), counts }).catch(() => undefined);
      throw error;
    }
    await endRun(vector, lease, { runId, status: 'completed', error: null, counts });
    const written = counts.chunksNew + counts.chunksUpdated;
    log.info({ cabinetId, jobId }, `Saved ${written} records to vector DB`);
    log.info(
      { cabinetId, jobId, ...counts },
      `Incremental indexing completed for cabinet ${cabinetId}: ${written} chunks indexed`,
    );
  }

  return {
    async run(request) {
      const { cabinetId, jobId, changedIds, signal } = request;
      const started = performance.now();
      let counts: RunCounts = emptyCounts();
      let status: 'completed' | 'waiting' | 'failed' = 'completed';
      events.emit('runStarted', { cabinetId, jobId, changedIds });
      logStart(request);
      try {
        const asking = leaseRequestOf(embedders, options.textsVersion);
        const { lease, models } = await acquireLease(vector.pool, cabinetId, asking);
        const onSaved = (chunks: number) => events.emit('batchSaved', { cabinetId, jobId, chunks });
        const context = createWriteContext(embedders, lease, models, { kind: 'live', signal, onSaved });
        counts = context.counts;
        await work(request, context);
      } catch (error) {
        status = statusAfter(error, request.signal);
        throw error;
      } finally {
        const durationMs = performance.now() - started;
        events.emit('runEnded', { cabinetId, jobId, status, durationMs, ...figuresOf(counts) });
      }
      if (performance.now() - prunedAt > PRUNE_INTERVAL_MS) {
        prunedAt = performance.now();
        await pruneRuns(vector.pool).catch((error: unknown) =>
          log.warn({ err: error }, 'Pruning old runs failed'),
        );
      }
    },
  };
}
