import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { silentLog } from '../../../src/log.ts';
import { makeToken } from '../../../src/wildberries/make-token.ts';
import { createRequestLimiter } from '../../../src/simulator/request-limiter.ts';
import { createSimulator, type SimulatorOptions } from '../../../src/simulator/simulator.ts';
import { decodeToken } from '../../../src/wildberries/token.ts';
import { until } from '../../helpers/until.ts';
import { askSimulator, PATHS, SELLER, startSimulator, tokenOf, type Asking } from './simulator-fixture.ts';
import { CANCELLATION, createTinyShop, DAY_MS, HOUR_MS, NOON } from './simulator-tiny-shop.ts';

async function start(test: TestContext, options: Partial<SimulatorOptions> = {}) {
  const simulator = await startSimulator(test, options);
  return { simulator, ask: (path: string, how?: Asking) => askSimulator(simulator, path, how) };
}

describe('A made token', () => {
  it('is decoded to what it was made of', () => {
    const expiresAt = new Date('2027-05-01T00:00:00Z');
    for (const type of ['personal', 'service', 'base', 'test'] as const) {
      const raw = makeToken({
        sellerId: SELLER,
        type,
        scopes: ['content', 'feedbacks'],
        readOnly: true,
        expiresAt,
      });
      const scopes = new Set(['content', 'feedbacks']);
      assert.deepEqual(decodeToken(raw), { raw, sellerId: SELLER, type, scopes, readOnly: true, expiresAt });
    }
  });
});

describe('The simulator, before it answers,', () => {
  const ping = '/content-api/ping';

  it('wants a token that is whole and has not expired', async (t) => {
    const { ask } = await start(t);
    const expiresAt = new Date('2001-01-01T00:00:00Z');
    const expired = makeToken({ sellerId: SELLER, type: 'personal', scopes: ['content'], expiresAt });
    for (const [authorization, detail] of [
      ['', 'empty Authorization header'],
      ['abc', 'access token problem; token is malformed: token contains an invalid number of segments'],
      [expired, 'access token problem; token expired'],
    ] as const) {
      const { status, contentType, body } = await ask(ping, { authorization });
      assert.deepEqual([status, contentType, body['detail']], [401, 'application/problem+json', detail]);
    }
    assert.equal((await ask(ping, { authorization: tokenOf() })).status, 200);
    assert.equal((await ask(ping, { authorization: `Bearer ${tokenOf()}` })).status, 200);
  });

  it('wants the category of the host, and any for the name of the seller', async (t) => {
    const { ask } = await start(t);
    const authorization = tokenOf('personal', SELLER, ['prices']);
    assert.equal((await ask(ping, { authorization })).status, 401);
    assert.equal((await ask('/discounts-prices-api/ping', { authorization })).status, 200);
    const { body } = await ask('/common-api/api/v1/seller-info', { authorization });
    assert.equal(body['sid'], SELLER);
  });

  it('lets test tokens into the sandbox and nobody else', async (t) => {
    const { ask } = await start(t);
    const sandbox = '/content-api-sandbox/ping';
    assert.equal((await ask(sandbox, { type: 'test' })).status, 200);
    assert.equal((await ask(sandbox, { type: 'base' })).status, 401);
    assert.equal((await ask(ping, { type: 'test' })).status, 401);
  });

  it('keeps base tokens from methods that are not for them', async (t) => {
    const { ask } = await start(t);
    const { status, body } = await ask(PATHS.stocks, { type: 'base', body: {} });
    assert.deepEqual([status, body['detail']], [403, 'base token is not allowed']);
  });

  it('knows no other paths, and says of a removed method where to read about it', async (t) => {
    const { ask } = await start(t);
    const removed = await ask('/statistics-api/api/v1/supplier/stocks?dateFrom=2026-01-01');
    assert.equal(removed.status, 404);
    assert.equal(
      removed.body['detail'],
      'This method is temporarily disabled. Link: https://dev.wildberries.ru/release-notes?id=494',
    );
    for (const path of [
      '/',
      '/content-api',
      '/content-api/api/v1/supplier/orders',
      '/other-api/ping',
      '//x',
    ]) {
      const { status, body } = await ask(path);
      assert.deepEqual([status, body['title']], [404, 'path not found'], path);
    }
    assert.equal((await ask(PATHS.orders, { method: 'DELETE' })).status, 404);
  });
});

const BUCKET = { sellerId: SELLER, tokenType: 'personal', name: 'orders' } as const;

