import type { Database } from '../database/pool.ts';
import type { Log } from '../log.ts';
import { SOURCE_NAMES, type ChangedIds, type SourceName } from '../source-tables.ts';
import {
  createChunkWriter,
  type ChunkWriterDeps,
  type ChunkWriterOptions,
  type WriteContext,
} from './chunk-writer.ts';
import type { Comparison } from './comparison.ts';
import { writeUnderLease } from './lease.ts';
import { compareIds, comparePage, FIRST_POSITION, type ComparedPage, type Position } from './pages.ts';
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
  /** The chunks of all rows of the cabinet, and those whose row is gone; page by page, in the order of ids. */
  indexEverything(context: WriteContext): Promise<void>;
  /** Everything of a cabinet that does not exist any more, its lease included. */
  removeCabinet(context: WriteContext): Promise<void>;
  /** The rows after a position, compared with what is stored. Reads only. */
  comparePage(position: Position, context: WriteContext): Promise<ComparedPage>;
  /** Makes the index hold what the comparisons call for. */
  apply(comparisons: readonly Comparison[], context: WriteContext): Promise<void>;
}

/** Rows read and compared at a time. */
const PAGE = 1000;

export function createReconciler(deps: ReconcilerDeps, options: ReconcilerOptions): Reconciler {
  const { main, vector, log } = deps;
  const writer = createChunkWriter(deps, options);

  async function indexChangedIds(changedIds: ChangedIds, context: WriteContext): Promise<void> {
    const { lease, models, counts } = context;
    const started = performance.now();
    const request = { cabinetId: lease.cabinetId, windowDays: options.windowDays, models };
    const comparisons: Comparison[] = [];
    for (const source of SOURCE_NAMES) {
      const ids = changedIds[source] ?? [];
      for (let i = 0; i < ids.length; i += PAGE) {
        comparisons.push(await compareIds(deps, request, source, ids.slice(i, i + PAGE)));
      }
    }
    counts.readMs += performance.now() - started;
    const message = `Extracted data by IDs for cabinet ${lease.cabinetId}`;
    logRows(log, message, lease.cabinetId, extracted(comparisons));
    for (const comparison of comparisons) counts.chunksSkipped += comparison.unchanged;
    await writer.apply(comparisons, context);
  }

  async function comparePageOf(position: Position, { lease, models }: WriteContext) {
    const request = {
      cabinetId: lease.cabinetId,
      windowDays: options.windowDays,
      models,
      pageRows: PAGE,
    };
    return comparePage({ main, vector }, request, position);
  }

  async function indexEverything(context: WriteContext): Promise<void> {
    const { lease, counts } = context;
    const totals = new Map<SourceName, number>();
    let position: Position | undefined = FIRST_POSITION;
    while (position !== undefined) {
      context.signal.throwIfAborted();
      const started = performance.now();
      const page: ComparedPage = await comparePageOf(position, context);
      counts.readMs += performance.now() - started;
      counts.chunksSkipped += page.comparison.unchanged;
      totals.set(position.source, (totals.get(position.source) ?? 0) + page.rows);
      await writer.apply([page.comparison], context);
      position = page.next;
    }
    logRows(log, `Extracted data for cabinet ${lease.cabinetId}`, lease.cabinetId, totals);
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

  return {
    indexChangedIds,
    indexEverything,
    removeCabinet,
    comparePage: comparePageOf,
    apply: (comparisons, context) => writer.apply(comparisons, context),
  };
}

/** Says how many rows of each source call for a chunk, in words that are a contract: `<message>: orders=1, products=2, …`. */
export function logRows(
  log: Log,
  message: string,
  cabinetId: number,
  rows: ReadonlyMap<string, number>,
): void {
  const parts = SOURCE_NAMES.map((source) => `${source}=${rows.get(source) ?? 0}`);
  log.info({ cabinetId, rows: Object.fromEntries(rows) }, `${message}: ${parts.join(', ')}`);
}

function extracted(comparisons: readonly Comparison[]): Map<SourceName, number> {
  const rows = new Map<SourceName, number>();
  for (const { source, write, unchanged, parked } of comparisons) {
    rows.set(source, (rows.get(source) ?? 0) + write.length + unchanged + parked);
  }
  return rows;
}
