import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import { describeResult } from '../../src/analytics/describe/describe-result.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import { cabinetRows, insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

describe('stock levels by several dimensions', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'analytics stocks test',
      log: silentLog(),
    });
    analytics = createAnalytics({ main });
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  const ask = (cabinetId: number, parameters: object): Promise<AnalyticsAnswer> =>
    analytics.run(
      'stock_levels',
      { cabinetId, now: NOW, timeZone: 'Europe/Moscow' },
      { limit: 500, ...parameters },
    );

  it('say what an SQL of its own says, of each product, size and warehouse', async () => {
    await fc.assert(
      fc.asyncProperty(cabinetRows, fc.integer({ min: 1, max: 30 }), async (rows, below) => {
        const cabinetId = await insertCabinet(database.pool, rows);
        const dimensions = ['product', 'size', 'warehouse'];
        const { rows: right } = await database.pool.query<{ key: string; pieces: number }>(
          `select concat_ws('/', nm_id, coalesce(size, '-'), coalesce(warehouse_name, '-')) as key,
             sum(coalesce(quantity, 0))::int as pieces
           from wb_stocks where cabinet_id = $1 group by nm_id, size, warehouse_name`,
          [cabinetId],
        );
        const all = await ask(cabinetId, { group_by: dimensions });
        assert.deepEqual(keysOf(all), toMap(right));
        const low = await ask(cabinetId, { group_by: dimensions, below });
        assert.deepEqual(keysOf(low), toMap(right.filter(({ pieces }) => pieces < below)));
        assert.deepEqual(low.total, all.total);
        const amounts = low.rows.map((row) => Number(row['quantity']));
        assert.deepEqual(
          amounts,
          amounts.toSorted((a, b) => a - b),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('count products on sale that lie nowhere among those that there is too little of', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const answer = await ask(cabinetId, { group_by: 'product', below: 5 });
    assert.deepEqual(
      answer.rows.map((row) => [row['nm_id'], row['quantity']]),
      [
        [2, 0],
        [3, 3],
      ],
    );
    assert.equal(answer.found, 2);
    assert.equal(
      describeResult(answer).replaceAll('\u00a0', ' '),
      'Осталось меньше 5 штук: «Плед Иней» (2) — нет в наличии; «Кроссовки Тополея» (3) — 3 штуки.',
    );
    const sized = await ask(cabinetId, { group_by: ['product', 'size', 'warehouse'], below: 5, size: '42' });
    assert.match(
      describeResult(sized).replaceAll('\u00a0', ' '),
      /: «Кроссовки Тополея» \(3\), размер 42, склад Казань — 3 штуки\./,
    );
  });

  it('call withdrawn products by what their last rows say of them', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const { rows } = await ask(cabinetId, { group_by: 'product' });
    assert.deepEqual(
      rows.map((row) => [row['nm_id'], row['product']]),
      [
        [1, 'Кроссовки Роща'],
        [3, 'Кроссовки Тополея'],
      ],
    );
  });

  it('need groups for `below`, and take one dimension as a list, too', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    await assert.rejects(ask(cabinetId, { below: 5 }), /below must be given with group_by/);
    const [one, list] = [
      await ask(cabinetId, { group_by: 'product' }),
      await ask(cabinetId, { group_by: ['product', 'product'] }),
    ];
    assert.deepEqual(list, one);
  });
});

const keysOf = ({ rows }: AnalyticsAnswer) =>
  new Map(
    rows.map((row) => [
      [row['nm_id'], row['size'] ?? '-', row['warehouse'] ?? '-'].join('/'),
      Number(row['quantity']),
    ]),
  );
const toMap = (rows: { key: string; pieces: number }[]) =>
  new Map(rows.map(({ key, pieces }) => [key, pieces]));

const stock = (nmId: number, size: string, quantity: number): CabinetRows['stocks'][number] => ({
  ...{ nm_id: nmId, size, warehouse_name: 'Казань', quantity, quantity_full: quantity },
  ...{ price: null, discount: null },
});
const card = (nmId: number, name: string): CabinetRows['products'][number] => ({
  ...{ nm_id: nmId, name, brand: 'Тополея', category: 'Пледы', is_active: true, rating: null },
});

/** The third product has no card and no name any more. */
const SHOP: CabinetRows = {
  ...{ sales: [], reviews: [] },
  products: [card(1, 'Кроссовки Роща'), card(2, 'Плед Иней')],
  orders: [
    {
      ...{ order_id: 'A', nm_id: 3, brand: 'Тополея', category: 'Кроссовки', size: '42' },
      ...{ warehouse_from: 'Казань', quantity: 1, total_price: '1', order_date: '2036-11-19T12:00:00Z' },
      ...{ status: 'active', is_cancel: false },
    },
  ],
  stocks: [stock(1, '41', 50), stock(3, '42', 3)],
};
