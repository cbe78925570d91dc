import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createShop } from '../../../src/simulator/shop/create-shop.ts';
import type { Order, Sale, Shop, ShopOptions } from '../../../src/simulator/shop/shop.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SMALL: ShopOptions = {
  seed: 'test',
  sellerId: 'small',
  products: 40,
  ordersPerDay: 12,
  reviewsPerDay: 3,
};
const LARGE: ShopOptions = {
  seed: 'test',
  sellerId: 'large',
  products: 500,
  ordersPerDay: 222,
  reviewsPerDay: 55,
};
const LISTS = ['cards', 'trashedCards', 'prices', 'orders', 'sales', 'stocks', 'reviews', 'ratings'] as const;

const T = new Date('2026-11-18T11:23:45Z');
const after = (moment: Date, ms: number): Date => new Date(moment.getTime() + ms);
const byKey = <Row>(rows: readonly Row[], key: (row: Row) => string | number): Map<string | number, Row> =>
  new Map(rows.map((row) => [key(row), row]));
const countBy = <Row>(rows: readonly Row[], key: (row: Row) => number): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return counts;
};
/** In Moscow. */
const hourOf = (moment: Date): number => after(moment, 3 * HOUR_MS).getUTCHours();
const weekdayOf = (moment: Date): number => after(moment, 3 * HOUR_MS).getUTCDay();
const cents = (roubles: number): number => Math.round(roubles * 100);

const large = createShop(LARGE);

describe('a shop', () => {
  it('says the same of the same moment, whoever asks, and whatever was asked before', () => {
    const [one, other] = [createShop(SMALL), createShop(SMALL)];
    for (const list of [...LISTS].reverse()) other[list](after(T, -40 * DAY_MS));
    for (const list of [...LISTS].reverse()) other[list](after(T, 3 * DAY_MS));
    assert.deepEqual(one.seller, other.seller);
    for (const list of LISTS) {
      const rows = one[list](T);
      assert.ok(rows.length > 0, list);
      assert.deepEqual(other[list](T), rows, list);
      assert.deepEqual(one[list](T), rows, list);
    }
  });

  it('hands out lists that the caller may reorder', () => {
    const shop = createShop(SMALL);
    for (const list of LISTS) {
      const before = [...shop[list](T)];
      shop[list](T).reverse().pop();
      assert.deepEqual(shop[list](T), before, list);
    }
  });

  it('shares no number with another seller, nor with another seed', () => {
    const numbers = (shop: Shop): (string | number)[] => [
      ...shop
        .cards(T)
        .flatMap(({ nmId, sizes }) => [nmId, ...sizes.flatMap((size) => [size.chrtId, ...size.skus])]),
      ...shop.orders(T).map(({ srid }) => srid),
      ...shop.sales(T).map(({ saleId }) => saleId),
      ...shop.reviews(T).map(({ id }) => id),
    ];
    const all = [SMALL, { ...SMALL, sellerId: 'other' }, { ...SMALL, seed: 'other' }]
      .map(createShop)
      .flatMap(numbers);
    assert.equal(new Set(all).size, all.length);
  });

  it('refuses to be a shop of nothing', () => {
    assert.throws(() => createShop({ ...SMALL, products: 0 }), RangeError);
    assert.throws(() => createShop({ ...SMALL, ordersPerDay: -1 }), RangeError);
  });

  it('may be without orders, and with a single card', () => {
    const shop = createShop({ ...SMALL, products: 1, ordersPerDay: 0 });
    assert.deepEqual(
      LISTS.map((list) => shop[list](T).length > 0),
      [true, false, true, false, false, true, false, true],
    );
  });
});

