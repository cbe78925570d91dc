import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { createFakeOpenAI } from '../helpers/fake-openai.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { API_SECRET_KEY, startServiceProcess } from '../helpers/service-process.ts';
import { createProcessDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';
import { withPool } from '../helpers/with-pool.ts';

/** The embedded Postgres saves vectors ten times more slowly; what is promised does not depend on how many there are. */
const ROWS = nativeServerUrl === undefined ? 3_000 : 20_000;
/** pg-boss finds a job whose worker is dead after its heartbeat of 10 s and a round of its supervisor. */
const CATCH_UP_MS = 120_000;

describe('kill -9 in the middle of a full rebuild', () => {
  it('has each text embedded once in all: the next process goes on where the last one was', async (t) => {
    await using stack = new AsyncDisposableStack();
    const openai = await createFakeOpenAI();
    stack.defer(() => openai.stop());
    const database = await createProcessDatabase();
    stack.defer(database.release);
    const env = { ...database.env, OPENAI_API_KEY: 'key', OPENAI_BASE_URL: openai.url };

    // Loaded while nothing follows changes: the rebuild finds them all missing.
    const loading = await startServiceProcess({ env: { ...env, RAG_ENABLED: 'false' } });
    stack.defer(() => loading.end('SIGKILL').then(() => undefined));
    const cabinet = await withPool((await loading.ready).databaseUrl, async (pool) => {
      const id = await insertCabinet(pool);
      await pool.query(
        `insert into wb_stocks (cabinet_id, nm_id, quantity) select $1, i, 5 from generate_series(1, $2::int) i`,
        [id, ROWS],
      );
      await pool.query('delete from rag_changes');
      return id;
    });
    await loading.end('SIGTERM');

    const first = await startServiceProcess({ env });
    stack.defer(() => first.end('SIGKILL').then(() => undefined));
    const { apiUrls, databaseUrl: firstUrl } = await first.ready;
    const [url] = apiUrls;
    const answer = await fetch(`${url!}/v1/rag/index/${cabinet}?full_rebuild=true`, {
      method: 'POST',
      headers: { 'X-API-KEY': API_SECRET_KEY },
    });
    assert.equal(answer.status, 202, await answer.text());
    await openai.waitForRequests(ROWS / 100 / 2);
    // Requests under way are not answered any more; what was answered is saved. (What a provider answers to a process that
    // dies before it has saved it is lost, and nobody can help that: at most RAG_EMBEDDING_CONCURRENCY requests.)
    const held = openai.hold();
    await held.arrived;
    await withPool(firstUrl, (pool) =>
      until('what was answered is saved', async () => {
        const { rows } = await pool.query<{ chunks: number }>(
          'select count(*)::int as chunks from rag_metadata',
        );
        return rows[0]!.chunks === openai.embeddedTexts.length;
      }),
    );
    assert.equal((await first.end('SIGKILL')).signal, 'SIGKILL');
    const answeredBefore = new Set(openai.embeddedTexts);
    held.release();

    const second = await startServiceProcess({ env });
    stack.defer(() => second.end('SIGKILL').then(() => undefined));
    const { databaseUrl, model } = await second.ready;
    await withPool(databaseUrl, async (pool) => {
      await until(
        'the rebuild is completed',
        async () => {
          const { rows } = await pool.query<{ status: string }>('select status from rag_rebuilds');
          return rows.length === 1 && rows[0]!.status === 'completed';
        },
        CATCH_UP_MS,
      );
      const embed = (texts: readonly string[]) => texts.map((text) => openai.vectorOf(text));
      await assertIndexFollowsData(pool, pool, { windowDays: 90, model, embed });
      await assertStatusIsTrue(pool, pool);
      const { rows } = await pool.query<{ drift: unknown }>('select drift from rag_rebuilds');
      assert.deepEqual(rows[0]!.drift, { missing: ROWS });
    });
    const counts = new Map<string, number>();
    for (const text of openai.embeddedTexts) counts.set(text, (counts.get(text) ?? 0) + 1);
    assert.equal(counts.size, ROWS);
    const twice = [...counts.values()].filter((count) => count > 1).length;
    t.diagnostic(
      `${answeredBefore.size} of ${ROWS} texts were embedded before the kill, ${twice} twice in all`,
    );
    assert.equal(twice, 0);
  });
});
