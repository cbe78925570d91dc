import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import { describeResult } from '../../src/analytics/describe/describe-result.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import { insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

describe('rates and comparisons', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  let cabinetId: number;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'analytics rates test',
      log: silentLog(),
    });
    analytics = createAnalytics({ main });
    cabinetId = await insertCabinet(database.pool, SHOP);
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  const ask = (name: string, parameters: object): Promise<AnalyticsAnswer> =>
    analytics.run(name, { cabinetId, now: NOW, timeZone: 'Europe/Moscow' }, parameters);
  const plain = (answer: AnalyticsAnswer) => describeResult(answer).replaceAll('\u00a0', ' ');

  it('rank only what has enough orders, and say so', async () => {
    for (const [name, parameters] of [
      ['buyout_rate', { group_by: 'product' }],
      ['top_products', { by: 'buyout_rate' }],
      ['totals', { measures: ['buyout_rate'], group_by: 'product' }],
    ] as const) {
      const answer = await ask(name, parameters);
      assert.deepEqual(
        answer.rows.map((row) => [row['nm_id'], row['buyout_rate']]),
        [[1, 71.43]],
        name,
      );
      assert.equal(answer.found, 1);
      assert.equal(answer.parameters['min_orders'], 5);
      assert.match(answer.note ?? '', /заказов не меньше 5\. Меньше заказов ещё у 1: их здесь нет\./);
      const all = await ask(name, { ...parameters, min_orders: 1 });
      assert.deepEqual(
        all.rows.map((row) => row['nm_id']),
        [2, 1],
        name,
      );
    }
    const counts = await ask('top_products', { by: 'orders' });
    assert.deepEqual([counts.found, 'min_orders' in counts.parameters], [2, false]);
  });

  it('rank no change of a rate that rests on few orders in either period', async () => {
    const answer = await ask('compare_periods', { measures: ['cancel_rate'], group_by: 'product' });
    assert.deepEqual(answer.rows, []);
    const all = await ask('compare_periods', {
      measures: ['cancel_rate'],
      group_by: 'product',
      min_orders: 1,
    });
    assert.deepEqual(
      all.rows.map((row) => [row['nm_id'], row['cancel_rate'], row['cancel_rate_before']]),
      [[1, 16.67, 100]],
    );
  });

  it('stand beside what they are made of, in the row and in the sentence', async () => {
    const whole = await ask('totals', { measures: ['buyout_rate', 'average_order'], period: 'yesterday' });
    assert.deepEqual(whole.rows, [
      {
        ...{ buyout_rate: 85.71, average_order: '100.00', bought_orders: 6, returned_orders: 0 },
        ...{ cancelled_orders: 1, orders_with_amount: 7 },
      },
    ]);
    assert.deepEqual(Object.keys(whole.rows[0]!).sort(), whole.columns.map(({ name }) => name).sort());
    assert.match(plain(whole), /выкуп 85,71 % \(6 из 7\)/);
    assert.match(plain(await ask('buyout_rate', { period: 'yesterday' })), /выкуп 85,71 % \(6 из 7\)/);
    const compared = await ask('compare_periods', { measures: ['cancel_rate'], period: 'yesterday' });
    assert.match(plain(compared), /доля отмен 14,29 % \(1 из 7\), было нет данных/);
  });

  it('say whether the periods that are compared have the same length', async () => {
    const month = await ask('compare_periods', { from: '2036-11-01', to: '2036-11-20', ...OCTOBER });
    assert.deepEqual(month.periods, { days: 20, other_days: 31, same_length: false });
    assert.match(month.note ?? '', /Периоды разной длины: 20 и 31 дн\./);
    const week = await ask('compare_periods', {});
    assert.deepEqual(week.periods, { days: 7, other_days: 7, same_length: true });
    assert.doesNotMatch(week.note ?? '', /разной длины/);
  });

  it('have no footnote about amounts under a count', async () => {
    const counted = await ask('top_products', { by: 'buyouts' });
    assert.equal(counted.note, 'Данные в кабинете есть только с 10 ноября 2036.');
    const money = await ask('top_products', { by: 'revenue' });
    assert.match(money.note ?? '', /Сумма пока неизвестна у 1/);
  });
});

const OCTOBER = { other_from: '2036-10-01', other_to: '2036-10-31' };

const order = (
  id: string,
  nmId: number,
  status: string,
  at = '2036-11-19T12:00:00Z',
): CabinetRows['orders'][number] => ({
  ...{ order_id: id, nm_id: nmId, brand: null, category: null, size: null, warehouse_from: null },
  ...{ quantity: 1, total_price: '100', order_date: at, status, is_cancel: status === 'cancelled' },
});

/** The second product has one order, which was bought; the first had one the week before, which was not. */
const SHOP: CabinetRows = {
  ...{ products: [], reviews: [], stocks: [] },
  orders: [
    ...['a', 'b', 'c', 'd', 'e'].map((id) => order(id, 1, 'bought')),
    order('f', 1, 'cancelled'),
    order('g', 2, 'bought'),
    order('h', 1, 'cancelled', '2036-11-10T12:00:00Z'),
  ],
  sales: [
    {
      ...{ sale_id: 'S', nm_id: 1, brand: null, category: null, size: null, amount: null, for_pay: null },
      ...{ sale_date: '2036-11-19T12:00:00Z', type: 'buyout', is_cancel: null },
    },
  ],
};
