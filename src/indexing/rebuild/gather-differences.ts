import { SOURCE_NAMES, tableOf } from '../../source-tables.ts';
import type { WriteContext } from '../chunk-writer.ts';
import type { Comparison } from '../comparison.ts';
import { FIRST_POSITION, type Position } from '../pages.ts';
import type { Reconciler } from '../reconciler.ts';
import type { Rebuild } from './queries.ts';
import type { Progress } from './slice-queries.ts';

/** What a slice has to do, and how far the rebuild has come when it is done. */
export interface Gathered {
  comparisons: Comparison[];
  progress: Progress;
  /** Undefined: that was the last row. */
  next: Position | undefined;
}

/** Rows compared in one slice: 0.3 s on a server, so that a live change waits no longer. */
const MAX_SLICE_ROWS = 20_000;
/** Chunks deleted in one slice. */
const MAX_REMOVALS = 5000;

/** Compares rows from where the rebuild stands, page by page, until there is enough for one slice. Writes nothing. */
export async function gatherDifferences(
  rebuild: Rebuild,
  context: WriteContext,
  { reconciler, maxDifferences }: { reconciler: Reconciler; maxDifferences: number },
): Promise<Gathered> {
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
    const isEnough = differences >= maxDifferences || removals >= MAX_REMOVALS;
    if (next === undefined || rows >= MAX_SLICE_ROWS || isEnough) {
      counts.readMs += performance.now() - started;
      const { source, sourceId } = position;
      const rowsDone = rebuild.rowsDone + rows;
      return { comparisons, progress: { sourceTable: tableOf(source), sourceId, rowsDone, rowCounts }, next };
    }
  }
}

function positionOf({ sourceTable, sourceId }: Rebuild): Position {
  const source = SOURCE_NAMES.find((name) => tableOf(name) === sourceTable);
  return source === undefined || sourceId === null ? FIRST_POSITION : { source, sourceId };
}
