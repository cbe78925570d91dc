import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';
import { startTestApi, type TestApi } from './harness.ts';

interface HealthAnswer {
  status: string;
  version: string;
  databases: Record<'main' | 'vector', { status: string; reason?: string }>;
  outbox: { waiting: number | null };
  services: Record<string, unknown>;
}

describe('health over HTTP', () => {
  let api: TestApi;
  before(async () => (api = await startTestApi()));
  after(() => api.stop());

  const health = async (path = '/health') => {
    const { status, json, text } = await api.request('GET', path, { anonymous: true });
    return { status, text, ...{ json: json as HealthAnswer } };
  };

  it('says that everything is up, the same on both paths', async () => {
    api.edge.health = { status: 'up', listener: { status: 'up', connected: true } };
    for (const path of ['/health', '/v1/rag/health']) {
      const { status, json } = await health(path);
      assert.equal(status, 200);
      assert.equal(json.status, 'up');
      assert.deepEqual([json.databases.main.status, json.databases.vector.status], ['up', 'up']);
      assert.deepEqual(json.services, { listener: { status: 'up', connected: true } });
    }
  });

  it('counts the changes that wait in the outbox', async () => {
    await api.database.pool.query(
      `insert into rag_changes (cabinet_id, kind) select 1, 'cabinet' from generate_series(1, 3)`,
    );
    assert.equal((await health()).json.outbox.waiting, 3);
    await api.database.pool.query('delete from rag_changes');
    assert.equal((await health()).json.outbox.waiting, 0);
  });

  it('answers 200 while a part is degraded and 503 while one is down', async () => {
    api.edge.health = { status: 'degraded', listener: { status: 'degraded', detail: 'reconnecting' } };
    assert.deepEqual(pick(await health()), { status: 200, word: 'degraded' });
    api.edge.health = { status: 'down', listener: { status: 'down' } };
    assert.deepEqual(pick(await health()), { status: 503, word: 'down' });
  });

  it('shows no password, whatever a part says of itself', async () => {
    api.edge.health = {
      status: 'up',
      jobs: { status: 'up', detail: 'postgres://me:hunter2@db:5432/x answers' },
    };
    const { text } = await health();
    assert.ok(text.includes('answers'));
    assert.ok(!text.includes('hunter2'));
  });

  it('says on / what it is and where to go', async () => {
    const { status, json } = await api.request('GET', '/', { anonymous: true });
    assert.equal(status, 200);
    const { name, version, links } = json as { name: string; version: string; links: Record<string, string> };
    assert.equal(name, 'wb-assist');
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.equal(links['health'], '/health');
  });
});

describe('health over HTTP while the databases are not there', () => {
  const URL_OF = (port: number) => `postgres://user:hunter2@127.0.0.1:${port}/nowhere`;

  const healthWith = async (connectionString: string): Promise<{ status: number; text: string }> => {
    const api = await startTestApi({ connectionString });
    try {
      return await api.request('GET', '/health', { anonymous: true });
    } finally {
      await api.stop();
    }
  };

  it('answers 503 and says why, without hosts and passwords', async () => {
    const { status, text } = await healthWith(URL_OF(1));
    assert.equal(status, 503);
    const { databases, outbox } = JSON.parse(text) as HealthAnswer;
    assert.deepEqual(databases.main, { status: 'down', reason: 'database_unreachable' });
    assert.deepEqual(databases.vector, { status: 'down', reason: 'database_unreachable' });
    assert.deepEqual(outbox, { waiting: null });
    assert.ok(!text.includes('hunter2') && !text.includes('nowhere'));
  });

  it('answers in time although the databases accept connections and never speak', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const api = await startTestApi({ connectionString: URL_OF((silent.address() as AddressInfo).port) });
      const start = performance.now();
      // Several at once: they must not queue up behind one another.
      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => api.request('GET', '/health', { anonymous: true })),
      );
      const tookMs = performance.now() - start;
      for (const socket of sockets) socket.destroy();
      await api.stop();
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [503, 503, 503, 503],
      );
      assert.ok(tookMs < 3_000, `took ${tookMs} ms`);
      assert.ok(sockets.size <= 2, `${sockets.size} connections for one probe of each database`);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });
});

function pick({ status, json }: { status: number; json: HealthAnswer }): { status: number; word: string } {
  return { status, word: json.status };
}

describe('health over HTTP while the program is busy', () => {
  it('is answered although every connection of the pool is taken, and what needs one waits', async () => {
    const database = await createTestDatabase();
    const service = await startTestService({
      databaseUrl: database.connectionString,
      roles: ['api'],
      env: { DATABASE_POOL_SIZE: '2' },
    });
    const { main, vector, apiUrls } = service.app;
    assert.equal(main, vector);
    const ask = (path: string) => fetch(apiUrls[0]! + path, { headers: { 'x-api-key': 'test-secret-key' } });
    const taken = [await main.pool.connect(), await main.pool.connect()];
    try {
      let isAnswered = false;
      const status = ask('/v1/rag/status/1').then((answer) => {
        isAnswered = true;
        return answer.status;
      });
      await until('it waits for a connection', () => main.pool.waitingCount > 0);
      for (const path of ['/health', '/v1/rag/health']) {
        const answer = await ask(path);
        assert.equal(answer.status, 200);
        const { databases } = (await answer.json()) as HealthAnswer;
        assert.deepEqual([databases.main.status, databases.vector.status], ['up', 'up']);
      }
      assert.equal(isAnswered, false);
      for (const client of taken.splice(0)) client.release();
      assert.equal(await status, 200);
    } finally {
      for (const client of taken) client.release();
      await service.stop();
      await database.drop();
    }
  });
});
