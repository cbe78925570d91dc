import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { SessionClient } from '../../src/database/session-client.ts';
import { createDashboard } from '../../src/http/admin/dashboard.ts';
import { MAX_BODY_BYTES } from '../../src/http/middleware/request-body.ts';
import { silentLog } from '../../src/log.ts';
import { startEndingServer } from '../helpers/ending-server.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';
import { startTestApi } from './harness.ts';

const KEY = 'test-secret-key';
const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const OPERATOR = { authorization: basic('operator', KEY) };
const PAGES = [
  '/admin/queues',
  '/admin/queues/queues',
  '/admin/queues/queues/rag-index',
  '/admin/queues/jobs',
  '/admin/queues/schedules',
  '/admin/queues/warnings',
  '/admin/queues/migrations',
  '/admin/queues/send',
];

describe('the queue dashboard', () => {
  let database: TestDatabase;
  let service: TestService;
  let url: string;
  before(async () => {
    database = await createTestDatabase();
    service = await startTestService({ databaseUrl: database.connectionString, roles: ['api'] });
    url = service.app.apiUrls[0]!;
  });
  after(async () => {
    await service.stop();
    await database.drop();
  });

  const get = (path: string, headers: Record<string, string> = OPERATOR) =>
    fetch(url + path, { headers, redirect: 'manual' });
  const post = (path: string, form: Record<string, string>, headers: Record<string, string>) =>
    fetch(url + path, {
      method: 'POST',
      headers: { ...OPERATOR, ...headers },
      body: new URLSearchParams(form),
      redirect: 'manual',
    });

  const EVERYWHERE = ['/admin', '/admin/', '/admin/queues', '/admin/queues.data', '/admin/other'];
  const REFUSED: [what: string, headers: Record<string, string>][] = [
    ['nothing', {}],
    ['a wrong password', { authorization: basic('operator', `${KEY}x`) }],
    ['no password', { authorization: basic('operator', '') }],
    ['the key as name', { authorization: basic(KEY, '') }],
    ['credentials without a colon', { authorization: `Basic ${Buffer.from(KEY).toString('base64')}` }],
    ['credentials that are no base64', { authorization: 'Basic %%%' }],
    ['another scheme', { authorization: `Digest ${KEY}` }],
    ['a wrong X-API-KEY', { 'x-api-key': 'wrong' }],
    ['a right password beside a wrong X-API-KEY', { ...OPERATOR, 'x-api-key': 'wrong' }],
    ['a right X-API-KEY beside a wrong password', { authorization: basic('a', 'b'), 'x-api-key': KEY }],
  ];
  for (const [what, headers] of REFUSED) {
    it(`asks for the password when shown ${what}, whatever the path and the method`, async () => {
      // Wrong ones are counted, and sixty a minute are heard, so only one of all is tried everywhere.
      const isCounted = Object.keys(headers).length > 0;
      for (const path of isCounted ? ['/admin/queues'] : EVERYWHERE) {
        for (const method of ['GET', 'POST']) {
          const answer = await fetch(url + path, { method, headers, redirect: 'manual' });
          assert.equal(answer.status, 401, `${method} ${path}`);
          assert.match(answer.headers.get('www-authenticate')!, /^Basic realm="wb-assist"/);
          const { code, detail } = (await answer.json()) as { code: string; detail: string };
          assert.equal(code, 'unauthorized');
          assert.ok(!detail.includes(KEY));
        }
      }
    });
  }

  it('hears no more than sixty wrong passwords a minute, and the right one all the same', async (t) => {
    const other = await startTestService({ databaseUrl: database.connectionString, roles: ['api'] });
    t.after(() => other.stop());
    const ask = (headers: Record<string, string>) =>
      fetch(`${other.app.apiUrls[0]!}/admin/queues`, { headers, redirect: 'manual' });
    const statuses = [];
    for (let tried = 0; tried < 61; tried++)
      statuses.push((await ask({ authorization: basic('operator', `guess ${tried}`) })).status);
    assert.deepEqual(new Set(statuses.slice(0, -1)), new Set([401]));
    assert.equal(statuses.at(-1), 429);
    assert.equal((await ask(OPERATOR)).status, 200);
  });

  const ACCEPTED: [what: string, headers: Record<string, string>][] = [
    ['any name and the key as password', { authorization: basic('любой', KEY) }],
    ['no name and the key as password', { authorization: basic('', KEY) }],
    ['the key as X-API-KEY', { 'x-api-key': KEY }],
    ['the key as bearer', { authorization: `Bearer ${KEY}` }],
  ];
  for (const [what, headers] of ACCEPTED) {
    it(`opens for ${what}`, async () => {
      assert.equal((await get('/admin/queues', headers)).status, 200);
    });
  }

  it('asks for no password anywhere else', async () => {
    for (const path of ['/v1/rag/status/1', '/api/v1/cabinets', '/nothing', '/administration']) {
      const answer = await fetch(url + path);
      assert.equal(answer.status, 403, path);
      assert.equal(answer.headers.get('www-authenticate'), null);
    }
  });

  it('is where /admin leads', async () => {
    const answer = await get('/admin');
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/admin/queues']);
  });

  for (const path of PAGES) {
    it(`shows ${path}, from this program alone, in no frame, kept nowhere, with no secret`, async () => {
      for (const address of [path, `${path}.data`]) {
        const answer = await get(address);
        const text = await answer.text();
        assert.equal(answer.status, 200, address);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.ok(!/fonts\.(googleapis|gstatic)/.test(text), 'fonts of another site');
        assert.ok(!text.includes(KEY) && !text.includes(new URL(database.connectionString).host));
        assert.ok(!/postgres(ql)?:\/\//.test(text), 'a connection string');
        if (address !== path) continue;
        const policy = answer.headers.get('content-security-policy')!;
        assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
        assert.match(policy, /script-src 'self' 'sha256-/);
        assert.ok(!/script-src[^;]*unsafe/.test(policy));
      }
    });
  }

  it('shows a job with what it carries', async () => {
    const id = await service.app.jobs.boss.send('rag-index-dead', {}, { startAfter: 1000 });
    const answer = await get(`/admin/queues/queues/rag-index-dead/jobs/${id}`);
    assert.equal(answer.status, 200);
    assert.ok((await answer.text()).includes(id!));
  });

  it('does what a form of its own page says, and nothing for a page of another site', async () => {
    const id = await service.app.jobs.boss.send('rag-index-dead', {}, { startAfter: 1000 });
    const path = `/admin/queues/queues/rag-index-dead/jobs/${id}.data`;
    const cancel = (headers: Record<string, string>) => post(path, { intent: 'cancel' }, headers);
    const stateOf = async () =>
      (await service.app.jobs.boss.findJobs('rag-index-dead', { id: id! }))[0]!.state;
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'https://evil.example' },
      { origin: 'https://evil.example' },
      {},
    ] as Record<string, string>[]) {
      const answer = await cancel(headers);
      assert.equal(answer.status, 403);
      assert.equal(((await answer.json()) as { code: string }).code, 'cross_site_request');
    }
    assert.equal(await stateOf(), 'created');
    const answer = await cancel({ 'sec-fetch-site': 'same-origin', origin: url });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /Job cancelled/);
    assert.equal(await stateOf(), 'cancelled');
  });

  it('takes a form as the browser sent it, with text in any script', async () => {
    const data = JSON.stringify({ 'ключ & =+%': '  «значение»\u{1f600} ' });
    const form = { queueName: 'rag-index-dead', data, startAfter: '2999-01-01' };
    const answer = await post('/admin/queues/send', form, { origin: url });
    assert.equal(answer.status, 302);
    const jobs = await service.app.jobs.boss.findJobs('rag-index-dead', { queued: true });
    assert.ok(jobs.some((job) => JSON.stringify(job.data) === data));
  });

  it('refuses a body that is too large before it is sent', async () => {
    const request = httpRequest(`${url}/admin/queues/send`, {
      method: 'POST',
      agent: false,
      headers: { ...OPERATOR, origin: url, 'content-length': MAX_BODY_BYTES + 1 },
    });
    request.flushHeaders();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 413);
    request.destroy();
  });

  const ODD_IDS = ['1', 'constructor', '%00', '%ff', '%', "'", 'x'.repeat(3_000), '%F0%9F%98%80', ' ', '..'];
  const ODD_NUMBERS = ['-1', '0', '1e300', '99999999999999999999', 'NaN', 'x', '%00'];
  const ODD_ADDRESSES = [
    ...ODD_IDS.flatMap((id) => [`/queues/rag-index/jobs/${id}`, `/queues/${id}`, `/jobs/${id}`, `/${id}`]),
    ...ODD_IDS.map((id) => `/queues/${id}/jobs/${randomUUID()}`),
    ...ODD_NUMBERS.flatMap((page) => [
      `/queues/rag-index?page=${page}`,
      `/jobs?page=${page}`,
      `/queues?page=${page}`,
    ]),
    ...ODD_IDS.flatMap((word) => [
      ...['state', 'id', 'queue', 'name', 'search', 'q', 'db', 'minRetries', 'data', 'output'].map(
        (parameter) => `/jobs?${parameter}=${word}`,
      ),
      `/queues/rag-index?state=${word}`,
      `/queues?state=${word}&filter=${word}`,
      `/schedules?search=${word}`,
      `/schedules/${word}`,
      `/schedules/${word}/${word}`,
      `/warnings?type=${word}`,
    ]),
  ];
  it('takes what is no id, no number and no text for what it is: never an error of its own', async () => {
    const broken: string[] = [];
    for (const address of ODD_ADDRESSES) {
      const [path, query] = address.split('?') as [string, string | undefined];
      for (const suffix of ['', '.data']) {
        const answer = await get(`/admin/queues${path}${suffix}${query === undefined ? '' : `?${query}`}`);
        await answer.arrayBuffer();
        if (answer.status >= 500) broken.push(`${answer.status} ${address.slice(0, 100)}${suffix}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('answers 404 for the page of a job whose id is none', async () => {
    for (const id of ['1', 'constructor', 'x'.repeat(3_000), randomUUID()])
      assert.equal((await get(`/admin/queues/queues/rag-index/jobs/${id}`)).status, 404, id);
  });

  it('does nothing for a form about a job whose id is none, and says so', async () => {
    const own = { 'sec-fetch-site': 'same-origin', origin: url };
    const broken: string[] = [];
    for (const id of ['1', 'constructor', 'a\0b', '\ud800', "'", 'x'.repeat(3_000)]) {
      for (const intent of ['retry', 'cancel', 'resume', 'delete', 'constructor']) {
        for (const [path, form] of [
          [`/queues/rag-index/jobs/${encodeURIComponent(id.toWellFormed())}.data`, { intent }],
          ['/queues/rag-index.data', { intent, jobId: id }],
          ['/jobs.data', { intent, jobId: id, queueName: id }],
          ['/schedules.data', { intent, name: id, key: id }],
        ] as const) {
          const answer = await post(`/admin/queues${path}`, form, own);
          await answer.arrayBuffer();
          if (answer.status >= 500)
            broken.push(`${answer.status} ${path.slice(0, 80)} ${JSON.stringify(form).slice(0, 80)}`);
        }
      }
    }
    assert.deepEqual(broken, []);
  });

  it('does not mistake odd paths for its own', async () => {
    for (const path of ['/admin/queues/..%2f..%2fpackage.json', '/admin/queues/assets/..%2f..%2fserver.js']) {
      assert.equal((await get(path)).status, 404, path);
    }
    assert.equal((await get(`/admin/queues/queues/rag-index/jobs/${randomUUID()}`)).status, 404);
  });
});

describe('the queue dashboard that is switched off', () => {
  it('is not there', async () => {
    const database = await createTestDatabase();
    const service = await startTestService({
      databaseUrl: database.connectionString,
      roles: ['api'],
      env: { DASHBOARD_ENABLED: 'false' },
    });
    try {
      const answer = await fetch(`${service.app.apiUrls[0]!}/admin/queues`, {
        headers: { 'x-api-key': KEY },
      });
      assert.equal(answer.status, 404);
      assert.equal(((await answer.json()) as { code: string }).code, 'route_not_found');
    } finally {
      await service.stop();
      await database.drop();
    }
  });
});

describe('the queue dashboard while the database is away', () => {
  it('answers with the reason', async () => {
    const connectionString = 'postgres://user:hunter2@127.0.0.1:1/nowhere';
    const pages = createDashboard({ connectionString, log: silentLog() });
    const api = await startTestApi({
      connectionString,
      overrides: { dashboard: { pages, ruleOf: () => Promise.resolve({}) } },
    });
    try {
      const { status, text, json } = await api.request('GET', '/admin/queues');
      assert.equal(status, 503);
      assert.equal((json as { code: string }).code, 'database_unreachable');
      assert.ok(!text.includes('hunter2'));
    } finally {
      await pages.stop(1_000);
      await api.stop();
    }
  });
});

describe('the queue dashboard while the server ends each connection as it accepts it', () => {
  it('fails the page and the form, not the process; its connections hear as those of all pools do', async (t) => {
    const connecting = t.mock.method(pg.Client.prototype, 'connect');
    const { connectionString, ended } = await startEndingServer(t);
    const dashboard = createDashboard({ connectionString, log: silentLog() });
    t.after(() => dashboard.stop(1_000));
    const page = await dashboard.handle(new Request('http://localhost/admin/queues/queues'));
    assert.equal(page.status, 500);
    const afterPage = ended();
    assert.ok(afterPage > 0, 'the page asked the server');
    const form = await dashboard.handle(
      new Request('http://localhost/admin/queues/send', {
        method: 'POST',
        headers: { origin: 'http://localhost' },
        body: new URLSearchParams({ queueName: 'rag-index-dead', data: '{}' }),
      }),
    );
    assert.ok(form.status >= 400, String(form.status));
    assert.ok(ended() > afterPage, 'the form asked the server');
    const clients = connecting.mock.calls.map((call) => call.this);
    assert.ok(clients.every((client) => client instanceof SessionClient));
    assert.ok(clients.length >= ended());
  });
});

describe('the queue dashboard that nobody looks at', () => {
  it('holds no connection, opens again for the next one, and is closed for good by a stop', async (t) => {
    const database = await createTestDatabase();
    const service = await startTestService({ databaseUrl: database.connectionString, roles: ['api'] });
    const dashboard = createDashboard({
      connectionString: database.connectionString,
      idleMs: 1,
      log: silentLog(),
    });
    try {
      const page = () => dashboard.handle(new Request('http://localhost/admin/queues/queues'));
      for (const round of [1, 2]) {
        assert.equal((await page()).status, 200, `round ${round}`);
        await until('it is closed', () => dashboard.health()['open'] === false);
      }
      if (!database.embedded) {
        await until('its connections are gone', async () => {
          const { rowCount } = await database.pool.query(
            `select from pg_stat_activity where application_name = 'wb-assist dashboard' and datname = current_database()`,
          );
          return rowCount === 0;
        });
      } else t.diagnostic('connections are not counted: the embedded server does not list them');
      const several = await Promise.all([page(), page(), page()]);
      assert.deepEqual(
        several.map(({ status }) => status),
        [200, 200, 200],
      );
      await dashboard.stop(1_000);
      await dashboard.stop(1_000);
      await assert.rejects(page(), /being stopped/);
    } finally {
      await dashboard.stop(1_000);
      await service.stop();
      await database.drop();
    }
  });
});
