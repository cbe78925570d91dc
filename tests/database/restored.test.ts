import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { recordPairing } from '../../src/indexing/rebuild/pairing.ts';
import { insertRebuild, readLastRebuilds } from '../../src/indexing/rebuild/queries.ts';
import { readIndexStatus } from '../../src/indexing/status.ts';
import { emptyDatabase, insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { localOracle } from '../helpers/local-oracle.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

const local = createLocalEmbedder();
const ROWS = 60;

describe('after a database was restored or replaced, the service by itself', () => {
  let database: TestDatabase;
  let cabinet: number;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  /** A cabinet whose rows were captured and handed over before the dump: nothing tells of them any more. */
  beforeEach(async () => {
    const { pool } = database;
    await emptyDatabase(pool);
    await pool.query('truncate rag_metadata, rag_embeddings, rag_index_status, rag_index_runs, rag_rebuilds');
    await recordPairing({ main: pool, vector: pool });
    cabinet = await insertCabinet(pool);
    for (let n = 0; n < ROWS; n += 1) await insertRow(pool, 'reviews', cabinet, { text: `Отзыв ${n}` });
    await takeChanges(pool);
  });

  async function start(t: TestContext, embedder?: Embedder, lines: string[] = []): Promise<TestService> {
    const service = await startTestService({
      databaseUrl: database.connectionString,
      onLog: ({ msg }) => lines.push(String(msg)),
      ...(embedder === undefined ? {} : { embedder }),
    });
    t.after(() => service.stop());
    return service;
  }

  async function assertIndexIsWhole(service: TestService): Promise<void> {
    const { pool } = database;
    await until(
      'the rebuild has ended',
      async () => (await readLastRebuilds(pool, cabinet))[0]?.finishedAt instanceof Date,
    );
    await service.untilQuiet();
    await assertIndexFollowsData(pool, pool, localOracle);
    await assertStatusIsTrue(pool, pool);
  }

  it('finds rows that have no index, and says pending until they have', async (t) => {
    const { pool } = database;
    await pool.query('delete from rag_pairing'); // as in a database that was just made
    const gate = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    const embedder: Embedder = {
      ...local,
      async embed(texts, options) {
        held.resolve(undefined);
        await gate.promise;
        return local.embed(texts, options);
      },
    };
    const lines: string[] = [];
    const service = await start(t, embedder, lines);
    await held.promise;
    const status = await readIndexStatus(pool, cabinet);
    assert.ok(['pending', 'in_progress'].includes(status?.indexingStatus ?? ''), status?.indexingStatus);
    gate.resolve(undefined);
    await assertIndexIsWhole(service);
    assert.equal((await readIndexStatus(pool, cabinet))?.totalChunks, ROWS);
    assert.match(
      lines.find((line) => line.includes('no record of the rows')) ?? '',
      /: 1 cabinets are compared with the index$/,
    );
  });

  it('mends an index of another moment, whatever the dump had under way', async (t) => {
    const { pool } = database;
    await pool.query('delete from rag_pairing');
    const first = await start(t);
    await assertIndexIsWhole(first);
    await first.stop();
    // The rows of one moment, the index of another; a rebuild that had come to the last table.
    await pool.query(`delete from wb_reviews where text = 'Отзыв 1'`);
    await pool.query(`update wb_reviews set text = 'Другой' where text = 'Отзыв 2'`);
    await pool.query(`delete from rag_metadata where chunk_text like '%Отзыв 3%'`);
    await insertRow(pool, 'orders', cabinet);
    await takeChanges(pool);
    const open = (await insertRebuild(pool, cabinet, 'request', null))!;
    await pool.query(
      `update rag_rebuilds set status = 'running', slice = 4, source_table = 'wb_sales', source_id = 9e15::bigint
       where id = $1`,
      [open.id],
    );
    for (const column of ['main_database', 'vector_database']) {
      await pool.query(`update rag_pairing set ${column} = 'what it was before'`);
      const lines: string[] = [];
      const service = await start(t, undefined, lines);
      await assertIndexIsWhole(service);
      assert.ok(lines.some((line) => line.includes('was restored, replaced or promoted')));
      await service.stop();
    }
  });

  it('compares nothing when it is the same database', async (t) => {
    const { pool } = database;
    const service = await start(t);
    await insertRow(pool, 'reviews', cabinet);
    await until('a change is indexed', async () => (await readIndexStatus(pool, cabinet))?.totalChunks === 1);
    await service.untilQuiet();
    assert.deepEqual(await readLastRebuilds(pool, cabinet), []);
  });
});
