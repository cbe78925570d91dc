import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readOutboxLag } from '../../src/changes/queries.ts';
import { createOpenAIEmbedder } from '../../src/embedding/openai-embedder.ts';
import { emptyDatabase, insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { assertIndexFollowsData } from '../helpers/oracle.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

const MODEL = 'text-embedding-3-small';

let database: TestDatabase;
let provider: FakeOpenAI;
let service: TestService | undefined;
let cabinetId: number;

before(async () => {
  database = await createTestDatabase();
  provider = await createFakeOpenAI();
});
after(async () => {
  await provider.stop();
  await database.drop();
});
beforeEach(async () => {
  await emptyDatabase(database.pool);
  await database.pool.query(
    'truncate rag_metadata, rag_embeddings, rag_index_status, rag_index_runs, rag_index_failures',
  );
  cabinetId = await insertCabinet(database.pool);
});
afterEach(async () => {
  provider.respondAlways(undefined);
  provider.rejectInputs(undefined);
  await service?.stop();
  service = undefined;
  await database.pool.query(`delete from pgboss.job where name like 'rag-%'`);
});

async function startService(
  env: Record<string, string> = {},
  onLog: (line: Record<string, unknown>) => void = () => undefined,
): Promise<TestService> {
  service = await startTestService({
    onLog,
    databaseUrl: database.connectionString,
    env,
    embedder: createOpenAIEmbedder({
      ...{ apiKey: 'test-key', baseUrl: provider.url, model: MODEL },
      ...{ batchSize: 100, concurrency: 4, requestTimeoutMs: 20_000 },
      retryPolicy: { maxAttempts: 1, firstOutageMs: 1, maxOutageMs: 1 },
    }),
  });
  return service;
}

const assertRight = () =>
  assertIndexFollowsData(database.pool, database.pool, {
    windowDays: 90,
    model: MODEL,
    embed: (texts) => texts.map((text) => provider.vectorOf(text)),
  });

async function chunkTexts(ofCabinet = cabinetId): Promise<string[]> {
  const { rows } = await database.pool.query<{ text: string }>(
    'select chunk_text as text from rag_metadata where cabinet_id = $1',
    [ofCabinet],
  );
  return rows.map((row) => row.text);
}

async function leftOf(ofCabinet: number): Promise<Record<string, number>> {
  const left: Record<string, number> = {};
  for (const table of ['metadata', 'embeddings', 'index_status', 'index_runs', 'index_failures']) {
    const { rows } = await database.pool.query<{ size: number }>(
      `select count(*)::int as size from rag_${table} where cabinet_id = $1`,
      [ofCabinet],
    );
    if (rows[0]!.size > 0) left[table] = rows[0]!.size;
  }
  return left;
}

async function insertOfEach(nm_id: number): Promise<void> {
  await insertRow(database.pool, 'products', cabinetId, { nm_id, name: 'Прежнее имя' });
  await insertRow(database.pool, 'orders', cabinetId, { nm_id, name: 'своё имя' });
  await insertRow(database.pool, 'stocks', cabinetId, { nm_id, quantity: 2 });
  await insertRow(database.pool, 'reviews', cabinetId, { nm_id, text: 'отзыв' });
  await insertRow(database.pool, 'sales', cabinetId, { nm_id });
}

describe('the index, kept by listener and worker', () => {
  it('has a renamed product under its new name in orders, stocks, reviews and sales', async () => {
    const running = await startService();
    await insertOfEach(4711);
    await running.untilQuiet();
    assert.equal((await chunkTexts()).filter((text) => text.includes('Прежнее имя')).length, 5);
    await database.pool.query(`update wb_products set name = 'Новое имя' where cabinet_id = $1`, [cabinetId]);
    await running.untilQuiet();
    assert.equal((await chunkTexts()).filter((text) => text.includes('Новое имя')).length, 5);
    await assertRight();
    await database.pool.query('delete from wb_products where cabinet_id = $1', [cabinetId]);
    await running.untilQuiet();
    assert.equal(
      (await chunkTexts()).filter((text) => /имя/.test(text)).length,
      1,
      'the order has a name of its own',
    );
    await assertRight();
  });

  it('keeps nothing of a deleted cabinet: no chunk, status, run or failure', async () => {
    const running = await startService();
    provider.rejectInputs((input) => input.includes('ЯД'));
    await insertOfEach(1);
    await insertRow(database.pool, 'reviews', cabinetId, { text: 'ЯД' });
    await running.untilQuiet();
    assert.equal((await leftOf(cabinetId))['index_failures'], 1);
    await database.pool.query('delete from wb_cabinets where id = $1', [cabinetId]);
    await running.untilQuiet();
    assert.deepEqual(await leftOf(cabinetId), {});
  });

  it('loses the chunks of a cabinet that is switched off, and has them back when it is on again', async () => {
    const running = await startService();
    const other = await insertCabinet(database.pool);
    await insertRow(database.pool, 'sales', other);
    await insertOfEach(2);
    await running.untilQuiet();
    await database.pool.query('update wb_cabinets set is_active = false where id = $1', [cabinetId]);
    await running.untilQuiet();
    assert.equal((await chunkTexts()).length, 0);
    await insertRow(database.pool, 'sales', cabinetId);
    await running.untilQuiet();
    assert.equal((await chunkTexts()).length, 0);
    await database.pool.query('update wb_cabinets set is_active = true where id = $1', [cabinetId]);
    await running.untilQuiet();
    assert.equal((await chunkTexts()).length, 6);
    assert.equal((await chunkTexts(other)).length, 1);
    await assertRight();
  });

  it('waits in the outbox while RAG_ENABLED is false, and catches up when it is true again', async () => {
    const off = await startService({ RAG_ENABLED: 'false' });
    await insertOfEach(3);
    assert.equal((await readOutboxLag(database.pool)).changes > 0, true);
    await off.stop();
    assert.equal((await readOutboxLag(database.pool)).changes > 0, true);
    assert.equal((await chunkTexts()).length, 0);
    const running = await startService({ RAG_ENABLED: 'true' });
    await running.untilQuiet();
    assert.equal((await chunkTexts()).length, 5);
    await assertRight();
  });

  it('waits out an outage of the provider without burning an attempt, and says so in the status', async () => {
    const running = await startService();
    const { events, app } = running;
    provider.respondAlways({ kind: 'status', status: 503 });
    const ended = once(events, 'runEnded');
    await insertRow(database.pool, 'reviews', cabinetId, { text: 'дождётся' });
    await ended;
    await until('the status says so', async () => {
      const { rows } = await database.pool.query<{ status: string; error: string | null }>(
        'select indexing_status as status, last_error as error from rag_index_status where cabinet_id = $1',
        [cabinetId],
      );
      return rows[0]?.status === 'pending' && rows[0].error !== null;
    });
    // More often than a failing job is tried before it is given up.
    for (let i = 0; i < 7; i += 1) await once(events, 'runEnded');
    provider.respondAlways(undefined);
    await running.untilQuiet();
    assert.deepEqual((await chunkTexts()).length, 1);
    const { rows } = await database.pool.query<{ retries: number; dead: number }>(
      `select coalesce(max(retry_count), 0)::int as retries,
         (count(*) filter (where name = 'rag-index-dead'))::int as dead from pgboss.job`,
    );
    assert.deepEqual(rows, [{ retries: 0, dead: 0 }]);
    const parts = app.health();
    assert.equal(parts.status, 'up', JSON.stringify(parts));
    await assertRight();
  });

  it('does not mind a job that nobody can read, and says that there is one', async () => {
    const errors: string[] = [];
    const running = await startService({}, (line) => {
      if (line['level'] === 'error') errors.push(String(line['msg']));
    });
    await running.app.jobs.boss.insert('rag-index', [{ data: { cabinet_id: 'not a number' } }]);
    await insertRow(database.pool, 'reviews', cabinetId, { text: 'порядок' });
    await running.untilQuiet();
    assert.equal((await chunkTexts()).length, 1);
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^A job of rag-index cannot be read/);
  });
});
