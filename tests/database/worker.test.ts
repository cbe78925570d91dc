import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI } from '../helpers/fake-openai.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

interface StoredJob {
  state: string;
  failures: number | null;
  /** Seconds between its creation and the earliest start. */
  delay: number;
}

describe('work that fails by a fault of its own', () => {
  let database: TestDatabase;
  let service: TestService;

  before(async () => {
    database = await createTestDatabase();
    service = await startTestService({ databaseUrl: database.connectionString });
  });
  afterEach(async () => {
    await database.pool.query('alter table if exists hidden rename to rag_index_failures');
    await database.pool.query('delete from pgboss.job where name = $1', [RAG_INDEX_DEAD_QUEUE]);
  });
  after(async () => {
    await service.stop();
    await database.drop();
  });

  /** A statement of the indexer fails as it would after a migration gone wrong: no retry mends that. */
  const breakIndex = () => database.pool.query('alter table rag_index_failures rename to hidden');

  async function jobs(queue: string): Promise<StoredJob[]> {
    const { rows } = await database.pool.query<StoredJob>(
      `select state::text, (data ->> 'failures')::int as failures,
         round(extract(epoch from start_after - created_on))::float8 as delay
       from pgboss.job where name = $1 order by created_on`,
      [queue],
    );
    return rows;
  }

  it('is tried again later, counted, and done when the fault is gone', async () => {
    await breakIndex();
    const cabinet = await insertCabinet(database.pool);
    await insertRow(database.pool, 'orders', cabinet);
    await until('it was sent again', async () =>
      (await jobs(RAG_INDEX_QUEUE)).some((job) => job.failures === 1),
    );
    const again = (await jobs(RAG_INDEX_QUEUE)).find((job) => job.failures === 1);
    assert.equal(again?.delay, 2);
    await database.pool.query('alter table hidden rename to rag_index_failures');
    await service.untilQuiet();
    const { rowCount } = await database.pool.query('select from rag_metadata where cabinet_id = $1', [
      cabinet,
    ]);
    assert.equal(rowCount, 1);
    assert.deepEqual(await jobs(RAG_INDEX_DEAD_QUEUE), []);
  });

  it('is given up after its last attempt and kept in rag-index-dead', async () => {
    await breakIndex();
    const cabinet = await insertCabinet(database.pool);
    await service.app.jobs.sendRagIndex([
      { cabinet_id: cabinet, mode: 'incremental', changed_ids: { orders: [1] }, failures: 5 },
    ]);
    await until('it is dead', async () => (await jobs(RAG_INDEX_DEAD_QUEUE)).length === 1);
    assert.deepEqual(
      (await jobs(RAG_INDEX_DEAD_QUEUE)).map(({ failures }) => failures),
      [5],
    );
  });
});

describe('a change of the embedding model', () => {
  it('has every chunk embedded by the new one, without anybody asking for it', async () => {
    const database = await createTestDatabase();
    const provider = await createFakeOpenAI();
    try {
      const before = await startTestService({ databaseUrl: database.connectionString });
      const cabinet = await insertCabinet(database.pool);
      await insertRow(database.pool, 'orders', cabinet);
      await insertRow(database.pool, 'sales', cabinet);
      await before.untilQuiet();
      await before.stop();

      const env = { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: provider.url };
      const after = await startTestService({ databaseUrl: database.connectionString, env });
      await after.untilQuiet();
      await after.stop();
      const { rows } = await database.pool.query<{ model: string; count: number }>(
        'select model, count(*)::int as count from rag_embeddings where model = $1 group by model',
        [after.app.embedder.model],
      );
      assert.deepEqual(rows, [{ model: 'text-embedding-3-small', count: 2 }]);

      const requests = provider.requests.length;
      const again = await startTestService({ databaseUrl: database.connectionString, env });
      await again.untilQuiet();
      await again.stop();
      assert.equal(provider.requests.length, requests, 'and nothing is paid for twice');
    } finally {
      await provider.stop();
      await database.drop();
    }
  });
});

describe('changes that pile up behind a slow provider', () => {
  it('are indexed by one run, however many jobs they are', async () => {
    const database = await createTestDatabase();
    const provider = await createFakeOpenAI();
    const env = { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: provider.url, RAG_BATCH_WINDOW_MS: '0' };
    const service = await startTestService({ databaseUrl: database.connectionString, env });
    try {
      const cabinet = await insertCabinet(database.pool);
      const held = provider.hold();
      await insertRow(database.pool, 'orders', cabinet);
      await held.arrived;
      const waiting = async () => {
        const { rows } = await database.pool.query<{ jobs: number }>(
          `select count(*)::int as jobs from pgboss.job where name = $1 and state = 'created'`,
          [RAG_INDEX_QUEUE],
        );
        return rows[0]!.jobs;
      };
      for (let jobs = 1; jobs <= 5; jobs += 1) {
        await insertRow(database.pool, 'orders', cabinet);
        await until(`${jobs} jobs wait`, async () => (await waiting()) === jobs);
      }
      // One that compares everything has a run of its own.
      await service.app.jobs.sendRagIndex([{ cabinet_id: cabinet, mode: 'incremental' }]);
      held.release();
      await service.untilQuiet();
      const { rows } = await database.pool.query<{ ids: number }>(
        'select changed_ids::int as ids from rag_index_runs where cabinet_id = $1 order by id',
        [cabinet],
      );
      assert.deepEqual(
        rows.map(({ ids }) => ids),
        [1, 5, 0],
      );
      const { rowCount } = await database.pool.query('select from rag_metadata');
      assert.equal(rowCount, 6);
    } finally {
      await service.stop();
      await provider.stop();
      await database.drop();
    }
  });
});
