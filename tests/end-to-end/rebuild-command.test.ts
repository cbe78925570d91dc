import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { LOCAL_MODEL } from '../../src/embedding/local-embedder.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory, type Outcome } from '../helpers/run-program.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const MODEL = 'text-embedding-3-small';

describe('`wb-assist rebuild`', () => {
  let openai: FakeOpenAI;
  let database: TestDatabase;
  let cabinet: string;

  before(async () => {
    openai = await createFakeOpenAI();
    database = await createTestDatabase();
    cabinet = await addCabinet('Раз', 'Два', 'Три');
  });
  after(async () => {
    await openai.stop();
    await database.drop();
  });

  const withKey = () => ({ OPENAI_API_KEY: 'key', OPENAI_BASE_URL: openai.url });

  /** With a review of each text. Resolves to its id. */
  async function addCabinet(...texts: string[]): Promise<string> {
    const id = await insertCabinet(database.pool);
    for (const text of texts) await insertRow(database.pool, 'reviews', id, { text });
    return String(id);
  }

  async function run(
    t: TestContext,
    parameters: string[],
    more: Record<string, string> = {},
  ): Promise<Outcome> {
    return runInSession(parameters, {
      cwd: await emptyDirectory(t),
      env: { DATABASE_URL: database.connectionString, ...more },
    });
  }

  async function searchModel(): Promise<string | undefined> {
    const { rows } = await database.pool.query<{ model: string }>(
      'select search_model as model from rag_index_status where cabinet_id = $1',
      [cabinet],
    );
    return rows[0]?.model;
  }

  it('rebuilds a cabinet without the service, says what it found, and nothing the second time', async (t) => {
    const fresh = await addCabinet('Четыре', 'Пять', 'Шесть');
    const first = await run(t, ['rebuild', fresh]);
    assert.equal(first.stderr, '');
    assert.equal(first.code, 0);
    assert.match(
      first.stdout,
      new RegExp(
        `^Cabinet ${fresh}: 3 rows compared, drift: missing 3; 3 new, 0 changed, 0 deleted, 0 unchanged;`,
        'm',
      ),
    );
    const second = await run(t, ['rebuild', fresh, '--json']);
    assert.equal(second.code, 0, second.stderr);
    const [ended] = JSON.parse(second.stdout) as Record<string, unknown>[];
    const { status, drift, rows, run: record } = ended!;
    assert.deepEqual({ status, drift, rows }, { status: 'completed', drift: {}, rows: 3 });
    assert.equal((record as { chunks_skipped: number }).chunks_skipped, 3);
    assert.equal(
      Object.keys(record as object).join(),
      'id,mode,status,model,changed_ids,chunks_new,chunks_updated,chunks_skipped,chunks_deleted,chunks_rejected,' +
        'embedding_requests,embedding_retries,texts_embedded,embeddings_reused,tokens,cost_usd,read_ms,embed_ms,' +
        'save_ms,duration_ms,index_chunks,share_saved,error,started_at,finished_at',
    );
  });

  it('embeds anew on demand, changes the model then, and goes back when told', async (t) => {
    await run(t, ['rebuild', cabinet]);
    const changed = await run(t, ['rebuild', cabinet, '--reembed'], withKey());
    assert.equal(changed.code, 0, changed.stderr);
    assert.match(changed.stdout, new RegExp(`embedding by ${MODEL}; searches change to it when all is done`));
    assert.equal(openai.embeddedTexts.length, 3);
    assert.equal(await searchModel(), MODEL);

    const back = await run(t, ['reembed', cabinet, '--rollback'], withKey());
    assert.equal(back.code, 0, back.stderr);
    assert.match(back.stdout, new RegExp(`going back from ${MODEL} to ${LOCAL_MODEL}`));
    assert.equal(await searchModel(), LOCAL_MODEL);
    assert.equal(openai.embeddedTexts.length, 3, 'the vectors of before were kept');
  });

  it('says what is wrong with a request, and what to do', async (t) => {
    for (const [parameters, more, message] of [
      [['rebuild'], {}, /Say which cabinet, or --all/],
      [['rebuild', cabinet, '--all'], {}, /Say which cabinet, or --all/],
      [['rebuild', '999'], {}, /no cabinet 999/],
      [['rebuild', 'x'], {}, /not the id of a cabinet/],
      [['rebuild', cabinet], { RAG_ENABLED: 'false' }, /RAG_ENABLED is false/],
    ] as const) {
      const outcome = await run(t, [...parameters], more);
      assert.equal(outcome.code, 1, parameters.join(' '));
      assert.match(outcome.stderr, message);
    }
  });
});
