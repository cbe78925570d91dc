import { z } from 'zod';
import { decimal, flag, id, listOf, requiredId, text } from './fields.ts';

const sizeSchema = z
  .object({
    sizeID: id,
    techSizeName: text,
    price: decimal,
    discountedPrice: decimal,
    clubDiscountedPrice: decimal,
  })
  // What is sizeID here is chrtID in the cards and chrtId in the stocks.
  .transform(({ sizeID, techSizeName, ...rest }) => ({
    chrtId: sizeID,
    techSize: techSizeName,
    ...rest,
  }));

/** GET /api/v2/list/goods/filter. Prices are in whole units of `currency`, not kopecks, and may have a fraction. */
export const priceSchema = z
  .object({
    nmID: requiredId,
    vendorCode: text,
    currencyIsoCode4217: text,
    discount: decimal,
    clubDiscount: decimal,
    editableSizePrice: flag,
    sizes: listOf(sizeSchema),
  })
  .transform(({ nmID, currencyIsoCode4217, discount, clubDiscount, ...rest }) => ({
    nmId: nmID,
    currency: currencyIsoCode4217,
    discountPercent: discount,
    clubDiscountPercent: clubDiscount,
    ...rest,
  }));

export type PriceRow = z.output<typeof priceSchema>;
