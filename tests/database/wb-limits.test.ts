import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createLimiter, type Limiter, type LimiterOptions } from '../../src/wildberries/client/limiter.ts';
import { ENDPOINTS, type EndpointName } from '../../src/wildberries/endpoints.ts';
import type { TokenType, WbToken } from '../../src/wildberries/token.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

/** A seller of a test's own: nothing is shared with the others. */
function newToken(type: TokenType = 'personal', sellerId: string = randomUUID()): WbToken {
  return {
    raw: 'a.b.c',
    sellerId,
    type,
    scopes: new Set(['content', 'analytics', 'prices', 'statistics', 'feedbacks']),
    readOnly: true,
    expiresAt: new Date(Date.now() + 86_400_000),
  };
}

/** Wildberries' side: a token bucket that counts requests where and when they arrive. */
function createTokenBucket({ intervalMs, burst }: { intervalMs: number; burst: number }) {
  let tokens = burst;
  let at = performance.now();
  const arrivals = { count: 0, early: 0 };
  return {
    arrivals,
    arrive(): number {
      const now = performance.now();
      tokens = Math.min(burst, tokens + (now - at) / intervalMs);
      at = now;
      arrivals.count++;
      if (tokens < 1) arrivals.early++;
      else tokens--;
      return Math.floor(tokens);
    },
  };
}

