import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createRolesHarness, NEEDS_SERVER } from './roles-harness.ts';

describe(
  'a writer whose row is being embedded by a provider that does not answer',
  { skip: NEEDS_SERVER },
  () => {
    for (const [what, statement, chunks] of [
      ['updates', `update wb_orders set brand = 'Новая' where id = $1`, 1],
      ['deletes', 'delete from wb_orders where id = $1', 0],
    ] as const) {
      it(`${what} it without waiting, and the late answer leaves no chunk that is stale or orphaned`, async () => {
        await using harness = await createRolesHarness();
        const { pool, openai } = harness;
        await harness.start('listener');
        await harness.start('worker');
        const cabinet = await insertCabinet(pool);
        const held = openai.hold();
        const id = await insertRow(pool, 'orders', cabinet, { brand: 'Старая' });
        await held.arrived;
        // The provider answers only afterwards: a writer that waited for it would wait for ever.
        await pool.query(statement, [id]);
        held.release();
        await harness.assertCaughtUp();
        assert.equal((await pool.query('select from rag_metadata')).rowCount, chunks);
      });
    }
  },
);
