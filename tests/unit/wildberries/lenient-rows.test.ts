import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { z } from 'zod';
import { readArray } from '../../../src/wildberries/client/read-array.ts';
import { readJson, toJsonNumber } from '../../../src/wildberries/client/read-json.ts';
import { cardSchema, trashedCardSchema } from '../../../src/wildberries/client/schemas/cards.ts';
import { feedbackSchema } from '../../../src/wildberries/client/schemas/feedbacks.ts';
import { parseRow } from '../../../src/wildberries/client/schemas/parse-row.ts';
import { priceSchema } from '../../../src/wildberries/client/schemas/prices.ts';
import { ratingSchema } from '../../../src/wildberries/client/schemas/ratings.ts';
import { readDecimal } from '../../../src/wildberries/client/schemas/read-decimal.ts';
import { orderSchema, saleSchema } from '../../../src/wildberries/client/schemas/statistics.ts';
import { remainsSchema, stockSchema } from '../../../src/wildberries/client/schemas/stocks.ts';

function rowOf<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const parsed = parseRow(schema, raw);
  assert.ok('row' in parsed, JSON.stringify([raw, parsed]));
  return parsed.row;
}

/** What the documentation gives a row that no column of ours holds; nested ones by their path. */
const UNUSED: readonly [z.ZodType, object, readonly string[]][] = [
  [
    cardSchema,
    { nmID: 1, sizes: [{ chrtID: 2 }] },
    [
      ...['subjectID', 'nmUUID', 'needKiz', 'kizMarked', 'photos', 'video', 'wholesale', 'dimensions'],
      ...['characteristics', 'tags', 'documents', 'createdAt', 'sizes.0.wbSize', 'sizes.0.price'],
    ],
  ],
  [trashedCardSchema, { nmID: 1 }, ['vendorCode', 'subjectID', 'subjectName', 'createdAt', 'sizes']],
  [
    priceSchema,
    { nmID: 1, sizes: [{ sizeID: 2 }] },
    [
      ...['vendorCode', 'currencyIsoCode4217', 'clubDiscount', 'editableSizePrice', 'isBadTurnover'],
      ...['wholesaleDiscountThreshold', 'sizes.0.clubDiscountedPrice', 'sizes.0.techSizeName'],
    ],
  ],
  [
    ratingSchema,
    { product: { nmId: 1, stocks: { mp: 3 } } },
    [
      ...['statistic', 'product.title', 'product.vendorCode', 'product.brandName', 'product.subjectId'],
      ...['product.subjectName', 'product.tags', 'product.stocks.wb', 'product.stocks.balanceSum'],
    ],
  ],
  [orderSchema, { srid: 's' }, ['incomeID', 'isSupply', 'isRealization', 'sticker', 'orderType', 'odid']],
  [
    saleSchema,
    { saleID: 'S1' },
    [
      ...['incomeID', 'isSupply', 'isRealization', 'sticker', 'warehouseType', 'isCancel'],
      ...['countryName', 'oblastOkrugName'],
    ],
  ],
  [stockSchema, { nmId: 1, chrtId: 2 }, ['regionName', 'barcode']],
  [remainsSchema, { nmId: 1 }, ['brand', 'subjectName', 'vendorCode', 'volume']],
  [
    feedbackSchema,
    { id: 'f', answer: { text: 'да' }, productDetails: { nmId: 1 } },
    [
      ...['state', 'photoLinks', 'video', 'isAbleSupplierFeedbackValuation', 'supplierFeedbackValuation'],
      ...['returnProductOrdersDate', 'lastOrderShkId', 'lastOrderCreatedAt', 'subjectId', 'subjectName'],
      ...['childFeedbackId', 'answer.state', 'answer.editable', 'productDetails.imtId'],
      ...['productDetails.supplierArticle', 'productDetails.brandName', 'productDetails.supplierName'],
    ],
  ],
];

const ODD: readonly unknown[] = [{ a: [{}] }, [], [[null]], 'неизвестно', -1.5, true, null, '', 1e308];

function withValue(row: object, path: string, value: unknown): object {
  const copy = structuredClone(row);
  const names = path.split('.');
  const last = names.pop()!;
  const holder = names.reduce<Record<string, unknown>>(
    (object, name) => object[name] as Record<string, unknown>,
    copy as Record<string, unknown>,
  );
  holder[last] = value;
  return copy;
}

