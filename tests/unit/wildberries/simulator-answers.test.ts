import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { SimulatorOptions, Simulator } from '../../../src/simulator/simulator.ts';
import { askSimulator, PATHS, startSimulator } from './simulator-fixture.ts';
import { CARDS, createEmptyShop, DAY_MS } from './simulator-tiny-shop.ts';

type Row = Record<string, unknown>;

async function start(test: TestContext, options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator(test, options);
  return { simulator, ask: (path: string, body?: unknown) => askSimulator(simulator, path, { body }) };
}

describe('The simulated lists of cards', () => {
  async function pageThrough(simulator: Simulator, path: string, ascending: boolean, limit: number) {
    const seen: number[] = [];
    const totals: number[] = [];
    let cursor: Row = {};
    do {
      const settings = { sort: { ascending }, filter: { withPhoto: -1 }, cursor: { limit, ...cursor } };
      const { body } = await askSimulator(simulator, path, { body: { settings } });
      seen.push(...(body['cards'] as Row[]).map((card) => card['nmID'] as number));
      const { total, ...rest } = body['cursor'] as Row & { total: number };
      totals.push(total);
      cursor = rest;
    } while (totals.at(-1) === limit);
    return { seen, totals, cursor };
  }

  it('give every card once over all pages, also those that changed at the same moment', async (t) => {
    const { simulator } = await start(t);
    const numbers = CARDS.map((card) => card.nmId);
    for (const limit of [1, 2, 5, 100]) {
      assert.deepEqual((await pageThrough(simulator, PATHS.cards, true, limit)).seen, numbers);
      assert.deepEqual((await pageThrough(simulator, PATHS.cards, false, limit)).seen, numbers.toReversed());
    }
    assert.deepEqual((await pageThrough(simulator, PATHS.trash, true, 1)).seen, [901, 902]);
  });

  it('end with a page whose cursor says only that there is nothing more', async (t) => {
    const { simulator } = await start(t);
    const { totals, cursor } = await pageThrough(simulator, PATHS.cards, true, 4);
    assert.deepEqual(totals, [4, 4, 4, 0]);
    assert.deepEqual(cursor, {});
  });

  it('have times with five or six decimals', async (t) => {
    const { ask } = await start(t);
    const { body } = await ask(PATHS.cards, { settings: { cursor: { limit: 100 } } });
    for (const card of body['cards'] as Row[])
      assert.match(String(card['updatedAt']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{5,6}Z$/);
  });

  it('give ten cards, newest first, when nothing is said', async (t) => {
    const { ask } = await start(t);
    const { body } = await ask(PATHS.cards, {});
    const numbers = (body['cards'] as Row[]).map((card) => card['nmID']);
    assert.deepEqual(
      numbers,
      CARDS.map((card) => card.nmId)
        .toReversed()
        .slice(0, 10),
    );
  });

  it('filter by picture, text, subject, brand and group', async (t) => {
    const { ask } = await start(t);
    const found = async (filter: Row) => {
      const { body } = await ask(PATHS.cards, { settings: { filter, cursor: { limit: 100 } } });
      return (body['cards'] as Row[]).map((card) => card['nmID']).sort();
    };
    const those = (wanted: (card: (typeof CARDS)[number]) => boolean) =>
      CARDS.filter(wanted).map((card) => card.nmId);
    assert.equal((await found({ withPhoto: -1 })).length, CARDS.length);
    assert.deepEqual(await found({ withPhoto: 2 }), [1004]);
    assert.deepEqual(await found({ textSearch: '1003' }), [1003]);
    assert.deepEqual(await found({ textSearch: CARDS[1]!.sizes[1]!.skus[0]! }), [1002]);
    assert.deepEqual(
      await found({ objectIDs: [219] }),
      those((card) => card.subjectId === 219),
    );
    assert.deepEqual(
      await found({ brands: ['Берёзка'] }),
      those((card) => card.brand === 'Берёзка'),
    );
    assert.deepEqual(
      await found({ imtID: 500_101 }),
      those((card) => card.imtId === 500_101),
    );
  });
});

describe('The simulated statistics', () => {
  const list = async (simulator: Simulator, query: string, path: string = PATHS.orders) =>
    (await askSimulator(simulator, `${path}?${query}`)).body as unknown as Row[];

  it('begin each page with the last row of the page before, for ever', async (t) => {
    const { simulator } = await start(t, { rowsPerPage: 4 });
    const first = await list(simulator, 'dateFrom=2026-08-20');
    const second = await list(simulator, `dateFrom=${String(first.at(-1)!['lastChangeDate'])}`);
    assert.equal(first.length, 4);
    // Three rows changed at that moment: all of them come again, and one page can hold no more.
    assert.deepEqual(second.slice(0, 3), first.slice(1));
    const last = await list(simulator, `dateFrom=${String(second.at(-1)!['lastChangeDate'])}`);
    const again = await list(simulator, `dateFrom=${String(last.at(-1)!['lastChangeDate'])}`);
    assert.deepEqual(again, [last.at(-1)]);
  });

  it('are in the order of their last change, in Moscow time without a zone', async (t) => {
    const { simulator } = await start(t);
    const rows = await list(simulator, 'dateFrom=2026-08-20T00:00:00');
    const times = rows.map((row) => String(row['lastChangeDate']));
    assert.deepEqual(times, times.toSorted());
    for (const time of times) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
    assert.ok(times.includes('2026-11-15T12:00:00.5'), times.join());
    assert.deepEqual(await list(simulator, 'dateFrom=2026-11-15T12:00:00.5'), rows.slice(4));
    assert.deepEqual(await list(simulator, 'dateFrom=2026-11-15T12:00:00.50001'), rows.slice(5));
  });

  it('give the rows of one day with flag=1, however many', async (t) => {
    const { simulator } = await start(t, { rowsPerPage: 1 });
    const rows = await list(simulator, 'dateFrom=2026-11-17T23:00:00&flag=1', PATHS.sales);
    assert.deepEqual(
      rows.map((row) => row['saleID']),
      ['S9993700024', 'R9993700025'],
    );
    assert.deepEqual(await list(simulator, 'dateFrom=2026-11-16&flag=1', PATHS.sales), []);
  });

  it('bring a row again when something became of it', async (t) => {
    const { simulator } = await start(t);
    const before = (await list(simulator, 'dateFrom=2026-08-20')).at(-1)!;
    assert.deepEqual([before['isCancel'], before['cancelDate']], [false, '0001-01-01T00:00:00']);
    simulator.advance(2 * DAY_MS);
    const [row, ...others] = await list(simulator, 'dateFrom=2026-11-20T12:00:00');
    assert.deepEqual(others, []);
    assert.deepEqual([row!['srid'], row!['isCancel']], [before['srid'], true]);
    assert.equal(row!['cancelDate'], '2026-11-21T12:00:00');
  });

  it('do not say which warehouse unless told to', async (t) => {
    const hidden = (await start(t)).simulator;
    const named = (await start(t, { warehouses: 'named' })).simulator;
    assert.equal((await list(hidden, 'dateFrom=2026-08-20'))[0]!['warehouseName'], 'Склад WB РФ');
    assert.equal((await list(named, 'dateFrom=2026-08-20'))[0]!['warehouseName'], 'Коледино');
  });

  it('refuse a missing and an impossible dateFrom in the two documented ways', async (t) => {
    const { ask } = await start(t);
    const missing = await ask(PATHS.orders);
    assert.deepEqual([missing.status, missing.body], [400, { errors: ['dateFrom: field required'] }]);
    const impossible = await ask(`${PATHS.sales}?dateFrom=yesterday`);
    assert.deepEqual(
      [impossible.status, impossible.body],
      [400, { errors: 'dateFrom: Value not validated' }],
    );
  });
});

describe('The simulated stocks', () => {
  const itemsOf = (body: Row) => (body['data'] as { items: Row[] }).items;

  it('add up all warehouses of a size while Wildberries hides them', async (t) => {
    const { ask } = await start(t);
    const [item, ...others] = itemsOf((await ask(PATHS.stocks, {})).body);
    assert.equal(others.length, 5);
    assert.deepEqual(item, {
      ...{ nmId: 1001, chrtId: CARDS[0]!.sizes[0]!.chrtId, warehouseId: -999_999, warehouseName: 'Склад WB' },
      ...{ regionName: 'Склад WB', quantity: 21, inWayToClient: 4, inWayFromClient: 1 },
    });
  });

  it('are one row a size and warehouse otherwise, page by page', async (t) => {
    const { ask } = await start(t, { warehouses: 'named' });
    const all = itemsOf((await ask(PATHS.stocks, {})).body);
    assert.equal(all.length, 12);
    const pages = [{ limit: 8 }, { limit: 8, offset: 8 }].map(async (page) =>
      itemsOf((await ask(PATHS.stocks, page)).body),
    );
    assert.deepEqual((await Promise.all(pages)).flat(), all);
    assert.equal(itemsOf((await ask(PATHS.stocks, { nmIds: [1002] })).body).length, 4);
    const { chrtId } = CARDS[1]!.sizes[1]!;
    assert.equal(itemsOf((await ask(PATHS.stocks, { nmIds: [1002], chrtIds: [chrtId] })).body).length, 2);
  });

  it('are 204 without a body where there are none', async (t) => {
    const { ask } = await start(t, { createShop: createEmptyShop });
    const { status, text } = await ask(PATHS.stocks, {});
    assert.deepEqual([status, text], [204, '']);
  });
});

describe('The simulated report on remains', () => {
  it('is ready by the second time it is asked after, and not before', async (t) => {
    const { ask } = await start(t);
    const created = (await ask(`${PATHS.remains}?groupByNm=true&groupByBarcode=true`)).body['data'] as Row;
    const task = `${PATHS.remains}/tasks/${String(created['taskId'])}`;
    assert.equal((await ask(`${task}/download`)).status, 404);
    assert.equal(((await ask(`${task}/status`)).body['data'] as Row)['status'], 'new');
    assert.equal(((await ask(`${task}/status`)).body['data'] as Row)['status'], 'done');
    const rows = (await ask(`${task}/download`)).body as unknown as Row[];
    assert.equal(
      rows.length,
      CARDS.reduce((count, card) => count + card.sizes.length, 0),
    );
    assert.deepEqual(Object.keys(rows[0]!).sort(), ['barcode', 'nmId', 'volume', 'warehouses']);
    assert.deepEqual(rows[0]!['warehouses'], [
      { warehouseName: 'В пути до получателей', quantity: 4 },
      { warehouseName: 'В пути возвраты на склад WB', quantity: 1 },
      { warehouseName: 'Всего находится на складах', quantity: 21 },
      { warehouseName: 'Склад WB РФ', quantity: 21 },
    ]);
    assert.ok(!('warehouses' in rows.at(-1)!), 'a size that is nowhere');
  });

  it('is known to the seller only who asked for it, and 204 when there is nothing', async (t) => {
    const { simulator, ask } = await start(t, { createShop: createEmptyShop });
    const created = (await ask(PATHS.remains)).body['data'] as Row;
    const task = `${PATHS.remains}/tasks/${String(created['taskId'])}`;
    assert.equal((await askSimulator(simulator, `${task}/status`, { sellerId: 'another' })).status, 404);
    await ask(`${task}/status`);
    await ask(`${task}/status`);
    assert.equal((await ask(`${task}/download`)).status, 204);
  });

  it('refuses an empty flag with the documented words', async (t) => {
    const { ask } = await start(t);
    const { status, body } = await ask(`${PATHS.remains}?groupByNm=`);
    assert.equal(status, 400);
    assert.equal(body['detail'], 'parameter "groupByNm" in query has an error: empty value is not allowed');
  });
});

describe('The simulated feedbacks', () => {
  const idsOf = (body: Row) => (body['data'] as { feedbacks: Row[] }).feedbacks.map((review) => review['id']);

  it('are in the list of the processed, of the unprocessed, or, when nobody answers for 30 days, only in the archive', async (t) => {
    const { ask } = await start(t);
    const lists = async () => {
      const page = 'take=100&skip=0&order=dateAsc';
      const urls = [
        `${PATHS.feedbacks}?isAnswered=true&${page}`,
        `${PATHS.feedbacks}?isAnswered=false&${page}`,
      ];
      const answers = await Promise.all(
        [...urls, `${PATHS.feedbacks}/archive?${page}`].map((url) => ask(url)),
      );
      return answers.map((answer) => idsOf(answer.body));
    };
    assert.deepEqual(await lists(), [
      ['review-0', 'review-2'],
      ['review-3', 'review-4'],
      ['review-0', 'review-1', 'review-2'],
    ]);
  });

  it('are cut into pages and windows of time', async (t) => {
    const { ask } = await start(t);
    const found = async (query: string) =>
      idsOf((await ask(`${PATHS.feedbacks}?isAnswered=true&${query}`)).body);
    assert.deepEqual(await found('take=1&skip=0'), ['review-2']);
    assert.deepEqual(await found('take=1&skip=1'), ['review-0']);
    assert.deepEqual(await found('take=1&skip=2'), []);
    assert.deepEqual(await found('take=9&skip=0&nmId=1001'), ['review-0']);
    const twoDaysAgo = Date.parse('2026-11-18T09:00:00Z') / 1000;
    assert.deepEqual(await found(`take=9&skip=0&dateFrom=${twoDaysAgo}`), ['review-2']);
    assert.deepEqual(await found(`take=9&skip=0&dateTo=${twoDaysAgo - 1}`), ['review-0']);
  });
});

describe('The simulated prices and ratings', () => {
  it('are cut into pages by limit and offset, and end with an empty one', async (t) => {
    const { ask } = await start(t);
    const page = async (query: string) =>
      ((await ask(`${PATHS.prices}?${query}`)).body['data'] as { listGoods: Row[] }).listGoods.map(
        (row) => row['nmID'],
      );
    assert.deepEqual(await page('limit=2&offset=2'), [1003, 1004]);
    assert.deepEqual(await page('limit=10&offset=20'), []);
    assert.deepEqual(await page('limit=10&filterNmID=1002'), [1002]);
    assert.equal((await ask(PATHS.prices)).status, 400);
  });

  it('come 50 cards at a time unless told otherwise', async (t) => {
    const { ask } = await start(t);
    const selectedPeriod = { start: '2026-11-01', end: '2026-11-20' };
    const page = async (rest: Row) =>
      (
        (await ask(PATHS.funnel, { selectedPeriod, ...rest })).body['data'] as {
          products: { product: Row }[];
        }
      ).products;
    assert.equal((await page({})).length, CARDS.length);
    const [row, ...others] = await page({ limit: 1, offset: 3 });
    assert.deepEqual([row!.product['nmId'], row!.product['feedbackRating'], others.length], [1004, 4.7, 0]);
  });
});