describe('the past of a shop', () => {
  const later = after(T, DAY_MS);

  it('keeps its orders: what is new was ordered since, what changed says so, and a cancelled one stays cancelled', () => {
    const before = large.orders(T);
    const now = byKey(large.orders(later), ({ srid }) => srid);
    for (const order of before) {
      const same = now.get(order.srid);
      if (!same) {
        assert.ok(order.orderedAt.getTime() <= later.getTime() - 90 * DAY_MS);
        continue;
      }
      now.delete(order.srid);
      if (same.lastChangeAt.getTime() === order.lastChangeAt.getTime()) {
        assert.deepEqual(same, order);
      } else {
        assert.ok(same.lastChangeAt > T && same.lastChangeAt <= later);
        assert.equal(order.cancelledAt, undefined);
        const { cancelledAt, lastChangeAt } = order;
        assert.deepEqual({ ...same, cancelledAt, lastChangeAt }, order);
      }
    }
    for (const order of now.values()) assert.ok(order.orderedAt > T);
  });

  it('keeps its sales: nothing but sums that were missing is filled in', () => {
    const now = byKey(large.sales(later), ({ saleId }) => saleId);
    let filled = 0;
    for (const sale of large.sales(T)) {
      const same = now.get(sale.saleId);
      if (!same) continue;
      now.delete(sale.saleId);
      if (same.lastChangeAt.getTime() === sale.lastChangeAt.getTime()) {
        assert.deepEqual(same, sale);
        continue;
      }
      filled++;
      assert.equal(sale.forPay, 0);
      assert.ok(same.forPay > 0 && same.lastChangeAt > T);
      assert.deepEqual(same.order, sale.order);
    }
    assert.ok(filled > 20);
    for (const sale of now.values()) assert.ok(sale.soldAt > T);
  });

  it('keeps its reviews: they are read and answered, and never taken back', () => {
    const now = byKey(large.reviews(later), ({ id }) => id);
    for (const review of large.reviews(T)) {
      const same = now.get(review.id);
      if (!same) {
        assert.ok(review.createdAt.getTime() <= later.getTime() - 180 * DAY_MS);
        continue;
      }
      now.delete(review.id);
      if (review.answer) assert.deepEqual(same, review);
      else {
        assert.ok(!same.answer || (same.answer.answeredAt > T && same.viewed));
        assert.deepEqual({ ...same, answer: undefined, viewed: review.viewed }, review);
      }
    }
    for (const review of now.values()) assert.ok(review.createdAt > T);
  });

  it('keeps its cards: another text comes with another updatedAt, and who is in the trash stays there', () => {
    const now = byKey(large.cards(later), ({ nmId }) => nmId);
    const trash = byKey(large.trashedCards(later), ({ card }) => card.nmId);
    for (const card of large.cards(T)) {
      const same = now.get(card.nmId);
      if (!same) assert.ok(trash.get(card.nmId)!.trashedAt > T);
      else if (same.updatedAt.getTime() === card.updatedAt.getTime()) assert.deepEqual(same, card);
      else {
        assert.ok(same.updatedAt > T);
        assert.notEqual(same.title, card.title);
        const { title, description, updatedAt } = card;
        assert.deepEqual({ ...same, title, description, updatedAt }, card);
      }
    }
    for (const { card, trashedAt } of large.trashedCards(T)) {
      const same = trash.get(card.nmId);
      if (same) assert.deepEqual(same, { card, trashedAt });
      else assert.ok(trashedAt.getTime() <= later.getTime() - 30 * DAY_MS);
    }
  });

  it('is told of an order in the words and prices of its time', () => {
    const moment = after(T, -20 * DAY_MS);
    const cards = byKey(large.cards(moment), ({ nmId }) => nmId);
    const prices = byKey(large.prices(moment), ({ nmId }) => nmId);
    const recent = large.orders(T).filter(({ orderedAt }) => Math.abs(+orderedAt - +moment) < HOUR_MS);
    const agreeing = recent.filter(({ card, size, totalPrice }) => {
      const price = prices.get(card.nmId)?.sizes.find(({ chrtId }) => chrtId === size.chrtId)?.price;
      return cards.get(card.nmId)?.title === card.title && price === totalPrice;
    });
    // Of five hundred cards a few may have changed within the hour.
    assert.ok(
      recent.length > 5 && agreeing.length >= recent.length - 1,
      `${agreeing.length} of ${recent.length}`,
    );
  });
});

