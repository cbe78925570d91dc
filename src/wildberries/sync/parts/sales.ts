import { compareTimes } from '../../client/compare-times.ts';
import type { SaleRow, StatisticsCursor } from '../../client/client.ts';
import { refreshOrderStatuses } from './orders-queries.ts';
import type { PartContext, PartResult } from '../part.ts';
import { readOldestUnpriced, saveSales, type SaleRecord } from './sales-queries.ts';
import { beginStatistics } from './statistics-cursor.ts';
import { readStatisticsPages } from './statistics-pages.ts';

const NAME = 'sales';

/** Sales and returns that are new or changed since the last sync, and with them the status of their orders. */
export async function syncSales(context: PartContext): Promise<PartResult> {
  const { cabinetId, client } = context;
  return readStatisticsPages<SaleRow>(context, {
    name: NAME,
    begin: await whereToBegin(context),
    keyOf: ({ saleId }) => saleId,
    request: (cursor, onRows, signal) => client.sales(cursor, onRows, signal),
    async write(tx, rows) {
      const written = await saveSales(tx, cabinetId, rows.map(toRecord));
      const orderIds = rows.flatMap(({ srid }) => (srid === null ? [] : [srid]));
      await refreshOrderStatuses(tx, cabinetId, orderIds);
      return written;
    },
  });
}

/**
 * Where the last sync ended, or before: amounts are filled in up to a day after the sale, and nobody says that this moves
 * `lastChangeDate`. What still lacks them is asked for again; that makes an answer longer, not more of them.
 */
async function whereToBegin(context: PartContext): Promise<StatisticsCursor> {
  const goesOn = context.position !== undefined;
  const cursor = beginStatistics(await context.readCursor(NAME), goesOn);
  if (goesOn || cursor.days !== undefined) return cursor;
  const unpriced = await readOldestUnpriced(context.executor, context.cabinetId);
  return unpriced !== undefined && compareTimes(unpriced, cursor.dateFrom) < 0
    ? { dateFrom: unpriced }
    : cursor;
}

/** `S…` is a buyout, `R…` a return; what else Wildberries may invent is kept under its own letters. */
function typeOf(saleId: string): string | null {
  const prefix = /^\p{L}+/u.exec(saleId)?.[0] ?? null;
  return prefix === 'S' ? 'buyout' : prefix === 'R' ? 'return' : prefix;
}

/** Wildberries writes 0 while it does not know an amount yet. */
function known(amount: string | null): string | null {
  return amount === null || Number(amount) === 0 ? null : amount;
}

function toRecord(row: SaleRow): SaleRecord {
  return {
    sale_id: row.saleId,
    order_id: row.srid,
    g_number: row.gNumber,
    nm_id: row.nmId,
    article: row.supplierArticle,
    brand: row.brand,
    category: row.category,
    subject: row.subject,
    size: row.techSize,
    barcode: row.barcode,
    amount: known(row.finishedPrice),
    price_with_discount: known(row.priceWithDisc),
    for_pay: known(row.forPay),
    payment_sale_amount: row.paymentSaleAmount,
    total_price: row.totalPrice,
    discount_percent: row.discountPercent,
    spp_percent: row.spp,
    warehouse_from: row.warehouseName,
    warehouse_to: row.regionName ?? row.oblastOkrugName ?? row.countryName,
    sale_date: row.date,
    type: typeOf(row.saleId),
    last_change_date: row.lastChangeDate,
  };
}
