import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import { ANALYTICS_FUNCTIONS } from '../../src/analytics/functions.ts';
import { parameterSchemaOf } from '../../src/analytics/tools.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { AppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { isKnownName, selectRows, type Filters } from '../helpers/analytics-filters-oracle.ts';
import { measureOrders, measureSales } from '../helpers/analytics-oracle.ts';
import { cabinetRows, insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const VALUES: Record<string, (string | number)[]> = {
  nm_id: [1, 2, 3, 4],
  brand: ['Шагомира', 'Жаролада', 'Тополея'],
  category: ['Обувь', 'Дом', 'Пледы'],
  size: ['42', 'XL'],
  warehouse: ['Коледино', 'Казань'],
  region: ['Тверская область', 'Москва'],
};

const filters: fc.Arbitrary<Filters> = fc.record(
  Object.fromEntries(
    Object.entries(VALUES).flatMap(([name, values]) => {
      const some = fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
      return [
        [name, some],
        [`exclude_${name}`, some],
      ];
    }),
  ),
  { requiredKeys: [] },
);

describe('filters and exclusions of analytics', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'analytics filters test',
      log: silentLog(),
    });
    analytics = createAnalytics({ main });
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  const ask = (cabinetId: number, name: string, parameters: unknown): Promise<AnalyticsAnswer> =>
    analytics.run(name, { cabinetId, now: NOW, timeZone: 'Europe/Moscow' }, parameters);

  it('let through exactly the rows that plain comparison does', async () => {
    await fc.assert(
      fc.asyncProperty(cabinetRows, filters, async (rows, given) => {
        const cabinetId = await insertCabinet(database.pool, rows);
        const answer = await ask(cabinetId, 'totals', {
          ...{ measures: ['orders', 'ordered_pieces', 'buyouts', 'returns'], period: 'all' },
          ...given,
        });
        const unknown = Object.entries(given).filter(
          ([name, values]) => !name.startsWith('exclude_') && !isKnownName(rows, name, values!),
        );
        const dated = [
          ...rows.orders.map((row) => row.order_date),
          ...rows.sales.map((row) => row.sale_date),
        ];
        if (unknown.length > 0 || dated.every((day) => day === null)) {
          assert.deepEqual([answer.data, answer.rows, answer.total, answer.found], ['none', [], null, 0]);
          for (const [name] of unknown) assert.ok(answer.unknown.some(({ parameter }) => parameter === name));
          return;
        }
        const { orders, sales } = selectRows(rows, given);
        const right = { ...measureOrders(orders), ...measureSales(sales) };
        assert.deepEqual(answer.rows, [
          {
            orders: right['orders'],
            ordered_pieces: right['ordered_pieces'],
            buyouts: right['buyouts'],
            returns: right['returns'],
          },
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('say the same of a part and of the rest together', async () => {
    await fc.assert(
      fc.asyncProperty(cabinetRows, fc.constantFrom(...Object.keys(VALUES)), async (rows, name) => {
        const cabinetId = await insertCabinet(database.pool, rows);
        const value = VALUES[name]![0]!;
        const of = async (parameters: object) =>
          Number(
            (await ask(cabinetId, 'totals', { measures: ['orders'], period: 'all', ...parameters }))
              .rows[0]?.['orders'] ?? 0,
          );
        assert.equal(
          (await of({ [name]: value })) + (await of({ [`exclude_${name}`]: value })),
          await of({}),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('are known, by the same names, to every function whose rows say them', () => {
    const goods = ['nm_id', 'product', 'brand', 'category', 'size'];
    for (const definition of ANALYTICS_FUNCTIONS) {
      const { properties } = parameterSchemaOf(definition) as { properties: Record<string, unknown> };
      const filtered = Object.keys(properties).filter((name) =>
        [...goods, 'warehouse', 'region'].includes(name.replace('exclude_', '')),
      );
      for (const name of filtered) {
        const other = name.startsWith('exclude_') ? name.replace('exclude_', '') : `exclude_${name}`;
        assert.ok(other in properties, `${definition.name}: ${name} without ${other}`);
      }
      if (definition.name === 'values') continue;
      for (const name of goods) assert.ok(name in properties, `${definition.name} has no ${name}`);
    }
  });

  it('are refused by functions whose rows do not say them, with those that have them', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    for (const [name, parameters, field] of [
      ['reviews', { warehouse: 'Казань' }, 'warehouse'],
      ['reviews', { exclude_region: 'Москва' }, 'exclude_region'],
      ['stock_levels', { region: 'Москва' }, 'region'],
      ['totals', { measures: ['reviews'], exclude_warehouse: 'Казань' }, 'exclude_warehouse'],
      ['totals', { measures: ['reviews'], region: 'Москва' }, 'region'],
    ] as const) {
      const error = await ask(cabinetId, name, parameters).then(
        () => assert.fail(`${name} took ${field}`),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof AppError && error.code === 'invalid_request');
      assert.match(error.message, new RegExp(`${field} .*(?:totals|orders and sales)`));
    }
  });

  it('that name nothing of the cabinet give none and the nearest names, in every function', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    for (const definition of ANALYTICS_FUNCTIONS) {
      const { properties } = parameterSchemaOf(definition) as { properties: Record<string, unknown> };
      for (const [parameter, value, nearest] of [
        ['nm_id', 148001009, ['148001001', '148001002']],
        ['product', 'крассовки роща', ['Кроссовки Роща', 'Плед Иней']],
        ['brand', 'Топалея', ['Тополея', 'Жаролада']],
        ['category', 'Обуфь', ['Обувь']],
        ['size', '43', ['42', 'XL']],
        ['warehouse', 'Казонь', ['Казань', 'Коледино']],
        ['region', 'Масква', ['Москва']],
      ] as const) {
        if (!(parameter in properties)) continue;
        const answer = await ask(cabinetId, definition.name, { [parameter]: value });
        const shown = `${definition.name} ${parameter}: ${JSON.stringify(answer.unknown)}`;
        assert.deepEqual([answer.data, answer.rows, answer.total], ['none', [], null], shown);
        assert.deepEqual([answer.unknown[0]?.parameter, answer.unknown[0]?.value], [parameter, value], shown);
        assert.equal(answer.unknown[0]?.nearest[0], nearest[0], shown);
        assert.match(answer.note ?? '', /в кабинете нет/);
      }
    }
  });

  it('count the names that are known beside one that is not', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const answer = await ask(cabinetId, 'totals', {
      ...{ measures: ['orders'], period: 'all', brand: ['Тополея', 'Найк'], exclude_size: '50' },
    });
    assert.deepEqual(answer.rows, [{ orders: 1 }]);
    assert.deepEqual(
      answer.unknown.map(({ parameter, value }) => [parameter, value]),
      [
        ['brand', 'Найк'],
        ['exclude_size', '50'],
      ],
    );
    assert.equal(answer.data, 'complete');
  });
});

const order = (
  orderId: string,
  nmId: number,
  brand: string,
  size: string,
): CabinetRows['orders'][number] => ({
  ...{ order_id: orderId, nm_id: nmId, brand, category: 'Обувь', size, warehouse_from: 'Коледино' },
  ...{ warehouse_to: 'Москва', quantity: 1, total_price: '100', order_date: '2036-11-19T12:00:00Z' },
  ...{ status: 'active', is_cancel: false },
});

const SHOP: CabinetRows = {
  products: [
    {
      ...{ nm_id: 148001001, name: 'Кроссовки Роща', brand: 'Тополея', category: 'Кроссовки' },
      ...{ is_active: true, rating: '4.7' },
    },
    {
      ...{ nm_id: 148001002, name: 'Плед Иней', brand: 'Жаролада', category: 'Пледы' },
      ...{ is_active: true, rating: null },
    },
  ],
  orders: [order('A', 148001001, 'Тополея', '42'), order('B', 148001002, 'Жаролада', 'XL')],
  sales: [],
  reviews: [
    {
      ...{
        review_id: 'R',
        nm_id: 148001001,
        rating: 5,
        is_answered: true,
        created_date: '2036-11-19T12:00:00Z',
      },
    },
  ],
  stocks: [
    {
      ...{ nm_id: 148001001, size: '42', warehouse_name: 'Казань', quantity: 3, quantity_full: 3 },
      ...{ price: '1000', discount: null },
    },
  ],
};