describe('each day of a shop with 500 cards', () => {
  for (const days of [0, 1, 5, 47]) {
    it(`brings every kind of change (day ${days})`, () => {
      const start = new Date(Date.parse('2026-11-15T21:00:00Z') + days * DAY_MS);
      const end = after(start, DAY_MS);
      const isToday = (moment: Date | undefined): boolean => !!moment && moment > start && moment <= end;
      const orders = large.orders(end);
      const sales = large.sales(end);
      const reviews = large.reviews(end);
      assert.ok(orders.filter(({ orderedAt }) => isToday(orderedAt)).length > 100);
      assert.ok(orders.some(({ cancelledAt }) => isToday(cancelledAt)));
      assert.ok(sales.some(({ saleId, soldAt }) => saleId.startsWith('S') && isToday(soldAt)));
      assert.ok(sales.some(({ saleId, soldAt }) => saleId.startsWith('R') && isToday(soldAt)));
      assert.ok(reviews.some(({ createdAt }) => isToday(createdAt)));
      assert.ok(reviews.some(({ answer }) => isToday(answer?.answeredAt)));

      const [before, now] = [large.cards(start), large.cards(end)];
      const titles = new Map(before.map(({ nmId, title }) => [nmId, title]));
      assert.equal(now.length, 500);
      assert.equal(now.filter(({ nmId }) => !titles.has(nmId)).length, 1);
      assert.ok(now.some(({ nmId, title }) => titles.has(nmId) && titles.get(nmId) !== title));
      assert.equal(large.trashedCards(end).filter(({ trashedAt }) => isToday(trashedAt)).length, 1);

      const prices = byKey(large.prices(start), ({ nmId }) => nmId);
      const changed = large.prices(end).filter((price) => {
        const old = prices.get(price.nmId);
        return old && JSON.stringify(old) !== JSON.stringify(price);
      });
      assert.ok(changed.length >= 1 && changed.length <= 10);
      assert.notDeepEqual(large.stocks(start), large.stocks(end));
    });
  }

  it('is a card each twelve or thirteen days in a shop of 40', () => {
    const shop = createShop(SMALL);
    const trashed: number[] = [];
    for (let day = 0; day < 90; day += 30) {
      const rows = shop.trashedCards(after(T, day * DAY_MS));
      trashed.push(...rows.map(({ trashedAt }) => trashedAt.getTime()));
      assert.equal(shop.cards(after(T, day * DAY_MS)).length, 40);
    }
    assert.ok(trashed.length >= 6);
    trashed.slice(1).forEach((moment, index) => {
      const days = (moment - trashed[index]!) / DAY_MS;
      assert.ok(days > 11 && days < 14, `${days} days`);
    });
  });
});

