import { z } from 'zod';
import { AppError, isAppError } from '../../../errors.ts';
import type { RemainsRow, RowProblem } from '../../client/client.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { doubtOf } from './stocks-doubt.ts';
import { replaceStocks, type StockRecord } from './stocks-queries.ts';
import { NOTHING_WRITTEN } from './upsert.ts';

const positionSchema = z
  .object({
    /** Absent: the next one is still to be ordered. */
    taskId: z.string().optional(),
    orderedAt: z.coerce.date().optional(),
    /** Tasks of this run that came to nothing. */
    dropped: z.int().nonnegative().default(0),
    /** Steps that were answered 404. A refusal is not asked for in a loop: the second of a step fails the part. */
    gone: z.array(z.string()).default([]),
  })
  .catch({ dropped: 0, gone: [] });
type Position = z.output<typeof positionSchema>;

/** Wildberries makes the report within seconds to minutes; the limits of a base token are what takes time. */
const ASK_AGAIN_MS = 20_000;
/** As long as a run is open no other part of the cabinet is read anew, so it must not wait for ever. */
const MAX_TASKS = 3;
const TASK_MS = 3 * 60 * 60 * 1000;

/**
 * Stocks for a token that may not call the stock report: Wildberries makes a file, in three steps that may lie hours
 * apart. The task is kept in the position, so that no step is asked for twice.
 */
export async function syncRemains(context: PartContext): Promise<PartResult> {
  const position = positionSchema.parse(context.position ?? {});
  const { taskId, dropped, gone } = position;
  if (taskId === undefined) {
    const ordered = await context.client.createRemainsTask(context.signal);
    await savePosition(context, { taskId: ordered, orderedAt: new Date(), dropped, gone });
    return MAKING;
  }
  const status = await unlessGone(context.client.remainsStatus(taskId, context.signal));
  if (status === 'new' || status === 'processing') {
    const ageMs = Date.now() - (position.orderedAt?.getTime() ?? 0);
    return ageMs < TASK_MS ? MAKING : await dropTask(context, position, 'not made in time');
  }
  if (status === undefined) return await dropTask(context, position, 'not found', 'status');
  if (status !== 'done') return await dropTask(context, position, status);
  const snapshot = new Map<string, StockRecord>();
  const problems: RowProblem[] = [];
  let processed = 0;
  const download = context.client.downloadRemains(
    taskId,
    (rows, rowProblems) => {
      for (const record of rows.flatMap(toRecords)) add(snapshot, record);
      problems.push(...rowProblems);
      processed += rows.length + rowProblems.length;
      return Promise.resolve();
    },
    context.signal,
  );
  if ((await unlessGone(download)) === undefined)
    return await dropTask(context, position, 'not found', 'download');
  await context.save(
    (tx) =>
      replaceStocks(tx, context.cabinetId, 'warehouse-remains', [...snapshot.values()], doubtOf(problems)),
    { processed, problems },
  );
  return DONE;
}

const MAKING: PartResult = {
  done: false,
  retryAfterMs: ASK_AGAIN_MS,
  reason: 'Wildberries is making the stock report.',
};

/** A task that comes to nothing is ordered again, a few times. */
async function dropTask(
  context: PartContext,
  position: Position,
  why: string,
  goneAt?: 'status' | 'download',
): Promise<PartResult> {
  const dropped = position.dropped + 1;
  if (dropped >= MAX_TASKS || (goneAt !== undefined && position.gone.includes(goneAt))) {
    const times = `${dropped} times`;
    throw new AppError('wb_rejected', `Wildberries did not make the stock report, ${times} (${why}).`);
  }
  const gone = goneAt === undefined ? position.gone : [...position.gone, goneAt];
  await savePosition(context, { dropped, gone });
  const reason = `Wildberries dropped the stock report (${why}); it is ordered again.`;
  return { done: false, retryAfterMs: ASK_AGAIN_MS, reason };
}

/** Undefined: Wildberries does not know the task any more. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAppError(error, 'wb_rejected') && error.details['status'] === 404) return undefined;
    throw error;
  }
}

function savePosition(context: PartContext, position: Position): Promise<void> {
  return context.save(() => Promise.resolve(NOTHING_WRITTEN), { position });
}

/**
 * A size that was given several barcodes comes in several rows; what the seller has is their sum. One without a name is
 * known by its barcode.
 */
function add(snapshot: Map<string, StockRecord>, record: StockRecord): void {
  const key = JSON.stringify([record.nm_id, record.size ?? record.barcode, record.warehouse_name]);
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
