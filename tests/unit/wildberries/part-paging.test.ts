import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '../../../src/log.ts';
import type { OnRows, StatisticsCursor, WbClient } from '../../../src/wildberries/client/client.ts';
import {
  nextStatistics,
  startTrace,
  statisticsQuery,
  traceRow,
} from '../../../src/wildberries/client/statistics-paging.ts';
import { createPageGuard } from '../../../src/wildberries/sync/parts/page-guard.ts';
import { syncOrders } from '../../../src/wildberries/sync/parts/orders.ts';
import type { PartContext, PartResult, SaveOptions } from '../../../src/wildberries/sync/part.ts';
import { syncPrices } from '../../../src/wildberries/sync/parts/prices.ts';
import { syncProducts } from '../../../src/wildberries/sync/parts/products.ts';
import { syncRatings } from '../../../src/wildberries/sync/parts/ratings.ts';
import { syncReviews } from '../../../src/wildberries/sync/parts/reviews.ts';
import { syncStocks } from '../../../src/wildberries/sync/parts/stocks.ts';

const MOST_REQUESTS = 100;

/** A part against a client that answers as a test says, with nothing stored. What is saved is listed. */
function contextOf(client: Partial<WbClient>, cursors: Readonly<Record<string, unknown>> = {}) {
  const saves: SaveOptions[] = [];
  const kept: Record<string, unknown> = { ...cursors };
  let requests = 0;
  const counted = Object.fromEntries(
    Object.entries(client).map(([name, call]) => [
      name,
      (...given: never[]) => {
        requests++;
        assert.ok(requests <= MOST_REQUESTS, 'it does not end');
        return (call as (...given: never[]) => unknown)(...given);
      },
    ]),
  );
  const context = {
    cabinetId: 1,
    client: counted as unknown as WbClient,
    signal: new AbortController().signal,
    log: silentLog(),
    position: undefined as unknown,
    readCursor: (name: string) => Promise.resolve(kept[name]),
    save(_write: unknown, options: SaveOptions = {}) {
      saves.push(options);
      // As jsonb gives it back.
      const { position, cursors: moved } = JSON.parse(JSON.stringify(options)) as SaveOptions;
      if (position !== undefined) context.position = position;
      Object.assign(kept, moved);
      return Promise.resolve();
    },
  };
  return { context: context as unknown as PartContext, saves, requests: () => requests };
}

type Part = (context: PartContext) => Promise<PartResult>;
const empty = { rows: [], problems: [], next: undefined };
const goods = {
  rows: [
    { nmId: 1, sizes: [] },
    { nmId: 2, sizes: [] },
  ],
  problems: [],
};
const moment = (second: number) => new Date(Date.UTC(2026, 10, 1, 0, 0, second)).toISOString();

/** Of each part, a client whose page never changes, whatever it is asked for. */
const REPEATING: readonly [string, Part, () => Partial<WbClient>, most: number][] = [
  [
    'prices',
    syncPrices,
    () => ({ prices: (offset: number) => Promise.resolve({ ...goods, next: offset + 1 }) as never }),
    2,
  ],
  [
    'ratings',
    syncRatings,
    () => ({ ratings: (offset: number) => Promise.resolve({ ...goods, next: offset + 1 }) as never }),
    2,
  ],
  [
    'cards, though their cursor moves',
    syncProducts,
    () => {
      let page = 0;
      return {
        cards() {
          const cursor = { updatedAt: moment(++page), nmID: page };
          return Promise.resolve({ ...goods, cursor, next: cursor, isEnd: false } as never);
        },
        trash: () => Promise.resolve({ ...empty, cursor: undefined }),
      };
    },
    3,
  ],
  [
    'the trash',
    syncProducts,
    () => {
      let page = 0;
      return {
        cards: () => Promise.resolve({ ...empty, cursor: undefined, isEnd: true }),
        trash() {
          const cursor = { trashedAt: moment(++page), nmID: page };
          return Promise.resolve({ ...goods, cursor, next: cursor } as never);
        },
      };
    },
    3,
  ],
  [
    'reviews, in each of their lists',
    syncReviews,
    () => {
      const rows = [{ id: 'a', createdDate: '2026-11-01T00:00:00Z' }];
      return {
        feedbacks: (query) =>
          Promise.resolve({ rows, problems: [], next: { ...query, skip: query.skip + 1 } }) as never,
        archive: ({ skip }) => Promise.resolve({ rows, problems: [], next: skip + 1 }) as never,
      };
    },
    6,
  ],
  [
    'stocks',
    syncStocks,
    () => ({
      async stocks(offset: number, onRows: OnRows<never>) {
        await onRows([{ nmId: 1, chrtId: 2, quantity: 5 }] as never, []);
        return { next: offset + 1, rowCount: 1 };
      },
    }),
    2,
  ],
  ['orders, whatever time or day they are asked for', syncOrders, () => ignoringOrders(() => true), 4],
  [
    'orders, though it listens to days',
    syncOrders,
    () => ignoringOrders(({ days }) => days === undefined),
    97,
  ],
];

