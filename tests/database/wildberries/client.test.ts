import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import type { WbRequestReport } from '../../../src/wildberries/client/client.ts';
import { makeToken, startHarness, type Harness } from './client-harness.ts';

/** Copies of Wildberries' documentation, which are not part of this repository. */
const EXAMPLES = new URL('../../../../shared/wildberries/examples/', import.meta.url);
const skip = existsSync(EXAMPLES) ? false : 'the example payloads of Wildberries are not here';

function collect<Row>() {
  const batches: Row[][] = [];
  const problems: unknown[] = [];
  return {
    batches,
    problems,
    onRows: (rows: Row[], found: unknown[]): Promise<void> => {
      batches.push(rows);
      problems.push(...found);
      return Promise.resolve();
    },
  };
}

describe('client of the Wildberries API', () => {
  let wb: Harness;
  before(async () => {
    wb = await startHarness();
  });
  after(() => wb.stop());
  beforeEach(() => (wb.requests.length = 0));

  it('sends the raw token, says who it is, and reports each request', async () => {
    wb.answer({ data: { listGoods: [] }, error: false, errorText: '' });
    const [token, reports]: [ReturnType<typeof makeToken>, WbRequestReport[]] = [makeToken(), []];
    await wb.client({ token, onRequest: (report) => reports.push(report) }).prices(2_000);
    const [request] = wb.requests;
    assert.equal(request?.headers.authorization, token.raw);
    assert.equal(request.headers['user-agent'], `wb-assist/${packageJson.version}`);
    assert.equal(request.headers.accept, 'application/json');
    assert.equal(request.path, '/discounts-prices-api/api/v2/list/goods/filter');
    assert.deepEqual(request.query, { limit: '1000', offset: '2000' });
    assert.deepEqual(
      reports.map(({ endpoint, status }) => [endpoint, status]),
      [['prices', 200]],
    );
  });

  it('a test token goes to the sandbox', async () => {
    wb.answer({ cards: [], cursor: { total: 0 } });
    await wb.client({ token: makeToken('test') }).cards(undefined);
    assert.equal(wb.requests[0]?.path, '/content-api-sandbox/content/v2/get/cards/list');
  });

  it('asks for cards with and without photos, the oldest change first, behind the cursor', async () => {
    wb.answer({ cards: [], cursor: { total: 0 } });
    const client = wb.client();
    const cursor = { updatedAt: '2023-12-06T11:17:00.96577Z', nmID: 5 };
    await client.cards(cursor);
    await client.trash(undefined);
    assert.deepEqual(
      wb.requests.map(({ method, query, body }) => [method, query, body]),
      [
        [
          'POST',
          { locale: 'ru' },
          {
            settings: {
              sort: { ascending: true },
              filter: { withPhoto: -1 },
              cursor: { ...cursor, limit: 100 },
            },
          },
        ],
        [
          'POST',
          { locale: 'ru' },
          { settings: { sort: { ascending: true }, filter: {}, cursor: { limit: 100 } } },
        ],
      ],
    );
  });

  it('asks for everything else as documented', async () => {
    const client = wb.client();
    wb.answer({ data: { products: [], feedbacks: [], items: [], taskId: 't', status: 'processing' } });
    await client.ratings(1_000, { start: '2026-11-21', end: '2026-11-22' });
    await client.feedbacks({ isAnswered: false, skip: 5_000, dateFrom: 1, dateTo: 2 });
    await client.archive({ skip: 0 });
    await client.stocks(250_000, () => Promise.resolve());
    assert.equal(await client.createRemainsTask(), 't');
    assert.equal(await client.remainsStatus('task-1'), 'processing');
    wb.answer([]);
    await client.downloadRemains('task-1', () => Promise.resolve());
    await client.orders({ dateFrom: '2026-11-01T10:00:00.5' }, () => Promise.resolve());
    await client.sales({ dateFrom: 'later', days: ['2026-11-01'] }, () => Promise.resolve());
    assert.deepEqual(
      wb.requests.map(({ method, path, query, body }) => [`${method} ${path}`, body ?? query]),
      [
        [
          'POST /seller-analytics-api/api/analytics/v3/sales-funnel/products',
          { selectedPeriod: { start: '2026-11-21', end: '2026-11-22' }, limit: 1000, offset: 1000 },
        ],
        [
          'GET /feedbacks-api/api/v1/feedbacks',
          { isAnswered: 'false', skip: '5000', take: '5000', dateFrom: '1', dateTo: '2', order: 'dateAsc' },
        ],
        ['GET /feedbacks-api/api/v1/feedbacks/archive', { skip: '0', take: '5000', order: 'dateDesc' }],
        [
          'POST /seller-analytics-api/api/analytics/v1/stocks-report/wb-warehouses',
          { limit: 250_000, offset: 250_000 },
        ],
        [
          'GET /seller-analytics-api/api/v1/warehouse_remains',
          {
            locale: 'ru',
            groupByBrand: 'true',
            groupBySubject: 'true',
            groupBySa: 'true',
            groupByNm: 'true',
            groupByBarcode: 'true',
            groupBySize: 'true',
          },
        ],
        ['GET /seller-analytics-api/api/v1/warehouse_remains/tasks/task-1/status', {}],
        ['GET /seller-analytics-api/api/v1/warehouse_remains/tasks/task-1/download', {}],
        ['GET /statistics-api/api/v1/supplier/orders', { dateFrom: '2026-11-01T10:00:00.5', flag: '0' }],
        ['GET /statistics-api/api/v1/supplier/sales', { dateFrom: '2026-11-01', flag: '1' }],
      ],
    );
  });

  it('lists that are null or not there are empty', async () => {
    const client = wb.client({ limitScale: 0.001, maxWaitMs: 5_000 });
    for (const body of [{ data: null }, { data: {} }, { data: [] }, { data: { listGoods: null } }]) {
      wb.answer({ ...body, error: false });
      assert.deepEqual(await client.prices(0), { rows: [], problems: [], next: undefined });
    }
    wb.answer(null);
    assert.equal((await client.orders({ dateFrom: 'x' }, () => Promise.resolve())).rowCount, 0);
    wb.respond((response) => response.writeHead(204).end());
    assert.deepEqual((await client.cards({ updatedAt: 'a', nmID: 1 })).cursor, { updatedAt: 'a', nmID: 1 });
    await client.downloadRemains('t', () => Promise.resolve());
  });

  it('rows come in batches, none is asked for before the last is taken, and bad ones do not stop the others', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => ({
      srid: index === 1_200 ? null : `srid-${index}`,
      lastChangeDate: `2026-11-01T10:00:00.${String(index).padStart(4, '0')}`,
    }));
    wb.answer(rows);
    let busy = 0;
    const seen = collect();
    const page = await wb
      .client({ statisticsPageRows: 2_500 })
      .orders({ dateFrom: '2026-11-01' }, async (...batch) => {
        assert.equal(++busy, 1);
        await new Promise(setImmediate);
        await seen.onRows(...batch);
        busy--;
      });
    assert.equal(
      seen.batches.reduce((sum, batch) => sum + batch.length, 0),
      2_499,
    );
    assert.ok(seen.batches.length > 2 && seen.batches.every((batch) => batch.length <= 1_000));
    assert.deepEqual(seen.problems, [
      { field: 'srid', reason: 'is missing', hints: { changedAt: '2026-11-01T10:00:00.1200' } },
    ]);
    const next = { dateFrom: '2026-11-01T10:00:00.2499' };
    assert.deepEqual(page, { next, cursor: next, rowCount: 2_500 });
  });

  it('a slow taker of rows is no silence of Wildberries', async () => {
    const row = { srid: 'x'.repeat(900), lastChangeDate: '2026-11-01T10:00:00' };
    wb.answer(Array.from({ length: 3_000 }, () => row));
    const page = await wb
      .client({ timeoutMs: 100 })
      .orders({ dateFrom: '2026-11-01' }, () => new Promise((resolve) => setTimeout(resolve, 150)));
    assert.equal(page.rowCount, 3_000);
  });

  it('another page may be asked for while a body still comes: the limit counts requests', async () => {
    const client = wb.client();
    wb.answer([{ srid: 'a' }]);
    await client.orders({ dateFrom: '2026-11-01' }, async () => {
      await client.orders({ dateFrom: '2026-11-02' }, () => Promise.resolve());
    });
    assert.equal(wb.requests.length, 2);
  });

  describe('reads the examples of the documentation', { skip }, () => {
    function serve(name: string): void {
      const body = readFileSync(new URL(name, EXAMPLES));
      wb.respond((response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(body));
    }

    it('cards', async () => {
      serve('cards_list.200.json');
      const page = await wb.client().cards(undefined);
      assert.deepEqual(page.problems, []);
      const [card] = page.rows;
      assert.equal(card?.nmId, 12345678);
      assert.equal(card.updatedAt, '2023-12-06T11:17:00.96577Z');
      assert.deepEqual(card.sizes, [
        { chrtId: 316399238, techSize: '0', wbSize: null, skus: ['987456321654'] },
      ]);
      assert.match(card.imageUrl ?? '', /big\/1\.webp$/);
      assert.equal(page.next, undefined);
      assert.deepEqual(page.cursor, { updatedAt: '2023-12-06T11:17:00.96577Z', nmID: 123654123 });
    });

    it('the trash', async () => {
      serve('cards_trash.200.json');
      const page = await wb.client().trash(undefined);
      assert.deepEqual(page.problems, []);
      assert.equal(page.rows[0]?.trashedAt, '2023-12-06T10:57:42.193028Z');
      assert.deepEqual(page.cursor, { trashedAt: '2023-12-06T10:57:42.193028Z', nmID: 194128521 });
    });

    it('prices', async () => {
      serve('prices_list_goods_filter.200.ASSEMBLED.json');
      const page = await wb.client().prices(0);
      assert.deepEqual(page.problems, []);
      assert.equal(page.next, 1_000);
      const [size] = page.rows[0]!.sizes;
      assert.deepEqual(size, { chrtId: 3123515574, price: '500', discountedPrice: '350' });
    });

    it('orders and sales', async () => {
      const [orders, sales] = [collect(), collect()];
      serve('orders.200.json');
      const page = await wb.client().orders({ dateFrom: '2022-03-01' }, orders.onRows);
      assert.deepEqual(page, { next: undefined, cursor: { dateFrom: '2022-03-06T10:11:07' }, rowCount: 1 });
      const [order] = orders.batches.flat() as { date: string; totalPrice: string; isCancel: boolean }[];
      assert.deepEqual(
        [order?.date, order?.totalPrice, order?.isCancel],
        ['2022-03-04T18:08:31+03:00', '1887', true],
      );
      serve('sales.200.json');
      await wb.client().sales({ dateFrom: '2022-03-01' }, sales.onRows);
      const [sale] = sales.batches.flat() as { saleId: string; forPay: string }[];
      assert.deepEqual([sale?.saleId, sale?.forPay], ['S9993700024', '1284.01']);
      assert.deepEqual([...orders.problems, ...sales.problems], []);
    });

    it('stocks and remains', async () => {
      const [stocks, remains] = [collect(), collect()];
      serve('stocks_wb_warehouses.200.ASSEMBLED.json');
      await wb.client().stocks(0, stocks.onRows);
      assert.equal((stocks.batches.flat()[0] as { warehouseId: number }).warehouseId, -999999);
      const client = wb.client();
      serve('warehouse_remains.create.200.json');
      assert.equal(await client.createRemainsTask(), '219eaecf-e532-4bd8-9f15-8036ec1b042d');
      serve('warehouse_remains.status.200.json');
      assert.equal(await client.remainsStatus('x'), 'done');
      serve('warehouse_remains.download.200.json');
      await client.downloadRemains('x', remains.onRows);
      const [row] = remains.batches.flat() as { warehouses: unknown[]; barcode: string }[];
      assert.equal(row?.warehouses.length, 3);
      assert.deepEqual([...stocks.problems, ...remains.problems], []);
    });

    it('ratings and feedbacks', async () => {
      serve('sales_funnel_products.200.ASSEMBLED.json');
      const ratings = await wb.client().ratings(0, { start: '2026-11-21', end: '2026-11-22' });
      assert.equal(ratings.rows[0]?.productRating, '4.5');
      serve('feedbacks.200.json');
      const feedbacks = await wb.client().feedbacks({ isAnswered: true, skip: 0 });
      const [feedback] = feedbacks.rows;
      assert.equal(feedback?.nmId, 987654321);
      assert.equal(feedback.rating, 5);
      assert.deepEqual(feedback.bables, ['цена']);
      assert.equal(feedback.createdDate, '2024-09-26T10:20:48+03:00');
      assert.deepEqual([...ratings.problems, ...feedbacks.problems], []);
      assert.equal(feedbacks.next, undefined);
    });

    it('errors', async () => {
      for (const name of [
        'error.401.problem.json',
        'error.prices.SortError.json',
        'error.feedbacks.FeedbackErr403.json',
      ]) {
        const body = readFileSync(new URL(name, EXAMPLES), 'utf8');
        wb.respond((response) => response.writeHead(403).end(body));
        const { detail, errorText } = JSON.parse(body) as { detail?: string; errorText?: string };
        const said = detail ?? errorText;
        await assert.rejects(wb.client().prices(0), (error: Error) => error.message.includes(said!));
      }
    });
  });
});
