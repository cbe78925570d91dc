import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { Role } from '../../src/app.ts';
import { isAppError } from '../../src/errors.ts';
import { RAG_INDEX_QUEUE, WB_SYNC_QUEUE } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { parseExposition, sumOf, valueOf, type Family } from '../helpers/exposition.ts';
import { countTokens, createFakeOpenAI } from '../helpers/fake-openai.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { FROZEN_AT } from '../helpers/test-sync.ts';
import { until } from '../helpers/until.ts';

const KEY = { 'x-api-key': 'test-secret-key' };
const MODEL = 'text-embedding-3-small';

async function scrape(url: string): Promise<Map<string, Family>> {
  const response = await fetch(`${url}/metrics`, { headers: KEY });
  assert.equal(response.status, 200);
  return parseExposition(await response.text());
}

/** A database of the test's own, and how to start services on it. */
async function prepare(t: TestContext) {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const start = (env: Record<string, string>, roles: readonly Role[]): Promise<TestService> =>
    startTestService({ databaseUrl: database.connectionString, roles, env });
  return { pool: database.pool, start };
}

describe('metrics of the whole service', () => {
  it('count what changes became: chunks, jobs, requests, tokens, cost, retries, a search, a rebuild', async (t) => {
    const { pool, start } = await prepare(t);
    const fake = await createFakeOpenAI();
    t.after(() => fake.stop());
    const service = await start({ OPENAI_API_KEY: 'key', OPENAI_BASE_URL: fake.url }, [
      'api',
      'listener',
      'worker',
    ]);
    const [url] = service.app.apiUrls as [string];
    try {
      fake.respondWith({ kind: 'status', status: 429 });
      fake.rejectInputs((input) => input.includes('Яд'));
      const cabinet = await insertCabinet(pool);
      await service.untilQuiet();
      await pool.query(
        `insert into wb_orders (cabinet_id, order_id, nm_id, name, order_date)
         select $1, 'o-' || g, 100 + g, 'Товар ' || g, now() from generate_series(1, 5) g`,
        [cabinet],
      );
      await service.untilQuiet();
      const poisoned = await insertRow(pool, 'orders', cabinet, { name: 'Яд', order_date: new Date() });
      await service.untilQuiet();
      await pool.query(`update wb_orders set name = 'Другой' where order_id = 'o-1'`);
      await pool.query(`delete from wb_orders where order_id = 'o-2'`);
      await service.untilQuiet();

      let families = await scrape(url);
      const value = (name: string, labels: Record<string, string> = {}) => valueOf(families, name, labels);
      const chunks = (mode: string) =>
        ['new', 'updated', 'deleted', 'rejected'].map((outcome) =>
          value('index_chunks_total', { mode, outcome }),
        );
      assert.deepEqual(chunks('incremental'), [5, 1, 1, 1]);
      const { rows: claimed } = await pool.query<{ jobs: number }>(
        `select count(*)::int as jobs from pgboss.job where name = $1`,
        [RAG_INDEX_QUEUE],
      );
      assert.ok(value('changes_claimed_total')! >= 4);
      assert.ok(
        value('index_jobs_created_total')! >= claimed[0]!.jobs,
        'jobs that were taken along are gone',
      );
      assert.equal(value('change_handoff_seconds_count')! > 0, true);
      assert.ok(value('jobs_ended_total', { queue: RAG_INDEX_QUEUE, outcome: 'done' })! >= 3);
      const runs = value('index_runs_total', { mode: 'incremental', status: 'completed' });
      assert.equal(value('index_run_duration_seconds_count', { mode: 'incremental' }), runs);
      for (const phase of ['read', 'embed', 'save'])
        assert.ok(value('index_phase_seconds_total', { mode: 'incremental', phase })! > 0, phase);

      assert.equal(sumOf(families, 'embedding_requests_total'), fake.requests.length);
      assert.equal(value('embedding_errors_total', { model: MODEL, class: 'rate_limited' }), 1);
      assert.equal(value('embedding_retries_total', { model: MODEL, class: 'rate_limited' }), 1);
      assert.ok(value('embedding_errors_total', { model: MODEL, class: 'input' })! >= 1);
      const billed = fake.embeddedTexts.reduce((sum, text) => sum + countTokens(text), 0);
      assert.equal(value('embedding_tokens_total', { model: MODEL }), billed);
      const cost = value('embedding_cost_usd_total', { model: MODEL })!;
      assert.ok(Math.abs(cost - (billed / 1e6) * 0.02) < 1e-12);
      assert.equal(value('service_up', { service: 'listener' }), 1);
      await until('the state is read in time', async () => {
        families = await scrape(url);
        return value('chunks') === 4 && value('failures', { kind: 'row' }) === 1;
      });
      assert.equal(value('workers'), 1);
      assert.equal(value('jobs', { queue: RAG_INDEX_QUEUE, state: 'waiting' }), 0);

      const search = await fetch(`${url}/v1/rag/search`, {
        method: 'POST',
        headers: { ...KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ cabinet_id: cabinet, query: 'товар' }),
      });
      assert.equal(search.status, 200);
      await pool.query('delete from wb_orders where id = $1', [poisoned]);
      await service.untilQuiet();
      const ended = once(service.events, 'rebuildEnded');
      const rebuild = await fetch(`${url}/v1/rag/index/${cabinet}?full_rebuild=true`, {
        method: 'POST',
        headers: KEY,
      });
      assert.equal(rebuild.status, 202);
      await ended;
      await service.untilQuiet();
      families = await scrape(url);
      assert.equal(value('search_duration_seconds_count', { outcome: 'ok' }), 1);
      assert.equal(value('index_runs_total', { mode: 'full_rebuild', status: 'completed' }), 1);
      assert.equal(value('index_run_duration_seconds_count', { mode: 'full_rebuild' }), 1);
      assert.equal(value('rebuild_slices_total', { status: 'completed' }), 1);
      assert.equal(value('index_chunks_total', { mode: 'full_rebuild', outcome: 'skipped' }), 4);
      assert.deepEqual(chunks('full_rebuild'), [0, 0, 0, 0]);
      const route = '/v1/rag/index/{cabinet_id}';
      assert.equal(value('http_requests_total', { route, method: 'POST', status: '202' }), 1);
      assert.ok(value('http_requests_total', { route: '/metrics', method: 'GET', status: '200' })! >= 1);

      const answer = await fetch(`${url}/v1/rag/metrics/${cabinet}`, { headers: KEY });
      const { last_run: run, totals } = (await answer.json()) as Record<
        string,
        Record<string, number | null>
      >;
      const { mode, texts_embedded: none, index_chunks: four, share_saved: all } = run!;
      assert.deepEqual({ mode, none, four, all }, { mode: 'full_rebuild', none: 0, four: 4, all: 1 });
      assert.ok(Number(run!['duration_ms']) > 0);
      const { chunks_new, chunks_updated, chunks_deleted, chunks_rejected, texts_embedded } = totals!;
      assert.deepEqual(
        { chunks_new, chunks_updated, chunks_deleted, chunks_rejected, texts_embedded },
        { chunks_new: 5, chunks_updated: 1, chunks_deleted: 1, chunks_rejected: 1, texts_embedded: 6 },
      );
      assert.equal(totals!['embedding_retries'], 1);
      for (const phase of ['read_ms', 'embed_ms', 'save_ms', 'duration_ms'])
        assert.ok(Number(totals![phase]) > 0);
      const { rows: sums } = await pool.query<{ share: number }>(
        `select 1 - sum(texts_embedded)::float8 / sum(index_chunks)::float8 as share
         from rag_index_runs where cabinet_id = $1`,
        [cabinet],
      );
      assert.equal(totals!['share_saved'], sums[0]!.share);
      assert.ok(sums[0]!.share > 0 && sums[0]!.share < 1);
    } finally {
      await service.stop();
    }
  });

  it('count requests to Wildberries by method and status, and syncs', async (t) => {
    const { pool, start } = await prepare(t);
    const simulator = createSimulator({
      ...{ port: 0, log: silentLog(), frozenAt: FROZEN_AT, limits: 'off' },
      shop: { products: 6, ordersPerDay: 1, reviewsPerDay: 0.5 },
    });
    await simulator.start();
    t.after(() => simulator.stop(1_000));
    const service = await start(
      { WB_API: 'simulator', WB_SIMULATOR_URL: simulator.url, WB_SIMULATOR_LIMIT_SCALE: '0' },
      ['api', 'listener', 'worker'],
    );
    try {
      const cabinet = await insertCabinet(pool);
      const ended = once(service.events, 'syncEnded');
      await service.app.jobs.sendWbSync({ cabinet_id: cabinet, trigger: 'request' });
      await ended;
      await service.untilQuiet();
      const families = await scrape(service.app.apiUrls[0]!);
      const asked = Map.groupBy(simulator.requests, ({ endpoint, status }) => `${endpoint} ${status ?? ''}`);
      assert.ok(asked.size > 5);
      for (const [key, requests] of asked) {
        const [endpoint, status] = key.split(' ') as [string, string];
        assert.equal(valueOf(families, 'wb_requests_total', { endpoint, status }), requests.length, key);
      }
      assert.equal(sumOf(families, 'wb_requests_total'), simulator.requests.length);
      assert.equal(sumOf(families, 'wb_request_duration_seconds_count'), simulator.requests.length);
      assert.equal(valueOf(families, 'sync_runs_total', { status: 'completed' }), 1);
      assert.equal(valueOf(families, 'sync_run_duration_seconds_count'), 1);
      await until(
        'its job has ended',
        async () =>
          (valueOf(await scrape(service.app.apiUrls[0]!), 'jobs_ended_total', {
            queue: WB_SYNC_QUEUE,
            outcome: 'done',
          }) ?? 0) > 0,
      );
      // The local embedder asks nobody.
      assert.equal(sumOf(families, 'embedding_requests_total'), 0);
      assert.ok(valueOf(families, 'index_chunks_total', { mode: 'incremental', outcome: 'new' })! > 0);
    } finally {
      await service.stop();
    }
  });

  it('of a listener alone say when it is down, on METRICS_PORT, without what the databases know', async (t) => {
    const { pool, start } = await prepare(t);
    const service = await start({ METRICS_PORT: '0' }, ['listener']);
    const url = service.app.metricsUrl!;
    const health = async () => (await fetch(`${url}/health`)).status;
    const isUp = async () => valueOf(await scrape(url), 'service_up', { service: 'listener' });
    try {
      assert.equal((await fetch(`${url}/metrics`)).status, 403);
      assert.equal(await isUp(), 1);
      assert.equal(await health(), 200);
      assert.ok(!(await scrape(url)).has('wb_assist_outbox_changes'));
      assert.equal(valueOf(await scrape(url), 'build_info', { roles: 'listener' }), 1);
      await pool.query('alter table rag_changes rename to rag_changes_away');
      await until('the listener says that it is down', async () => (await isUp()) === 0);
      assert.equal(await health(), 503);
      await pool.query('alter table rag_changes_away rename to rag_changes');
      await until('the listener is up again', async () => (await isUp()) === 1);
      assert.equal(await health(), 200);
    } finally {
      await pool.query('alter table if exists rag_changes_away rename to rag_changes');
      await service.stop();
    }
    await assert.rejects(fetch(`${url}/health`), 'the port is closed when it has stopped');
  });

  it('are on the API’s ports where there is an API, whatever METRICS_PORT says, and nowhere without it', async (t) => {
    const { start } = await prepare(t);
    const api = await start({ METRICS_PORT: '0' }, ['api']);
    try {
      assert.equal(api.app.metricsUrl, undefined);
      for (const url of api.app.apiUrls) assert.ok((await scrape(url)).size > 30);
    } finally {
      await api.stop();
    }
    const worker = await start({}, ['worker']);
    assert.equal(worker.app.metricsUrl, undefined);
    await worker.stop();
  });

  it('are not opened to other machines without a key: the process does not start', async (t) => {
    const { start } = await prepare(t);
    const env = { METRICS_PORT: '0', HTTP_HOST: '0.0.0.0', API_SECRET_KEY: '' };
    await assert.rejects(
      start(env, ['worker']),
      (error) => isAppError(error, 'config_invalid') && error.message.includes('METRICS_PORT'),
    );
    const onlyHere = await start({ ...env, HTTP_HOST: '127.0.0.1' }, ['worker']);
    try {
      assert.equal((await fetch(`${onlyHere.app.metricsUrl!}/metrics`)).status, 200);
    } finally {
      await onlyHere.stop();
    }
  });
});
