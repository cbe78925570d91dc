import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Fault } from '../../../src/simulator/fault-script.ts';
import { until } from '../../helpers/until.ts';
import { askSimulator, PATHS, SELLER, startSimulator, type Asking } from './simulator-fixture.ts';

const ORDERS = `${PATHS.orders}?dateFrom=2026-08-20`;
type Row = Record<string, unknown>;

async function start(test: TestContext) {
  const simulator = await startSimulator(test);
  return {
    simulator,
    ask: (path: string, how?: Asking) => askSimulator(simulator, path, how),
    add: (fault: Fault) => simulator.faults.add(fault),
  };
}

describe('A scripted fault', () => {
  for (const kind of ['500', '503', '401', '402', '403', '404'] as const) {
    it(`of kind ${kind} answers with that status, once`, async (t) => {
      const { simulator, ask, add } = await start(t);
      const fault = add({ kind });
      assert.equal((await ask(ORDERS)).status, Number(kind));
      assert.equal((await ask(ORDERS)).status, 200);
      assert.equal(fault.hits, 1);
      assert.deepEqual(
        simulator.requests.map((request) => request.fault),
        [kind, undefined],
      );
    });
  }

  it('strikes where it is told to, as often as it is told to, after as many as it is told to', async (t) => {
    const { ask, add } = await start(t);
    const fault = add({ kind: '500', endpoint: 'orders', sellerId: SELLER, times: 2, after: 1 });
    const sales = `${PATHS.sales}?dateFrom=2026-08-20`;
    assert.equal((await ask(sales)).status, 200);
    assert.equal((await ask(ORDERS, { sellerId: 'another' })).status, 200);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask(ORDERS)).status);
    assert.deepEqual(statuses, [200, 500, 500, 200]);
    assert.equal(fault.hits, 2);
  });

  it('makes way for the next one, and goes when the script is cleared', async (t) => {
    const { simulator, ask, add } = await start(t);
    add({ kind: '500' });
    add({ kind: '404', times: Infinity });
    assert.deepEqual(
      [(await ask(ORDERS)).status, (await ask(ORDERS)).status, (await ask(ORDERS)).status],
      [500, 404, 404],
    );
    simulator.faults.clear();
    assert.equal((await ask(ORDERS)).status, 200);
  });

  it('of kind cut hangs up before the headers', async (t) => {
    const { simulator, ask, add } = await start(t);
    add({ kind: 'cut' });
    await assert.rejects(ask(ORDERS), TypeError);
    assert.equal(simulator.requests[0]!.status, undefined);
  });

  it('of kind truncate hangs up in the middle of the body', async (t) => {
    const { simulator, ask, add } = await start(t);
    add({ kind: 'truncate' });
    await assert.rejects(ask(ORDERS), TypeError);
    assert.equal(simulator.requests[0]!.status, 200);
  });

  it('of kind timeout never answers', async (t) => {
    const { simulator, ask, add } = await start(t);
    add({ kind: 'timeout' });
    const never = ask(ORDERS).then(
      () => 'answered',
      () => 'closed',
    );
    await until('the request is held', () => simulator.requests[0]?.fault !== undefined);
    // Whoever asks later is answered earlier.
    assert.equal((await ask(ORDERS)).status, 200);
    assert.equal(simulator.requests[0]!.status, undefined);
    await simulator.stop(0);
    assert.equal(await never, 'closed');
  });

  it('of kind slow answers rightly, but late', async (t) => {
    const { simulator, ask, add } = await start(t);
    add({ kind: 'slow', delayMs: 30 });
    const startedAt = performance.now();
    assert.equal((await ask(ORDERS)).status, 200);
    assert.ok(performance.now() - startedAt >= 29);
    add({ kind: 'slow', delayMs: 60_000 });
    const interrupted = assert.rejects(ask(ORDERS));
    await until('the request is held', () => simulator.requests[1]?.fault !== undefined);
    await simulator.stop(0);
    await interrupted;
  });

  it('of kind html answers 200 with a page', async (t) => {
    const { ask, add } = await start(t);
    add({ kind: 'html' });
    const { status, contentType, text } = await ask(ORDERS);
    assert.deepEqual([status, contentType], [200, 'text/html; charset=utf-8']);
    assert.match(text, /^<html>/);
  });

  it('of kind error-envelope answers 200 with an error in it', async (t) => {
    const { ask, add } = await start(t);
    add({ kind: 'error-envelope' });
    const { status, body } = await ask(PATHS.cards, { body: {} });
    assert.deepEqual([status, body['error'], body['data']], [200, true, null]);
  });

  it('of kind 429 refuses the bucket until the time that it names', async (t) => {
    const { simulator, ask, add } = await start(t);
    add({ kind: '429', endpoint: 'orders', retryAfterSeconds: 30 });
    const first = await ask(ORDERS);
    assert.deepEqual([first.status, first.headers.get('x-ratelimit-retry')], [429, '30']);
    const second = await ask(ORDERS);
    assert.deepEqual([second.status, second.headers.get('x-ratelimit-retry')], [429, '30']);
    assert.equal((await ask(ORDERS, { type: 'service' })).status, 200);
    assert.deepEqual(
      simulator.requests.map((request) => request.early),
      [false, true, false],
    );
  });

  it('of kind global-limit refuses everything of the seller', async (t) => {
    const { ask, add } = await start(t);
    add({ kind: 'global-limit', endpoint: 'orders', retryAfterSeconds: 600 });
    for (const how of [{}, { type: 'base' }] as const) {
      const { status, headers, body } = await ask(ORDERS, how);
      assert.deepEqual([status, headers.get('x-ratelimit-retry')], [429, '600']);
      assert.equal(body['detail'], `Limited by global limiter, per seller ${SELLER}`);
    }
    assert.equal((await ask('/content-api/ping')).status, 429);
    assert.equal((await ask(ORDERS, { sellerId: 'another' })).status, 200);
  });

  it('of kind malformed-row spoils one row, each time in another way, and keeps what it was', async (t) => {
    const { ask, add } = await start(t);
    const right = (await ask(ORDERS)).body as unknown as Row[];
    const fault = add({ kind: 'malformed-row', endpoint: 'orders', times: 3 });
    const spoiled: Row[] = [];
    for (let i = 0; i < 3; i++) {
      const rows = (await ask(ORDERS)).body as unknown as Row[];
      const wrong = rows.filter((row, index) => JSON.stringify(row) !== JSON.stringify(right[index]));
      assert.equal(wrong.length, 1);
      spoiled.push(wrong[0]!);
    }
    const [first, second, third] = spoiled;
    assert.equal(first!['nmId'], 'неизвестно');
    assert.ok(!('srid' in second!));
    assert.deepEqual(third!['date'], { unexpected: true });
    assert.deepEqual(fault.spoiledRows, [right[3], right[3], right[3]]);
    assert.deepEqual((await ask(ORDERS)).body, right);
  });

  it('of kind malformed-row waits for an answer that has a row', async (t) => {
    const { ask, add } = await start(t);
    const fault = add({ kind: 'malformed-row' });
    await ask('/content-api/ping');
    await ask(`${PATHS.orders}?dateFrom=2026-12-01`);
    assert.equal(fault.hits, 0);
    await ask(PATHS.funnel, { body: { selectedPeriod: { start: '2026-11-01', end: '2026-11-02' } } });
    assert.equal(fault.hits, 1);
  });
});
