import { hostname } from 'node:os';
import { cabinetExists } from '../cabinets/queries.ts';
import { databaseFaultOf } from '../database/sqlstate.ts';
import { isAppError, messageOf } from '../errors.ts';
import type { Events } from '../events.ts';
import { countChangedIds, type ChangedIds } from '../source-tables.ts';
import type { WriteContext } from './chunk-writer.ts';
import { acquireLease, type Lease } from './lease.ts';
import { createReconciler, type ReconcilerDeps, type ReconcilerOptions } from './reconciler.ts';
import { emptyCounts, endRun, pruneRuns, startRun, type RunCounts } from './runs.ts';

export interface IndexerDeps extends ReconcilerDeps {
  events: Events;
}

export type IndexerOptions = ReconcilerOptions;

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

/**
 * Whether waiting helps: a fault of the provider or the database that passes. Statements that are run on a pool, outside
 * a transaction, reject with errors as `pg` makes them.
 */
export function isPassingFault(error: unknown): boolean {
  if (isAppError(error)) return error.retryable;
  const fault = databaseFaultOf(error);
  return fault === 'busy' || fault === 'unreachable';
}

/** A run that was told to stop is taken up again, so it has not failed either. */
function statusAfter(error: unknown, signal: AbortSignal): 'waiting' | 'failed' {
  return signal.aborted || isPassingFault(error) ? 'waiting' : 'failed';
}

const PRUNE_INTERVAL_MS = 60 * 60 * 1000;
const OWNER = `${hostname()}:${process.pid}`;

export function createIndexer(deps: IndexerDeps, options: IndexerOptions): Indexer {
  const { main, vector, embedder, events, log } = deps;
  const reconciler = createReconciler(deps, options);
  let prunedAt = performance.now();

  function logStart({ cabinetId, jobId, changedIds }: IndexRequest): void {
    const ids = changedIds === undefined ? 'all rows' : `${countChangedIds(changedIds)} changed IDs`;
    log.info({ cabinetId, jobId }, `Starting incremental RAG indexing for cabinet ${cabinetId} with ${ids}`);
  }

  async function work(request: IndexRequest, lease: Lease, counts: RunCounts): Promise<void> {
    const { cabinetId, jobId, changedIds, signal } = request;
    const onSaved = (chunks: number) => events.emit('batchSaved', { cabinetId, jobId, chunks });
    const context: WriteContext = { lease, counts, signal, onSaved };
    const runId = await startRun(vector.pool, lease, {
      mode: 'incremental',
      model: embedder.model,
      changedIds: changedIds === undefined ? 0 : countChangedIds(changedIds),
    });
    const { usdPerMillionTokens } = embedder;
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
      await endRun(vector, lease, {
        runId,
        status,
        error: messageOf(error),
        counts,
        usdPerMillionTokens,
      }).catch(() => undefined);
      throw error;
    }
    await endRun(vector, lease, { runId, status: 'completed', error: null, counts, usdPerMillionTokens });
    const written = counts.chunksNew + counts.chunksUpdated;
    log.info({ cabinetId, jobId }, `Saved ${written} records to vector DB`);
    log.info(
      { cabinetId, jobId, ...counts },
      `Incremental indexing completed for cabinet ${cabinetId}: ${written} chunks indexed`,
    );
  }

  return {
    async run(request) {
      const { cabinetId, jobId, changedIds } = request;
      const started = performance.now();
      const counts = emptyCounts();
      let status: 'completed' | 'waiting' | 'failed' = 'completed';
      events.emit('runStarted', { cabinetId, jobId, changedIds });
      logStart(request);
      try {
        const lease = await acquireLease(vector.pool, cabinetId, OWNER);
        await work(request, lease, counts);
      } catch (error) {
        status = statusAfter(error, request.signal);
        throw error;
      } finally {
        const { chunksNew, chunksUpdated, chunksSkipped, chunksDeleted, chunksRejected } = counts;
        const durationMs = performance.now() - started;
        events.emit('runEnded', {
          ...{ cabinetId, jobId, status, durationMs },
          ...{ chunksNew, chunksUpdated, chunksSkipped, chunksDeleted, chunksRejected },
        });
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