/** Two orders of one moment make a page full; `ignores`: what it is asked for. */
function ignoringOrders(ignores: (cursor: StatisticsCursor) => boolean): Partial<WbClient> {
  return {
    async orders(cursor: StatisticsCursor, onRows: OnRows<never>) {
      const trace = startTrace();
      const times = ['2026-11-01T10:00:00', '2026-11-01T10:00:01'];
      const day = statisticsQuery(cursor).dateFrom.slice(0, 10);
      const rows = ignores(cursor) || day === '2026-11-01' ? times : [];
      for (const time of rows) traceRow(trace, time);
      await onRows(rows.map((time) => ({ srid: time, lastChangeDate: time })) as never, []);
      return {
        ...nextStatistics(cursor, trace, 2, Date.parse('2026-11-22T00:00:00Z')),
        rowCount: rows.length,
      };
    },
  };
}

describe('a page that comes again and again ends', () => {
  for (const [name, part, client, most] of REPEATING) {
    it(name, async () => {
      const { context, requests } = contextOf(client(), { orders: { dateFrom: '2026-10-01T00:00:00' } });
      await part(context);
      assert.ok(requests() <= most, `${requests()} requests`);
    });
  }

  // The limits of the others let all their pages go in one go.
  for (const [name, part, client, most] of REPEATING.filter(([of]) => /^(prices|ratings|rev|ord)/.test(of))) {
    it(`${name}, when the part has to wait after each request`, async () => {
      const { context, requests } = contextOf(client(), { orders: { dateFrom: '2026-10-01T00:00:00' } });
      const stop = new Error('it has to wait');
      /** Resolves to whether the part is done. */
      const goOn = (): Promise<boolean> => {
        let left = 1;
        const waiting = new Proxy(context.client, {
          get: (target, call) =>
            left-- > 0 ? (Reflect.get(target, call) as unknown) : () => Promise.reject(stop),
        });
        const sliced = Object.create(context, { client: { value: waiting } }) as PartContext;
        return part(sliced).then(
          () => true,
          (error: unknown) => {
            assert.equal(error, stop);
            return false;
          },
        );
      };
      while (!(await goOn()));
      assert.ok(requests() <= most, `${requests()} requests`);
    });
  }

  it('and counts no piece of it twice', async () => {
    const { context, saves } = contextOf(REPEATING.find(([name]) => name === 'stocks')![2]());
    await syncStocks(context);
    assert.deepEqual(
      saves.map(({ processed }) => processed),
      [1],
    );
  });
});

it('pages that never end, each another one, are given up with an error that says so', () => {
  const guard = createPageGuard('prices', undefined, 3);
  assert.deepEqual(
    ['a', 'b', 'c'].map((page) => guard.isRepeated(page)),
    [false, false, false],
  );
  assert.throws(() => guard.isRepeated('d'), /sends prices without an end: 3 pages/);
  const again = createPageGuard('prices', { ...guard.state, pages: 0 });
  assert.ok(again.isRepeated('b'), 'what came before a wait is known after it');
  assert.ok(!again.isRepeated(undefined));
});
