import { z } from 'zod';
import { isAppError } from '../../errors.ts';
import type { RemainsRow, RemainsStatus, RowProblem } from '../client/client.ts';
import { DONE, type PartContext, type PartResult } from './part.ts';
import { replaceStocks, type StockRecord } from './stocks-queries.ts';
import { NOTHING_WRITTEN } from './upsert.ts';

const positionSchema = z.object({ taskId: z.string() }).optional().catch(undefined);

/** Wildberries makes the report within seconds to minutes; the limits of a base token are what takes time. */
const ASK_AGAIN_MS = 20_000;

/**
 * Stocks for a token that may not call the stock report: Wildberries makes a file, in three steps that may lie hours
 * apart. The task is kept in the position, so that no step is asked for twice.
 */
export async function syncRemains(context: PartContext): Promise<PartResult> {
  let task = positionSchema.parse(context.position);
  if (task === undefined) {
    task = { taskId: await context.client.createRemainsTask(context.signal) };
    await savePosition(context, task);
    return { done: false, retryAfterMs: ASK_AGAIN_MS, reason: 'Wildberries is making the stock report.' };
  }
  const status = await askStatus(context, task.taskId);
  if (status === 'new' || status === 'processing')
    return { done: false, retryAfterMs: ASK_AGAIN_MS, reason: 'Wildberries is making the stock report.' };
  if (status !== 'done') {
    await savePosition(context, null);
    return {
      done: false,
      retryAfterMs: ASK_AGAIN_MS,
      reason: `Wildberries dropped the stock report (${status ?? 'not found'}); it is ordered again.`,
    };
  }
  const snapshot = new Map<string, StockRecord>();
  const problems: RowProblem[] = [];
  let processed = 0;
  await context.client.downloadRemains(
    task.taskId,
    (rows, rowProblems) => {
      for (const record of rows.flatMap(toRecords)) add(snapshot, record);
      problems.push(...rowProblems);
      processed += rows.length + rowProblems.length;
      return Promise.resolve();
    },
    context.signal,
  );
  await context.save(
    (tx) =>
      replaceStocks(tx, context.cabinetId, 'warehouse-remains', [...snapshot.values()], {
        complete: problems.length === 0,
      }),
    { processed, problems },
  );
  return DONE;
}

/** Undefined: Wildberries does not know the task any more. */
async function askStatus(context: PartContext, taskId: string): Promise<RemainsStatus | undefined> {
  try {
    return await context.client.remainsStatus(taskId, context.signal);
  } catch (error) {
    if (isAppError(error, 'wb_rejected') && error.details['status'] === 404) return undefined;
    throw error;
  }
}

function savePosition(context: PartContext, position: unknown): Promise<void> {
  return context.save(() => Promise.resolve(NOTHING_WRITTEN), { position });
}

/** A size that was given several barcodes comes in several rows; what the seller has is their sum. */
function add(snapshot: Map<string, StockRecord>, record: StockRecord): void {
  const key = JSON.stringify([record.nm_id, record.size, record.warehouse_name]);
  const before = snapshot.get(key);
  if (before === undefined) {
    snapshot.set(key, record);
    return;
  }
  for (const count of ['quantity', 'quantity_full', 'in_way_to_client', 'in_way_from_client'] as const)
    before[count] += record[count];
}

/** How the row is called that holds what is under way of a size: it lies in no warehouse. */
const ON_THE_WAY = 'В пути';

function toRecords(row: RemainsRow): StockRecord[] {
  const size = {
    nm_id: row.nmId,
    chrt_id: null,
    size: row.techSize,
    barcode: row.barcode,
    warehouse_id: null,
  };
  const records: StockRecord[] = row.warehouses.map(({ warehouseName, quantity }) => ({
    ...size,
    warehouse_name: warehouseName,
    quantity: quantity ?? 0,
    quantity_full: quantity ?? 0,
    in_way_to_client: 0,
    in_way_from_client: 0,
  }));
  const toClient = row.inWayToClient ?? 0;
  const fromClient = row.inWayFromClient ?? 0;
  if (toClient + fromClient > 0) {
    records.push({
      ...size,
      warehouse_name: ON_THE_WAY,
      quantity: 0,
      quantity_full: toClient + fromClient,
      in_way_to_client: toClient,
      in_way_from_client: fromClient,
    });
  }
  return records;
}
