import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import { describeResult } from '../../src/analytics/describe/describe-result.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import { createShop } from '../../src/simulator/shop/create-shop.ts';
import { outcomeOf, ordersIn } from '../helpers/analytics-oracle.ts';
import { cabinetRows, insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const DAY_MS = 86_400_000;

describe('reorder', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'reorder test',
      log: silentLog(),
    });
    analytics = createAnalytics({ main });
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  const ask = (cabinetId: number, parameters: object = {}, now = NOW): Promise<AnalyticsAnswer> =>
    analytics.run('reorder', { cabinetId, now, timeZone: 'Europe/Moscow' }, { limit: 500, ...parameters });

  it('says what plain arithmetic over the rows says, of each size', async () => {
    await fc.assert(
      fc.asyncProperty(
        cabinetRows,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 30 }),
        async (rows, cover, lead) => {
          const cabinetId = await insertCabinet(database.pool, rows);
          const answer = await ask(cabinetId, { cover_days: cover, lead_days: lead, show: 'all' });
          const given = new Map(
            answer.rows.map((row) => [
              `${row['nm_id']}/${row['size'] ?? ''}`,
              [row['ship'], row['stock'], row['in_way_from_client'], row['ordered'], row['needed']],
            ]),
          );
          assert.deepEqual(given, rightOf(rows, cover, lead));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('puts what is at zero first, and by product adds up sizes without setting one off against another', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const answer = await ask(cabinetId);
    assert.deepEqual(
      answer.rows.map((row) => [row['nm_id'], row['size'], row['ship'], row['orders_per_day']]),
      [
        [2, '42', 3, 0.07],
        [1, 'L', 43, 1],
      ],
    );
    assert.deepEqual(answer.total, {
      ...{ ship: 46, to_ship: 2, out_of_stock: 1, enough: 1, sizes_without_orders: 1 },
    });
    assert.match(answer.note ?? '', /÷ 30 × \(30 \+ 14 дн\.\)/);
    assert.match(answer.note ?? '', /Размеры без заказов за это время не показаны: 1\./);
    assert.match(
      describeResult(answer).replaceAll('\u00a0', ' '),
      /^Чтобы остатков хватило на 30 дней после 14 дней доставки, нужно довезти 46 штук: «Плед Иней» \(2\), размер 42 — 3 штуки \(нет в наличии, заказывают 0,07 в день\); «Кроссовки Роща» \(1\), размер L — 43 штуки \(осталось 1,/,
    );
    const byProduct = await ask(cabinetId, { group_by: 'product' });
    assert.deepEqual(
      byProduct.rows.map((row) => [row['nm_id'], row['ship'], row['stock']]),
      [
        [2, 3, 0],
        [1, 43, 1001],
      ],
    );
  });

  it('would have been enough in the past of simulated shops for nearly all sizes', async () => {
    let [sizes, enough, pieces, covered] = [0, 0, 0, 0];
    for (const seed of ['reorder-1', 'reorder-2']) {
      const shop = createShop({ seed, sellerId: '7', products: 40, ordersPerDay: 120, reviewsPerDay: 0 });
      const day = new Date('2036-06-10T09:00:00Z');
      const end = new Date(day.getTime() + 44 * DAY_MS);
      const cabinetId = await insertCabinet(database.pool, rowsOf(shop, day));
      const { rows } = await ask(cabinetId, { cover_days: 30, lead_days: 14, show: 'all' }, day);
      const later = Map.groupBy(
        shop.orders(end).filter((order) => order.orderedAt > day && order.cancelledAt === undefined),
        (order) => `${order.card.nmId}/${order.size.techSize}`,
      );
      for (const row of rows) {
        const wanted = later.get(`${row['nm_id']}/${row['size']}`)?.length ?? 0;
        const had = Number(row['ship']) + Number(row['stock']) + Number(row['in_way_from_client']);
        sizes += 1;
        enough += Number(had >= wanted);
        pieces += wanted;
        covered += Math.min(had, wanted);
      }
    }
    // 460 of 499 sizes and 8 710 of 8 933 pieces; a shop that knew the future would have all.
    assert.ok(sizes > 100, String(sizes));
    assert.ok(enough / sizes >= 0.88, `${enough} of ${sizes} sizes`);
    assert.ok(covered / pieces >= 0.95, `${covered} of ${pieces} pieces`);
  });
});

function rightOf(rows: CabinetRows, cover: number, lead: number): Map<string, number[]> {
  const retired = new Set(rows.products.filter((row) => !row.is_active).map((row) => row.nm_id));
  const window = { from: '2036-10-21', to: '2036-11-19' };
  const ordered = ordersIn(rows, window).filter(
    (row) => row.nm_id !== null && outcomeOf(row) !== 'cancelled' && !retired.has(row.nm_id),
  );
  const right = new Map<string, number[]>();
  for (const [key, list] of Map.groupBy(ordered, (row) => `${row.nm_id}/${row.size ?? ''}`)) {
    const pieces = list.reduce((sum, row) => sum + (row.quantity ?? 1), 0);
    if (pieces === 0) continue;
    const stocks = rows.stocks.filter((row) => `${row.nm_id}/${row.size ?? ''}` === key);
    const stock = stocks.reduce((sum, row) => sum + (row.quantity ?? 0), 0);
    const coming = stocks.reduce((sum, row) => sum + (row.in_way_from_client ?? 0), 0);
    const needed = Math.ceil((pieces * (cover + lead)) / 30);
    right.set(key, [Math.max(0, needed - stock - coming), stock, coming, pieces, needed]);
  }
  return right;
}

/** What the tables would have held on that day. */
function rowsOf(shop: ReturnType<typeof createShop>, day: Date): CabinetRows {
  return {
    ...{ sales: [], reviews: [] },
    products: shop.cards(day).map((card) => ({
      ...{ nm_id: card.nmId, name: card.title, brand: card.brand, category: card.subjectName },
      ...{ is_active: true, rating: null },
    })),
    orders: shop.orders(day).map((order) => ({
      ...{ order_id: order.srid, nm_id: order.card.nmId, brand: order.card.brand },
      ...{ category: order.card.category, size: order.size.techSize, warehouse_from: order.warehouseName },
      ...{ quantity: 1, total_price: '1', order_date: order.orderedAt.toISOString(), status: 'active' },
      is_cancel: order.cancelledAt !== undefined,
    })),
    stocks: shop.stocks(day).map((stock) => ({
      ...{ nm_id: stock.nmId, size: stock.techSize, warehouse_name: stock.warehouseName },
      ...{ quantity: stock.quantity, quantity_full: stock.quantity, price: null, discount: null },
      in_way_from_client: stock.inWayFromClient,
    })),
  };
}

const product = (nmId: number, name: string): CabinetRows['products'][number] => ({
  ...{ nm_id: nmId, name, brand: null, category: null, is_active: true, rating: null },
});
const orders = (nmId: number, size: string, count: number): CabinetRows['orders'] =>
  Array.from({ length: count }, (_, place) => ({
    ...{ order_id: `${nmId}-${size}-${place}`, nm_id: nmId, brand: null, category: null, size },
    ...{ warehouse_from: null, quantity: 1, total_price: null, status: 'active', is_cancel: false },
    order_date: '2036-11-15T12:00:00Z',
  }));
const stock = (nmId: number, size: string, quantity: number): CabinetRows['stocks'][number] => ({
  ...{ nm_id: nmId, size, warehouse_name: 'Казань', quantity, quantity_full: quantity },
  ...{ price: null, discount: null },
});

const SHOP: CabinetRows = {
  ...{ sales: [], reviews: [] },
  products: [product(1, 'Кроссовки Роща'), product(2, 'Плед Иней')],
  orders: [...orders(1, 'L', 30), ...orders(1, 'XL', 3), ...orders(2, '42', 2)],
  stocks: [stock(1, 'L', 1), stock(1, 'XL', 1000), stock(2, '50', 7)],
};
