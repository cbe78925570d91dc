import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeToken } from '../../../src/wildberries/make-token.ts';
import { acquireSyncLease, writeUnderSyncLease } from '../../../src/wildberries/sync/lease.ts';
import { SCOPE_BITS, type Scope } from '../../../src/wildberries/token.ts';
import { assertTablesHold, expectedTables } from '../../helpers/simulated-shop.ts';
import { nativeServerUrl } from '../../helpers/test-database.ts';
import { until } from '../../helpers/until.ts';
import { useSync } from './harness.ts';

const tokenOf = (sellerId: string, type: 'personal' | 'base' = 'personal') =>
  makeToken({
    sellerId,
    type,
    scopes: Object.keys(SCOPE_BITS) as Scope[],
    expiresAt: new Date('2099-01-01T00:00:00Z'),
  });

describe('whoever asks for a sync', () => {
  const start = useSync();
  const RUNS = `select count(*)::int as runs from wb_sync_runs where cabinet_id = $1`;

  it('together with others is served by one run, and later by another one', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id } = await addCabinet();
    const requestedAt = new Date();
    assert.equal((await sync(id, { requestedAt })).status, 'completed');
    assert.deepEqual(await sync(id, { requestedAt }), { status: 'nothing' });
    assert.deepEqual(await rows(RUNS, [id]), [{ runs: 1 }]);
    // However soon: what was finished before is not what was asked for.
    assert.equal((await sync(id, { requestedAt: new Date() })).status, 'completed');
    assert.deepEqual(await rows(RUNS, [id]), [{ runs: 2 }]);
  });

  it('after setting another key gets a run with that key, though one has just begun', async (t) => {
    const { simulator, addCabinet, sync, pool } = await start(t);
    const { id } = await addCabinet();
    const requestedAt = new Date();
    await sync(id, { requestedAt });
    const sellerId = `the other seller of cabinet ${id}`;
    await pool.query(`delete from wb_orders where cabinet_id = $1`, [id]);
    await pool.query(`update wb_cabinets set api_key = $2 where id = $1`, [id, tokenOf(sellerId)]);
    assert.equal((await sync(id, { requestedAt })).status, 'completed');
    const orders = simulator.shopOf(sellerId).orders(simulator.now());
    const { rows } = await pool.query('select order_id from wb_orders where cabinet_id = $1', [id]);
    assert.equal(rows.length, orders.length);
  });

  it('does not wait for the limits of the key before', async (t) => {
    const { simulator, addCabinet, sync, pool } = await start(t);
    const { id, sellerId, shop } = await addCabinet();
    simulator.faults.add({ sellerId, endpoint: 'cardsList', kind: 'global-limit', retryAfterSeconds: 3600 });
    assert.equal((await sync(id)).status, 'waiting');
    const other = `${sellerId} too`;
    await pool.query(`update wb_cabinets set api_key = $2 where id = $1`, [id, tokenOf(other)]);
    assert.equal((await sync(id, { continueOnly: true })).status, 'completed');
    await assertTablesHold(pool, id, expectedTables(simulator.shopOf(other), simulator.now()));
    assert.notDeepEqual(shop.seller, simulator.shopOf(other).seller);
  });

  it('does not wait for the pause after a fault that may be mended by now', async (t) => {
    const { simulator, addCabinet, sync } = await start(t);
    const { id } = await addCabinet();
    simulator.faults.add({ endpoint: 'orders', kind: '500' });
    assert.equal((await sync(id)).status, 'waiting');
    assert.equal((await sync(id, { continueOnly: true })).status, 'waiting');
    assert.equal((await sync(id)).status, 'completed');
  });
});

describe('the state of a sync', () => {
  const start = useSync();

  it('says that nobody is at it when its process has died, and takes no old fault for a new one', async (t) => {
    const { simulator, addCabinet, sync, state, pool, wake } = await start(t);
    const { id } = await addCabinet();
    simulator.faults.add({ endpoint: 'orders', kind: '500' });
    await sync(id);
    assert.match((await state(id)).run?.errorMessage ?? '', /answered 500/);
    // As a killed process leaves it: running, with a lease that nobody renews.
    await pool.query(
      `update wb_sync_runs set status = 'running', error_message = null where cabinet_id = $1`,
      [id],
    );
    const { run } = await state(id);
    assert.equal(run?.status, 'waiting');
    assert.match(run.errorMessage ?? '', /process that did it has gone/);
    await wake(id);
    const slow = simulator.faults.add({ endpoint: 'orders', kind: 'slow', delayMs: 200 });
    const again = sync(id);
    await until('it goes on', () => slow.hits > 0);
    assert.deepEqual([(await state(id)).run?.status, (await state(id)).run?.errorMessage], ['running', null]);
    assert.equal((await again).status, 'completed');
  });

  it('names the cabinet in the remedy', async (t) => {
    const { addCabinet, sync, part } = await start(t);
    const { id } = await addCabinet({ scopes: ['content'] });
    await sync(id);
    assert.match((await part(id, 'reviews')).errorMessage ?? '', new RegExp(`PATCH /api/v1/cabinets/${id} `));
  });
});

describe('a cabinet that is deleted while it is synchronised', () => {
  const start = useSync();

  it(
    'is gone without a deadlock',
    { skip: nativeServerUrl === undefined && 'the embedded Postgres runs one transaction at a time' },
    async (t) => {
      const { addCabinet, main, pool } = await start(t);
      const { id } = await addCabinet();
      const lease = await acquireSyncLease(main.pool, id, 'the test');
      let deleted: Promise<unknown> | undefined;
      await writeUnderSyncLease(main, lease!, async (tx) => {
        deleted = pool.query('delete from wb_cabinets where id = $1', [id]);
        await until('the delete waits', async () => {
          // From outside: a transaction sees the activity as it was when it first looked.
          const { rows } = await pool.query<{ waiting: number }>(
            `select count(*)::int as waiting from pg_stat_activity
             where wait_event_type = 'Lock' and query like 'delete from wb_cabinets%' and datname = current_database()`,
          );
          return rows[0]!.waiting === 1;
        });
        await tx.query('insert into wb_products (cabinet_id, nm_id) values ($1, 1)', [id]);
      });
      await deleted;
      const { rows } = await pool.query('select from wb_products where cabinet_id = $1', [id]);
      assert.equal(rows.length, 0);
    },
  );
});
