import { z } from 'zod';
import { decimal, id, listOf, money, requiredId } from './fields.ts';

const sizeSchema = z
  .object({ sizeID: id, price: money, discountedPrice: money })
  // What is sizeID here is chrtID in the cards and chrtId in the stocks.
  .transform(({ sizeID, ...rest }) => ({ chrtId: sizeID, ...rest }));

/** GET /api/v2/list/goods/filter. Prices are in whole units of a currency, not kopecks, and may have a fraction. */
export const priceSchema = z
  .object({ nmID: requiredId, discount: decimal, sizes: listOf(sizeSchema) })
  .transform(({ nmID, discount, sizes }) => ({ nmId: nmID, discountPercent: discount, sizes }));

export type PriceRow = z.output<typeof priceSchema>;
