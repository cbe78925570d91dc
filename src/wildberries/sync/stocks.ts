import type { StockRow } from '../client/client.ts';
import type { RowProblem } from '../client/client.ts';
import { DONE, type PartContext, type PartResult } from './part.ts';
import { replaceStocks, type StockRecord } from './stocks-queries.ts';

/**
 * Stocks in the warehouses of Wildberries. The report is a snapshot: it is read whole, then takes the place of the one
 * before in one transaction. Nothing is kept of one that was cut off.
 */
export async function syncStocks(context: PartContext): Promise<PartResult> {
  const snapshot = new Map<string, StockRecord>();
  const problems: RowProblem[] = [];
  let processed = 0;
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const page = await context.client.stocks(
      offset,
      (rows, pageProblems) => {
        for (const row of rows) add(snapshot, row);
        problems.push(...pageProblems);
        processed += rows.length + pageProblems.length;
        return Promise.resolve();
      },
      context.signal,
    );
    offset = page.next;
  }
  await context.save(
    (tx) =>
      replaceStocks(tx, context.cabinetId, 'wb-warehouses', [...snapshot.values()], {
        complete: problems.length === 0,
      }),
    { processed, problems },
  );
  return DONE;
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
