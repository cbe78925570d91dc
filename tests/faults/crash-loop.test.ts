import { rm } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI } from '../helpers/fake-openai.ts';
import { startServiceProcess } from '../helpers/service-process.ts';
import { copyMigratedDataDirectory } from '../helpers/data-directories.ts';
import { createTestDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';
import { withPool } from '../helpers/with-pool.ts';

describe('a program that is killed again and again in the middle of the same work', () => {
  it('does that work when it is left alone at last', async () => {
    await using stack = new AsyncDisposableStack();
    const openai = await createFakeOpenAI();
    stack.defer(() => openai.stop());
    const env: Record<string, string> = { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: openai.url };
    if (nativeServerUrl === undefined) {
      const dataDir = await copyMigratedDataDirectory();
      env['WB_ASSIST_DATA_DIR'] = dataDir;
      stack.defer(() => rm(dataDir, { recursive: true, force: true }));
    } else {
      const database = await createTestDatabase();
      env['DATABASE_URL'] = database.connectionString;
      stack.defer(() => database.drop());
    }

    const held = openai.hold();
    const first = await startServiceProcess({ env });
    stack.defer(() => first.end('SIGKILL').then(() => undefined));
    await withPool((await first.ready).databaseUrl, async (pool) => {
      await insertRow(pool, 'orders', await insertCabinet(pool));
      await held.arrived;
      // As if it had been killed a hundred times before, each of which takes the queue ten seconds and more to see.
      await pool.query(`update pgboss.job set retry_count = 100 where name = $1 and state = 'active'`, [
        RAG_INDEX_QUEUE,
      ]);
    });
    await first.end('SIGKILL');
    held.release();

    const second = await startServiceProcess({ env });
    stack.defer(() => second.end('SIGKILL').then(() => undefined));
    await withPool((await second.ready).databaseUrl, (pool) =>
      until(
        'the row has its chunk',
        async () => (await pool.query('select from rag_metadata')).rowCount === 1,
      ),
    );
  });
});