describe('the numbers of a shop', () => {
  const cards = [...large.cards(T), ...large.trashedCards(T).map(({ card }) => card)];
  const sizes = cards.flatMap((card) => card.sizes);

  it('are as large as those of Wildberries, and never twice the same', () => {
    const unique = (values: readonly (string | number)[]): void =>
      assert.equal(new Set(values).size, values.length);
    unique(cards.map(({ nmId }) => nmId));
    unique(cards.map(({ imtId }) => imtId));
    unique(cards.map(({ vendorCode }) => vendorCode));
    unique(sizes.map(({ chrtId }) => chrtId));
    unique(sizes.flatMap(({ skus }) => skus));
    for (const { nmId } of cards) assert.ok(nmId > 1.4e8 && nmId < 2.2e8);
    for (const { chrtId } of sizes) assert.ok(chrtId > 2 ** 31 && Number.isSafeInteger(chrtId));
    for (const sku of sizes.flatMap(({ skus }) => skus)) assert.match(sku, /^20\d{11}$/);

    // Two moments 80 days apart: numbers that are given now are not given again.
    const orders = byKey([...large.orders(T), ...large.orders(after(T, 80 * DAY_MS))], ({ srid }) => srid);
    const sales = byKey([...large.sales(T), ...large.sales(after(T, 80 * DAY_MS))], ({ saleId }) => saleId);
    unique([...orders.values()].map(({ sticker }) => sticker));
    for (const { srid, gNumber, sticker, incomeId } of orders.values()) {
      assert.match(srid, /^11\.r[0-9a-f]{32}\.\d\.0$/);
      assert.match(gNumber, /^[1-9]\d{19}$/);
      assert.ok(Number(sticker) > 1.7e10 && incomeId > 0);
    }
    for (const [saleId, { order }] of sales) {
      assert.match(String(saleId), /^[SR]\d{10}$/);
      assert.ok(orders.has(order.srid));
    }
    const baskets = new Set([...orders.values()].map(({ gNumber }) => gNumber)).size;
    assert.ok(baskets < orders.size * 0.95 && baskets > orders.size * 0.7);
    unique(large.reviews(T).map(({ id }) => id));
    for (const { lastOrderShkId } of large.reviews(T)) assert.ok(lastOrderShkId > 1.7e10);
  });

  it('are those of a large shop: 20 000 orders, 15 000 sales, over 3 000 sizes, 5 000 reviews in 90 days', () => {
    const isNear = (count: number, expected: number): void =>
      assert.ok(Math.abs(count / expected - 1) < 0.1, `${count} instead of ${expected}`);
    const orders = large.orders(T);
    const sales = large.sales(T);
    isNear(orders.length, 20_000);
    isNear(sales.length, 15_000);
    isNear(large.reviews(T).filter(({ createdAt }) => +createdAt > +T - 90 * DAY_MS).length, 5_000);
    assert.ok(large.cards(T).flatMap((card) => card.sizes).length >= 3_000);
    assert.ok(new Set(large.stocks(T).map(({ chrtId }) => chrtId)).size >= 3_000);
    isNear(orders.filter(({ cancelledAt }) => cancelledAt).length, orders.length * 0.08);
    // The orders of the first month have had their time.
    const old = (order: Order): boolean => +order.orderedAt < +T - 60 * DAY_MS;
    const settled = sales.filter(({ order }) => old(order));
    const bought = settled.filter(({ saleId }) => saleId.startsWith('S')).length;
    isNear(bought, orders.filter(old).length * 0.75);
    assert.ok(Math.abs((settled.length - bought) / bought - 0.06) < 0.02);
  });
});