describe('rows of Wildberries are read leniently', () => {
  it('what no column holds may be anything', () => {
    for (const [schema, row, paths] of UNUSED) {
      for (const path of paths)
        for (const value of ODD) {
          const parsed = parseRow(schema, withValue(row, path, value));
          assert.ok('row' in parsed, JSON.stringify([path, value, parsed]));
        }
    }
  });

  it('one thing is a list of it, an empty list no object, and null no item', () => {
    const size = { chrtID: 2, techSize: 'M', skus: '4600000000017' };
    const expected = [{ chrtId: 2, techSize: 'M', wbSize: null, skus: ['4600000000017'] }];
    for (const sizes of [size, [size], [null, size], ['', size]])
      assert.deepEqual(rowOf(cardSchema, { nmID: 1, sizes }).sizes, expected);
    for (const sizes of [null, '', []]) assert.deepEqual(rowOf(cardSchema, { nmID: 1, sizes }).sizes, []);
    const feedback = rowOf(feedbackSchema, { id: 'f', answer: [], productDetails: [] });
    assert.deepEqual([feedback.answer, feedback.nmId], [null, null]);
    assert.equal(rowOf(ratingSchema, { product: { nmId: 1, stocks: [] } }).stocks, null);
  });

  it('a picture is the first that has an address', () => {
    for (const photos of [
      'https://a/1.webp',
      ['https://a/1.webp'],
      [null, 7, {}, { tm: ' ' }, { big: 3, square: 'https://a/1.webp' }],
      { c246x328: 'https://a/1.webp' },
    ])
      assert.equal(rowOf(cardSchema, { nmID: 1, photos }).imageUrl, 'https://a/1.webp');
    for (const photos of ['', 5, [{}], [[]]]) {
      assert.equal(rowOf(cardSchema, { nmID: 1, photos }).imageUrl, null);
    }
  });

  it('flags and whole numbers may be text', () => {
    const order = rowOf(orderSchema, { srid: 's', isCancel: '1', nmId: ' 42 ' });
    assert.deepEqual([order.isCancel, order.nmId], [true, 42]);
    const stock = rowOf(stockSchema, { nmId: '1', chrtId: 2, quantity: '5.0', inWayToClient: 1e2 });
    assert.deepEqual([stock.quantity, stock.inWayToClient], [5, 100]);
  });
});

describe('money of Wildberries', () => {
  it('is rounded to kopecks, from exponents and the noise of binary fractions, as number or as text', () => {
    for (const [raw, kopecks] of [
      ['1899.9999999999998', '1900'],
      ['1.42e-14', '0'],
      ['-1.42e-14', '0'],
      ['1899.5', '1899.5'],
      ['0.30000000000000004', '0.3'],
      ['1284.01', '1284.01'],
      ['0.005', '0.01'],
      ['-0.005', '-0.01'],
      ['1.005', '1.01'],
      ['2.675', '2.68'],
      ['1.5e3', '1500'],
      ['1.28401E+3', '1284.01'],
      ['9999999999999.99', '9999999999999.99'],
      ['0', '0'],
      ['-0', '0'],
      ['1e-9999', '0'],
    ] as const) {
      assert.equal(readDecimal(raw, 2), kopecks, raw);
      assert.equal(rowOf(orderSchema, { srid: 's', totalPrice: raw }).totalPrice, kopecks, raw);
      assert.equal(rowOf(saleSchema, { saleID: 'S1', forPay: Number(raw) }).forPay, kopecks, raw);
      const [size] = rowOf(priceSchema, { nmID: 1, sizes: [{ sizeID: 1, price: Number(raw) }] }).sizes;
      assert.equal(size?.price, kopecks, raw);
    }
    for (const none of ['', '.', '-', 'e5', '1,5', '1 000', '0x10', 'NaN', '1e19', '9'.repeat(19), '1e9999'])
      assert.equal(readDecimal(none, 2), undefined, none);
  });

  it('percentages and ratings keep what is said and lose what is noise', () => {
    const order = rowOf(orderSchema, { srid: 's', spp: 26.499999999999996, discountPercent: '18' });
    assert.deepEqual([order.spp, order.discountPercent], ['26.5', '18']);
    assert.equal(
      rowOf(ratingSchema, { product: { nmId: 1, feedbackRating: 4.8333 } }).feedbackRating,
      '4.8333',
    );
  });
});

