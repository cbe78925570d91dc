import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedEndpoint } from '../../../src/simulator/routes.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { ALL_PARTS, useSync } from './harness.ts';

type Json = Record<string, unknown>;

describe('what Wildberries may really send', () => {
  const start = useSync();

  it('articles beyond 2^53 keep their digits in every table, and in what is asked for next', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [card] = shop.cards(FROZEN_AT);
    const [before, after] = [String(card!.nmId), '9007199254740993'];
    const sizes = card!.sizes.map(({ chrtId }) => String(chrtId));
    const rewrite = (body: unknown): string => {
      let text = JSON.stringify(body).replaceAll(before, after);
      for (const [index, chrtId] of sizes.entries())
        text = text.replaceAll(chrtId, `922337203685477580${index}`);
      return text;
    };
    simulator.faults.add({ kind: 'rewrite', times: Infinity, rewrite });
    assert.equal((await sync(id)).status, 'completed');
    for (const table of ['products', 'product_sizes', 'orders', 'sales', 'stocks', 'reviews']) {
      const found = await rows(
        `select count(*) filter (where nm_id::text = $2)::int as exact,
           count(*) filter (where nm_id between 9007199254740990 and 9007199254740999)::int as near
         from wb_${table} where cabinet_id = $1`,
        [id, after],
      );
      const { exact, near } = found[0]!;
      assert.ok(exact === near && Number(exact) > 0, `${table}: ${JSON.stringify(found)}`);
    }
    const priced = await rows(
      `select chrt_id::text from wb_product_sizes where cabinet_id = $1 and nm_id = $2 and price is not null
       order by chrt_id`,
      [id, after],
    );
    assert.deepEqual(
      priced,
      sizes.map((_, index) => ({ chrt_id: `922337203685477580${index}` })),
    );
  });

  it('a field that no column holds costs no row, whatever is in it', async (t) => {
    const { simulator, addCabinet, sync, rows, part } = await start(t);
    const { id, shop } = await addCabinet();
    const change = (endpoint: SimulatedEndpoint, list: (body: Json) => Json[], odd: Json) =>
      simulator.faults.add({
        ...{ endpoint, kind: 'rewrite', times: Infinity },
        rewrite(body) {
          for (const row of list(body as Json)) Object.assign(row, odd);
          return body;
        },
      });
    const data = (name: string) => (body: Json) => (body['data'] as Json)[name] as Json[];
    change('cardsList', (body) => body['cards'] as Json[], { dimensions: [], video: {}, tags: 'нет' });
    change('prices', data('listGoods'), { clubDiscount: {}, editableSizePrice: 'иногда' });
    change('salesFunnel', data('products'), { statistic: 5 });
    change(
      'salesFunnel',
      (body) => data('products')(body).map((row) => (row['product'] as Json)['stocks'] as Json),
      {
        balanceSum: 1.42e-14,
      },
    );
    change('orders', (body) => body as unknown as Json[], { incomeID: -1, sticker: {}, isSupply: 'да' });
    change('sales', (body) => body as unknown as Json[], { incomeID: 'нет', warehouseType: [] });
    change('feedbacks', data('feedbacks'), { photoLinks: 'нет', video: [], lastOrderShkId: -5 });
    assert.equal((await sync(id)).status, 'completed');
    for (const name of ALL_PARTS) assert.equal((await part(id, name)).errors, 0, name);
    assert.deepEqual(await rows(`select count(*)::int as n from wb_orders where cabinet_id = $1`, [id]), [
      { n: shop.orders(FROZEN_AT).length },
    ]);
  });
});
