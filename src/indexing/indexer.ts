import { hostname } from 'node:os';
import { cabinetExists } from '../cabinets/queries.ts';
import type { Database } from '../database/pool.ts';
import { databaseFaultOf } from '../database/sqlstate.ts';
import { isAppError, messageOf } from '../errors.ts';
import type { Events } from '../events.ts';
import { SOURCE_NAMES, countChangedIds, type ChangedIds, type SourceName } from '../source-tables.ts';
import {
  createChunkWriter,
  type ChunkWriterDeps,
  type ChunkWriterOptions,
  type WriteContext,
} from './chunk-writer.ts';
import { compareChunks, type Comparison } from './comparison.ts';
import { acquireLease, writeUnderLease, type Lease } from './lease.ts';
import {
  addToTotal,
  deleteSomeOfCabinet,
  forgetCabinet,
  readStoredByIds,
  readStoredInRange,
  recountTotal,
} from './queries.ts';
import { readChunkPage, readChunksByIds } from './rows.ts';
import { emptyCounts, endRun, pruneRuns, startRun, type RunCounts } from './runs.ts';

export interface IndexerDeps extends ChunkWriterDeps {
  main: Database;
  events: Events;
}

export interface IndexerOptions extends ChunkWriterOptions {
  windowDays: number;
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

/** Rows read and compared at a time. */
const PAGE = 1000;
const PRUNE_INTERVAL_MS = 60 * 60 * 1000;
const OWNER = `${hostname()}:${process.pid}`;

export function createIndexer(deps: IndexerDeps, options: IndexerOptions): Indexer {
  const { main, vector, embedder, events, log } = deps;
  const writer = createChunkWriter(deps, options);
  let prunedAt = Date.now();

  async function compareByIds(
    cabinetId: number,
    source: SourceName,
    ids: readonly number[],
  ): Promise<Comparison> {
    const [wanted, stored] = await Promise.all([
      readChunksByIds(main.pool, cabinetId, options.windowDays, source, ids),
      readStoredByIds(vector.pool, cabinetId, source, embedder.model, ids),
    ]);
    return compareChunks(source, wanted, stored);
  }

  async function indexChangedIds(changedIds: ChangedIds, context: WriteContext): Promise<void> {
    const { lease, counts } = context;
    const started = performance.now();
    const comparisons: Comparison[] = [];
    for (const source of SOURCE_NAMES) {
      const ids = changedIds[source] ?? [];
      for (let i = 0; i < ids.length; i += PAGE) {
        comparisons.push(await compareByIds(lease.cabinetId, source, ids.slice(i, i + PAGE)));
      }
    }
    counts.readMs += performance.now() - started;
    logExtracted(
      `Extracted data by IDs for cabinet ${lease.cabinetId}`,
      lease.cabinetId,
      extracted(comparisons),
    );
    for (const comparison of comparisons) counts.chunksSkipped += comparison.unchanged;
    await writer.apply(comparisons, context);
  }

  async function indexEverything(context: WriteContext): Promise<void> {
    const { lease, counts } = context;
    const totals = new Map<SourceName, number>();
    for (const source of SOURCE_NAMES) {
      let after: string | null = '0';
      while (after !== null) {
        context.signal.throwIfAborted();
        const started = performance.now();
        const wanted = await readChunkPage(
          main.pool,
          lease.cabinetId,
          options.windowDays,
          source,
          after,
          PAGE,
        );
        // The last page reaches to the end, so that chunks behind the last row are seen too.
        const upTo: string | null = wanted.length < PAGE ? null : wanted.at(-1)!.sourceId;
        const stored = await readStoredInRange(
          vector.pool,
          lease.cabinetId,
          source,
          embedder.model,
          after,
          upTo,
        );
        const comparison = compareChunks(source, wanted, stored);
        counts.readMs += performance.now() - started;
        counts.chunksSkipped += comparison.unchanged;
        totals.set(source, (totals.get(source) ?? 0) + wanted.length);
        await writer.apply([comparison], context);
        after = upTo;
      }
    }
    logExtracted(`Extracted data for cabinet ${lease.cabinetId}`, lease.cabinetId, totals);
    await writeUnderLease(vector, lease, (client) => recountTotal(client, lease.cabinetId));
  }

  /** A cabinet that does not exist any more leaves nothing behind. */
  async function removeCabinet({ lease, counts }: WriteContext): Promise<void> {
    for (let deleted = PAGE; deleted === PAGE; counts.chunksDeleted += deleted) {
      deleted = await writeUnderLease(vector, lease, async (client) => {
        const some = await deleteSomeOfCabinet(client, lease.cabinetId, PAGE);
        await addToTotal(client, lease.cabinetId, -some);
        return some;
      });
    }
    await writeUnderLease(vector, lease, (client) => forgetCabinet(client, lease.cabinetId));
    log.info(
      { cabinetId: lease.cabinetId, deleted: counts.chunksDeleted },
      `Removed the index of deleted cabinet ${lease.cabinetId}`,
    );
  }

  function logExtracted(message: string, cabinetId: number, rows: ReadonlyMap<SourceName, number>): void {
    const parts = SOURCE_NAMES.map((source) => `${source}=${rows.get(source) ?? 0}`);
    log.info({ cabinetId, rows: Object.fromEntries(rows) }, `${message}: ${parts.join(', ')}`);
  }

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
        await removeCabinet(context);
        return;
      }
      if (changedIds === undefined) await indexEverything(context);
      else await indexChangedIds(changedIds, context);
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
      if (Date.now() - prunedAt > PRUNE_INTERVAL_MS) {
        prunedAt = Date.now();
        await pruneRuns(vector.pool).catch((error: unknown) =>
          log.warn({ err: error }, 'Pruning old runs failed'),
        );
      }
    },
  };

  function extracted(comparisons: readonly Comparison[]): Map<SourceName, number> {
    const rows = new Map<SourceName, number>();
    for (const { source, write, unchanged } of comparisons) {
      rows.set(source, (rows.get(source) ?? 0) + write.length + unchanged);
    }
    return rows;
  }
}
