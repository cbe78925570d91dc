import { z } from 'zod';
import { json, type Answer, type Answerer } from './answer.ts';
import { badRequest } from './problems.ts';
import { readInteger } from './read-parameters.ts';
import type { CardPrice } from './shop/shop.ts';

const MAX_GOODS = 1000;
/** One card in so many has prices for wholesale. */
const WHOLESALE_EVERY = 5;

export const answerPrices: Answerer = ({ query, shop, at }) => {
  const limit = readInteger(query, 'limit', { min: 1, max: MAX_GOODS });
  const offset = readInteger(query, 'offset', { min: 0 });
  const nmId = readInteger(query, 'filterNmID');
  if (typeof limit === 'string' || offset === 'wrong' || nmId === 'wrong') return invalid();
  const goods = shop.prices(at).filter((price) => nmId === 'missing' || price.nmId === nmId);
  const start = offset === 'missing' ? 0 : offset;
  return showGoods(goods.slice(start, start + limit));
};

const byNmSchema = z.object({ nmList: z.array(z.int()).min(1).max(MAX_GOODS) });

export const answerPricesByNm: Answerer = ({ body, shop, at }) => {
  const request = byNmSchema.safeParse(body);
  if (!request.success) return invalid();
  const wanted = new Set(request.data.nmList);
  return showGoods(shop.prices(at).filter((price) => wanted.has(price.nmId)));
};

function invalid(): Answer {
  return badRequest('prices', 'Invalid request parameters');
}

function showGoods(goods: CardPrice[]): Answer {
  return json({ data: { listGoods: goods.map(showGood) }, error: false, errorText: '' });
}

function showGood({ nmId, vendorCode, discount, clubDiscount, sizes }: CardPrice): object {
  const wholesale = nmId % WHOLESALE_EVERY === 0;
  return {
    nmID: nmId,
    vendorCode,
    sizes: sizes.map((size) => ({
      sizeID: size.chrtId,
      price: size.price,
      discountedPrice: size.discountedPrice,
      clubDiscountedPrice: size.clubDiscountedPrice,
      techSizeName: size.techSize,
    })),
    currencyIsoCode4217: 'RUB',
    discount,
    clubDiscount,
    editableSizePrice: new Set(sizes.map((size) => size.price)).size > 1,
    ...(wholesale
      ? { wholesaleDiscountThreshold: [{ minQuantity: 10, wholesaleDiscount: 10, level: 1 }] }
      : {}),
  };
}
