import { z } from 'zod';
import { decimal, flag, id, moscowTime, requiredKey, text } from './fields.ts';

/** What orders and sales have in common. */
const commonFields = {
  date: moscowTime,
  lastChangeDate: moscowTime,
  warehouseName: text,
  warehouseType: text,
  countryName: text,
  oblastOkrugName: text,
  regionName: text,
  supplierArticle: text,
  nmId: id,
  barcode: text,
  category: text,
  subject: text,
  brand: text,
  techSize: text,
  incomeID: id,
  isSupply: flag,
  isRealization: flag,
  totalPrice: decimal,
  discountPercent: decimal,
  spp: decimal,
  finishedPrice: decimal,
  priceWithDisc: decimal,
  sticker: text,
  gNumber: text,
};

/** GET /api/v1/supplier/orders: one row, one unit ordered, identified by srid. */
export const orderSchema = z
  .object({ ...commonFields, srid: requiredKey, isCancel: flag, cancelDate: moscowTime })
  .transform(({ incomeID, ...rest }) => ({ incomeId: incomeID, ...rest }));

export type OrderRow = z.output<typeof orderSchema>;

/** By the first letter of saleID; others (`D`, `A`, `B`) were seen years ago and are kept as `other`. */
export type SaleKind = 'sale' | 'return' | 'other';

function kindOf(saleId: string): SaleKind {
  if (saleId.startsWith('S')) return 'sale';
  return saleId.startsWith('R') ? 'return' : 'other';
}

/**
 * GET /api/v1/supplier/sales: sales and returns. A sale and its return share an srid, so saleID is the key. `forPay`,
 * `finishedPrice` and `priceWithDisc` may be 0 for up to a day, until Wildberries has worked them out.
 */
export const saleSchema = z
  .object({ ...commonFields, saleID: requiredKey, srid: text, forPay: decimal, paymentSaleAmount: decimal })
  .transform(({ incomeID, saleID, ...rest }) => ({
    saleId: saleID,
    kind: kindOf(saleID),
    incomeId: incomeID,
    ...rest,
  }));

export type SaleRow = z.output<typeof saleSchema>;
