import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { loadConfig } from '../../src/load-config.ts';
import { createDashboard } from '../../src/http/admin/dashboard.ts';
import { createEvents } from '../../src/events.ts';
import { createMetricsApp } from '../../src/http/metrics-app.ts';
import { allowedHostsOf } from '../../src/http/middleware/allowed-hosts.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { silentLog } from '../../src/log.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { KEY, startTestApi, type TestApi } from './harness.ts';

const HERE = ['127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.', 'api.localhost', '127.0.0.53', '[::1]'];
const ELSEWHERE = [
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '10.0.0.5',
  '0.0.0.0',
  '-',
  '',
];

const isAllowed = (variables: Record<string, string>) => {
  const isAllowedHost = allowedHostsOf(loadConfig(variables));
  return (host: string) => isAllowedHost(host) && isAllowedHost(`${host}:8000`);
};

/** The status of a GET that says to be for this host. */
function ask(url: string, host: string, key?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host, ...(key === undefined ? {} : { 'x-api-key': key }) };
    httpRequest(url, { headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode!, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the Host header', () => {
  it('has to name this machine where only this machine gets in', () => {
    for (const listensOn of ['127.0.0.1', 'localhost', '::1']) {
      const allowed = isAllowed({ HTTP_HOST: listensOn });
      for (const host of HERE) assert.ok(allowed(host), host);
      for (const host of ELSEWHERE) assert.ok(!allowed(host), host);
    }
  });

  it('may name what HTTP_ALLOWED_HOSTS names, or anything', () => {
    const behindProxy = isAllowed({ HTTP_ALLOWED_HOSTS: 'Shop.example, api.shop.example' });
    for (const host of [...HERE, 'shop.example', 'SHOP.EXAMPLE', 'api.shop.example'])
      assert.ok(behindProxy(host));
    for (const host of [...ELSEWHERE, 'other.shop.example']) assert.ok(!behindProxy(host));
    const anything = isAllowed({ HTTP_ALLOWED_HOSTS: '*' });
    for (const host of [...HERE, ...ELSEWHERE]) assert.ok(anything(host));
    for (const wrong of ['https://shop.example', 'shop.example:443', 'a b', ','])
      assert.throws(() => loadConfig({ HTTP_ALLOWED_HOSTS: wrong }), /HTTP_ALLOWED_HOSTS: expected names/);
  });

  it('may be anything where other machines get in, unless names are set', () => {
    const open = isAllowed({ HTTP_HOST: '0.0.0.0' });
    for (const host of [...HERE, ...ELSEWHERE]) assert.ok(open(host));
    const named = isAllowed({ HTTP_HOST: '0.0.0.0', HTTP_ALLOWED_HOSTS: 'shop.example' });
    assert.ok(named('shop.example') && named('127.0.0.1') && !named('evil.example'));
  });
});

describe('a page whose name leads to this machine', () => {
  let api: TestApi;
  before(async () => {
    const isAllowedHost = allowedHostsOf(loadConfig({}));
    const pages = createDashboard({ connectionString: 'postgres://127.0.0.1:1/none', log: silentLog() });
    api = await startTestApi({
      limits: { isAllowedHost },
      overrides: { dashboard: { pages, ruleOf: () => Promise.resolve({}) } },
    });
  });
  after(() => api.stop());

  it('gets nothing of the API and the dashboard, with a key or without', async () => {
    for (const path of [
      '/',
      '/health',
      '/docs',
      '/openapi.json',
      '/metrics',
      '/v1/rag/status/1',
      '/admin/queues',
    ]) {
      for (const key of [undefined, KEY]) {
        const { status, text } = await ask(api.url + path, 'evil.example:8000', key);
        assert.equal(status, 403, path);
        assert.equal((JSON.parse(text) as { code: string }).code, 'host_not_allowed', path);
        assert.ok(!text.includes('evil.example'));
      }
    }
    for (const host of ['localhost:8000', '127.0.0.1', '[::1]:9000'])
      assert.equal((await ask(`${api.url}/health`, host)).status, 200, host);
  });

  it('gets nothing of the metrics of a process without a key', async (t) => {
    const app = createMetricsApp({
      ...{ main: api.main, vector: api.main, log: silentLog(), events: createEvents(), ragEnabled: true },
      ...{ apiSecretKey: undefined, isAllowedHost: allowedHostsOf(loadConfig({})) },
      health: () => ({ status: 'up' }),
      metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'cost_usd 1\n' }),
    });
    const server = createHttpServer({ app, host: '127.0.0.1', ports: [0], log: silentLog() });
    await server.start();
    t.after(() => server.stop(1_000));
    for (const path of ['/metrics', '/health']) {
      assert.equal((await ask(server.urls[0]! + path, 'evil.example')).status, 403);
      assert.equal((await ask(server.urls[0]! + path, 'localhost:9464')).status, 200);
    }
  });

  it('gets nothing of the simulator', async (t) => {
    const simulator = createSimulator({ port: 0, log: silentLog() });
    await simulator.start();
    t.after(() => simulator.stop(1_000));
    for (const path of ['/_simulator', '/_simulator/requests', '/content-api/ping'])
      assert.equal((await ask(simulator.url + path, 'evil.example')).status, 403, path);
    assert.equal((await ask(`${simulator.url}/_simulator`, 'localhost:8100')).status, 200);
    assert.deepEqual(
      simulator.requests.filter(({ path }) => path !== '/_simulator'),
      [],
    );
  });
});
