import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { schedulesOf } from '../../src/app.ts';
import { CHECKS } from '../../src/commands/doctor/examine.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { insertRebuild } from '../../src/indexing/rebuild/queries.ts';
import { WEEKLY_REBUILD } from '../../src/indexing/rebuild/weekly.ts';
import { silentLog } from '../../src/log.ts';
import { emptyDatabase, insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI } from '../helpers/fake-openai.ts';
import { createTestDatabase, nativeServerUrl, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';
import { visit, type VisitOptions } from './doctor-harness.ts';

/** Nobody listens and nobody works here: what a service would mend by itself stays to be seen. */
let database: TestDatabase;
let jobs: Jobs;
const OFF = { RAG_ENABLED: 'false' };

before(async () => {
  database = await createTestDatabase();
  jobs = createJobs({
    ...{ connectionString: database.connectionString, maxConnections: 2, log: silentLog() },
    ...{ supervise: false, schedules: [] },
  });
  await jobs.start();
  await jobs.boss.schedule(WEEKLY_REBUILD.queue, WEEKLY_REBUILD.cron, {}, { tz: 'UTC', missed: 'once' });
});
after(async () => {
  await jobs.stop(2_000);
  await database.drop();
});
beforeEach(async () => {
  await emptyDatabase(pool());
  await pool()
    .query(`delete from pgboss.job; truncate rag_metadata, rag_embeddings, rag_index_status, rag_rebuilds,
    rag_index_failures, rag_index_runs`);
});

const pool = () => database.pool;
const examineNow = (options?: VisitOptions) => visit(database.connectionString, options);
/** What is said beside that nobody listens and nobody works, which takes 3 s to find out. */
async function others(options?: VisitOptions): Promise<readonly string[]> {
  return (await examineNow({ ...options, checks: OTHER_CHECKS })).complaints;
}
const OTHER_CHECKS = CHECKS.filter(({ name }) => name !== 'listener' && name !== 'worker');

describe('without a service', () => {
  it('it is said that nobody listens and nobody works, and what to start', async () => {
    const { findings } = await examineNow();
    const wrong = findings.filter(({ status }) => status !== 'ok');
    assert.deepEqual(
      wrong.map(({ check, status }) => `${status} ${check}`),
      ['failed worker', 'failed listener'],
    );
    assert.match(wrong[0]!.remedy ?? '', /npm start, .*npx wb-assist worker/);
    assert.match(wrong[1]!.detail, /notifications pass \(.* ms\), but no listener answered within 1 s/);
    assert.match(wrong[1]!.remedy ?? '', /npm start, .*npx wb-assist listener/);
  });

  it('RAG_ENABLED=false is why nobody listens: a warning', async () => {
    const [finding] = (await examineNow({ env: OFF })).of('listener');
    assert.equal(finding?.status, 'warning');
    assert.match(finding.detail, /RAG_ENABLED is false, so none runs on purpose/);
  });

  it('a change that waits for a minute is a failure; with RAG_ENABLED=false it waits on purpose', async () => {
    await insertRow(pool(), 'reviews', await insertCabinet(pool()));
    assert.match((await others())[0] ?? '', /^failed coverage: /, 'a young one is not');
    await pool().query(`update rag_changes set captured_at = now() - interval '90 seconds'`);
    assert.match((await others())[0] ?? '', /^failed outbox: 1 change waiting, the oldest for 9\d s$/);
    const off = await others({ env: OFF });
    assert.match(off[0] ?? '', /^warning outbox: .*; RAG_ENABLED is false, so it waits on purpose$/);
    assert.match(off[1] ?? '', /^warning coverage: .*1 row without a chunk; RAG_ENABLED is false/);
  });

  it('a job that nobody takes, and one whose worker died, are failures', async () => {
    await jobs.sendRagIndex([{ cabinet_id: 1, mode: 'incremental' }]);
    await jobs.sendRagIndex([{ cabinet_id: 2, mode: 'incremental' }], { startAfterSeconds: 900 });
    assert.deepEqual(await others(), []);
    await pool().query(`update pgboss.job set created_on = now() - interval '5 minutes',
      start_after = start_after - interval '5 minutes'`);
    assert.deepEqual(await others(), [
      'failed jobs: 1 job of rag-index waiting, the oldest for 5 min; nobody works',
    ]);
    await jobs.boss.fetch(RAG_INDEX_QUEUE);
    assert.deepEqual(await others(), []);
    await pool().query(
      `update pgboss.job set heartbeat_on = now() - interval '2 minutes' where state = 'active'`,
    );
    assert.match(
      (await others())[0] ?? '',
      /^failed jobs: 1 job of rag-index under way without a sign of life/,
    );
  });

  it('what was given up, and what the provider refuses, is worth a warning that names `failures`', async () => {
    await jobs.boss.send(RAG_INDEX_DEAD_QUEUE, { cabinet_id: 1, mode: 'incremental' });
    await pool().query(
      `insert into rag_index_failures (cabinet_id, source_table, source_id, chunk_hash, reason, attempts)
       values (1, 'wb_orders', 1, 'h', 'no', 3), (1, 'wb_orders', 2, 'h', 'no', 2)`,
    );
    const { findings } = await examineNow({ checks: OTHER_CHECKS });
    const warnings = findings.filter(({ status }) => status === 'warning');
    assert.deepEqual(
      warnings.map(({ detail }) => detail),
      [
        '1 job of rag-index given up (rag-index-dead)',
        '1 row not searchable: the provider refused the text 3 times',
      ],
    );
    for (const { remedy } of warnings) assert.match(remedy ?? '', /wb-assist failures retry --all/);
  });

  it('a repair says that a worker is needed', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertRow(pool(), 'reviews', cabinetId);
    await pool().query('delete from rag_changes');
    assert.deepEqual(await others(), [`failed coverage: cabinet ${cabinetId}: 1 row without a chunk`]);
    assert.match(
      (await others({ repair: true }))[0] ?? '',
      /^repaired coverage: .* was requested and waits for a worker: npm start/,
    );
    assert.match((await others())[0] ?? '', /^warning coverage: .*; a rebuild is under way$/);
    const { rowCount } = await pool().query(`select from rag_rebuilds where trigger = 'repair'`);
    assert.equal(rowCount, 1);
  });
});