describe('The limits of the simulator', () => {
  const orders = `${PATHS.orders}?dateFrom=2026-08-20`;

  it('let the burst through and then say how long to wait', async (t) => {
    const { simulator, ask } = await start(t, { limits: 'on' });
    const remaining: (string | null)[] = [];
    for (let i = 0; i < 10; i++) remaining.push((await ask(orders)).headers.get('x-ratelimit-remaining'));
    assert.deepEqual(remaining, ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
    const { status, headers, body } = await ask(orders);
    assert.deepEqual([status, body['title']], [429, 'too many requests']);
    assert.equal(headers.get('x-ratelimit-remaining'), null);
    assert.equal(headers.get('x-ratelimit-retry'), '60');
    assert.equal(headers.get('x-ratelimit-limit'), '10');
    assert.equal(headers.get('x-ratelimit-reset'), '600');
    assert.deepEqual(
      simulator.requests.map((request) => request.early),
      [...Array.from({ length: 10 }, () => false), true],
    );
  });

  it('count each seller, each kind of token and each bucket by itself', async (t) => {
    const { ask } = await start(t, { limits: 'on' });
    const sales = `${PATHS.sales}?dateFrom=2026-08-20`;
    const askings: Asking[] = [{}, { type: 'service' }, { type: 'base' }, { sellerId: 'another' }];
    for (const how of askings) {
      assert.equal((await ask(sales, how)).status, 200);
      assert.equal((await ask(sales, how)).status, 429);
    }
    assert.equal((await ask(orders)).status, 200);
  });

  it('are one for all methods of feedbacks, and two for cards: the list has its own', async (t) => {
    const { ask } = await start(t, { limits: 'on', limitScale: 1000 });
    const page = 'take=1&skip=0';
    for (let i = 0; i < 5; i++) {
      assert.equal((await ask(PATHS.cards, { body: {} })).status, 200);
      assert.equal((await ask(PATHS.trash, { body: {} })).status, 200);
    }
    assert.equal((await ask(PATHS.cards, { body: {} })).status, 429);
    for (let i = 0; i < 6; i++)
      assert.equal(
        (await ask(`${PATHS.feedbacks}${i % 2 === 0 ? '/archive?' : '?isAnswered=true&'}${page}`)).status,
        200,
      );
    assert.equal((await ask(`${PATHS.feedbacks}?isAnswered=true&${page}`)).status, 429);
  });

  it('refill one request an interval, up to the burst', () => {
    const limiter = createRequestLimiter({ on: true, scale: 0.5 });
    const limit = { intervalMs: 10_000, burst: 2 };
    const remaining = (nowMs: number) => {
      const verdict = limiter.take(BUCKET, limit, nowMs);
      return verdict.allowed ? verdict.remaining : `wait ${verdict.retrySeconds} of ${verdict.resetSeconds}`;
    };
    const times = [0, 0, 0, 5000, 12_500, 12_500, 100_000, 100_000, 100_000];
    const verdicts = [1, 0, 'wait 5 of 10', 0, 0, 'wait 3 of 8', 1, 0, 'wait 5 of 10'];
    assert.deepEqual(times.map(remaining), verdicts);
  });

  it('refuse those who do not wait for the whole seconds that they were told', () => {
    const limiter = createRequestLimiter({ on: true, scale: 0.001 });
    const limit = { intervalMs: 60_000, burst: 1 };
    const verdicts = [0, 30, 100, 900, 1030, 1031].map((nowMs) => limiter.take(BUCKET, limit, nowMs));
    assert.deepEqual(
      verdicts.map((verdict) => (verdict.allowed ? 'allowed' : verdict.retrySeconds)),
      // At 100 ms there would have been a request; the refusal at 30 ms spoke of a second.
      ['allowed', 1, 1, 1, 'allowed', 1],
    );
  });

  it('do not count what is refused for its token, and can be switched off', async (t) => {
    const { simulator, ask } = await start(t, { limits: 'on' });
    const sales = `${PATHS.sales}?dateFrom=2026-08-20`;
    await ask(sales, { authorization: tokenOf('personal', SELLER, ['content']) });
    assert.equal((await ask(sales)).status, 200);
    assert.equal(simulator.requests.filter((request) => request.early).length, 0);
    const free = await start(t, { limits: 'off' });
    for (let i = 0; i < 3; i++) assert.equal((await free.ask(sales)).status, 200);
  });
});

describe('The time of the simulated shops', () => {
  it('stands still where it was frozen, until it is advanced', async (t) => {
    const { simulator } = await start(t);
    assert.deepEqual(simulator.now(), NOON);
    simulator.advance(DAY_MS);
    assert.deepEqual(simulator.now(), CANCELLATION);
    assert.throws(() => simulator.advance(-1), { code: 'invalid_request' });
  });

  it('flows with the real time otherwise', () => {
    const simulator = createSimulator({ port: 0, log: silentLog(), createShop: createTinyShop });
    simulator.advance(HOUR_MS);
    const ahead = simulator.now().getTime() - Date.now();
    assert.ok(Math.abs(ahead - HOUR_MS) < 1000, `${ahead} ms`);
  });

  it('gives each seller one shop, made of the seed and the seller', async (t) => {
    const made: string[] = [];
    const createShop: SimulatorOptions['createShop'] = (options) => {
      made.push(`${options.seed} ${options.sellerId} ${options.products} ${options.ordersPerDay}`);
      return createTinyShop(options);
    };
    const { simulator, ask } = await start(t, { createShop, seed: 'abc', shop: { products: 3 } });
    await ask(`${PATHS.orders}?dateFrom=2026-08-20`);
    await ask(`${PATHS.sales}?dateFrom=2026-08-20`);
    assert.equal(simulator.shopOf('another'), simulator.shopOf('another'));
    assert.deepEqual(made, [`abc ${SELLER} 3 25`, 'abc another 3 25']);
  });
});

describe('The control of the simulator', () => {
  it('tells of time, requests and early ones', async (t) => {
    const { ask } = await start(t, { limits: 'on' });
    const sales = `${PATHS.sales}?dateFrom=2026-08-20`;
    await ask(sales);
    await ask(sales);
    const { body } = await ask('/_simulator');
    assert.equal(body['time'], NOON.toISOString());
    assert.deepEqual([body['requests'], body['early'], body['sellers']], [2, 1, [SELLER]]);
    assert.deepEqual(body['by_endpoint'], { sales: { requests: 2, early: 1, statuses: { 200: 1, 429: 1 } } });
    const { requests } = (await ask('/_simulator/requests')).body as { requests: Record<string, unknown>[] };
    assert.deepEqual(
      requests.map((request) => [
        request['endpoint'],
        request['seller_id'],
        request['token_type'],
        request['status'],
      ]),
      [
        ['sales', SELLER, 'personal', 200],
        ['sales', SELLER, 'personal', 429],
      ],
    );
    await ask('/_simulator/requests', { method: 'DELETE' });
    assert.equal((await ask('/_simulator')).body['requests'], 0);
  });

  it('moves the time', async (t) => {
    const { simulator, ask } = await start(t);
    const { status } = await ask('/_simulator/time', { body: { advance_days: 1, advance_seconds: 2 } });
    assert.equal(status, 200);
    assert.equal(simulator.now().getTime(), NOON.getTime() + DAY_MS + 2000);
  });

  it('orders faults and takes them back', async (t) => {
    const { ask } = await start(t);
    const ping = '/content-api/ping';
    const fault = { kind: '503', endpoint: 'ping', seller_id: SELLER, times: 'forever', after: 1 };
    const added = await ask('/_simulator/faults', { body: fault });
    assert.deepEqual([added.status, added.body], [201, { ...fault, hits: 0 }]);
    assert.deepEqual(
      [(await ask(ping)).status, (await ask(ping)).status, (await ask(ping)).status],
      [200, 503, 503],
    );
    assert.equal(((await ask('/_simulator/faults')).body['faults'] as { hits: number }[])[0]!.hits, 2);
    await ask('/_simulator/faults', { method: 'DELETE' });
    assert.equal((await ask(ping)).status, 200);
  });

  it('says what is wrong with an order', async (t) => {
    const { ask } = await start(t);
    for (const [path, body, what] of [
      ['time', {}, /advance_days/],
      ['time', { advance_days: -1 }, /advance_days/],
      ['time', { days: 1 }, /days/],
      ['time', '{', /not JSON/],
      ['faults', { kind: 'fire' }, /kind/],
      ['faults', { kind: '500', endpoint: 'stock' }, /endpoint/],
    ] as const) {
      const answer = await ask(`/_simulator/${path}`, { body });
      assert.equal(answer.status, 422, JSON.stringify(body));
      assert.match(String(answer.body['detail']), what);
    }
    const unknown = await ask('/_simulator/weather');
    assert.equal(unknown.status, 404);
    assert.match(String(unknown.body['detail']), /POST \/_simulator\/faults/);
  });
});

describe('The simulator as a service', () => {
  it('stops with a request that it never answers, more than once, and starts again where it was', async (t) => {
    const { simulator, ask } = await start(t);
    simulator.faults.add({ kind: 'timeout' });
    const hanging = assert.rejects(ask('/content-api/ping'));
    await until('the request is held', () => simulator.requests[0]?.fault !== undefined);
    await Promise.all([simulator.stop(60_000), simulator.stop(60_000)]);
    await hanging;
    assert.equal(simulator.health().status, 'down');
    const { url } = simulator;
    await simulator.start();
    assert.deepEqual([simulator.url, simulator.health().status], [url, 'up']);
    assert.equal((await ask('/content-api/ping')).status, 200);
  });

  it('says which port is taken', async (t) => {
    const { simulator } = await start(t);
    const other = createSimulator({
      port: Number(new URL(simulator.url).port),
      log: silentLog(),
      createShop: createTinyShop,
    });
    await assert.rejects(other.start(), { code: 'port_in_use' });
  });
});