describe('orders and sales', () => {
  const orders = large.orders(T);
  const sales = large.sales(T);

  it('cover 90 days, sorted by what changed last, to the second', () => {
    for (const rows of [orders, sales]) {
      rows.slice(1).forEach((row, index) => assert.ok(row.lastChangeAt >= rows[index]!.lastChangeAt));
      for (const { lastChangeAt } of rows)
        assert.ok(lastChangeAt <= T && lastChangeAt.getMilliseconds() === 0);
    }
    for (const order of [...orders, ...sales.map((sale) => sale.order)]) {
      assert.ok(order.orderedAt <= T && +order.orderedAt > +T - 90 * DAY_MS);
      assert.equal(order.orderedAt.getMilliseconds(), 0);
      assert.ok(!order.cancelledAt || +order.cancelledAt === +order.lastChangeAt);
    }
    assert.ok(orders.some(({ orderedAt }) => +orderedAt < +T - 89 * DAY_MS));
  });

  it('often change in the very same second, as Wildberries writes in batches', () => {
    const groups = (rows: readonly { lastChangeAt: Date }[]): number[] =>
      [...countBy(rows, ({ lastChangeAt }) => +lastChangeAt).values()].filter((count) => count > 1);
    assert.ok(groups(orders).length > 36 && groups(sales).length > 36);
    assert.ok(Math.max(...groups(orders)) >= 10);
  });

  it('belong together: a sale to an order that was not cancelled, a return to a sale before it', () => {
    const ordered = byKey(orders, ({ srid }) => srid);
    const sold = new Map<string, Sale>();
    for (const sale of sales) if (sale.saleId.startsWith('S')) sold.set(sale.order.srid, sale);
    for (const { saleId, order, soldAt } of sales) {
      assert.equal(ordered.get(order.srid)?.cancelledAt, undefined);
      assert.ok(ordered.has(order.srid));
      if (saleId.startsWith('S')) {
        const days = (+soldAt - +order.orderedAt) / DAY_MS;
        assert.ok(days >= 2 && days <= 7, `${days} days`);
      } else {
        const days = (+soldAt - +sold.get(order.srid)!.soldAt) / DAY_MS;
        assert.ok(days > 0 && days <= 14, `${days} days`);
      }
    }
  });

  it('add up', () => {
    for (const order of orders) {
      const { totalPrice, discountPercent, spp, priceWithDisc, finishedPrice } = order;
      assert.ok(Number.isInteger(totalPrice) && totalPrice > 0 && spp >= 5 && spp <= 30);
      assert.equal(cents(priceWithDisc), Math.round(totalPrice * (100 - discountPercent)));
      assert.ok(Math.abs(finishedPrice - (priceWithDisc * (100 - spp)) / 100) < 0.0051);
      assert.equal(cents(finishedPrice) / 100, finishedPrice);
      assert.ok(order.card.sizes.includes(order.size));
    }
    const missing = sales.filter(({ forPay }) => forPay === 0);
    assert.ok(missing.length > 10);
    for (const { forPay, finishedPrice, priceWithDisc, soldAt, order } of sales) {
      if (forPay === 0) {
        assert.deepEqual([finishedPrice, priceWithDisc], [0, 0]);
        assert.ok(+T - +soldAt < 20 * HOUR_MS);
      } else {
        assert.deepEqual([finishedPrice, priceWithDisc], [order.finishedPrice, order.priceWithDisc]);
        assert.ok(forPay < priceWithDisc);
      }
    }
  });

  it('have best sellers, busy weekends and quiet nights', () => {
    const weekend = orders.filter(({ orderedAt }) => [0, 6].includes(weekdayOf(orderedAt)));
    assert.ok(weekend.length / 2 > 1.1 * ((orders.length - weekend.length) / 5));
    const evening = orders.filter(({ orderedAt }) => [19, 20, 21].includes(hourOf(orderedAt)));
    const night = orders.filter(({ orderedAt }) => [2, 3, 4].includes(hourOf(orderedAt)));
    assert.ok(evening.length > 8 * night.length && night.length > 0);
    const cards = [...countBy(orders, ({ card }) => card.nmId).values()].sort((a, b) => b - a);
    const best = cards.slice(0, 50).reduce((sum, count) => sum + count, 0);
    assert.ok(best > orders.length * 0.3 && cards.length > 450);
    assert.ok(new Set(orders.map(({ regionName }) => regionName)).size > 30);
    assert.ok(orders.some(({ countryName }) => countryName === 'Беларусь'));
    assert.ok(orders.some(({ countryName }) => countryName === 'Казахстан'));
  });
});

