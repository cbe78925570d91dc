import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAppError } from '../../../src/errors.ts';
import {
  acquireSyncLease,
  releaseSyncLease,
  writeUnderSyncLease,
} from '../../../src/wildberries/sync/lease.ts';
import { assertTablesHold, expectedTables } from '../../helpers/simulated-shop.ts';
import { until } from '../../helpers/until.ts';
import { useSync } from './harness.ts';

describe('the right to synchronise a cabinet', () => {
  const start = useSync();
  const EXPIRE = `update wb_sync_leases set expires_at = clock_timestamp() - interval '1 second' where cabinet_id = $1`;

  it('is held by one process at a time, which is one run', async (t) => {
    const { simulator, addCabinet, sync, rows } = await start(t);
    const { id } = await addCabinet();
    const slow = simulator.faults.add({ endpoint: 'prices', kind: 'slow', delayMs: 300 });
    const first = sync(id);
    await until('the first one is at the prices', () => slow.hits > 0);
    assert.deepEqual(await sync(id), { status: 'busy' });
    assert.equal((await first).status, 'completed');
    assert.deepEqual(
      await rows(`select count(*)::int as runs from wb_sync_runs where cabinet_id = $1`, [id]),
      [{ runs: 1 }],
    );
    assert.deepEqual(await rows(`select from wb_sync_leases where cabinet_id = $1`, [id]), []);
  });

  it('is taken over when it ran out: who had it writes nothing any more, who took it goes on', async (t) => {
    // The second one waits until the request of the first one is over.
    const { simulator, addCabinet, sync, rows, pool, part, state, countRequests } = await start(
      t,
      {},
      { maxWaitMs: 10_000 },
    );
    const { id, shop } = await addCabinet();
    const slow = simulator.faults.add({ endpoint: 'orders', kind: 'slow', delayMs: 200 });
    const first = assert.rejects(sync(id), (error) => isAppError(error, 'lease_lost'));
    await until('the first one waits for the orders', () => slow.hits > 0);
    await rows(EXPIRE, [id]);
    const second = await sync(id);
    await first;
    assert.equal(second.status, 'completed');
    assert.equal((await state(id)).run?.status, 'completed');
    const { length } = shop.orders(simulator.now());
    const { processed, created } = await part(id, 'orders');
    assert.deepEqual({ processed, created }, { processed: length, created: length });
    assert.deepEqual(['cardsList', 'prices', 'orders'].map(countRequests), [1, 2, 2]);
    await assertTablesHold(pool, id, expectedTables(shop, simulator.now()));
  });

  it('lasts through a write that takes longer than the lease', async (t) => {
    const { addCabinet, main, rows } = await start(t);
    const { id } = await addCabinet();
    const lease = await acquireSyncLease(main.pool, id, 'slow');
    await writeUnderSyncLease(main, lease!, async (client) => {
      await client.query(EXPIRE, [id]);
    });
    assert.equal(await acquireSyncLease(main.pool, id, 'another'), undefined);
    await releaseSyncLease(main.pool, lease!);
    assert.deepEqual(await rows(`select from wb_sync_leases where cabinet_id = $1`, [id]), []);
  });

  it('has statements planned for any cabinet: statistics may be from before this one had rows', async (t) => {
    const { addCabinet, main } = await start(t);
    const { id } = await addCabinet();
    const lease = await acquireSyncLease(main.pool, id, 'planner');
    const mode = await writeUnderSyncLease(main, lease!, async (client) => {
      const { rows } = await client.query<{ mode: string }>(
        `select current_setting('plan_cache_mode') as mode`,
      );
      return rows[0]?.mode;
    });
    assert.equal(mode, 'force_generic_plan');
    await releaseSyncLease(main.pool, lease!);
  });

  it('goes with a cabinet that is deleted, and the sync ends without a word of complaint', async (t) => {
    const { simulator, addCabinet, sync, rows, lines } = await start(t);
    const { id } = await addCabinet();
    const slow = simulator.faults.add({ endpoint: 'sales', kind: 'slow', delayMs: 150 });
    const running = sync(id);
    await until('the sales are waited for', () => slow.hits > 0);
    await rows(`delete from wb_cabinets where id = $1`, [id]);
    assert.deepEqual(await running, { status: 'nothing' });
    for (const table of ['wb_products', 'wb_sales', 'wb_sync_runs', 'wb_sync_cursors', 'wb_sync_leases'])
      assert.deepEqual(await rows(`select from ${table} where cabinet_id = $1`, [id]), []);
    assert.deepEqual(
      lines.filter(({ level }) => level !== 'debug' && level !== 'info' && !(Number(level) <= 30)),
      [],
    );
  });
});
