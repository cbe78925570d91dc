import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Shop, Stock } from '../../../src/simulator/shop/shop.ts';
import { makeToken } from '../../../src/wildberries/make-token.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { useSync, type SmallSync } from './harness.ts';

type Sums = { rows: number; pieces: number; full: number };

function sumsOf(stocks: readonly Stock[]): Sums {
  const total = (of: (stock: Stock) => number) => stocks.reduce((sum, stock) => sum + of(stock), 0);
  return {
    rows: new Set(stocks.filter(({ quantity }) => quantity > 0).map(({ chrtId }) => chrtId)).size,
    pieces: total(({ quantity }) => quantity),
    full: total((stock) => stock.quantity + stock.inWayToClient + stock.inWayFromClient),
  };
}

async function storedSums({ rows }: SmallSync, cabinetId: number): Promise<unknown> {
  const [sums] = await rows(
    `select count(distinct chrt_id) filter (where quantity > 0)::int as rows, coalesce(sum(quantity), 0)::int as pieces,
       coalesce(sum(quantity_full), 0)::int as full from wb_stocks where cabinet_id = $1`,
    [cabinetId],
  );
  return sums;
}

const setStocks = (shop: Shop, stocks: Stock[]) => (shop.stocks = () => stocks);

describe('stocks', () => {
  const start = useSync();

  it('are those of the last report: what is not in it any more is 0, and its product out of stock', async (t) => {
    const started = await start(t);
    const { addCabinet, sync, rows } = started;
    const { id, shop } = await addCabinet();
    const stocks = shop.stocks(FROZEN_AT);
    setStocks(shop, stocks);
    await sync(id);
    assert.deepEqual(await storedSums(started, id), sumsOf(stocks));
    const before = await rows(`select count(*)::int as n from wb_stocks where cabinet_id = $1`, [id]);
    const { nmId } = stocks[0]!;
    const left = stocks.filter((stock) => stock.nmId !== nmId);
    setStocks(shop, left);
    shop.ratings = () => [];
    await rows(`update wb_products set seller_stock = 0 where cabinet_id = $1`, [id]);
    await sync(id);
    assert.deepEqual(await storedSums(started, id), sumsOf(left));
    assert.deepEqual(
      await rows(`select in_stock from wb_products where cabinet_id = $1 and nm_id = $2`, [id, nmId]),
      [{ in_stock: false }],
    );
    // They stay as rows, so that what ran out can be told.
    assert.deepEqual(
      await rows(`select count(*)::int as n from wb_stocks where cabinet_id = $1`, [id]),
      before,
    );

    // 204: nothing at all.
    setStocks(shop, []);
    await sync(id);
    assert.deepEqual(await storedSums(started, id), { rows: 0, pieces: 0, full: 0 });
    setStocks(shop, stocks);
    await sync(id);
    assert.deepEqual(await storedSums(started, id), sumsOf(stocks));
  });

  it('in several rows of the hidden warehouse are summed', async (t) => {
    const started = await start(t, { warehouses: 'named' });
    const { id, shop } = await started.addCabinet();
    const [first] = shop.stocks(FROZEN_AT);
    const hidden = {
      ...first!,
      warehouseId: -999_999,
      warehouseName: 'Склад WB',
      quantity: 4,
      inWayToClient: 1,
      inWayFromClient: 2,
    };
    setStocks(shop, [hidden, { ...hidden, quantity: 5 }]);
    await started.sync(id);
    assert.deepEqual(
      await started.rows(
        `select quantity::int, in_way_to_client::int as "to", in_way_from_client::int as "from", quantity_full::int as full
         from wb_stocks where cabinet_id = $1`,
        [id],
      ),
      [{ quantity: 9, to: 2, from: 4, full: 15 }],
    );
  });

  it('stay as they were when the report breaks off', async (t) => {
    const started = await start(t);
    const { id, shop } = await started.addCabinet();
    const stocks = shop.stocks(FROZEN_AT);
    setStocks(shop, stocks);
    await started.sync(id);
    const ROWS = `select chrt_id, quantity, xmin::text from wb_stocks where cabinet_id = $1 order by id`;
    const before = await started.rows(ROWS, [id]);
    setStocks(
      shop,
      stocks.map((stock) => ({ ...stock, quantity: stock.quantity + 1 })),
    );
    for (const kind of ['truncate', 'cut', 'html'] as const) {
      started.simulator.faults.add({ endpoint: 'stocks', kind });
      assert.equal((await started.sync(id)).status, 'waiting', kind);
      assert.deepEqual(await started.rows(ROWS, [id]), before, kind);
      await started.wake(id);
    }
  });

  for (const malformed of [false, true]) {
    it(`do not count twice after a change of the kind of token${malformed ? ', even when a row cannot be used' : ''}`, async (t) => {
      const started = await start(t);
      const { rows, addCabinet, syncToTheEnd, simulator } = started;
      const { id, shop, sellerId } = await addCabinet();
      const stocks = shop.stocks(FROZEN_AT);
      await syncToTheEnd(id);
      assert.deepEqual(await storedSums(started, id), sumsOf(stocks));
      const use = async (type: 'personal' | 'base') => {
        const apiKey = makeToken({
          ...{ sellerId, type, expiresAt: new Date('2099-01-01T00:00:00Z') },
          scopes: ['content', 'analytics', 'prices', 'statistics', 'feedbacks'],
        });
        await rows(`update wb_cabinets set api_key = $2 where id = $1`, [id, apiKey]);
      };
      const PIECES = `select coalesce(sum(quantity), 0)::int as pieces from wb_stocks where cabinet_id = $1`;
      await use('base');
      const fault = malformed
        ? simulator.faults.add({ endpoint: 'remainsDownload', kind: 'malformed-row' })
        : undefined;
      assert.equal((await syncToTheEnd(id)).status, 'completed');
      assert.equal(fault?.hits ?? 1, 1);
      const [{ pieces }] = (await rows(PIECES, [id])) as [{ pieces: number }];
      const { pieces: all } = sumsOf(stocks);
      if (malformed) assert.ok(pieces <= all && pieces > all / 2, `${pieces} of ${all}`);
      else assert.equal(pieces, all);
      await use('personal');
      await syncToTheEnd(id);
      assert.deepEqual(await storedSums(started, id), sumsOf(stocks));
    });
  }
});
