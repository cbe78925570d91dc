import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createDatabase } from '../../src/database/pool.ts';
import { isAppError } from '../../src/errors.ts';
import { createEvents, type AppEvents } from '../../src/events.ts';
import { checkMetricsAccess, createMetricsApp } from '../../src/http/metrics-app.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { KEY, startTestApi, type TestApi } from './harness.ts';

type Told = AppEvents['httpRequestEnded'][0];

describe('/metrics of the HTTP API', () => {
  let api: TestApi;
  const events = createEvents();
  const told: Told[] = [];
  const text = '# HELP x X.\n# TYPE x gauge\nx 1\n';
  const contentType = 'text/plain; version=0.0.4; charset=utf-8';

  before(async () => {
    events.on('httpRequestEnded', (event) => void told.push(event));
    api = await startTestApi({
      overrides: { events, metrics: () => Promise.resolve({ contentType, text }) },
    });
  });
  after(() => api.stop());

  it('is the exposition as it is, said to be one, on both ports', async () => {
    for (const url of [api.url, api.ragUrl]) {
      const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), contentType);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(await response.text(), text);
    }
  });

  it('is refused without the operator’s key', async () => {
    const answer = await api.request('GET', '/metrics', { anonymous: true });
    assert.equal(answer.status, 403);
    assert.ok(!answer.text.includes('x 1'));
  });

  const REQUESTS: [
    method: string,
    path: string,
    status: number,
    route: string | undefined,
    body?: unknown,
  ][] = [
    ['GET', '/v1/rag/status/123456?token=hush', 200, '/v1/rag/status/{cabinet_id}'],
    ['GET', '/api/v1/cabinets/77', 404, '/api/v1/cabinets/{cabinet_id}'],
    ['GET', '/v1/rag/status/many', 422, '/v1/rag/status/{cabinet_id}'],
    ['PUT', '/api/v1/cabinets/77', 405, '/api/v1/cabinets/{cabinet_id}'],
    ['POST', '/v1/rag/search', 400, '/v1/rag/search', '{'],
    ['GET', '/no/such/79927398713', 404, undefined],
    ['GET', '/metrics', 200, '/metrics'],
    ['HEAD', '/metrics', 200, '/metrics'],
    ['GET', '/', 200, '/'],
  ];
  for (const [method, path, status, route, body] of REQUESTS) {
    it(`has ${method} ${path} told as ${route ?? 'a request of no route'} with ${status}`, async () => {
      told.length = 0;
      assert.equal((await api.request(method, path, { body })).status, status);
      assert.deepEqual(
        told.map((event) => [event.method, event.route, event.status]),
        [[method, route, status]],
      );
      assert.ok(told[0]!.durationMs >= 0);
    });
  }

  it('has refused requests told, too, and methods that nobody knows under one name', async () => {
    told.length = 0;
    await api.request('GET', '/v1/rag/status/1', { anonymous: true });
    await api.request('PROPFIND', '/v1/rag/status/1');
    assert.deepEqual(
      told.map(({ method, route, status }) => [method, route, status]),
      [
        ['GET', '/v1/rag/status/{cabinet_id}', 403],
        ['other', '/v1/rag/status/{cabinet_id}', 405],
      ],
    );
  });
});

describe('/metrics of a process without the API', () => {
  const start = async (apiSecretKey: string | undefined) => {
    const database = await createTestDatabase();
    const main = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString: database.connectionString, maxConnections: 2 },
      ...{ applicationName: 'metrics test', log: silentLog() },
    });
    const edge = { status: 'up' as 'up' | 'down' };
    const app = createMetricsApp({
      isAllowedHost: () => true,
      ...{ main, vector: main, log: silentLog(), events: createEvents(), ragEnabled: true, apiSecretKey },
      health: () => ({ status: edge.status, listener: { status: edge.status } }),
      metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'x 1\n' }),
    });
    const server = createHttpServer({ app, host: '127.0.0.1', ports: [0], log: silentLog() });
    await server.start();
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(server.urls[0]! + path, { headers });
      return { status: response.status, text: await response.text() };
    };
    return {
      ...{ edge, get, urls: server.urls },
      async stop() {
        await server.stop(1_000);
        await main.close();
        await database.drop();
      },
    };
  };

  it('is there with the key, with /health beside it for everybody, and nothing else', async () => {
    const process = await start(KEY);
    try {
      assert.equal(process.urls.length, 1);
      assert.equal((await process.get('/metrics')).status, 403);
      assert.equal((await process.get('/metrics', { 'x-api-key': 'wrong' })).status, 403);
      assert.deepEqual(await process.get('/metrics', { 'x-api-key': KEY }), { status: 200, text: 'x 1\n' });
      assert.equal((await process.get('/metrics', { authorization: `Bearer ${KEY}` })).status, 200);
      assert.equal((await process.get('/health')).status, 200);
      process.edge.status = 'down';
      const health = await process.get('/health');
      assert.equal(health.status, 503);
      assert.match(health.text, /"listener":\{"status":"down"\}/);
      assert.equal((await process.get('/api/v1/cabinets', { 'x-api-key': KEY })).status, 404);
    } finally {
      await process.stop();
    }
  });

  it('needs no key where there is none', async () => {
    const process = await start(undefined);
    try {
      assert.equal((await process.get('/metrics')).status, 200);
    } finally {
      await process.stop();
    }
  });

  it('is open without a key to this machine only', () => {
    const check = (HTTP_HOST: string, API_SECRET_KEY: string | undefined) => {
      checkMetricsAccess({ HTTP_HOST, API_SECRET_KEY, NODE_ENV: undefined });
    };
    for (const host of ['127.0.0.1', '127.0.0.53', 'localhost', '::1']) check(host, undefined);
    for (const host of ['0.0.0.0', '::', '', '10.0.0.5', 'metrics.example', '127.0.0.1.example']) {
      check(host, randomBytes(32).toString('hex'));
      assert.throws(
        () => {
          check(host, KEY);
        },
        (error) => isAppError(error, 'config_invalid') && error.message.includes('API_SECRET_KEY is one'),
        host,
      );
      assert.throws(
        () => {
          check(host, undefined);
        },
        (error) => isAppError(error, 'config_invalid') && /METRICS_PORT.*API_SECRET_KEY/.test(error.message),
        host,
      );
    }
  });
});
