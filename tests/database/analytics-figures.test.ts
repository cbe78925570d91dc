import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import type { Value } from '../../src/analytics/result.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import {
  groupsOf,
  measureOrders,
  measureReviews,
  measureSales,
  ordersIn,
  outcomeOf,
  reviewsIn,
  salesIn,
  type Bounds,
  type Measured,
} from '../helpers/analytics-oracle.ts';
import {
  agreeing,
  cabinetRows,
  insertCabinet,
  NOW,
  TODAY,
  type CabinetRows,
} from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const RUNS = 12;
const TRADE = [
  'orders',
  'ordered_pieces',
  'orders_amount',
  'average_order',
  'cancelled_orders',
  'cancelled_amount',
  'cancel_rate',
  'buyout_rate',
  'return_rate',
  'buyouts',
  'buyouts_amount',
  'returns',
  'returns_amount',
  'revenue',
  'average_check',
  'payout',
];
const REVIEWS = ['reviews', 'average_rating', 'negative_reviews', 'negative_share', 'unanswered_reviews'];

const bounds = fc
  .tuple(fc.integer({ min: 0, max: 44 }), fc.integer({ min: 0, max: 44 }))
  .map(([a, b]): Bounds => ({ from: dayBefore(Math.max(a, b)), to: dayBefore(Math.min(a, b)) }));

