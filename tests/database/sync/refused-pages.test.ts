import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedEndpoint } from '../../../src/simulator/routes.ts';
import type { PartName } from '../../../src/wildberries/sync/parts.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { visit } from '../doctor-harness.ts';
import { CHECKS } from '../../../src/commands/doctor/examine.ts';
import { allParts, useSync } from './harness.ts';

/** Of each part what it asks, the key of its rows, and its table. */
const PARTS: readonly [PartName, SimulatedEndpoint, string, string][] = [
  ['products', 'cardsList', 'nmID', 'wb_products'],
  ['prices', 'prices', 'nmID', 'wb_products where price is not null'],
  ['ratings', 'salesFunnel', 'nmId', 'wb_products where card_rating is not null'],
  ['sales', 'sales', 'saleID', 'wb_sales'],
  ['orders', 'orders', 'srid', 'wb_orders'],
  ['stocks', 'stocks', 'chrtId', 'wb_stocks'],
  ['reviews', 'feedbacks', 'id', 'wb_reviews'],
];
const DOCTOR = CHECKS.filter(({ name }) =>
  ['main database', 'main migrations', 'unusable rows'].includes(name),
);

describe('a page of which most rows are of no use', () => {
  const start = useSync();

  for (const [part, endpoint, key, table] of PARTS) {
    it(`fails ${part} and moves no cursor; mended, everything is there`, async (t) => {
      const { simulator, addCabinet, sync, rows, statuses, part: partOf, connectionString } = await start(t);
      const { id } = await addCabinet();
      const other = await addCabinet();
      simulator.faults.add({
        ...{ endpoint, kind: 'rewrite', times: Infinity },
        rewrite: (body) => JSON.stringify(body).replaceAll(`"${key}":`, '"renamed":'),
      });
      const cursors = () =>
        rows(
          `select name, cursor from wb_sync_cursors where cabinet_id = $1 and name not in ('seller', 'key')`,
          [id],
        );
      const outcome = await sync(id);
      assert.equal(outcome.status, 'partial');
      assert.deepEqual(await statuses(id), allParts('completed', { [part]: 'failed' }));
      const { errorMessage, errors, processed } = await partOf(id, part);
      assert.match(errorMessage ?? '', new RegExp(`^Wildberries sent ${part} of which .* cannot be used`));
      assert.ok(errors > 0 && errors <= processed);
      const named = (await cursors()).map(({ name }) => String(name));
      const own = named.filter(
        (name) => name.startsWith(part) || (part === 'products' && /cards|trash/.test(name)),
      );
      assert.deepEqual(own, []);

      const { findings } = await visit(connectionString, { checks: DOCTOR });
      const finding = findings.find(({ detail }) => detail.startsWith(`cabinet ${id}: `));
      assert.equal(finding?.status, 'failed');
      assert.match(
        finding.detail,
        new RegExp(`^cabinet ${id}: .* of ${part} could not be used.*its last sync failed: Wildb`),
      );

      simulator.faults.clear();
      assert.equal((await sync(id)).status, 'completed');
      await sync(other.id);
      const count = `select count(*)::int as n from ${table} ${table.includes('where') ? 'and' : 'where'} cabinet_id = $1`;
      const [[mine], [theirs]] = [await rows(count, [id]), await rows(count, [other.id])];
      assert.ok(Number(mine?.['n']) > 0 && Number(theirs?.['n']) > 0);
      await rows(`delete from wb_cabinets where id in ($1, $2)`, [id, other.id]);
    });
  }

  it('keeps nothing of the others of its list from being read', async (t) => {
    const { simulator, addCabinet, sync, rows, part, shopReviews } = await startReviews(start, t);
    const { id, shop } = await addCabinet();
    const unanswered = simulator.faults.add({
      ...{ endpoint: 'feedbacks', kind: 'rewrite' },
      rewrite: (body) => JSON.stringify(body).replaceAll('"id":', '"renamed":'),
    });
    assert.equal((await sync(id)).status, 'partial');
    assert.equal(unanswered.hits, 1);
    assert.equal((await part(id, 'reviews')).status, 'failed');
    const [{ n }] = (await rows(`select count(*)::int as n from wb_reviews where cabinet_id = $1`, [id])) as [
      { n: number },
    ];
    assert.ok(n > 0 && n <= shopReviews(shop), `${n}`);
  });
});

/** More reviews than the small shops have. */
async function startReviews(start: ReturnType<typeof useSync>, t: Parameters<ReturnType<typeof useSync>>[0]) {
  const started = await start(t, { shop: { products: 6, ordersPerDay: 1, reviewsPerDay: 3 } });
  type Shop = Awaited<ReturnType<typeof started.addCabinet>>['shop'];
  return { ...started, shopReviews: (shop: Shop) => shop.reviews(FROZEN_AT).length };
}