describe('numbers of Wildberries', () => {
  const BIG = '9007199254740993';
  const BODY = `{"nmID":${BIG},"srid":${BIG}, "list":[ ${BIG},9223372036854775807,1e21],"a":1.5,"text":"${BIG}"}`;

  it('beyond 2^53 keep their digits, in a body read at once as in one read while it comes', async () => {
    const expected = {
      ...{ nmID: BIG, srid: BIG, list: [BIG, '9223372036854775807', '1e21'] },
      ...{ a: 1.5, text: BIG },
    };
    assert.deepEqual(readJson(BODY), expected);
    for (const size of [1, 7, 1_000]) {
      const bytes = Buffer.from(`[${BODY}]`);
      const chunks = (async function* () {
        for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
        await Promise.resolve();
      })();
      assert.deepEqual(await Array.fromAsync(readArray(chunks, '')), [expected]);
    }
    assert.equal(JSON.stringify({ nmID: toJsonNumber(BIG), a: toJsonNumber(5) }), `{"nmID":${BIG},"a":5}`);
  });

  it('that are ids keep them in every field, up to what a bigint holds', () => {
    const max = '9223372036854775807';
    assert.equal(rowOf(cardSchema, { nmID: max, imtID: BIG, sizes: [{ chrtID: BIG }] }).nmId, max);
    assert.equal(rowOf(cardSchema, { nmID: 1, sizes: [{ chrtID: BIG }] }).sizes[0]?.chrtId, BIG);
    assert.equal(rowOf(trashedCardSchema, { nmID: BIG }).nmId, BIG);
    assert.equal(rowOf(priceSchema, { nmID: BIG, sizes: [{ sizeID: BIG }] }).sizes[0]?.chrtId, BIG);
    assert.equal(rowOf(ratingSchema, { product: { nmId: BIG } }).nmId, BIG);
    assert.equal(rowOf(orderSchema, { srid: BIG, nmId: BIG, gNumber: BIG, barcode: BIG }).nmId, BIG);
    assert.equal(rowOf(saleSchema, { saleID: BIG, srid: BIG, nmId: BIG }).saleId, BIG);
    const stock = rowOf(stockSchema, { nmId: BIG, chrtId: BIG, warehouseId: `-${BIG}` });
    assert.deepEqual([stock.nmId, stock.chrtId, stock.warehouseId], [BIG, BIG, `-${BIG}`]);
    assert.equal(rowOf(remainsSchema, { nmId: BIG, barcode: BIG }).barcode, BIG);
    assert.equal(rowOf(feedbackSchema, { id: BIG, productDetails: { nmId: BIG } }).nmId, BIG);
    assert.equal(rowOf(stockSchema, { nmId: '0042', chrtId: 1 }).nmId, 42, 'one id is written in one way');
    assert.ok('problem' in parseRow(stockSchema, { nmId: '9223372036854775808', chrtId: 1 }));
  });
});

describe('texts of Wildberries', () => {
  it('have their HTML entities decoded, once', () => {
    for (const [sent, read] of [
      ['Платье &quot;Лето&quot; &amp; пояс', 'Платье "Лето" & пояс'],
      ['it&#39;s 5 &lt; 6 &laquo;да&raquo; &#x1F600;', "it's 5 < 6 «да» 😀"],
      ['&amp;quot;', '&quot;'],
      ['&amp;amp;', '&amp;'],
      ['AT&T, R&D; A&B &copy 2 &unknown; a&lt', 'AT&T, R&D; A&B &copy 2 &unknown; a&lt'],
      ['a&#0;b&#xD800;', 'a\ufffdb\ufffd'],
    ] as const) {
      const card = rowOf(cardSchema, { nmID: 1, title: sent, description: sent, brand: sent });
      assert.deepEqual([card.title, card.description, card.brand], [read, read, read]);
      const review = rowOf(feedbackSchema, { id: 'f', text: sent, pros: sent, answer: { text: sent } });
      assert.deepEqual([review.text, review.pros, review.answer?.text], [read, read, read]);
      assert.equal(rowOf(orderSchema, { srid: 's', subject: sent }).subject, read);
    }
    assert.equal(rowOf(cardSchema, { nmID: 1, title: '&nbsp;' }).title, null);
  });

  it('that are keys, barcodes or addresses stay as they are', () => {
    const order = rowOf(orderSchema, { srid: 'a&amp;b', barcode: '1&amp;2', gNumber: '&lt;' });
    assert.deepEqual([order.srid, order.barcode, order.gNumber], ['a&amp;b', '1&amp;2', '&lt;']);
    const url = 'https://a/1.webp?x=1&copy;=2';
    assert.equal(rowOf(cardSchema, { nmID: 1, photos: [{ big: url }] }).imageUrl, url);
  });
});
