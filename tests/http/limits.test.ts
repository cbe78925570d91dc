import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Hono } from 'hono';
import { insertKey } from '../../src/cabinets/keys/queries.ts';
import type { HttpEnv } from '../../src/http/context.ts';
import { networkOf } from '../../src/http/middleware/rate-limits.ts';
import { MAX_BODY_BYTES } from '../../src/http/middleware/request-body.ts';
import { requestTimeout } from '../../src/http/middleware/request-timeout.ts';
import { until } from '../helpers/until.ts';
import { KEY, startTestApi, type TestApi, type TestApiOptions } from './harness.ts';

async function start(t: TestContext, options: TestApiOptions): Promise<TestApi> {
  const api = await startTestApi(options);
  t.after(() => api.stop());
  return api;
}

const codeOf = ({ json }: { json: unknown }) => (json as { code: string }).code;

describe('limit of the requests of a key', () => {
  it('refuses what is beyond it, by key, and says when to go on', async (t) => {
    const api = await start(t, { limits: { requestsPerMinute: 5 } });
    const cabinet = await api.createCabinet();
    const { key } = await insertKey(api.main.pool, cabinet, 'eine');
    const { key: another } = await insertKey(api.main.pool, cabinet, 'andere');
    const ask = (shown: string) =>
      api.request('GET', `/v1/rag/status/${cabinet}`, { headers: { 'x-api-key': shown }, anonymous: true });

    // The cabinet was made with the first.
    for (let times = 1; times < 5; times += 1) assert.equal((await ask(KEY)).status, 200);
    const refused = await ask(KEY);
    assert.deepEqual([refused.status, codeOf(refused)], [429, 'rate_limited']);
    const seconds = Number(refused.headers.get('retry-after'));
    assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
    assert.match((refused.json as { detail: string }).detail, /5 requests in a minute/);

    for (let times = 0; times < 5; times += 1) assert.equal((await ask(key)).status, 200);
    assert.equal((await ask(key)).status, 429);
    assert.equal((await ask(another)).status, 200);
    // What a key may not do counts, too.
    for (const path of ['/', '/health', '/openapi.json', '/docs'])
      for (let times = 0; times < 7; times += 1)
        assert.equal((await api.request('GET', path)).status, 200, path);
  });

  it('is none when it is 0', async (t) => {
    const api = await start(t, { limits: { requestsPerMinute: 0 } });
    for (let times = 0; times < 20; times += 1)
      assert.equal((await api.request('GET', '/v1/rag/status/1')).status, 200);
  });
});