function dayBefore(days: number): string {
  return new Date(Date.parse(`${TODAY}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** As the answer writes a value of the oracle. */
function written(value: number | bigint | null | undefined): Value {
  if (typeof value !== 'bigint') return value ?? null;
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
const pick = (measured: Measured, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, written(measured[name])]));

/** Whether anything is known of the period at all: the other answer is that there are no data. */
function isKnown(rows: CabinetRows, { to }: Bounds): boolean {
  const all = { from: '0000-01-01', to: '9999-12-31' };
  return [...ordersIn(rows, { ...all, to }), ...salesIn(rows, { ...all, to })].length > 0;
}

describe('analytics say what plain arithmetic over the rows says', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'analytics test',
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

  /** Two cabinets with rows of their own: each answer has to be that of the one alone. */
  const holds = async (check: (cabinetId: number, rows: CabinetRows, period: Bounds) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(cabinetRows, cabinetRows, bounds, async (rows, others, period) => {
        const [cabinetId, other] = [
          await insertCabinet(database.pool, rows),
          await insertCabinet(database.pool, others),
        ];
        await check(cabinetId, rows, period);
        await check(other, others, period);
      }),
      { numRuns: RUNS },
    );

  it('of a period as a whole', async () => {
    await holds(async (cabinetId, rows, period) => {
      const answer = await ask(cabinetId, 'totals', { measures: TRADE, ...period });
      const right = { ...measureOrders(ordersIn(rows, period)), ...measureSales(salesIn(rows, period)) };
      assert.deepEqual(
        answer.rows.map((row) => pickRow(row, TRADE)),
        isKnown(rows, period) ? [pick(right, TRADE)] : [],
      );
      assert.equal(answer.data === 'none', !isKnown(rows, period));
    });
  });

  for (const dimension of ['day', 'product', 'brand', 'category', 'size']) {
    it(`by ${dimension}`, async () => {
      await holds(async (cabinetId, rows, period) => {
        const answer = await ask(cabinetId, 'totals', {
          measures: TRADE,
          group_by: dimension,
          limit: 500,
          ...period,
        });
        const column = dimension === 'product' ? 'nm_id' : dimension;
        const says = (row: Record<string, Value>) =>
          ['orders', 'buyouts', 'returns'].some((name) => row[name] !== 0);
        const given = new Map(
          answer.rows
            .filter(says)
            .map((row) => [row[column] === null ? null : String(row[column]), pickRow(row, TRADE)]),
        );
        const right = new Map(
          [...groupsOf(rows, dimension, period)]
            .map(([key, measured]) => [key, pick(measured, TRADE)] as const)
            .filter(([, row]) => says(row)),
        );
        assert.deepEqual(sorted(given), sorted(right));
      });
    });
  }

  it('of days without anything, from the first day that has data to the last that is asked for', async () => {
    const rows = { ...EMPTY, orders: [order('2036-11-10T20:30:00Z'), order('2036-11-13T12:00:00Z')] };
    const cabinetId = await insertCabinet(database.pool, rows);
    const answer = await ask(cabinetId, 'totals', {
      measures: ['orders'],
      group_by: 'day',
      from: '2036-11-09',
      to: '2036-11-14',
    });
    assert.deepEqual(
      answer.rows.map(({ day, orders }) => [day, orders]),
      [
        ['2036-11-09', 0],
        ['2036-11-10', 1],
        ['2036-11-11', 0],
        ['2036-11-12', 0],
        ['2036-11-13', 1],
        ['2036-11-14', 0],
      ],
    );
    assert.equal(answer.data, 'partial');
    assert.match(answer.note ?? '', /только с 10 ноября 2036/);
  });

  it('of the best and the worst products', async () => {
    await holds(async (cabinetId, rows, period) => {
      for (const by of ['revenue', 'orders', 'returns'] as const) {
        for (const rank of ['most', 'least'] as const) {
          const { rows: given } = await ask(cabinetId, 'top_products', {
            by,
            order: rank,
            limit: 500,
            ...period,
          });
          const groups = groupsOf(rows, 'product', period);
          groups.delete(null);
          const active = rows.products.filter((product) => product.is_active);
          if (rank === 'least' && isKnown(rows, period))
            for (const { nm_id: nmId } of active)
              if (!groups.has(String(nmId))) groups.set(String(nmId), { revenue: 0n, orders: 0, returns: 0 });
          const right = [...groups]
            .map(([key, measured]) => ({ key: Number(key), value: measured[by]! }))
            .filter(({ value }) => !(rank === 'most' && Number(value) === 0))
            // A measure of sales ranks those that have sales, and the active ones.
            .filter(
              ({ key, value }) =>
                Number(value) !== 0 ||
                active.some(({ nm_id: nmId }) => nmId === key) ||
                hasRows(rows, by, key, period),
            )
            .sort((a, b) =>
              a.value === b.value ? a.key - b.key : (a.value < b.value ? -1 : 1) * (rank === 'most' ? -1 : 1),
            );
          assert.deepEqual(
            given.map((row) => [row['nm_id'], row[by]]),
            right.map(({ key, value }) => [key, written(value)]),
            `${by} ${rank}`,
          );
        }
      }
    });
  });

  it('of rates by brand', async () => {
    await holds(async (cabinetId, rows, period) => {
      const { rows: given } = await ask(cabinetId, 'buyout_rate', {
        ...{ group_by: 'brand', min_orders: 1 },
        limit: 500,
        ...period,
      });
      const right = [...groupsOf(rows, 'brand', period)].filter(
        ([, measured]) => measured['buyout_rate'] !== null,
      );
      assert.deepEqual(
        sorted(
          new Map(
            given.map((row) => [row['brand'] as string | null, [row['buyout_rate'], row['return_rate']]]),
          ),
        ),
        sorted(
          new Map(right.map(([key, measured]) => [key, [measured['buyout_rate'], measured['return_rate']]])),
        ),
      );
      for (const row of given)
        assert.equal(
          row['orders'],
          ['bought', 'returned', 'cancelled', 'open'].reduce((sum, name) => sum + Number(row[name]), 0),
        );
    });
  });

  it('of reviews, also of those without a date when all are asked for', async () => {
    await holds(async (cabinetId, rows, period) => {
      const all = await ask(cabinetId, 'reviews', {});
      const dated = rows.reviews.filter((review) => review.created_date !== null);
      const isAny = dated.length > 0;
      assert.deepEqual(
        all.rows.map((row) => pickRow(row, REVIEWS)),
        isAny ? [pick(measureReviews(rows.reviews), REVIEWS)] : [],
      );
      const some = await ask(cabinetId, 'totals', { measures: REVIEWS, ...period });
      const right = reviewsIn(rows, period);
      if (some.data !== 'none')
        assert.deepEqual(
          some.rows.map((row) => pickRow(row, REVIEWS)),
          [pick(measureReviews(right), REVIEWS)],
        );
      else assert.equal(right.length, 0);
    });
  });

  it('of the difference between two periods', async () => {
    await holds(async (cabinetId, rows, period) => {
      const days = (Date.parse(period.to) - Date.parse(period.from)) / 86_400_000 + 1;
      const other = {
        other_from: new Date(Date.parse(period.from) - days * 86_400_000).toISOString().slice(0, 10),
        other_to: new Date(Date.parse(period.from) - 86_400_000).toISOString().slice(0, 10),
      };
      const { rows: given } = await ask(cabinetId, 'compare_periods', {
        measures: ['revenue', 'orders'],
        ...period,
        ...other,
      });
      const [row] = given as [Record<string, Value>];
      const before = { from: other.other_from, to: other.other_to };
      const [now, old] = [period, before].map((span) =>
        isKnown(rows, span)
          ? { ...measureOrders(ordersIn(rows, span)), ...measureSales(salesIn(rows, span)) }
          : undefined,
      );
      assert.equal(row['revenue'], written(now === undefined ? null : now['revenue']));
      assert.equal(row['orders_before'], written(old === undefined ? null : old['orders']));
      const change =
        now === undefined || old === undefined
          ? null
          : (now['revenue'] as bigint) - (old['revenue'] as bigint);
      assert.equal(row['revenue_change'], written(change));
      if (change === null || old?.['revenue'] === 0n) assert.equal(row['revenue_change_percent'], null);
      else {
        const percent = (Number(change) / Math.abs(Number(old!['revenue']))) * 100;
        const shown = Number(row['revenue_change_percent']);
        assert.ok(Math.abs(shown - percent) <= 0.006 + Math.abs(percent) * 1e-9, `${shown} ${percent}`);
      }
    });
  });

  it('of what is in stock', async () => {
    await holds(async (cabinetId, rows) => {
      const { rows: given } = await ask(cabinetId, 'stock_levels', { group_by: 'product', limit: 500 });
      const right = [...Map.groupBy(rows.stocks, (row) => row.nm_id)].map(([nmId, list]) => [
        nmId,
        list.reduce((sum, row) => sum + (row.quantity ?? 0), 0),
        list.reduce((sum, row) => sum + (row.quantity_full ?? row.quantity ?? 0), 0),
      ]);
      const byNumber = (list: unknown[][]) => list.sort((a, b) => Number(a[0]) - Number(b[0]));
      assert.deepEqual(
        byNumber(given.map((row) => [row['nm_id'], row['quantity'], row['quantity_full']])),
        byNumber(right),
      );
      const amounts = given.map((row) => Number(row['quantity']));
      assert.deepEqual(
        amounts,
        amounts.toSorted((a, b) => b - a),
      );
    });
  });

  it('of how long it lasts', async () => {
    await holds(async (cabinetId, rows) => {
      const answer = await ask(cabinetId, 'stock_cover', { limit: 500, within_days: 7, window_days: 10 });
      const window = { from: dayBefore(10), to: dayBefore(1) };
      const ordered = ordersIn(rows, window).filter(
        (row) => outcomeOf(row) !== 'cancelled' && row.nm_id !== null,
      );
      const active = rows.products.filter((product) => product.is_active);
      const keys = new Set([...rows.stocks, ...ordered, ...active].map((row) => row.nm_id!));
      const right = new Map<number, unknown>();
      for (const nmId of keys) {
        const stock = rows.stocks.reduce(
          (sum, row) => sum + (row.nm_id === nmId ? (row.quantity ?? 0) : 0),
          0,
        );
        const pieces = ordered.reduce((sum, row) => sum + (row.nm_id === nmId ? (row.quantity ?? 1) : 0), 0);
        const tenths = pieces === 0 ? null : Math.floor((stock * 10 * 10 * 2 + pieces) / (pieces * 2));
        const state =
          stock === 0
            ? 'out_of_stock'
            : tenths === null
              ? 'not_selling'
              : tenths <= 70
                ? 'ending'
                : tenths > 900
                  ? 'overstock'
                  : 'enough';
        const isRetired = rows.products.some((product) => product.nm_id === nmId && !product.is_active);
        if (isRetired && state === 'out_of_stock') continue;
        right.set(nmId, { stock, cover_days: tenths === null ? null : tenths / 10, state });
      }
      const given = new Map(
        answer.rows.map((row) => [
          row['nm_id'] as number,
          { stock: row['stock'], cover_days: row['cover_days'], state: row['state'] },
        ]),
      );
      assert.deepEqual(sorted(given), sorted(right));
    });
  });

  it('never of a row of another cabinet, whatever is asked', async () => {
    const name = fc.constantFrom(
      'totals',
      'top_products',
      'compare_periods',
      'buyout_rate',
      'stock_levels',
      'stock_cover',
      'reviews',
      'rating_change',
      'products',
    );
    const filter = fc.record(
      {
        nm_id: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        brand: fc.constantFrom('шагомира', 'Жаролада'),
        category: fc.constantFrom('обувь', 'пледы'),
        product: fc.constantFrom('кроссовки роща', 'иней'),
        size: fc.constantFrom('42', 'xl'),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        cabinetRows.map(agreeing),
        cabinetRows,
        name,
        filter,
        async (rows, others, which, given) => {
          const parameters = {
            ...given,
            ...(['stock_levels', 'reviews', 'rating_change'].includes(which) ? { group_by: 'product' } : {}),
            limit: 500,
          };
          const alone = await insertCabinet(database.pool, rows);
          const first = await ask(alone, which, parameters);
          await insertCabinet(database.pool, others);
          await insertCabinet(database.pool, marked(rows));
          await insertCabinet(database.pool, marked(others));
          const again = await ask(alone, which, parameters);
          assert.deepEqual(again, first);
          assert.ok(!JSON.stringify(again).includes(MARK));
          const empty = await insertCabinet(database.pool, EMPTY);
          const nothing = await ask(empty, which, parameters);
          for (const row of nothing.rows)
            for (const value of Object.values(row))
              assert.ok(value === null || Number(value) === 0, JSON.stringify(row));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('never with a name that only another cabinet has for the same number', async () => {
    const nmId = 77;
    const own: CabinetRows = {
      products: [],
      orders: [{ ...order('2036-11-19T12:00:00Z'), nm_id: nmId }],
      sales: [
        {
          ...{
            sale_id: 'S1',
            nm_id: nmId,
            brand: null,
            category: null,
            size: null,
            amount: '1',
            for_pay: '1',
          },
          ...{ sale_date: '2036-11-19T12:00:00Z', type: 'buyout', is_cancel: null },
        },
      ],
      reviews: [
        { review_id: 'R1', nm_id: nmId, rating: 1, is_answered: null, created_date: '2036-11-19T12:00:00Z' },
      ],
      stocks: [
        {
          ...{ nm_id: nmId, size: null, warehouse_name: null, quantity: 1, quantity_full: 1 },
          ...{ price: '1', discount: null },
        },
      ],
    };
    const named = { nm_id: nmId, name: 'имя', brand: 'имя', category: 'имя', is_active: true, rating: '1' };
    await insertCabinet(database.pool, marked({ ...own, products: [named] }));
    const cabinetId = await insertCabinet(database.pool, own);
    const asked: [name: string, parameters: Record<string, unknown>][] = [
      ['top_products', {}],
      ['stock_cover', {}],
      ['products', {}],
      ...['totals', 'compare_periods', 'buyout_rate', 'stock_levels', 'reviews', 'rating_change'].flatMap(
        (name) =>
          ['product', 'brand', 'category'].map((by): [string, Record<string, unknown>] => [
            name,
            { group_by: by },
          ]),
      ),
    ];
    for (const [name, parameters] of asked) {
      const answer = JSON.stringify(await ask(cabinetId, name, parameters));
      assert.ok(!answer.includes(MARK), `${name} ${JSON.stringify(parameters)}: ${answer}`);
      const filtered = await ask(cabinetId, name, { ...parameters, brand: `${MARK} имя` });
      assert.ok(
        filtered.rows.every((row) => row['nm_id'] !== nmId),
        name,
      );
    }
  });
});

const MARK = 'чужое';

/** The same rows, saying everywhere that they are somebody else's. */
function marked(rows: CabinetRows): CabinetRows {
  const texts = ['name', 'brand', 'category', 'size', 'warehouse_name', 'warehouse_from'];
  const mark = (row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        texts.includes(name) ? `${MARK} ${value}` : (value as unknown),
      ]),
    );
  return Object.fromEntries(
    Object.entries(rows).map(([name, list]) => [name, (list as object[]).map(mark)]),
  ) as unknown as CabinetRows;
}

const EMPTY: CabinetRows = { products: [], orders: [], sales: [], reviews: [], stocks: [] };

let made = 0;
function order(at: string): CabinetRows['orders'][number] {
  return {
    order_id: `o${++made}`,
    nm_id: 1,
    brand: null,
    category: null,
    size: null,
    warehouse_from: null,
    quantity: 1,
    total_price: '100',
    order_date: at,
    status: 'active',
    is_cancel: false,
  };
}

function pickRow(row: Record<string, Value>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

function sorted<Key, T>(map: ReadonlyMap<Key, T>): [string, T][] {
  return [...map]
    .map(([key, value]): [string, T] => [String(key), value])
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

/** Whether the product has rows of the kind that the measure is made of. */
function hasRows(rows: CabinetRows, by: string, nmId: number, period: Bounds): boolean {
  return by === 'orders'
    ? ordersIn(rows, period).some((row) => row.nm_id === nmId)
    : salesIn(rows, period).some(
        (row) =>
          row.nm_id === nmId && row.is_cancel !== true && ['buyout', 'return'].includes(row.type ?? ''),
      );
}