describe('a rebuild', () => {
  it('that is open without a job gets one', async () => {
    await insertRebuild(pool(), 7, 'request', null);
    const detail = 'the rebuild of cabinet 7 is open, but no job does its next slice';
    assert.deepEqual(await others(), [`failed rebuilds: ${detail}`]);
    assert.deepEqual(await others({ repair: true }), [`repaired rebuilds: ${detail}; repaired: sent`]);
    assert.deepEqual(await others(), []);
  });

  it('that waits says for what, and until when; one that failed, why', async () => {
    const { id } = (await insertRebuild(pool(), 7, 'request', null))!;
    await jobs.sendRagIndex([{ cabinet_id: 7, mode: 'incremental', rebuild: { id, slice: 0 } }]);
    await pool().query(
      `update rag_rebuilds set error = 'no money', next_attempt_at = '2031-01-02T03:04:05Z' where cabinet_id = 7`,
    );
    assert.deepEqual(await others(), [
      'warning rebuilds: the rebuild of cabinet 7 waits until 2031-01-02T03:04:05.000Z: no money',
    ]);
    await pool().query(`update rag_rebuilds set status = 'failed', finished_at = now()`);
    assert.match(
      (await others())[0] ?? '',
      /^warning rebuilds: the rebuild of cabinet 7 of .* failed: no money$/,
    );
  });

  it('that is more than a week ago is worth a warning, for an active cabinet', async () => {
    const cabinetId = await insertCabinet(pool());
    await pool().query(
      `insert into rag_index_status (cabinet_id, last_indexed_at) values ($1, now() - interval '7 days')`,
      [cabinetId],
    );
    assert.deepEqual(await others(), []);
    await pool().query(`update rag_index_status set last_indexed_at = now() - interval '9 days'`);
    assert.deepEqual(await others(), [
      `warning rebuilds: cabinet ${cabinetId} was rebuilt 9 days ago; it should be each week`,
    ]);
    await pool().query('update wb_cabinets set is_active = false');
    await pool().query('delete from rag_changes');
    assert.deepEqual(await others(), []);
  });
});