describe('limits of the Wildberries API', () => {
  let testDatabase: TestDatabase;
  const databases: Database[] = [];

  /** A worker of its own: with its own connections, knowing nothing of the others. */
  function startWorker(options: Partial<LimiterOptions> = {}): Limiter {
    const database = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: testDatabase.connectionString,
      maxConnections: 2,
      applicationName: 'wb-limits.test',
      log: silentLog(),
    });
    databases.push(database);
    return createLimiter({ database, log: silentLog(), maxWaitMs: 0, ...options });
  }

  async function isRefused(
    limiter: Limiter,
    endpoint: EndpointName,
    token: WbToken,
  ): Promise<{ retryAt: string; retryAfterMs: number }> {
    const error: unknown = await limiter.acquire(endpoint, token).then(
      () => assert.fail('the request may go out'),
      (reason: unknown) => reason,
    );
    assert.ok(isAppError(error, 'wb_rate_limited'), String(error));
    assert.equal(error.details['endpoint'], endpoint);
    return error.details as { retryAt: string; retryAfterMs: number };
  }

  async function isAllowed(limiter: Limiter, endpoint: EndpointName, token: WbToken): Promise<void> {
    await limiter.settle(await limiter.acquire(endpoint, token), { kind: 'unsent' });
  }

  before(async () => {
    testDatabase = await createTestDatabase();
  });
  after(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await testDatabase.drop();
  });

  for (const [endpoint, scale, requests] of [
    ['prices', 0.04, 20],
    ['sales', 0.0005, 14],
    ['feedbacks', 0.03, 36],
  ] as const) {
    it(`no request of two workers arrives early, however long the network takes (${endpoint})`, async () => {
      const { intervalMs, burst } = ENDPOINTS[endpoint].limits.personal;
      const bucket = createTokenBucket({ intervalMs: intervalMs * scale, burst });
      const token = newToken();
      const workers = [1, 2].map(() => startWorker({ limitScale: scale, maxWaitMs: 60_000 }));
      let left = requests;
      const work = async (limiter: Limiter): Promise<void> => {
        while (left-- > 0) {
          const turn = await limiter.acquire(endpoint, token);
          await delay(Math.random() * 20);
          const remaining = bucket.arrive();
          await delay(Math.random() * 5);
          // The header makes up for mistakes of our own count, so most do without it here.
          await limiter.settle(turn, {
            kind: 'arrived',
            remaining: endpoint === 'feedbacks' ? remaining : undefined,
          });
        }
      };
      await Promise.all(workers.flatMap((limiter) => [work(limiter), work(limiter)]));
      assert.deepEqual(bucket.arrivals, { count: requests, early: 0 });
    });
  }

  it('a whole burst may go out at once, and the next request when Wildberries has one again', async () => {
    const [limiter, token] = [startWorker(), newToken()];
    for (let request = 1; request <= 10; request++) {
      await limiter.settle(await limiter.acquire('orders', token), { kind: 'arrived' });
    }
    const { retryAt, retryAfterMs } = await isRefused(limiter, 'orders', token);
    assert.ok(retryAfterMs > 50_000 && retryAfterMs <= 60_100, String(retryAfterMs));
    assert.equal((await limiter.nextAllowedAt('orders', token)).toISOString(), retryAt);
  });

  it('what a bucket has used up is used up after a restart and for other workers, but for no other token type', async () => {
    const token = newToken();
    const first = startWorker();
    await first.settle(await first.acquire('sales', token), { kind: 'arrived' });
    await isRefused(startWorker(), 'sales', token);
    await isAllowed(startWorker(), 'sales', newToken('service', token.sellerId));
    await isAllowed(startWorker(), 'orders', token);
  });

  it('a bucket has one request under way, whoever asks', async () => {
    const token = newToken();
    const [first, second] = [startWorker(), startWorker({ maxWaitMs: 10_000 })];
    const turn = await first.acquire('cardsList', token);
    await isRefused(first, 'cardsTrash', token);
    const waiting = second.acquire('cardsTrash', token);
    await first.settle(turn, { kind: 'arrived' });
    await second.settle(await waiting, { kind: 'arrived' });
  });

  it('a request whose process died counts as one that arrived as late as it can have', async () => {
    const token = newToken();
    const options = { pendingMs: 300, limitScale: 0.005 }; // sales: one each 300 ms
    const start = performance.now();
    await startWorker(options).acquire('sales', token);
    // Asked with the real patience: that of this test may have run out by now on a slow machine.
    await isRefused(startWorker({ limitScale: 0.005 }), 'sales', token);
    const survivor = startWorker({ ...options, maxWaitMs: 10_000 });
    await survivor.acquire('sales', token);
    assert.ok(performance.now() - start >= 600, 'it goes out when the other cannot be too near');
  });

  it('an answer that comes after its holder was given up frees nobody else’s turn', async () => {
    const token = newToken();
    const slow = startWorker({ pendingMs: 300 });
    const late = await slow.acquire('orders', token);
    const other = startWorker({ pendingMs: 300, maxWaitMs: 10_000 });
    const turn = await other.acquire('orders', token);
    await slow.settle(late, { kind: 'arrived' });
    // Seen with the real patience: there still is one under way.
    await isRefused(startWorker(), 'orders', token);
    await other.settle(turn, { kind: 'arrived' });
    await isAllowed(startWorker(), 'orders', token);
  });

  it('after 429 nobody asks before X-Ratelimit-Retry has passed', async () => {
    const token = newToken();
    const limiter = startWorker({ limitScale: 100 });
    const turn = await limiter.acquire('feedbacks', token);
    const block = await limiter.settle(turn, { kind: 'limited', retryAfterMs: 60_000 });
    assert.ok(block);
    const retryAt = block.blockedUntil.toISOString();
    assert.equal((await isRefused(limiter, 'feedbacks', token)).retryAt, retryAt);
    assert.equal((await isRefused(startWorker({ limitScale: 100 }), 'feedbacks', token)).retryAt, retryAt);
    await isAllowed(limiter, 'prices', token);
  });

  it('after X-Ratelimit-Retry has passed there is one request, not a burst', async () => {
    const token = newToken();
    // One each 33 s: the next one is refused however slow this machine is.
    const limiter = startWorker({ limitScale: 100 });
    const turn = await limiter.acquire('feedbacks', token);
    const block = await limiter.settle(turn, { kind: 'limited', retryAfterMs: 300 });
    assert.ok(block);
    const other = startWorker({ limitScale: 100, maxWaitMs: 10_000 });
    const next = await other.acquire('feedbacks', token);
    assert.ok(Date.now() >= block.blockedUntil.getTime());
    await other.settle(next, { kind: 'arrived' });
    await isRefused(limiter, 'feedbacks', token);
  });

  it('429 without X-Ratelimit-Retry is waited out for an interval, twice as long each time', async () => {
    const token = newToken();
    const limiter = startWorker();
    const waits: number[] = [];
    for (let refusal = 1; refusal <= 6; refusal++) {
      const turn = await limiter.acquire('sales', token);
      const block = await limiter.settle(turn, {
        kind: 'limited',
        retryAfterMs: undefined,
      });
      waits.push(Math.round(block!.blockedForMs / 1000));
      await testDatabase.pool.query(
        `update wb_rate_limits set tat = '-infinity', blocked_until = null where seller_id = $1`,
        [token.sellerId],
      );
    }
    assert.deepEqual(waits, [60, 120, 240, 480, 600, 600]);
  });

  for (const [what, { retryAfterMs, isSaid }] of [
    ['a wait that no bucket of this size needs', { retryAfterMs: 564_000, isSaid: false }],
    ['a text that speaks of the whole account', { retryAfterMs: 500, isSaid: true }],
  ] as const) {
    it(`${what} closes everything of the seller`, async () => {
      const token = newToken();
      const limiter = startWorker();
      const turn = await limiter.acquire('prices', token);
      const block = await limiter.settle(turn, { kind: 'limited', retryAfterMs });
      if (isSaid) await limiter.closeAccount(turn, block!);
      const until = block!.blockedUntil.toISOString();
      assert.equal((await isRefused(limiter, 'orders', token)).retryAt, until);
      // And says so, instead of blaming the limit of that method.
      await assert.rejects(limiter.acquire('sales', token), /closed the account of this seller/);
      const base = newToken('base', token.sellerId);
      assert.equal((await isRefused(limiter, 'feedbacks', base)).retryAt, until);
      assert.equal((await limiter.nextAllowedAt('sales', token)).toISOString(), until);
      await isAllowed(limiter, 'orders', newToken());
    });
  }

  it('Wildberries’ own count goes where it is the stricter one', async () => {
    const [limiter, token] = [startWorker(), newToken()];
    await limiter.settle(await limiter.acquire('orders', token), { kind: 'arrived', remaining: 0 });
    const { retryAfterMs } = await isRefused(limiter, 'orders', token);
    assert.ok(retryAfterMs > 50_000 && retryAfterMs <= 60_100, String(retryAfterMs));
  });

  it('a request that never left uses nothing up', async () => {
    const [limiter, token] = [startWorker(), newToken('base')];
    await limiter.settle(await limiter.acquire('sales', token), { kind: 'unsent' });
    await isAllowed(limiter, 'sales', token);
    assert.ok((await limiter.nextAllowedAt('sales', token)).getTime() <= Date.now() + 1_000);
  });

  it('a wait that is interrupted ends with the reason', async () => {
    const [limiter, token] = [startWorker({ maxWaitMs: 600_000 }), newToken()];
    await limiter.settle(await limiter.acquire('sales', token), { kind: 'arrived' });
    const reason = new Error('the program stops');
    const abort = new AbortController();
    const waiting = limiter.acquire('sales', token, abort.signal);
    abort.abort(reason);
    await assert.rejects(waiting, reason);
  });

  it('without Postgres nothing goes out, and what it missed is written before the next request', async () => {
    const token = newToken();
    const limiter = startWorker();
    const turn = await limiter.acquire('prices', token);
    await testDatabase.pool.query('alter table wb_rate_limits rename to wb_rate_limits_away');
    try {
      await limiter.settle(turn, { kind: 'limited', retryAfterMs: 600_000 });
      await assert.rejects(limiter.acquire('orders', token), (error) => isAppError(error, 'database_failed'));
    } finally {
      await testDatabase.pool.query('alter table wb_rate_limits_away rename to wb_rate_limits');
    }
    const { retryAfterMs } = await isRefused(limiter, 'orders', token);
    assert.ok(retryAfterMs > 590_000, String(retryAfterMs));

    const nowhere = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: 'postgres://nobody@127.0.0.1:9/none',
      maxConnections: 1,
      applicationName: 'wb-limits.test',
      log: silentLog(),
    });
    databases.push(nowhere);
    const cut = createLimiter({ database: nowhere, log: silentLog() });
    await assert.rejects(cut.acquire('orders', token), (error) => isAppError(error, 'database_unreachable'));
  });
});
