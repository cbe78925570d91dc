import type { RowProblem, StockRow } from '../../client/client.ts';
import { createFingerprint, createPageGuard } from './page-guard.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { doubtOf } from './stocks-doubt.ts';
import { replaceStocks, type StockRecord } from './stocks-queries.ts';

/**
 * Stocks in the warehouses of Wildberries. The report is a snapshot: it is read whole, then takes the place of the one
 * before in one transaction. Nothing is kept of one that was cut off.
 */
export async function syncStocks(context: PartContext): Promise<PartResult> {
  const snapshot = new Map<string, StockRecord>();
  const problems: RowProblem[] = [];
  const guard = createPageGuard('stocks');
  let processed = 0;
  let isWhole = true;
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const page = await readPage(context, offset);
    // Added once more it would double the stocks, and what lies behind it cannot be reached.
    isWhole = !guard.isRepeated(page.fingerprint);
    if (!isWhole) break;
    for (const row of page.rows) add(snapshot, row);
    problems.push(...page.problems);
    processed += page.rowCount;
    offset = page.next;
  }
  if (!isWhole)
    context.log.warn(
      'WB sync of stocks: Wildberries sends the same page again; what is missing stays as it was',
    );
  const doubt = doubtOf(problems);
  await context.save(
    (tx) =>
      replaceStocks(tx, context.cabinetId, 'wb-warehouses', [...snapshot.values()], {
        ...doubt,
        everybody: doubt.everybody || !isWhole,
      }),
    { processed, problems },
  );
  return DONE;
}

async function readPage({ client, signal }: PartContext, offset: number) {
  const rows: StockRow[] = [];
  const problems: RowProblem[] = [];
  const fingerprint = createFingerprint();
  const page = await client.stocks(
    offset,
    (someRows, someProblems) => {
      for (const row of someRows) fingerprint.add(row);
      for (const { key, field } of someProblems) fingerprint.add({ key, field });
      rows.push(...someRows);
      problems.push(...someProblems);
      return Promise.resolve();
    },
    signal,
  );
  return { ...page, rows, problems, fingerprint: fingerprint.value() };
}

/**
 * Warehouses have been hidden behind one id since August 2026. Should a size come in several rows of it, those are
 * several warehouses, and what the seller has is their sum.
 */
function add(snapshot: Map<string, StockRecord>, row: StockRow): void {
  const warehouseId = row.warehouseId ?? 0;
  const key = `${row.chrtId}/${warehouseId}`;
  const before = snapshot.get(key);
  const toClient = (before?.in_way_to_client ?? 0) + (row.inWayToClient ?? 0);
  const fromClient = (before?.in_way_from_client ?? 0) + (row.inWayFromClient ?? 0);
  const quantity = (before?.quantity ?? 0) + (row.quantity ?? 0);
  snapshot.set(key, {
    nm_id: row.nmId,
    chrt_id: row.chrtId,
    size: null,
    barcode: null,
    warehouse_id: warehouseId,
    warehouse_name: row.warehouseName ?? row.regionName,
    quantity,
    in_way_to_client: toClient,
    in_way_from_client: fromClient,
    quantity_full: quantity + toClient + fromClient,
  });
}