describe('limit of wrong keys', () => {
  it('refuses them by address, and never a right key', async (t) => {
    const api = await start(t, { limits: { wrongKeysPerMinute: 3 } });
    const ask = (headers: Record<string, string>) =>
      api.request('GET', '/v1/rag/status/1', { headers, anonymous: true });
    for (let times = 0; times < 3; times += 1)
      assert.equal((await ask({ 'x-api-key': 'wrong' })).status, 403);
    const refused = await ask({ authorization: 'Bearer wrong' });
    assert.deepEqual([refused.status, codeOf(refused)], [429, 'rate_limited']);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal((await ask({ 'x-api-key': KEY })).status, 200);
    // A forged address changes nothing.
    assert.equal((await ask({ 'x-api-key': 'wrong', 'x-forwarded-for': '192.0.2.7' })).status, 429);
    // Whoever shows none guesses nothing.
    assert.equal((await ask({})).status, 403);
  });

  it('counts the addresses of one network of IPv6 as one', () => {
    for (const [address, network] of [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
      ['2001:db8::6', '2001:db8:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
      [undefined, 'unknown'],
    ] as const)
      assert.equal(networkOf(address), network);
  });
});

describe('time that a request may take', () => {
  it('ends what has no answer, with a code of its own, and says so to what works on it', async (t) => {
    let aborted: unknown;
    const api = await start(t, {
      // Enough for what comes before the search, also on a busy machine.
      limits: { requestTimeoutMs: 3_000 },
      overrides: {
        search: {
          search: (_request, { signal } = {}) =>
            new Promise((_resolve, reject) => {
              signal?.addEventListener('abort', () => {
                aborted = signal.reason;
                reject(new Error('the late end of it'));
              });
            }),
        },
      },
    });
    await api.main.pool.query(`insert into wb_cabinets (id, name) values (1, 'x')`);
    const answer = await api.request('POST', '/v1/rag/search', { body: { cabinet_id: 1, query: 'x' } });
    assert.deepEqual([answer.status, codeOf(answer)], [504, 'request_timeout']);
    assert.match((answer.json as { detail: string }).detail, /3000 ms/);
    await until('the late end is in the log', () => api.log.some((line) => line.includes('the late end')));
    assert.equal((aborted as { code?: string }).code, 'request_timeout');
    assert.ok(!api.log.some((line) => line.includes('"level":"error"')));
    assert.equal((await api.request('GET', '/v1/rag/status/1')).status, 200);
  });

  it('ends a request whose body does not come', async (t) => {
    const api = await start(t, { limits: { requestTimeoutMs: 100 } });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${api.url}/v1/rag/search`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json', 'content-length': '1000' },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.flushHeaders();
    });
    assert.equal(status, 504);
  });
});

describe('time that an answer may take once it has begun', () => {
  it('is not limited: a stream of events goes on', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const encoder = new TextEncoder();
    let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
    let signal: AbortSignal | undefined;
    const app = new Hono<HttpEnv>().use(requestTimeout(1_000)).get('/', (context) => {
      signal = context.get('signal');
      return context.body(new ReadableStream({ start: (controller) => void (stream = controller) }));
    });
    const answer = await app.request('/');
    stream?.enqueue(encoder.encode('one'));
    t.mock.timers.tick(3_600_000);
    stream?.enqueue(encoder.encode(' two'));
    stream?.close();
    assert.equal(await answer.text(), 'one two');
    assert.equal(signal?.aborted, false);
  });
});

describe('size of a body', () => {
  it('is larger only for the list of changed ids', async (t) => {
    const api = await start(t, {});
    const cabinet = await api.createCabinet();
    const body = '{}'.padEnd(MAX_BODY_BYTES + 1, ' ');
    const search = await api.request('POST', '/v1/rag/search', { body });
    assert.deepEqual([search.status, codeOf(search)], [413, 'body_too_large']);
    assert.equal((await api.request('POST', '/no/such/route', { body })).status, 413);
    assert.equal((await api.request('POST', `/v1/rag/index/${cabinet}`, { body })).status, 202);
    const huge = '{}'.padEnd(10 * 1024 * 1024 + 1, ' ');
    assert.equal((await api.request('POST', `/v1/rag/index/${cabinet}`, { body: huge })).status, 413);
  });
});

describe('scripts of other sites', () => {
  const SHOP = 'https://shop.example';
  const preflight = (api: TestApi, origin: string) =>
    api.request('OPTIONS', '/v1/rag/search', {
      anonymous: true,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key, content-type',
      },
    });
  const corsHeadersOf = ({ headers }: { headers: Headers }) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  describe('that are named', () => {
    let api: TestApi;
    before(async () => {
      api = await startTestApi({ limits: { corsOrigins: [SHOP, 'http://localhost:3000'] } });
    });
    after(() => api.stop());

    it('may use the API, and read refusals too', async () => {
      for (const origin of [SHOP, 'http://localhost:3000']) {
        const asked = await preflight(api, origin);
        assert.equal(asked.status, 204);
        assert.equal(asked.headers.get('access-control-allow-origin'), origin);
        assert.match(asked.headers.get('access-control-allow-headers') ?? '', /X-API-KEY/);
        assert.match(asked.headers.get('access-control-allow-methods') ?? '', /POST/);
        for (const [anonymous, status] of [
          [false, 200],
          [true, 403],
        ] as const) {
          const answer = await api.request('GET', '/v1/rag/status/1', { anonymous, headers: { origin } });
          assert.equal(answer.status, status);
          assert.equal(answer.headers.get('access-control-allow-origin'), origin);
          assert.match(answer.headers.get('vary') ?? '', /origin/i);
          assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Retry-After/);
          assert.equal(answer.headers.get('access-control-allow-credentials'), null);
        }
      }
    });

    it('are the only ones', async () => {
      for (const origin of ['https://elsewhere.example', `${SHOP}.evil.example`, 'null']) {
        assert.equal((await preflight(api, origin)).headers.get('access-control-allow-origin'), null);
        const answer = await api.request('GET', '/', { headers: { origin } });
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      }
    });
  });

  it('may not use it unless they are named: no header of CORS is in any answer', async (t) => {
    const api = await start(t, {});
    assert.deepEqual(corsHeadersOf(await preflight(api, SHOP)), []);
    assert.deepEqual(corsHeadersOf(await api.request('GET', '/', { headers: { origin: SHOP } })), []);
  });

  it('may all use it when * is named', async (t) => {
    const api = await start(t, { limits: { corsOrigins: ['*'] } });
    assert.equal((await preflight(api, SHOP)).headers.get('access-control-allow-origin'), '*');
  });
});
