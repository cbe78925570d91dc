import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectedTables, assertTablesHold } from '../../helpers/simulated-shop.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { ALL_PARTS, allParts, useSync } from './harness.ts';

describe('a run', () => {
  const start = useSync();
  const BIG = { products: 250, ordersPerDay: 1, reviewsPerDay: 0.5 };

  it('is recorded with one row a part, with true counts, and is the last sync of its cabinet', async (t) => {
    const { addCabinet, sync, rows, state, lines } = await start(t);
    const { id, shop } = await addCabinet();
    const outcome = await sync(id);
    assert.ok(outcome.status === 'completed');
    const { parts, run } = await state(id);
    assert.deepEqual({ ...run, finishedAt: null }, { ...outcome.run, finishedAt: null });
    assert.ok(run!.finishedAt! >= run!.startedAt);
    const logs = await rows(`select sync_type from wb_sync_logs where cabinet_id = $1 order by id`, [id]);
    assert.deepEqual(
      logs.map(({ sync_type }) => sync_type),
      ALL_PARTS,
    );
    const counts = Object.fromEntries(
      parts.map(({ part, processed, created, updated, errors }) => [
        part,
        [processed, created, updated, errors],
      ]),
    );
    const cards = shop.cards(FROZEN_AT).length;
    const [orders, sales] = [shop.orders(FROZEN_AT).length, shop.sales(FROZEN_AT).length];
    const sizes = new Set(shop.stocks(FROZEN_AT).map(({ chrtId }) => chrtId)).size;
    const trashed = shop.trashedCards(FROZEN_AT).length;
    assert.deepEqual(
      { ...counts, reviews: counts['reviews']!.slice(1) },
      {
        products: [cards + trashed, cards, 0, 0],
        prices: [cards, 0, cards, 0],
        ratings: [cards, 0, cards, 0],
        sales: [sales, sales, 0, 0],
        orders: [orders, orders, 0, 0],
        stocks: [sizes, sizes, 0, 0],
        reviews: [shop.reviews(FROZEN_AT).length, 0, 0],
      },
    );
    for (const { completedAt, startedAt } of parts) assert.ok(completedAt! >= startedAt);
    assert.deepEqual(
      await rows(`select last_sync_at >= $2 as set from wb_cabinets where id = $1`, [id, run!.startedAt]),
      [{ set: true }],
    );

    const own = lines.filter(({ cabinetId, level }) => cabinetId === id && level !== 'debug' && level !== 20);
    assert.equal(own[0]?.['msg'], `Starting WB sync for cabinet ${id}`);
    assert.equal(own.at(-1)?.['msg'], `WB sync completed for cabinet ${id}`);
    assert.deepEqual(own.at(-1)?.['orders'], { processed: orders, created: orders, updated: 0, errors: 0 });
  });

  it('of a cabinet that is switched off, or not there, is none', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t);
    const { id } = await addCabinet();
    await rows(`update wb_cabinets set is_active = false where id = $1`, [id]);
    assert.deepEqual(await sync(id), { status: 'nothing' });
    assert.deepEqual(await sync(987_654), { status: 'nothing' });
    assert.equal(simulator.requests.length, 0);
    assert.deepEqual(await rows(`select from wb_sync_runs where cabinet_id = $1`, [id]), []);
  });

  it('is not begun by whoever only wants to go on', async (t) => {
    const { simulator, addCabinet, sync } = await start(t);
    const { id } = await addCabinet();
    assert.deepEqual(await sync(id, { continueOnly: true }), { status: 'nothing' });
    assert.equal(simulator.requests.length, 0);
  });

  it('that was aborted waits, and goes on behind the pages that it saved', async (t) => {
    const { simulator, addCabinet, sync, state, countRequests, pool } = await start(t, { shop: BIG });
    const { id, shop } = await addCabinet();
    /** Aborts the sync while the n-th request from now of an endpoint waits for its answer. */
    const abortAt = async (endpoint: 'cardsList' | 'prices' | 'orders', after: number) => {
      simulator.forget();
      const slow = simulator.faults.add({ endpoint, kind: 'timeout', after });
      const controller = new AbortController();
      const stop = setInterval(() => {
        if (slow.hits > 0) controller.abort(new Error('stopped'));
      }, 5);
      await assert.rejects(sync(id, { signal: controller.signal }), /stopped/);
      clearInterval(stop);
      const { run } = await state(id);
      assert.deepEqual([run?.status, run?.finishedAt], ['waiting', null]);
      assert.ok(run!.nextAttemptAt! <= new Date());
      return run!.id;
    };
    const first = await abortAt('cardsList', 2);
    assert.equal(countRequests('cardsList'), 3);
    const second = await abortAt('prices', 1);
    // 250 cards are three pages, of which two had been saved.
    assert.deepEqual([countRequests('cardsList'), countRequests('prices')], [1, 2]);
    const third = await abortAt('orders', 0);
    // The empty page that ends the prices.
    assert.deepEqual(
      [countRequests('cardsList'), countRequests('prices'), countRequests('salesFunnel')],
      [0, 1, 1],
    );
    simulator.forget();
    const outcome = await sync(id);
    assert.ok(outcome.status === 'completed');
    assert.deepEqual([first, second, third], [outcome.run.id, outcome.run.id, outcome.run.id]);
    assert.deepEqual(['cardsList', 'prices', 'salesFunnel', 'sales'].map(countRequests), [0, 0, 0, 0]);
    await assertTablesHold(pool, id, expectedTables(shop, simulator.now()));
  });

  it('that was cut off within the orders goes on from the last whole answer', async (t) => {
    const { simulator, addCabinet, sync, wake, pool } = await start(
      t,
      { rowsPerPage: 40 },
      { statisticsPageRows: 40 },
    );
    const { id, shop } = await addCabinet();
    const asked = () =>
      simulator.requests
        .filter(({ endpoint }) => endpoint === 'orders')
        .map(({ query }) => query['dateFrom']);
    simulator.faults.add({ endpoint: 'orders', kind: 'truncate', after: 1 });
    assert.equal((await sync(id)).status, 'waiting');
    const [beginning, cutOff] = asked() as [string, string];
    simulator.forget();
    await wake(id);
    assert.equal((await sync(id)).status, 'completed');
    const [again] = asked() as [string];
    // A little before where it was cut off.
    assert.ok(again > beginning && again <= cutOff, `${again}, after ${cutOff}`);
    assert.ok(asked().length > 1);
    // And the next sync a little before where this one ended.
    simulator.forget();
    await sync(id);
    assert.equal(asked().length, 1);
    assert.ok(asked()[0]! > cutOff);
    await assertTablesHold(pool, id, expectedTables(shop, simulator.now()));
  });

  it('on schedule takes what its limits allow, and is none when they allow nothing', async (t) => {
    const { simulator, addCabinet, sync, statuses, rows } = await start(t);
    const { id, sellerId } = await addCabinet();
    const close = (bucket: string) =>
      rows(
        `insert into wb_rate_limits (seller_id, token_type, bucket, blocked_until)
         values ($1, $2, $3, now() + interval '1 hour')`,
        [sellerId, bucket === '*' ? '*' : 'personal', bucket],
      );
    await close('sales');
    await close('orders');
    assert.equal((await sync(id, { trigger: 'schedule' })).status, 'completed');
    const { sales: _sales, orders: _orders, ...others } = allParts('completed');
    assert.deepEqual(await statuses(id), others);
    await close('*');
    simulator.forget();
    assert.deepEqual(await sync(id, { trigger: 'schedule' }), { status: 'nothing' });
    assert.equal(simulator.requests.length, 0);
  });

  it('is forgotten after 90 days, unless it is open', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id } = await addCabinet();
    const RUNS = `select r.id::text, count(l.*)::int as parts from wb_sync_runs r left join wb_sync_logs l on l.run_id = r.id
      where r.cabinet_id = $1 group by r.id order by r.id`;
    const runIds: string[] = [];
    for (const age of ['91 days', '89 days', '0 days']) {
      const outcome = await sync(id);
      assert.ok(outcome.status === 'completed');
      runIds.push(outcome.run.id);
      await rows(`update wb_sync_runs set started_at = now() - $2::interval where id = $1`, [
        outcome.run.id,
        age,
      ]);
    }
    assert.deepEqual(
      await rows(RUNS, [id]),
      runIds.slice(1).map((runId) => ({ id: runId, parts: 7 })),
    );
  });
});