describe('the embedding provider', () => {
  it('is asked for each model that is needed, and a failure says why', async (t) => {
    const provider = await createFakeOpenAI({ apiKey: 'the-key' });
    t.after(() => provider.stop());
    const env = (key: string) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: provider.url });
    await pool().query(`insert into rag_index_status (cabinet_id, search_model, next_model)
      values (1, 'local-lexical-1', 'text-embedding-3-large#2'), (2, 'text-embedding-3-small', null)`);
    const well = await examineNow({ checks: OTHER_CHECKS, env: env('the-key') });
    assert.deepEqual(
      well.of('embeddings').map(({ status, detail }) => `${status} ${detail.split(' answers')[0]!}`),
      [
        'ok text-embedding-3-small (of 1 cabinet)',
        'ok local-lexical-1 (of 1 cabinet)',
        'ok text-embedding-3-large#2 (of 1 cabinet)',
      ],
    );
    const refused = await examineNow({ checks: OTHER_CHECKS, env: env('a-wrong-key') });
    const [first] = refused.of('embeddings');
    assert.equal(first?.status, 'failed');
    assert.match(first.remedy ?? '', /OPENAI_API_KEY/);
    assert.ok(!JSON.stringify(refused.findings).includes('a-wrong-key'));
    await provider.stop();
    assert.equal(
      (await examineNow({ checks: OTHER_CHECKS, env: env('the-key') })).of('embeddings')[0]?.status,
      'failed',
    );
  });

  it('of a cabinet’s vectors that this process has not got is a failure', async () => {
    await pool().query(
      `insert into rag_index_status (cabinet_id, search_model) values (1, 'text-embedding-3-small')`,
    );
    const failed = (await examineNow({ checks: OTHER_CHECKS }))
      .of('embeddings')
      .find(({ status }) => status === 'failed');
    assert.match(failed?.detail ?? '', /text-embedding-3-small \(of 1 cabinet\): .* is not available/);
    assert.match(failed?.remedy ?? '', /^Set OPENAI_API_KEY/);
  });
});

describe('migrations', () => {
  it('that are pending are named, and what rests on them is not checked', async (t) => {
    const { rows } = await pool().query<{ name: string }>(
      'delete from wb_migrations where name = (select max(name) from wb_migrations) returning name',
    );
    await pool().query('delete from rag_migrations');
    t.after(() => restoreMigrations());
    const { findings } = await examineNow({ checks: OTHER_CHECKS, repair: true });
    const [main] = findings.filter(({ check }) => check === 'main migrations');
    assert.equal(main?.status, 'failed');
    assert.equal(main.detail, `1 migration pending: ${rows[0]!.name}`);
    assert.equal(main.remedy, 'npx wb-assist migrate up');
    const skipped = findings.filter(({ status }) => status === 'not_checked').map(({ check }) => check);
    assert.deepEqual(skipped, [
      'triggers',
      'tokens',
      'unusable rows',
      'outbox',
      'rebuilds',
      'refused rows',
      'coverage',
    ]);
  });

  it('that this version does not know are worth a warning', async (t) => {
    await pool().query(`insert into wb_migrations (name, run_on) values ('099_of_tomorrow', now())`);
    t.after(() => pool().query(`delete from wb_migrations where name like '099%'`));
    const [finding] = (await examineNow({ checks: OTHER_CHECKS })).of('main migrations');
    assert.equal(finding?.status, 'warning');
    assert.match(finding.detail, /newer than this version .* 099_of_tomorrow/);
  });

  async function restoreMigrations(): Promise<void> {
    const { migrate } = await import('../../src/database/migrations.ts');
    const { connectionString } = database;
    for (const set of ['main', 'vector'] as const)
      await migrate({ set, connectionString, direction: 'up', fake: true, log: silentLog() });
  }
});

