import assert from 'node:assert/strict';
import { it } from 'node:test';
import { API_SECRET_KEY, startServiceProcess } from '../helpers/service-process.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';

/** Only there when the dashboard has been loaded into this process; so this test has a file, and a process, of its own. */
const isLoaded = () => Symbol.for('pgboss.dashboard.closeAllPools') in globalThis;

it('the queue dashboard is not loaded before somebody who may see it asks for it', async () => {
  const database = await createTestDatabase();
  const service = await startTestService({ databaseUrl: database.connectionString, roles: ['api'] });
  try {
    const ask = async (path: string, headers: Record<string, string> = { 'x-api-key': 'test-secret-key' }) =>
      (await fetch(service.app.apiUrls[0]! + path, { headers })).status;
    assert.equal(await ask('/health'), 200);
    assert.equal(await ask('/v1/rag/status/1'), 200);
    assert.equal(await ask('/admin/queues', {}), 401);
    assert.equal(isLoaded(), false);
    assert.equal(await ask('/admin/queues'), 200);
    assert.equal(isLoaded(), true);
  } finally {
    await service.stop();
    await database.drop();
  }
});

it('a process whose queue dashboard is open stops as any other', async () => {
  const service = await startServiceProcess({ env: {} });
  const { apiUrls } = await service.ready;
  const [url] = Object.values(apiUrls);
  const answer = await fetch(`${url}/admin/queues/queues`, { headers: { 'x-api-key': API_SECRET_KEY } });
  assert.equal(answer.status, 200);
  await answer.text();
  assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null }, service.output());
  assert.equal(service.lines().at(-1)!['msg'], 'Stopped');
});
