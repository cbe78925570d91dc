import { z } from 'zod';
import { code, integer, listOf, readId, requiredId, signedId, spareText, text } from './fields.ts';
import type { RowHints } from './parse-row.ts';
import { readCode, readText } from './read-text.ts';

/**
 * POST /api/analytics/v1/stocks-report/wb-warehouses: one size in one warehouse. Since August 2026 every warehouse is
 * `-999999`, «Склад WB».
 */
export const stockSchema = z.object({
  nmId: requiredId,
  chrtId: requiredId,
  warehouseId: signedId,
  warehouseName: text,
  regionName: spareText,
  quantity: integer,
  inWayToClient: integer,
  inWayFromClient: integer,
});

export type StockRow = z.output<typeof stockSchema>;

/** Sums that Wildberries lists among the warehouses of the report, in the names that `locale=ru` gives them. */
const SUMS = {
  inWayToClient: 'В пути до получателей',
  inWayFromClient: 'В пути возвраты на склад WB',
  total: 'Всего находится на складах',
} as const;
const SUM_NAMES: readonly (string | null)[] = Object.values(SUMS);

const warehouseSchema = z.object({ warehouseName: text, quantity: integer });

/**
 * GET /api/v1/warehouse_remains/tasks/{task_id}/download, grouped by everything: one size (barcode) of one article.
 * `warehouses` has only those that are warehouses; the sums stand beside it, `null` when the report has none.
 */
export const remainsSchema = z
  .object({ nmId: requiredId, barcode: code, techSize: text, warehouses: listOf(warehouseSchema) })
  .transform(({ warehouses, ...rest }) => {
    const sum = (name: string) => warehouses.find((each) => each.warehouseName === name)?.quantity ?? null;
    return {
      ...rest,
      warehouses: warehouses.filter((each) => !SUM_NAMES.includes(each.warehouseName)),
      inWayToClient: sum(SUMS.inWayToClient),
      inWayFromClient: sum(SUMS.inWayFromClient),
    };
  });

export type RemainsRow = z.output<typeof remainsSchema>;

/** Of a row of either report that cannot be used: what may tell whose it is. */
export function stockHints(fields: Readonly<Record<string, unknown>>): RowHints {
  return {
    nmId: readId(fields['nmId']) ?? undefined,
    chrtId: readId(fields['chrtId']) ?? undefined,
    barcode: readCode(fields['barcode']) ?? undefined,
    article: readText(fields['vendorCode']) ?? undefined,
  };
}