describe('stocks', () => {
  it('are never negative, and listed only where there is something', () => {
    for (const days of [0, 9, 33]) {
      const stocks = large.stocks(after(T, days * DAY_MS));
      const keys = stocks.map(({ chrtId, warehouseId }) => `${chrtId}/${warehouseId}`);
      assert.equal(new Set(keys).size, keys.length);
      for (const { quantity, inWayToClient, inWayFromClient } of stocks) {
        for (const number of [quantity, inWayToClient, inWayFromClient])
          assert.ok(number >= 0 && Number.isInteger(number));
        assert.ok(quantity + inWayToClient + inWayFromClient > 0);
      }
      assert.ok(stocks.filter(({ quantity }) => quantity >= 1 && quantity <= 5).length > 100, 'some run low');
      assert.ok(
        stocks.some(({ quantity }) => quantity === 0),
        'some are out',
      );
      assert.ok(
        stocks.some(({ inWayFromClient }) => inWayFromClient > 0),
        'some come back',
      );
    }
  });

  it('fall by what is ordered, and by nothing else', () => {
    const later = after(T, 6 * HOUR_MS);
    const total = (at: Date): Map<number, number> => {
      const sums = new Map<number, number>();
      for (const { chrtId, quantity } of large.stocks(at))
        sums.set(chrtId, (sums.get(chrtId) ?? 0) + quantity);
      return sums;
    };
    const [before, now] = [total(T), total(later)];
    const present = new Set(large.cards(later).flatMap(({ sizes }) => sizes.map(({ chrtId }) => chrtId)));
    const ordered = countBy(
      large.orders(later).filter(({ orderedAt }) => orderedAt > T),
      ({ size }) => size.chrtId,
    );
    let fallen = 0;
    for (const [chrtId, quantity] of before) {
      if (!present.has(chrtId)) continue;
      const left = now.get(chrtId) ?? 0;
      assert.ok(left >= quantity - (ordered.get(chrtId) ?? 0));
      if (left < quantity) fallen++;
    }
    assert.ok(fallen > 20);
  });

  it('lie in the sizes of the cards that are not in the trash', () => {
    const sizes = new Map(
      large.cards(T).flatMap((card) => card.sizes.map((size) => [size.chrtId, { card, size }])),
    );
    for (const { chrtId, nmId, techSize, barcode } of large.stocks(T)) {
      const { card, size } = sizes.get(chrtId)!;
      assert.deepEqual([nmId, techSize, barcode], [card.nmId, size.techSize, size.skus[0]]);
    }
  });
});

describe('cards and prices', () => {
  const cards = large.cards(T);

  it('are described in Russian, of many kinds, with the sizes that such goods have', () => {
    for (const { title, description, sizes, subjectName, brand, color, characteristics } of cards) {
      assert.match(title, /^[А-Яё][а-яё]/);
      assert.ok(title.length <= 60, title);
      assert.match(description, /^[А-ЯЁ].*\.$/);
      assert.ok(/(?:[.!] [А-ЯЁ])/.test(description) && description.length > 80, description);
      assert.ok(subjectName && brand && color && characteristics.length >= 4);
      if (sizes.length === 1) assert.deepEqual([sizes[0]!.techSize, sizes[0]!.wbSize], ['0', '']);
    }
    const shoes = cards.find(({ subjectName }) => subjectName === 'Кроссовки')!;
    assert.deepEqual([shoes.sizes[0]!.techSize, shoes.sizes.at(-1)!.techSize], ['36', '45']);
    assert.ok(new Set(cards.map(({ subjectName }) => subjectName)).size >= 10);
    assert.ok(new Set(cards.map(({ brand }) => brand)).size >= 15);
    assert.ok(new Set(cards.map(({ title }) => title)).size > 400);
    assert.ok(
      new Set(
        createShop(SMALL)
          .cards(T)
          .map(({ subjectName }) => subjectName),
      ).size >= 10,
    );
  });

  it('are sorted by what was updated last, and never from the future', () => {
    cards.slice(1).forEach((card, index) => assert.ok(card.updatedAt >= cards[index]!.updatedAt));
    for (const { createdAt, updatedAt } of cards) assert.ok(createdAt <= updatedAt && updatedAt <= T);
  });

  it('agree: each card has a price for each of its sizes, with the discount taken off', () => {
    const prices = byKey(large.prices(T), ({ nmId }) => nmId);
    assert.equal(prices.size, cards.length);
    for (const { nmId, vendorCode, sizes } of cards) {
      const price = prices.get(nmId)!;
      assert.equal(price.vendorCode, vendorCode);
      assert.deepEqual(
        price.sizes.map(({ chrtId }) => chrtId),
        sizes.map(({ chrtId }) => chrtId),
      );
      for (const size of price.sizes) {
        assert.equal(cents(size.discountedPrice), size.price * (100 - price.discount));
        assert.ok(size.clubDiscountedPrice <= size.discountedPrice);
      }
    }
    const ofOne = large.prices(T).map(({ sizes }) => new Set(sizes.map(({ price }) => price)).size);
    assert.ok(
      ofOne.some((count) => count > 1),
      'some cost more in large sizes',
    );
  });
});

