import { z } from 'zod';
import { isMoment } from '../compare-times.ts';
import {
  code,
  decimal,
  flag,
  id,
  money,
  moscowTime,
  optionalKey,
  requiredKey,
  spareText,
  text,
} from './fields.ts';
import type { RowHints } from './parse-row.ts';

/** What orders and sales have in common. */
const commonFields = {
  date: moscowTime,
  lastChangeDate: moscowTime,
  warehouseName: text,
  regionName: text,
  supplierArticle: text,
  nmId: id,
  barcode: code,
  category: text,
  subject: text,
  brand: text,
  techSize: text,
  totalPrice: money,
  discountPercent: decimal,
  spp: decimal,
  finishedPrice: money,
  priceWithDisc: money,
  gNumber: code,
};

/** GET /api/v1/supplier/orders: one row, one unit ordered, identified by srid. */
export const orderSchema = z.object({
  ...commonFields,
  srid: requiredKey,
  isCancel: flag,
  cancelDate: moscowTime,
  warehouseType: text,
  countryName: text,
  oblastOkrugName: text,
});

export type OrderRow = z.output<typeof orderSchema>;

/**
 * GET /api/v1/supplier/sales: sales and returns. A sale and its return share an srid, so saleID is the key. `forPay`,
 * `finishedPrice` and `priceWithDisc` may be 0 for up to a day, until Wildberries has worked them out.
 */
export const saleSchema = z
  .object({
    ...commonFields,
    saleID: requiredKey,
    srid: optionalKey,
    forPay: money,
    paymentSaleAmount: money,
    // Only in place of a region.
    countryName: spareText,
    oblastOkrugName: spareText,
  })
  .transform(({ saleID, ...rest }) => ({ saleId: saleID, ...rest }));

export type SaleRow = z.output<typeof saleSchema>;

/** The time of the change of an order or a sale that cannot be used. */
export function statisticsHints({ lastChangeDate }: Readonly<Record<string, unknown>>): RowHints {
  const isKnown = typeof lastChangeDate === 'string' && isMoment(lastChangeDate);
  return isKnown ? { changedAt: lastChangeDate } : {};
}
