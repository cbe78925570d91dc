import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import { describeResult } from '../../src/analytics/describe/describe-result.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import { groupsOf, outcomeOf } from '../helpers/analytics-oracle.ts';
import { cabinetRows, insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const ALWAYS = { from: '2036-01-01', to: '2036-12-31' };

describe('lists of analytics', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'analytics lists test',
      log: silentLog(),
    });
    analytics = createAnalytics({ main });
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  const ask = (cabinetId: number, name: string, parameters: object): Promise<AnalyticsAnswer> =>
    analytics.run(name, { cabinetId, now: NOW, timeZone: 'Europe/Moscow' }, parameters);

  const allPages = async (cabinetId: number, parameters: object): Promise<AnalyticsAnswer[]> => {
    const pages = [await ask(cabinetId, 'rows', { limit: 3, ...parameters })];
    for (let next = pages[0]!.next; next !== null && next !== undefined; next = pages.at(-1)!.next) {
      pages.push(await ask(cabinetId, 'rows', { limit: 3, ...parameters, before: next }));
      assert.ok(pages.length < 30, 'the pages have no end');
    }
    return pages;
  };

  it('have each row behind a figure once over all pages, the newest first, and say how many there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        cabinetRows,
        fc.constantFrom('orders', 'cancelled_orders', 'open_orders', 'buyouts', 'returns', 'reviews'),
        async (rows, of) => {
          const cabinetId = await insertCabinet(database.pool, rows);
          const pages = await allPages(cabinetId, { of, period: 'all' });
          if (pages[0]!.data === 'none') return;
          const listed = pages.flatMap((page) => page.rows);
          const key =
            of === 'reviews' ? 'review_id' : of === 'buyouts' || of === 'returns' ? 'sale_id' : 'order_id';
          assert.deepEqual(
            listed.map((row) => row[key]),
            keysOf(rows, of),
          );
          for (const page of pages) assert.equal(page.found, listed.length);
          if (of === 'reviews') return;
          const name = new Map([
            ['orders', 'orders_amount'],
            ['buyouts', 'buyouts_amount'],
            ['cancelled_orders', 'cancelled_amount'],
          ]).get(of);
          if (name === undefined) return;
          const figure = await ask(cabinetId, 'totals', { measures: [name], period: 'all' });
          assert.equal(pages[0]!.total?.['amount'], figure.rows[0]?.[name]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('say the day, the time, the place and the amount, and take amounts and filters', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const answer = await ask(cabinetId, 'rows', { of: 'orders', amount_from: 100, region: 'Москва' });
    assert.deepEqual(answer.rows, [
      {
        ...{ nm_id: 1, product: 'Плед Иней', article: null, brand: 'Тополея' },
        ...{ date: '2036-11-19', time: '23:59', order_id: 'A', size: '0', pieces: 1, amount: '100.50' },
        ...{ state: 'cancelled', warehouse: 'Казань', region: 'Москва' },
      },
    ]);
    assert.equal(answer.next, null);
    assert.equal(
      describeResult(answer).replaceAll('\u00a0', ' '),
      'С 22 октября по 20 ноября 2036 (регион «Москва»): 1 заказ на 100,50 ₽. Новые сначала: 19 ноября 2036 23:59, «Плед Иней» (1), 100,50 ₽, отменён. Данные в кабинете есть только с 17 ноября 2036.',
    );
    for (const [parameters, field] of [
      [{ of: 'reviews', region: 'Москва' }, 'region'],
      [{ of: 'orders', answered: true }, 'answered'],
      [{ before: 'x' }, 'before'],
      [{ limit: 1000 }, 'limit'],
    ] as const)
      await assert.rejects(ask(cabinetId, 'rows', parameters), new RegExp(field));
  });

  it('class goods by ABC as plain addition does, with the thresholds that are given', async () => {
    await fc.assert(
      fc.asyncProperty(
        cabinetRows,
        fc.constantFrom('revenue', 'orders', 'buyouts_amount'),
        fc.integer({ min: 10, max: 80 }),
        async (rows, by, a) => {
          const cabinetId = await insertCabinet(database.pool, rows);
          const { rows: given } = await ask(cabinetId, 'abc', {
            ...{ by, group_by: 'brand', a_percent: a, b_percent: 15, limit: 500, ...ALWAYS },
          });
          const listed = new Set(given.map((row) => row['brand']));
          const amounts = [...groupsOf(rows, 'brand', ALWAYS)]
            .map(([key, measured]) => ({ key, value: BigInt(measured[by]!) }))
            // Brands that have only rows of the other table are no groups of this measure.
            .filter(({ key, value }) => listed.has(key) || value !== 0n);
          assert.equal(amounts.length, given.length);
          const whole = amounts.reduce((sum, { value }) => sum + (value > 0n ? value : 0n), 0n);
          for (const row of given) {
            const own = amounts.find(({ key }) => key === row['brand'])!;
            // A group of nothing but cancelled sales has no row, and takes no place.
            const larger = amounts.filter(
              (other) =>
                (other.value !== 0n || given.some(({ brand }) => brand === other.key)) &&
                (other.value > own.value || (other.value === own.value && isBefore(other.key, own.key))),
            );
            const before = larger.reduce((sum, { value }) => sum + (value > 0n ? value : 0n), 0n);
            const right =
              own.value <= 0n
                ? 'C'
                : before * 100n < whole * BigInt(a)
                  ? 'A'
                  : before * 100n < whole * BigInt(a + 15)
                    ? 'B'
                    : 'C';
            assert.equal(row['class'], right, JSON.stringify(row));
            assert.equal(row['place'], larger.length + 1);
          }
          const shares = given.map((row) => Number(row['cumulative_share']));
          assert.deepEqual(
            shares,
            shares.toSorted((x, y) => x - y),
          );
          if (whole > 0n) assert.equal(shares.at(-1), 100);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('say ABC in a sentence, with products on sale that did not sell', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const answer = await ask(cabinetId, 'abc', { by: 'orders' });
    assert.deepEqual(
      answer.rows.map((row) => [row['class'], row['nm_id'], row['share'], row['cumulative_share']]),
      [
        ['A', 1, 66.67, 66.67],
        ['A', 2, 33.33, 100],
        ['C', 3, 0, 100],
      ],
    );
    assert.match(
      describeResult(answer).replaceAll('\u00a0', ' '),
      /^ABC по числу заказов с 22 октября по 20 ноября 2036: A — 2 \(100 %\), B — 0 \(0 %\), C — 1 \(0 %\)\. По порядку: A — «Плед Иней» \(1\): 2 заказа \(66,67 %\);/,
    );
    await assert.rejects(ask(cabinetId, 'abc', { a_percent: 90, b_percent: 15 }), /b_percent/);
  });

  it('have the values that the rows have, each with how many say it', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const valuesOf = async (of: string) =>
      (await ask(cabinetId, 'values', { of })).rows.map((row) => Object.values(row));
    assert.deepEqual(await valuesOf('brand'), [['Тополея', 3, 3]]);
    assert.deepEqual(await valuesOf('size'), [
      ['0', 1],
      ['42', 1],
    ]);
    assert.deepEqual(await valuesOf('warehouse'), [['Казань', 2, 5]]);
    assert.deepEqual(await valuesOf('region'), [
      ['Москва', 2],
      ['Тверская область', 1],
    ]);
    assert.deepEqual(await valuesOf('color'), [
      ['белый', 1, 2],
      ['чёрный', 1, 1],
    ]);
    assert.deepEqual(await valuesOf('matching_size'), [['ok', 1, 3]]);
    assert.deepEqual(await valuesOf('tag'), [
      ['Цвет', 1, 2],
      ['Плохой запах', 1, 1],
    ]);
    assert.equal(
      describeResult(await ask(cabinetId, 'values', { of: 'color' })).replaceAll('\u00a0', ' '),
      'В кабинете 2 цвета: белый — 2 отзыва; чёрный — 1 отзыв.',
    );
  });

  it('have the products without reviews, sales, orders or stock, in a period where there are days', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const without = async (parameters: object) =>
      (await ask(cabinetId, 'products', parameters)).rows.map((row) => row['nm_id']).sort();
    assert.deepEqual(await without({ without: 'orders' }), [3]);
    assert.deepEqual(await without({ without: 'orders', period: 'today' }), [1, 2, 3]);
    assert.deepEqual(await without({ without: 'sales' }), [1, 2, 3]);
    assert.deepEqual(await without({ without: 'reviews' }), [2, 3]);
    assert.deepEqual(await without({ without: 'stock' }), [3]);
    await assert.rejects(without({ without: 'stock', period: 'today' }), /period must be given with without/);
    await assert.rejects(without({ from: '2036-11-01' }), /from must be given with without/);
    assert.match(
      describeResult(await ask(cabinetId, 'products', { without: 'orders', period: 'yesterday' })).replaceAll(
        '\u00a0',
        ' ',
      ),
      /^В продаже 2 товара без заказов за 19 ноября 2036/,
    );
  });
});

const isBefore = (a: string | null, b: string | null) => (a === null ? false : b === null ? true : a < b);

/** The keys that the list has to have, in its order; rows were inserted in the order of their places. */
function keysOf(rows: CabinetRows, of: string): string[] {
  const sorted = <Row>(list: Row[], time: (row: Row) => string | null, key: (row: Row) => string) =>
    list
      .map((row, place) => ({ key: key(row), place, at: momentOf(time(row)) }))
      .sort((a, b) =>
        a.at === b.at ? b.place - a.place : a.at === null ? 1 : b.at === null ? -1 : a.at < b.at ? 1 : -1,
      )
      .map(({ key: each }) => each);
  if (of === 'reviews')
    return sorted(
      rows.reviews,
      (row) => row.created_date,
      (row) => row.review_id,
    );
  if (of === 'buyouts' || of === 'returns') {
    const counted = rows.sales.filter((row) => row.is_cancel !== true && row.type === of.slice(0, -1));
    return sorted(
      counted,
      (row) => row.sale_date,
      (row) => row.sale_id,
    );
  }
  const state = of === 'orders' ? undefined : of.replace('_orders', '');
  const counted = rows.orders.filter((row) => state === undefined || outcomeOf(row) === state);
  return sorted(
    counted,
    (row) => row.order_date,
    (row) => row.order_id,
  );
}

/** As text that compares as the moment does: the tests' moments are in UTC, some with microseconds. */
function momentOf(time: string | null): string | null {
  return time === null
    ? null
    : time
        .replace('Z', '')
        .padEnd(26, time.includes('.') ? '0' : '')
        .replace(/^(.{19})$/, '$1.000000');
}

const order = (id: string, nmId: number, at: string, state: object): CabinetRows['orders'][number] => ({
  ...{ order_id: id, nm_id: nmId, brand: 'Тополея', category: 'Пледы', size: '0', warehouse_from: 'Казань' },
  ...{
    warehouse_to: 'Москва',
    quantity: 1,
    total_price: '100.50',
    order_date: at,
    status: 'active',
    is_cancel: false,
  },
  ...state,
});
const review = (id: string, said: object): CabinetRows['reviews'][number] => ({
  ...{ review_id: id, nm_id: 1, rating: 5, is_answered: null, created_date: '2036-11-19T12:00:00Z' },
  ...{ matching_size: 'ок', ...said },
});
const card = (nmId: number, name: string): CabinetRows['products'][number] => ({
  ...{ nm_id: nmId, name, brand: 'Тополея', category: 'Пледы', is_active: true, rating: null },
});
const stock = (nmId: number, size: string, quantity: number): CabinetRows['stocks'][number] => ({
  ...{ nm_id: nmId, size, warehouse_name: 'Казань', quantity, quantity_full: quantity },
  ...{ price: null, discount: null },
});

const SHOP: CabinetRows = {
  sales: [],
  products: [card(1, 'Плед Иней'), card(2, 'Плед Роща'), card(3, 'Плед Полюс')],
  orders: [
    order('A', 1, '2036-11-19T20:59:59Z', { is_cancel: true }),
    order('B', 1, '2036-11-18T12:00:00Z', { total_price: '99.99' }),
    order('C', 2, '2036-11-17T12:00:00Z', { warehouse_to: 'Тверская область' }),
  ],
  reviews: [
    review('R1', { color: 'белый', bables: ['Цвет'] }),
    review('R2', { color: 'белый', matching_size: 'ok', bables: ['Цвет', 'Плохой запах'] }),
    review('R3', { color: 'чёрный' }),
  ],
  stocks: [stock(1, '0', 2), stock(2, '42', 3)],
};
