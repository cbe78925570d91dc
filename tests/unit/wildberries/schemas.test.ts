import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cardSchema } from '../../../src/wildberries/client/schemas/cards.ts';
import { feedbackSchema } from '../../../src/wildberries/client/schemas/feedbacks.ts';
import { parseRow } from '../../../src/wildberries/client/schemas/parse-row.ts';
import { priceSchema } from '../../../src/wildberries/client/schemas/prices.ts';
import { ratingSchema } from '../../../src/wildberries/client/schemas/ratings.ts';
import { readTime } from '../../../src/wildberries/client/schemas/read-time.ts';
import { orderSchema, saleSchema } from '../../../src/wildberries/client/schemas/statistics.ts';
import { remainsSchema, stockSchema } from '../../../src/wildberries/client/schemas/stocks.ts';

function orderOf(fields: object) {
  const parsed = parseRow(orderSchema, { srid: 's', ...fields });
  assert.ok('row' in parsed, JSON.stringify(parsed));
  return parsed.row;
}

describe('rows of Wildberries', () => {
  it('need nothing but their key', () => {
    for (const [schema, raw] of [
      [cardSchema, { nmID: 1 }],
      [priceSchema, { nmID: 1 }],
      [orderSchema, { srid: 's' }],
      [saleSchema, { saleID: 'S1' }],
      [stockSchema, { nmId: 1, chrtId: 2 }],
      [remainsSchema, { nmId: 1 }],
      [ratingSchema, { product: { nmId: 1 } }],
      [feedbackSchema, { id: 'f' }],
    ] as const) {
      const parsed = parseRow(schema, raw);
      assert.ok('row' in parsed, JSON.stringify([raw, parsed]));
      const nulled = Object.fromEntries(Object.keys(parsed.row).map((key) => [key, null]));
      assert.ok('row' in parseRow(schema, { ...nulled, ...raw }), 'null is as good as nothing');
    }
  });

  it('say which field of which row cannot be used, without quoting it', () => {
    const cases = [
      [orderSchema, {}, { field: 'srid', reason: 'is missing' }],
      [orderSchema, { srid: '  ' }, { key: 'srid   ', field: 'srid', reason: 'is missing' }],
      [
        orderSchema,
        { srid: 's', totalPrice: 'secret' },
        { key: 'srid s', field: 'totalPrice', reason: 'is not a decimal number' },
      ],
      [
        orderSchema,
        { srid: 's', totalPrice: 1e21 },
        { key: 'srid s', field: 'totalPrice', reason: 'is not a decimal number' },
      ],
      [
        orderSchema,
        { srid: 's', totalPrice: Infinity },
        { key: 'srid s', field: 'totalPrice', reason: 'is not a decimal number' },
      ],
      [
        orderSchema,
        { srid: 's', date: '2026-02-30T00:00:00' },
        { key: 'srid s', field: 'date', reason: 'is not a time' },
      ],
      [
        cardSchema,
        { nmID: 2 ** 53 },
        { key: 'nmID 9007199254740992', field: 'nmID', reason: 'is not an id' },
      ],
      [cardSchema, { nmID: 0 }, { key: 'nmID 0', field: 'nmID', reason: 'is missing' }],
      [
        cardSchema,
        { nmID: 1, sizes: [{ skus: [{}] }] },
        { key: 'nmID 1', field: 'sizes.0.skus', reason: 'is not a list of texts' },
      ],
      [cardSchema, { nmID: 1, sizes: 'none' }, { key: 'nmID 1', field: 'sizes', reason: 'is not a list' }],
      [cardSchema, null, { field: 'row', reason: 'is not an object' }],
      [
        ratingSchema,
        { product: { nmId: 'x' } },
        { key: 'nmId x', field: 'product.nmId', reason: 'is not an id' },
      ],
      [
        feedbackSchema,
        { id: 'f', userName: { first: 'Ivan' } },
        { key: 'id f', field: 'userName', reason: 'is not a text' },
      ],
    ] as const;
    for (const [schema, raw, problem] of cases) assert.deepEqual(parseRow(schema, raw), { problem });
  });

  it('have exact money, whether it came as a number or as text', () => {
    const row = orderOf({
      totalPrice: 1284.01,
      spp: '26.50',
      finishedPrice: 0.1 + 0.2,
      priceWithDisc: 0,
      discountPercent: -0,
    });
    assert.equal(row.totalPrice, '1284.01');
    assert.equal(row.spp, '26.50');
    assert.equal(row.finishedPrice, '0.3');
    assert.equal(row.priceWithDisc, '0');
    assert.equal(row.discountPercent, '0');
  });

  it('have text that Postgres takes, and none where there is none', () => {
    const row = orderOf({ brand: 'a\0b\ud800', subject: '', category: ' ', barcode: 123, nmId: '42' });
    assert.equal(row.brand, 'ab\ufffd');
    assert.deepEqual([row.subject, row.category, row.barcode, row.nmId], [null, null, '123', 42]);
  });

  it('have Moscow time where they name no zone, and never the year 1', () => {
    const row = orderOf({
      date: '2022-03-04T18:08:31',
      cancelDate: '0001-01-01T00:00:00',
      lastChangeDate: '2022-03-06T10:11:07.1234567',
    });
    assert.equal(row.date, '2022-03-04T18:08:31+03:00');
    assert.equal(row.cancelDate, null);
    assert.equal(row.lastChangeDate, '2022-03-06T10:11:07.123456+03:00');
    for (const [raw, read] of [
      ['2023-12-06T11:17:00.96577Z', '2023-12-06T11:17:00.96577Z'],
      ['2024-09-26T10:20:48+03:00', '2024-09-26T10:20:48+03:00'],
      ['2024-09-26 10:20:48-0330', '2024-09-26T10:20:48-03:30'],
      ['2024-09-26', '2024-09-26T00:00:00Z'],
      ['0001-01-01T00:00:00Z', null],
      ['2024-13-01', undefined],
      ['2024-09-26T24:00:00', undefined],
      ['26.09.2024', undefined],
      [1_700_000_000, undefined],
    ] as const) {
      assert.equal(readTime(raw, 'Z'), read, String(raw));
    }
  });

  it('of the remains have sums apart from warehouses', () => {
    const warehouses = [
      { warehouseName: 'В пути до получателей', quantity: 14 },
      { warehouseName: 'Всего находится на складах', quantity: 257 },
      { warehouseName: 'Минск', quantity: 257 },
    ];
    const parsed = parseRow(remainsSchema, { nmId: 1, barcode: 'b', warehouses });
    assert.ok('row' in parsed);
    assert.deepEqual(parsed.row.warehouses, [{ warehouseName: 'Минск', quantity: 257 }]);
    assert.deepEqual([parsed.row.inWayToClient, parsed.row.inWayFromClient], [14, null]);
  });

  it('of feedbacks fit, however «ок» is spelt', () => {
    const parsed = ['ок', 'ok', ''].map((matchingSize) =>
      parseRow(feedbackSchema, { id: 'f', matchingSize }),
    );
    assert.deepEqual(
      parsed.map((each) => 'row' in each && each.row.matchingSize),
      ['ok', 'ok', null],
    );
  });
});
