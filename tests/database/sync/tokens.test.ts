import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeToken, uuidOf } from '../../../src/wildberries/make-token.ts';
import { SCOPE_BITS, type Scope } from '../../../src/wildberries/token.ts';
import { assertTablesHold, expectedTables } from '../../helpers/simulated-shop.ts';
import { allParts, useSync } from './harness.ts';

const ALL_SCOPES = Object.keys(SCOPE_BITS) as Scope[];

describe('a token', () => {
  const start = useSync();

  it('without a category brings the rest, and says which category is missing', async (t) => {
    const { simulator, addCabinet, sync, statuses, part, state } = await start(t);
    const { id } = await addCabinet({ scopes: ['content', 'prices', 'statistics'] });
    assert.equal((await sync(id)).status, 'partial');
    const skipped = { ratings: 'skipped', stocks: 'skipped', reviews: 'skipped' };
    assert.deepEqual(await statuses(id), allParts('completed', skipped));
    assert.match((await part(id, 'stocks')).errorMessage ?? '', /"Аналитика"/);
    assert.match((await part(id, 'reviews')).errorMessage ?? '', /"Вопросы и отзывы"/);
    assert.match((await state(id)).run?.errorMessage ?? '', /Аналитика.*Вопросы и отзывы/s);
    const asked = new Set(simulator.requests.map(({ endpoint }) => endpoint));
    assert.deepEqual([...asked].sort(), ['cardsList', 'cardsTrash', 'orders', 'prices', 'sales']);
  });

  it('that has expired fails the run with the reason, and nothing is asked for', async (t) => {
    const { simulator, addCabinet, sync, state } = await start(t);
    const { id } = await addCabinet({ expiresAt: new Date('2026-01-01T00:00:00Z') });
    for (const trigger of ['request', 'schedule'] as const) {
      assert.equal((await sync(id, { trigger })).status, 'failed');
      const { run } = await state(id);
      assert.equal(run?.trigger, trigger);
      assert.match(run.errorMessage ?? '', /expired on 2026-01-01/);
      assert.ok(run.finishedAt !== null);
    }
    assert.equal(simulator.requests.length, 0);
  });

  it('that expired while a run waited ends that run with all of its parts', async (t) => {
    const { simulator, addCabinet, sync, statuses, rows } = await start(t);
    const { id, sellerId } = await addCabinet();
    simulator.faults.add({ endpoint: 'orders', kind: '500' });
    assert.equal((await sync(id)).status, 'waiting');
    const expiresAt = new Date('2026-01-01T00:00:00Z');
    const apiKey = makeToken({ sellerId, type: 'personal', scopes: ALL_SCOPES, expiresAt });
    await rows(`update wb_cabinets set api_key = $2 where id = $1`, [id, apiKey]);
    assert.equal((await sync(id)).status, 'failed');
    assert.deepEqual(await statuses(id), allParts('completed', { orders: 'failed' }));
  });

  it('for tests goes to the sandbox only, which has no analytics', async (t) => {
    const { simulator, addCabinet, sync, statuses, part } = await start(t);
    const { id } = await addCabinet({ type: 'test' });
    assert.equal((await sync(id)).status, 'partial');
    assert.match((await part(id, 'stocks')).errorMessage ?? '', /no sandbox/);
    assert.deepEqual(await statuses(id), allParts('completed', { ratings: 'skipped', stocks: 'skipped' }));
    assert.ok(simulator.requests.length > 0);
    for (const { path } of simulator.requests) assert.match(path, /^\/[a-z-]+-sandbox\//);
  });

  it('of another seller brings everything of that one, not only what changed since', async (t) => {
    const { simulator, addCabinet, sync, wake, rows, pool } = await start(t);
    const { id } = await addCabinet();
    // The run is open, with places to go on from that mean nothing to the other seller.
    simulator.faults.add({ endpoint: 'feedbacks', kind: '500', after: 1 });
    assert.equal((await sync(id)).status, 'waiting');
    const other = uuidOf('another seller');
    const apiKey = makeToken({
      ...{
        sellerId: other,
        type: 'personal',
        scopes: ALL_SCOPES,
        expiresAt: new Date('2099-01-01T00:00:00Z'),
      },
    });
    await rows(`update wb_cabinets set api_key = $2 where id = $1`, [id, apiKey]);
    await rows(`delete from wb_orders where cabinet_id = $1`, [id]);
    await rows(`delete from wb_sales where cabinet_id = $1`, [id]);
    await rows(`delete from wb_reviews where cabinet_id = $1`, [id]);
    await wake(id);
    assert.equal((await sync(id)).status, 'completed');
    // The products of the first seller are no cards of this one.
    await sync(id);
    await assertTablesHold(pool, id, expectedTables(simulator.shopOf(other), simulator.now()));
  });

  it('appears in no table once it was used, in no log line and in no error', async (t) => {
    const { simulator, addCabinet, sync, rows, lines } = await start(t);
    const { id } = await addCabinet();
    const [{ key }] = (await rows(`select api_key as key from wb_cabinets where id = $1`, [id])) as [
      { key: string },
    ];
    for (const kind of ['401', '500', 'malformed-row', 'html', '403'] as const)
      simulator.faults.add({ kind, times: 2 });
    await sync(id);
    const tables = await rows(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
      [],
    );
    const signature = key.split('.')[2]!;
    for (const { name } of tables) {
      const found = await rows(
        `select 1 from public.${name as string} t where t::text like '%' || $1 || '%'`,
        [signature],
      );
      assert.deepEqual(found, [], name as string);
    }
    assert.ok(lines.length > 5);
    assert.ok(!JSON.stringify(lines).includes(signature));
  });
});
