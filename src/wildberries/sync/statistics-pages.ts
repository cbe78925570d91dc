import type pg from 'pg';
import type { OnRows, StatisticsCursor, StatisticsPage } from '../client/client.ts';
import { DONE, type PartContext, type PartResult } from './part.ts';
import { GOES_ON } from './statistics-cursor.ts';
import { NOTHING_WRITTEN, type WriteCounts } from './upsert.ts';

/**
 * Reads orders or sales page by page from a cursor on, and stores them as they come. The cursor moves when a whole page is
 * stored: one that was cut off is asked for again.
 */
export async function readStatisticsPages<Row>(
  context: PartContext,
  pages: {
    /** Of the cursor. */
    name: string;
    begin: StatisticsCursor;
    request: (cursor: StatisticsCursor, onRows: OnRows<Row>, signal: AbortSignal) => Promise<StatisticsPage>;
    write: (client: pg.PoolClient, rows: Row[]) => Promise<WriteCounts>;
  },
): Promise<PartResult> {
  const { name, request, write } = pages;
  const onRows: OnRows<Row> = (rows, problems) =>
    context.save((client) => write(client, rows), { processed: rows.length + problems.length, problems });
  let cursor = pages.begin;
  for (;;) {
    const page = await request(cursor, onRows, context.signal);
    const reached = page.next ?? page.cursor;
    await context.save(() => Promise.resolve(NOTHING_WRITTEN), {
      cursors: { [name]: reached },
      position: GOES_ON,
    });
    if (page.next === undefined) return DONE;
    cursor = page.next;
  }
}
