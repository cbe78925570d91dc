import type pg from 'pg';
import type { OnRows, RowProblem, StatisticsCursor, StatisticsPage } from '../../client/client.ts';
import { createFingerprint, createPageGuard } from './page-guard.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { judgePage } from '../refused-page.ts';
import { earlier, readRefusedSince, refusedAfter, refusedCursorOf } from './refused-since.ts';
import { beginBeforeRefused, positionSchema, type StatisticsPosition } from './statistics-cursor.ts';
import { NOTHING_WRITTEN, type WriteCounts } from './upsert.ts';

interface StatisticsPages<Row> {
  /** The name of the part and of its cursor. */
  name: string;
  /** Where the cursor says that it begins. */
  begin: StatisticsCursor;
  keyOf: (row: Row) => string;
  request: (cursor: StatisticsCursor, onRows: OnRows<Row>, signal: AbortSignal) => Promise<StatisticsPage>;
  write: (client: pg.PoolClient, rows: Row[]) => Promise<WriteCounts>;
}

/**
 * Reads orders or sales page by page from a cursor on, and stores them as they come. The cursor moves when a whole page is
 * stored, and most of its rows were of use: one that was cut off, or was of no use, is asked for again.
 */
export async function readStatisticsPages<Row>(
  context: PartContext,
  pages: StatisticsPages<Row>,
): Promise<PartResult> {
  const { name } = pages;
  const refused = readRefusedSince(await context.readCursor(refusedCursorOf(name)));
  const saved = positionSchema.parse(context.position);
  const fresh = beginBeforeRefused(pages.begin, refused, Date.now());
  const { isWhole, guard: pagesBefore } = saved ?? { isWhole: fresh.isWhole };
  const guard = createPageGuard(name, pagesBefore);
  let { oldestRefused, hasScanned = false }: Partial<StatisticsPosition> = saved ?? {};
  let cursor = saved === undefined ? fresh.cursor : pages.begin;
  for (;;) {
    const page = await readPage(context, pages, cursor);
    oldestRefused = earlier(oldestRefused, page.oldestRefused);
    const isRepeated = guard.isRepeated(page.fingerprint);
    // Two days, or two moments after every day was asked for, with the very same rows: Wildberries does not listen to what
    // it is asked for. Before that, a full page of a single moment may well come twice.
    const isOver = isRepeated && (cursor.days !== undefined || hasScanned);
    const next = isOver ? undefined : nextOf(cursor, page, hasScanned);
    if (next === undefined && page.next !== undefined)
      context.log.warn(`WB sync of ${name}: Wildberries sends the same page again; what came is kept`);
    hasScanned ||= next?.days !== undefined;
    const kept = refusedAfter(refused, {
      ...{ oldest: oldestRefused, nowMs: Date.now() },
      isWhole: isWhole && (next === undefined || page.refusal !== undefined),
    });
    const isKept = kept !== undefined || refused !== undefined;
    const cursors = isKept ? { [refusedCursorOf(name)]: kept ?? null } : {};
    const write = () => Promise.resolve(NOTHING_WRITTEN);
    if (page.refusal !== undefined) {
      if (isWhole) await context.save(write, { cursors });
      throw page.refusal;
    }
    const reached = next ?? (page.next === undefined ? page.cursor : { dateFrom: page.cursor.dateFrom });
    const position = { goesOn: true, isWhole, oldestRefused, hasScanned, guard: guard.state };
    await context.save(write, { cursors: { ...cursors, [name]: reached }, position });
    if (next === undefined) return DONE;
    cursor = next;
  }
}

async function readPage<Row>(
  context: PartContext,
  { name, keyOf, request, write }: StatisticsPages<Row>,
  cursor: StatisticsCursor,
) {
  const fingerprint = createFingerprint();
  const asked = cursor.days?.[0] ?? cursor.dateFrom;
  // Answers for two days have no row in common, but one of them may be what flag=0 gave.
  if (cursor.days !== undefined) fingerprint.mark('day');
  let oldestRefused: string | undefined;
  let first: RowProblem | undefined;
  let refused = 0;
  const onRows: OnRows<Row> = async (rows, problems) => {
    for (const row of rows) fingerprint.add(keyOf(row));
    for (const { key, hints } of problems) {
      fingerprint.add(key ?? null);
      // One that does not say when it changed may be as old as what was asked for.
      oldestRefused = earlier(oldestRefused, hints?.changedAt ?? asked);
    }
    first ??= problems[0];
    refused += problems.length;
    const counts = { processed: rows.length + problems.length, problems, isWholePage: false };
    await context.save((client) => write(client, rows), counts);
  };
  const page = await request(cursor, onRows, context.signal);
  const refusal = judgePage(name, page.rowCount, refused, first);
  return { ...page, refusal, oldestRefused, fingerprint: fingerprint.value() };
}

/** Every day is asked for once in a run: after that, whatever was hidden behind a full page has come. */
function nextOf(
  cursor: StatisticsCursor,
  { next }: StatisticsPage,
  hasScanned: boolean,
): StatisticsCursor | undefined {
  const isNewScan = cursor.days === undefined && next?.days !== undefined;
  return isNewScan && hasScanned ? { dateFrom: next.dateFrom } : next;
}
