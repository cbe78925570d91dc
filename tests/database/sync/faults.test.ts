import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultKind } from '../../../src/simulator/fault-script.ts';
import type { SimulatedEndpoint } from '../../../src/simulator/routes.ts';
import type { PartName } from '../../../src/wildberries/sync/parts.ts';
import { assertTablesHold, expectedTables } from '../../helpers/simulated-shop.ts';
import { allParts, useSync } from './harness.ts';

const ENDPOINTS: readonly [PartName, SimulatedEndpoint][] = [
  ['products', 'cardsList'],
  ['prices', 'prices'],
  ['ratings', 'salesFunnel'],
  ['sales', 'sales'],
  ['orders', 'orders'],
  ['stocks', 'stocks'],
  ['reviews', 'feedbacksArchive'],
];

/** What each refusal says in Wildberries' own words. */
const REFUSALS: Readonly<Partial<Record<FaultKind, RegExp>>> = {
  '401': /token is withdrawn/,
  '402': /insufficient funds/,
  '403': /scope is not allowed for this resource/,
  '404': /release-notes\?id=570/,
};
const PASSING = ['500', 'timeout', 'cut', 'truncate', 'html', 'error-envelope'] as const;

describe('a fault of Wildberries', () => {
  const start = useSync();

  for (const [kind, detail] of Object.entries(REFUSALS) as [FaultKind, RegExp][]) {
    it(`${kind} fails the part that met it, in Wildberries' own words, and no other`, async (t) => {
      const { simulator, addCabinet, sync, statuses, part, state } = await start(t, {
        shop: { products: 2, ordersPerDay: 0.3, reviewsPerDay: 0.1 },
      });
      const { id } = await addCabinet();
      for (const oddOnes of [true, false]) {
        const struck = ENDPOINTS.filter((_, index) => (index % 2 === 1) === oddOnes);
        for (const [, endpoint] of struck) simulator.faults.add({ endpoint, kind });
        assert.equal((await sync(id)).status, 'partial');
        const failed = Object.fromEntries(struck.map(([name]) => [name, 'failed']));
        assert.deepEqual(await statuses(id), allParts('completed', failed));
        for (const [name] of struck) assert.match((await part(id, name)).errorMessage ?? '', detail, name);
        assert.match((await state(id)).run?.errorMessage ?? '', detail);
      }
    });
  }

  for (const kind of PASSING) {
    it(`${kind} makes the part that met it wait, and no other; then it goes on to the end`, async (t) => {
      const { simulator, addCabinet, sync, wake, statuses, part, pool } = await start(
        t,
        {},
        { timeoutMs: 150 },
      );
      const { id, shop } = await addCabinet();
      const struck = ENDPOINTS;
      for (const [, endpoint] of struck) simulator.faults.add({ endpoint, kind });
      const before = Date.now();
      assert.equal((await sync(id)).status, 'waiting');
      const waiting = Object.fromEntries(struck.map(([name]) => [name, 'waiting']));
      assert.deepEqual(await statuses(id), allParts('completed', waiting));
      for (const [name] of struck) {
        const { attempts, nextAttemptAt, errorMessage } = await part(id, name);
        assert.equal(attempts, 1, name);
        assert.ok(nextAttemptAt !== null && nextAttemptAt.getTime() >= before + 5_000, name);
        assert.match(errorMessage ?? '', /Wildberries is not available/);
      }
      // Nothing is asked for before that.
      simulator.forget();
      assert.equal((await sync(id, { continueOnly: true })).status, 'waiting');
      assert.equal(simulator.requests.length, 0);
      await wake(id);
      assert.equal((await sync(id)).status, 'completed');
      assert.deepEqual(await statuses(id), allParts('completed'));
      // Ratings that came before there were products are set by the next sync.
      if (struck.length === ENDPOINTS.length)
        await assertTablesHold(pool, id, expectedTables(shop, simulator.now()));
    });
  }

  it('that lasts fails the part after five retries, ever further apart', async (t) => {
    const { simulator, addCabinet, sync, wake, statuses, part } = await start(t);
    const { id } = await addCabinet();
    simulator.faults.add({ endpoint: 'prices', kind: '500', times: Infinity });
    const waits: number[] = [];
    for (;;) {
      const before = Date.now();
      if ((await sync(id)).status !== 'waiting') break;
      const { attempts, nextAttemptAt } = await part(id, 'prices');
      assert.equal(attempts, waits.push(Math.floor((nextAttemptAt!.getTime() - before) / 1000)));
      assert.ok(waits.length < 10);
      await wake(id);
    }
    assert.deepEqual(waits, [5, 20, 60, 180, 600]);
    assert.deepEqual(await statuses(id), allParts('completed', { prices: 'failed' }));
  });

  it('that cuts off each answer fails the part in the end, though some rows come each time', async (t) => {
    const { simulator, addCabinet, sync, wake, statuses, part } = await start(t, {
      shop: { products: 8, ordersPerDay: 4, reviewsPerDay: 0 },
    });
    const { id } = await addCabinet();
    simulator.faults.add({ endpoint: 'orders', kind: 'truncate', times: Infinity });
    for (let calls = 1; (await sync(id)).status === 'waiting'; calls++) {
      assert.ok(calls <= 5);
      assert.ok((await part(id, 'orders')).created > 0);
      await wake(id);
    }
    assert.deepEqual(await statuses(id), allParts('completed', { orders: 'failed' }));
  });

  it('429 makes the part wait until Wildberries said, and not a moment less', async (t) => {
    const { simulator, addCabinet, sync, statuses, part } = await start(t);
    const { id } = await addCabinet();
    simulator.faults.add({ endpoint: 'sales', kind: '429', retryAfterSeconds: 1 });
    const before = Date.now();
    const outcome = await sync(id);
    assert.deepEqual(await statuses(id), allParts('completed', { sales: 'waiting' }));
    const { attempts, nextAttemptAt } = await part(id, 'sales');
    assert.ok(nextAttemptAt!.getTime() >= before + 1_000);
    // A limit is no fault.
    assert.equal(attempts, 0);
    assert.ok(outcome.status === 'waiting' && outcome.nextAttemptAt.getTime() === nextAttemptAt!.getTime());
    // Called over and over, until it is let through.
    while ((await sync(id)).status === 'waiting');
    const asked = simulator.requests.filter(({ endpoint }) => endpoint === 'sales');
    assert.deepEqual(
      asked.map(({ status, early }) => ({ status, early })),
      [
        { status: 429, early: false },
        { status: 200, early: false },
      ],
    );
    assert.ok(asked[1]!.time.getTime() - asked[0]!.time.getTime() >= 1_000);
  });

  it('of the whole account makes everything of the seller wait, and nobody else', async (t) => {
    const { simulator, addCabinet, sync, statuses } = await start(t);
    const { id, sellerId } = await addCabinet();
    const { id: sameSeller } = await addCabinet({ sellerId });
    const { id: another } = await addCabinet();
    simulator.faults.add({ endpoint: 'salesFunnel', kind: 'global-limit', retryAfterSeconds: 600, sellerId });
    assert.equal((await sync(id)).status, 'waiting');
    assert.deepEqual(await statuses(id), allParts('waiting', { products: 'completed', prices: 'completed' }));
    simulator.forget();
    assert.equal((await sync(sameSeller)).status, 'waiting');
    assert.deepEqual(await statuses(sameSeller), allParts('waiting'));
    assert.equal(simulator.requests.length, 0);
    assert.equal((await sync(another)).status, 'completed');
  });
});