describe('reviews', () => {
  const reviews = large.reviews(T);

  it('are written in Russian, or left without words', () => {
    const written = reviews.filter(({ text }) => text !== '');
    for (const { text, pros, cons } of reviews) {
      for (const line of [text, pros, cons]) assert.match(line, /^$|^[А-ЯЁ][^{}|]*[^ ]$/);
    }
    const sentences = new Set(written.flatMap(({ text }) => text.split(/(?<=[.!?]) /)));
    assert.ok(sentences.size >= 60, `${sentences.size} sentences`);
    assert.ok(new Set(written.map(({ text }) => text)).size > written.length * 0.7);
    assert.ok(written.length > reviews.length * 0.6 && written.length < reviews.length * 0.85);
    assert.ok(
      reviews.some(({ pros, cons }) => pros && cons) && written.some(({ text }) => text.length > 250),
    );
  });

  it('are mostly happy, but some cards are bad', () => {
    const stars = countBy(reviews, ({ rating }) => rating);
    assert.deepEqual([...stars.keys()].sort(), [1, 2, 3, 4, 5]);
    assert.ok(stars.get(5)! > reviews.length / 2);
    const rated = large.ratings(T).filter(({ feedbackCount }) => feedbackCount >= 10);
    assert.ok(rated.some(({ feedbackRating }) => feedbackRating < 3.5));
    assert.ok(rated.some(({ feedbackRating }) => feedbackRating > 4.6));
  });

  it('come after the order, within 180 days, and are answered hours or days later, if at all', () => {
    const answered = reviews.filter(({ answer }) => answer);
    assert.ok(Math.abs(answered.length / reviews.length - 0.6) < 0.05);
    for (const { createdAt, lastOrderAt, answer, card, size, matchingSize, viewed } of reviews) {
      assert.ok(lastOrderAt < createdAt && createdAt <= T && +createdAt > +T - 180 * DAY_MS);
      assert.ok(card.createdAt < createdAt && card.sizes.includes(size));
      if (card.sizes.length === 1) assert.equal(matchingSize, '');
      if (!answer) continue;
      assert.ok(viewed && answer.answeredAt > createdAt && answer.answeredAt <= T);
      assert.match(answer.text, /^[А-ЯЁ][^{}|]*[.!]$/);
    }
  });

  it('make the ratings: their average by card, and 0 without any', () => {
    const sums = new Map<number, number>();
    for (const { card, rating } of reviews) sums.set(card.nmId, (sums.get(card.nmId) ?? 0) + rating);
    const counts = countBy(reviews, ({ card }) => card.nmId);
    const stock = new Map<number, number>();
    for (const { nmId, quantity } of large.stocks(T)) stock.set(nmId, (stock.get(nmId) ?? 0) + quantity);
    const ratings = large.ratings(T);
    assert.equal(ratings.length, 500);
    assert.ok(ratings.some(({ feedbackCount }) => feedbackCount === 0));
    for (const { nmId, feedbackRating, feedbackCount, stockWb } of ratings) {
      assert.equal(feedbackCount, counts.get(nmId) ?? 0);
      const average = feedbackCount === 0 ? 0 : sums.get(nmId)! / feedbackCount;
      assert.equal(feedbackRating, Math.round(average * 10) / 10);
      assert.equal(stockWb, stock.get(nmId) ?? 0);
    }
  });
});
