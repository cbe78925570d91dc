import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createRolesHarness, NEEDS_SERVER } from './roles-harness.ts';

/** A commit on a busy machine; an embedding call would be held for ever. */
const AT_ONCE_MS = 200;

describe(
  'a writer whose row is being embedded by a provider that does not answer',
  { skip: NEEDS_SERVER },
  () => {
    for (const [what, statement, chunks] of [
      ['updates', `update wb_orders set brand = 'Новая' where id = $1`, 1],
      ['deletes', 'delete from wb_orders where id = $1', 0],
    ] as const) {
      it(`${what} it at once, and the late answer leaves no chunk that is stale or orphaned`, async (t) => {
        await using harness = await createRolesHarness();
        const { pool, openai } = harness;
        await harness.start('listener');
        await harness.start('worker');
        const cabinet = await insertCabinet(pool);
        const held = openai.hold();
        const id = await insertRow(pool, 'orders', cabinet, { brand: 'Старая' });
        await held.arrived;
        const started = performance.now();
        await pool.query(statement, [id]);
        const tookMs = performance.now() - started;
        t.diagnostic(`${tookMs.toFixed(1)} ms`);
        held.release();
        await harness.assertCaughtUp();
        assert.equal((await pool.query('select from rag_metadata')).rowCount, chunks);
        assert.ok(tookMs < AT_ONCE_MS, `it took ${tookMs} ms`);
      });
    }
  },
);