describe('an order or a sale that is of no use', () => {
  const start = useSync();

  it('is asked for again by the next sync, however old it is, and less and less often when it stays so', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const { srid } = shop.orders(FROZEN_AT)[30]!;
    const spoil = () =>
      simulator.faults.add({
        ...{ endpoint: 'orders', kind: 'rewrite' },
        rewrite(body) {
          for (const row of body as Record<string, unknown>[])
            if (row['srid'] === srid) row['nmId'] = 'неизвестно';
          return body;
        },
      });
    spoil();
    simulator.faults.add({ endpoint: 'sales', kind: 'malformed-row' });
    assert.equal((await sync(id)).status, 'completed');
    const REFUSED = `select name, cursor from wb_sync_cursors where cabinet_id = $1 and name like '%-refused' order by name`;
    const refused = await rows(REFUSED, [id]);
    assert.deepEqual(
      refused.map(({ name }) => name),
      ['orders-refused', 'sales-refused'],
    );
    const countOrders = async () =>
      (await rows(`select count(*)::int as n from wb_orders where cabinet_id = $1`, [id]))[0]?.['n'];
    const all = shop.orders(FROZEN_AT).length;
    assert.equal(await countOrders(), all - 1);

    // Again, and it is of no use again: it has its turn in a quarter of an hour.
    const askedFrom = () =>
      simulator.requests
        .filter(({ endpoint }) => endpoint === 'orders')
        .map(({ query }) => query['dateFrom']);
    spoil();
    simulator.forget();
    await sync(id);
    const { dateFrom } = refused[0]!['cursor'] as { dateFrom: string };
    assert.deepEqual(askedFrom(), [dateFrom]);
    simulator.forget();
    await sync(id);
    assert.ok(String(askedFrom()[0]) > dateFrom);
    assert.equal(await countOrders(), all - 1);

    await rows(
      `update wb_sync_cursors set cursor = cursor || '{"nextAt": "2020-01-01T00:00:00Z"}'
       where cabinet_id = $1 and name = 'orders-refused'`,
      [id],
    );
    await sync(id);
    assert.equal(await countOrders(), all);
    assert.deepEqual(
      (await rows(REFUSED, [id])).map(({ cursor }) => cursor),
      [null, null],
    );
  });
});

describe('a cursor that is no date', () => {
  const start = useSync();

  it('is not sent: the part begins anew', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t);
    const { id } = await addCabinet();
    await sync(id);
    for (const bad of ['soon', '', '2026-13-45T00:00:00', '9999-12-31T00:00:00', '0001-01-01T00:00:00']) {
      await rows(
        `update wb_sync_cursors set cursor = case name
           when 'cards' then jsonb_build_object('updatedAt', $2::text, 'nmID', 1)
           when 'trash' then jsonb_build_object('trashedAt', $2::text, 'nmID', 1)
           else jsonb_build_object('dateFrom', $2::text) end
         where cabinet_id = $1 and name in ('cards', 'trash', 'orders', 'sales')`,
        [id, bad],
      );
      simulator.forget();
      assert.equal((await sync(id)).status, 'completed', bad);
      const sent = JSON.stringify(simulator.requests.map(({ query, body }) => [query, body]));
      assert.ok(bad === '' || !sent.includes(bad), sent);
    }
  });

  it('is not taken from a row', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t);
    const { id } = await addCabinet();
    simulator.faults.add({
      ...{ endpoint: 'orders', kind: 'rewrite' },
      rewrite(body) {
        const list = body as Record<string, unknown>[];
        list.at(-1)!['lastChangeDate'] = '9999-12-31T00:00:00';
        list.at(-2)!['lastChangeDate'] = 'soon';
        return list;
      },
    });
    await sync(id);
    const [row] = await rows(`select cursor from wb_sync_cursors where cabinet_id = $1 and name = 'orders'`, [
      id,
    ]);
    assert.match(JSON.stringify(row), /"dateFrom":"2036-/);
  });
});

describe('reviews of before 1970', () => {
  const start = useSync();

  it('that are archived are stored, and hold up nothing behind them', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t, {
      shop: { products: 6, ordersPerDay: 1, reviewsPerDay: 3 },
    });
    const { id } = await addCabinet();
    const dates = ['1969-12-31T23:59:59Z', '1815-06-18T00:00:00Z'];
    simulator.faults.add({
      ...{ endpoint: 'feedbacksArchive', kind: 'rewrite', times: Infinity },
      rewrite(body) {
        const { feedbacks } = (body as { data: { feedbacks: Record<string, unknown>[] } }).data;
        for (const [index, createdDate] of dates.entries())
          Object.assign(feedbacks[index]!, { id: `old ${index}`, createdDate });
        return body;
      },
    });
    assert.equal((await sync(id)).status, 'completed');
    assert.deepEqual(
      await rows(
        `select review_id, extract(year from created_date at time zone 'UTC')::int as year from wb_reviews
         where cabinet_id = $1 and created_date < '1970-01-01' order by 1`,
        [id],
      ),
      [
        { review_id: 'old 0', year: 1969 },
        { review_id: 'old 1', year: 1815 },
      ],
    );
  });
});
