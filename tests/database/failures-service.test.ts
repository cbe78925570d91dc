import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';

interface Listed {
  failures: { id: string; parked: boolean; attempts: number }[];
  counts: Record<string, number>;
}

describe('a row whose text the provider refuses', () => {
  let database: TestDatabase;
  let provider: FakeOpenAI;
  let service: TestService;
  before(async () => {
    database = await createTestDatabase();
    provider = await createFakeOpenAI();
    service = await startTestService({
      databaseUrl: database.connectionString,
      roles: ['api', 'listener', 'worker'],
      env: { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: provider.url },
    });
  });
  after(async () => {
    await service.stop();
    await provider.stop();
    await database.drop();
  });

  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${service.app.apiUrls[0]!}${path}`, {
      method,
      headers: { 'x-api-key': 'test-secret-key', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.json();
  }

  it('is left alone after some attempts, until somebody has it tried again', async () => {
    provider.rejectInputs((input) => input.includes('ЯД'));
    const cabinet = await insertCabinet(database.pool);
    const row = await insertRow(database.pool, 'reviews', cabinet, { text: 'ЯД' });
    const id = `row:${cabinet}/wb_reviews/${row}`;
    const listed = async () => (await ask('GET', `/v1/rag/failures?cabinet_id=${cabinet}`)) as Listed;
    const state = async () =>
      (await listed()).failures.map((failure) => [failure.id, failure.attempts, failure.parked]);
    const compare = async () => {
      await ask('POST', `/v1/rag/index/${cabinet}`);
      await service.untilQuiet();
    };
    await service.untilQuiet();
    assert.deepEqual(await state(), [[id, 1, false]]);
    await compare();
    await compare();
    assert.deepEqual(await state(), [[id, 3, true]]);

    const requests = provider.requests.length;
    await compare();
    assert.equal(provider.requests.length, requests, 'it is not paid for again and again');

    await ask('POST', '/v1/rag/failures/retry', { id });
    await service.untilQuiet();
    assert.deepEqual(await state(), [[id, 1, false]], 'it was refused once more');

    provider.rejectInputs(undefined);
    await ask('POST', '/v1/rag/failures/retry', { all: true });
    await service.untilQuiet();
    assert.deepEqual(await listed(), {
      failures: [],
      counts: { rebuild: 0, job: 0, row: 0 },
      next_after: null,
    });
    const { rowCount } = await database.pool.query('select from rag_metadata where cabinet_id = $1', [
      cabinet,
    ]);
    assert.equal(rowCount, 1, 'and it is indexed');
  });
});
