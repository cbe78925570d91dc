import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedEndpoint } from '../../../src/simulator/routes.ts';
import type { PartName } from '../../../src/wildberries/sync/parts.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { useSync } from './harness.ts';

/** Of each part, what it asks and the field that the simulator spoils first. */
const SPOILED: readonly [PartName, SimulatedEndpoint, string][] = [
  ['products', 'cardsList', 'nmID'],
  ['prices', 'prices', 'nmID'],
  ['ratings', 'salesFunnel', 'product.nmId'],
  ['sales', 'sales', 'nmId'],
  ['orders', 'orders', 'nmId'],
  ['stocks', 'stocks', 'chrtId'],
  ['reviews', 'feedbacks', 'productDetails.nmId'],
];

describe('a row that cannot be used', () => {
  const start = useSync();

  it('is recorded with its field and the reason; the others of its answer go in', async (t) => {
    const { simulator, addCabinet, sync, rows, part, lines } = await start(t);
    const { id, shop } = await addCabinet();
    for (const [, endpoint] of SPOILED) simulator.faults.add({ endpoint, kind: 'malformed-row' });
    assert.equal((await sync(id)).status, 'completed');
    const rejects = await rows(
      `select sync_type, field, reason, times::int from wb_sync_rejects where cabinet_id = $1`,
      [id],
    );
    const sorted = (list: readonly object[]) => list.map((item) => JSON.stringify(item)).sort();
    assert.deepEqual(
      sorted(rejects),
      sorted(
        SPOILED.map(([name, , field]) => ({
          sync_type: name,
          field,
          reason: rejects[0]!['reason'],
          times: 1,
        })),
      ),
    );
    for (const [name] of SPOILED) assert.equal((await part(id, name)).errors, 1, name);
    const { processed, created } = await part(id, 'orders');
    const { length } = shop.orders(FROZEN_AT);
    assert.deepEqual({ processed, created }, { processed: length, created: length - 1 });
    assert.equal(lines.filter(({ msg }) => /is skipped: nmId/.test(String(msg))).length, 2);
  });

  it('is known by its key, and counted each time that it comes', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [order] = shop.orders(FROZEN_AT);
    // Cut to a length in the middle of a character, with something in it that Postgres takes nowhere.
    const srid = `a\0${'б'.repeat(97)}😀 and more`;
    shop.orders = () => [{ ...order!, srid, card: { ...order!.card, nmId: -1 } }, order!];
    for (let times = 1; times <= 2; times++) {
      assert.equal((await sync(id)).status, 'completed');
      assert.deepEqual(
        await rows(`select row_key, field, times::int from wb_sync_rejects where cabinet_id = $1`, [id]),
        [{ row_key: `srid a${'б'.repeat(97)}\u{fffd}`, field: 'nmId', times }],
      );
    }
    assert.deepEqual(await rows(`select order_id from wb_orders where cabinet_id = $1`, [id]), [
      { order_id: order!.srid },
    ]);
  });
});
