import type { OrderRow } from '../../client/client.ts';
import { saveOrders, type OrderRecord } from './orders-queries.ts';
import type { PartContext, PartResult } from '../part.ts';
import { beginStatistics } from './statistics-cursor.ts';
import { readStatisticsPages } from './statistics-pages.ts';

const NAME = 'orders';

/** Orders that are new or changed since the last sync; at first those of the 90 days that Wildberries keeps. */
export async function syncOrders(context: PartContext): Promise<PartResult> {
  const { cabinetId, client } = context;
  return readStatisticsPages<OrderRow>(context, {
    name: NAME,
    begin: beginStatistics(await context.readCursor(NAME), context.position !== undefined),
    keyOf: ({ srid }) => srid,
    request: (cursor, onRows, signal) => client.orders(cursor, onRows, signal),
    write: (tx, rows) => saveOrders(tx, cabinetId, rows.map(toRecord)),
  });
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
