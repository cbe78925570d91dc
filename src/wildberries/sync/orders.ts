import type { OrderRow } from '../client/client.ts';
import { saveOrders, type OrderRecord } from './orders-queries.ts';
import { NOTHING_WRITTEN } from './upsert.ts';
import { DONE, type PartContext, type PartResult } from './part.ts';
import { GOES_ON, beginStatistics } from './statistics-cursor.ts';

const NAME = 'orders';

/** Orders that are new or changed since the last sync; at first those of the 90 days that Wildberries keeps. */
export async function syncOrders(context: PartContext): Promise<PartResult> {
  let cursor = beginStatistics(await context.readCursor(NAME), context.position !== undefined);
  for (;;) {
    const page = await context.client.orders(
      cursor,
      (rows, problems) =>
        context.save((tx) => saveOrders(tx, context.cabinetId, rows.map(toRecord)), {
          processed: rows.length + problems.length,
          problems,
        }),
      context.signal,
    );
    // Only when all of it is stored: an answer that was cut off is asked for again.
    const reached = page.next ?? page.cursor;
    await context.save(() => Promise.resolve(NOTHING_WRITTEN), {
      cursors: { [NAME]: reached },
      position: GOES_ON,
    });
    if (page.next === undefined) return DONE;
    cursor = page.next;
  }
}

function toRecord(row: OrderRow): OrderRecord {
  return {
    order_id: row.srid,
    nm_id: row.nmId,
    article: row.supplierArticle,
    brand: row.brand,
    size: row.techSize,
    barcode: row.barcode,
    category: row.category,
    subject: row.subject,
    // One row is one unit.
    quantity: 1,
    price: row.totalPrice,
    total_price: row.priceWithDisc,
    customer_price: row.finishedPrice,
    discount_percent: row.discountPercent,
    spp_percent: row.spp,
    warehouse_from: row.warehouseName,
    warehouse_to: row.regionName ?? row.oblastOkrugName ?? row.countryName,
    order_date: row.date,
    g_number: row.gNumber,
    is_cancel: row.isCancel,
    cancel_date: row.cancelDate,
    warehouse_type: row.warehouseType,
    country: row.countryName,
    okrug: row.oblastOkrugName,
    last_change_date: row.lastChangeDate,
  };
}
