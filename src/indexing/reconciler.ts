import type { Database } from '../database/pool.ts';
import { SOURCE_NAMES, type ChangedIds, type SourceName } from '../source-tables.ts';
import {
  createChunkWriter,
  type ChunkWriterDeps,
  type ChunkWriterOptions,
  type WriteContext,
} from './chunk-writer.ts';
import { compareChunks, type Comparison } from './comparison.ts';
import { writeUnderLease } from './lease.ts';
import { readStoredByIds, readStoredInRange } from './queries.ts';
import { readChunkPage, readChunksByIds } from './rows.ts';
import { addToTotal, deleteSomeOfCabinet, forgetCabinet, recountTotal } from './totals.ts';

export interface ReconcilerDeps extends ChunkWriterDeps {
  main: Database;
}

export interface ReconcilerOptions extends ChunkWriterOptions {
  /** Orders, sales and reviews older than this many days call for no chunk. */
  windowDays: number;
}

/** Brings chunks in line with the rows that call for them. Every write is under the lease of the context. */
export interface Reconciler {
  /** The chunks of these rows. */
  indexChangedIds(changedIds: ChangedIds, context: WriteContext): Promise<void>;
  /** The chunks of all rows of the cabinet, and those whose row is gone; slice by slice, in the order of ids. */
  indexEverything(context: WriteContext): Promise<void>;
  /** Everything of a cabinet that does not exist any more, its lease included. */
  removeCabinet(context: WriteContext): Promise<void>;
}

/** Rows read and compared at a time. */
const PAGE = 1000;

export function createReconciler(deps: ReconcilerDeps, options: ReconcilerOptions): Reconciler {
  const { main, vector, embedder, log } = deps;
  const writer = createChunkWriter(deps, options);

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

  return { indexChangedIds, indexEverything, removeCabinet };
}

function extracted(comparisons: readonly Comparison[]): Map<SourceName, number> {
  const rows = new Map<SourceName, number>();
  for (const { source, write, unchanged } of comparisons) {
    rows.set(source, (rows.get(source) ?? 0) + write.length + unchanged);
  }
  return rows;
}
