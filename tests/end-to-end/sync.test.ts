import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { takeChanges } from '../helpers/captured-changes.ts';
import {
  assertTablesHold,
  changedKeys,
  days,
  expectedTables,
  keptTables,
  readRowVersions,
} from '../helpers/simulated-shop.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestSync } from '../helpers/test-sync.ts';

describe('a sync', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await createTestDatabase();
    pool = database.pool;
  });
  after(() => database.drop());

  it('brings every row of the shop once, with what Wildberries says of it', async (t) => {
    const { simulator, addCabinet, sync, state } = await startTestSync(t, database);
    const { id, shop } = await addCabinet();
    const outcome = await sync(id);
    assert.equal(outcome.status, 'completed', JSON.stringify(await state(id), undefined, 2));
    await assertTablesHold(pool, id, expectedTables(shop, simulator.now()));
  });

  it('with nothing new writes no row and leaves no change', async (t) => {
    const { addCabinet, sync } = await startTestSync(t, database);
    const { id } = await addCabinet();
    await sync(id);
    await takeChanges(pool);
    const versions = await readRowVersions(pool, id);
    assert.equal((await sync(id)).status, 'completed');
    assert.deepEqual(await readRowVersions(pool, id), versions);
    assert.deepEqual(await takeChanges(pool), []);
  });

  it('after some days changes what the days changed, and nothing else', async (t) => {
    const { simulator, addCabinet, sync } = await startTestSync(t, database);
    const { id, shop } = await addCabinet();
    await sync(id);
    let known = expectedTables(shop, simulator.now());
    for (const passed of [1, 1, 13]) {
      const versions = await readRowVersions(pool, id);
      simulator.advance(days(passed));
      assert.equal((await sync(id)).status, 'completed');
      const now = keptTables(known, expectedTables(shop, simulator.now()));
      await assertTablesHold(pool, id, now);
      const later = await readRowVersions(pool, id);
      const written = new Set([...later.keys()].filter((key) => later.get(key) !== versions.get(key)));
      const changed = changedKeys(known, now);
      assert.ok(changed.size > 50, `only ${changed.size} rows changed`);
      assert.deepEqual(
        [...changed].filter((key) => !written.has(key)),
        [],
        'changed in the shop but not written',
      );
      assert.deepEqual(
        [...written].filter((key) => !changed.has(key)),
        [],
        'written but not changed in the shop',
      );
      known = now;
    }
  });
});