describe('a database', () => {
  it('that is away is named without its password, and what needs it is not checked', async () => {
    const { findings } = await visit('postgres://seller:pass-word@127.0.0.1:1/shop', { repair: true });
    assert.match(findings[0]!.detail, /^DATABASE_URL \(127\.0\.0\.1:1\/shop\) does not answer/);
    assert.match(findings[0]!.remedy ?? '', /Start that server/);
    const statuses = findings.slice(1).map(({ check, status }) => `${status} ${check}`);
    const [embeddings] = statuses.splice(statuses.indexOf('ok embeddings'), 1);
    assert.equal(embeddings, 'ok embeddings', 'this needs none');
    assert.ok(
      statuses.every((status) => status.startsWith('not_checked')),
      statuses.join(', '),
    );
    assert.ok(!JSON.stringify(findings).includes('pass-word'));
  });

  it('for vectors that is away does not keep the main one from being checked', async () => {
    const { of } = await examineNow({
      checks: OTHER_CHECKS,
      vectorDatabaseUrl: 'postgres://127.0.0.1:1/vectors',
    });
    assert.equal(of('vector database')[0]?.status, 'failed');
    for (const check of ['triggers', 'queues', 'outbox']) assert.equal(of(check)[0]?.status, 'ok', check);
    for (const check of ['pgvector', 'coverage', 'rebuilds'])
      assert.equal(of(check)[0]?.status, 'not_checked');
  });

  it(
    'without pgvector says what to do',
    { skip: nativeServerUrl === undefined && 'pgvector is part of the embedded Postgres' },
    async (t) => {
      const fresh = await createTestDatabase();
      t.after(() => fresh.drop());
      await fresh.pool.query('drop extension vector cascade');
      const found = await visit(fresh.connectionString, { checks: OTHER_CHECKS });
      assert.equal(found.of('pgvector')[0]?.status, 'failed');
      assert.match(found.of('pgvector')[0]?.remedy ?? '', /create extension vector/);
    },
  );

  it('without a job queue says what to do; the queue is created by a repair', async (t) => {
    const fresh = await createTestDatabase();
    t.after(() => fresh.drop());
    await fresh.pool.query('drop schema pgboss cascade');
    const found = await visit(fresh.connectionString, { checks: OTHER_CHECKS });
    assert.match(found.of('queues')[0]?.detail ?? '', /was never started/);
    assert.equal(found.of('schedules')[0]?.status, 'not_checked');
    const repaired = await visit(fresh.connectionString, { checks: OTHER_CHECKS, repair: true });
    assert.equal(repaired.of('queues')[0]?.status, 'repaired');
    assert.equal(repaired.of('schedules')[0]?.status, 'ok');
  });
});

describe('two databases', () => {
  it('are checked each for its own part, and mended across', async (t) => {
    const vector = await createTestDatabase();
    const main = await createTestDatabase();
    const vectorDatabaseUrl = vector.connectionString;
    const service = await startTestService({
      ...{ databaseUrl: main.connectionString, vectorDatabaseUrl, schedules: schedulesOf },
    });
    t.after(async () => {
      await service.stop();
      await Promise.all([main.drop(), vector.drop()]);
    });
    // The vector tables of the main one are not those that count.
    await main.pool.query('drop table rag_metadata, rag_embeddings, rag_index_status cascade');
    await insertRow(main.pool, 'reviews', await insertCabinet(main.pool), { text: 'Отзыв' });
    await service.untilQuiet();
    await vector.pool.query('delete from rag_metadata');
    const options = { vectorDatabaseUrl, repair: true };
    const details = (await visit(main.connectionString, options)).complaints;
    assert.equal(details.length, 2, details.join('\n'));
    assert.match(details[0]!, /^repaired coverage: cabinet 1: 1 row without a chunk; repaired: /);
    await service.untilQuiet();
    assert.deepEqual((await visit(main.connectionString, { vectorDatabaseUrl })).complaints, []);
  });
});
