import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { MIGRATION_SETS } from '../../src/database/migrations.ts';
import { countUnfinishedJobs } from '../../src/jobs/queries.ts';
import { RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory, runProgram } from '../helpers/run-program.ts';
import { startServiceProcess, type ServiceProcess, type ServiceReady } from '../helpers/service-process.ts';
import { useMigratedDataDirectory } from '../helpers/data-directories.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

describe('the first start', () => {
  it('writes a .env with a random key that only its owner can read, and never touches it again', async (t) => {
    const cwd = await emptyDirectory(t);
    const env = {
      API_PORT: '0',
      RAG_PORT: '0',
      EMBEDDED_POSTGRES_PORT: '0',
      LOG_FORMAT: 'json',
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
    };
    await runProgram(['start'], { cwd, env });
    const written = await readFile(join(cwd, '.env'), 'utf8');
    assert.match(written, /^API_SECRET_KEY=[0-9a-f]{64}$/m);
    assert.equal((await stat(join(cwd, '.env'))).mode & 0o777, 0o600);
    await writeFile(join(cwd, '.env'), `${written}# mine\n`);
    await runInSession(['start'], { cwd, env });
    assert.equal(await readFile(join(cwd, '.env'), 'utf8'), `${written}# mine\n`);
  });
});

describe('beside a running service, on a shared database', () => {
  let database: TestDatabase;
  const processes: ServiceProcess[] = [];
  let api: ServiceReady;
  let cabinetId: string;

  before(async () => {
    database = await createTestDatabase();
    for (const role of ['api', 'listener', 'worker']) {
      processes.push(
        await startServiceProcess({ command: [role], env: { DATABASE_URL: database.connectionString } }),
      );
    }
    [api] = (await Promise.all(processes.map((process) => process.ready))) as [ServiceReady];
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into wb_cabinets (name) values ('Магазин') returning id`,
    );
    cabinetId = rows[0]!.id;
    await database.pool.query(
      `insert into wb_reviews (cabinet_id, review_id, text, rating) values ($1, 'r1', 'Подошва треснула на морозе', 1)`,
      [cabinetId],
    );
    await until('the review is indexed and its job done', async () => {
      const { rowCount } = await database.pool.query(
        `select from rag_index_status where cabinet_id = $1 and indexing_status = 'completed' and total_chunks = 1`,
        [cabinetId],
      );
      return rowCount === 1 && (await countUnfinishedJobs(database.pool, RAG_INDEX_QUEUE)) === 0;
    });
  });

  after(async () => {
    for (const process of processes)
      assert.deepEqual(await process.end('SIGTERM'), { code: 0, signal: null });
    await database.drop();
  });

  const run = async (t: Parameters<typeof emptyDirectory>[0], ...parameters: string[]) =>
    runInSession(parameters, {
      cwd: await emptyDirectory(t),
      env: { DATABASE_URL: database.connectionString },
    });

  it('each role in a process of its own, a row written by SQL is found by `search`', async (t) => {
    const { code, stdout } = await run(t, 'search', cabinetId, 'треснула', 'подошва', '--type', 'review');
    assert.equal(code, 0);
    assert.match(stdout, /wb_reviews \d+\n\s+Отзыв\n[^]*Подошва треснула на морозе/);
    assert.ok(api.apiUrls);
    const { results } = JSON.parse((await run(t, 'search', cabinetId, 'подошва', '--json')).stdout) as {
      results: object[];
    };
    assert.equal(
      Object.keys(results[0]!).join(),
      'chunk_id,source_table,source_id,chunk_type,text,updated_at,document_date,similarity,score',
    );
  });

  it('`status` shows the cabinet and what is waiting, for people and as JSON', async (t) => {
    const shown = await run(t, 'status');
    assert.match(shown.stdout, /Магазин\n\s+completed, 1 chunks, last change indexed \d{4}-/);
    assert.match(shown.stdout, /Waiting: 0 changes, 0 jobs; dead jobs: 0/);
    const { cabinets } = JSON.parse((await run(t, 'status', cabinetId, '--json')).stdout) as {
      cabinets: { id: number; index: object }[];
    };
    assert.deepEqual(
      cabinets.map(({ id }) => id),
      [Number(cabinetId)],
    );
    assert.equal(Object.keys(cabinets[0]!).join(), 'id,name,is_active,last_sync_at,sync,index,rebuild');
    assert.equal(
      Object.keys(cabinets[0]!.index).join(),
      'cabinet_id,indexing_status,last_indexed_at,last_incremental_at,total_chunks,last_error,updated_at',
    );
  });

  it('`migrate status` names the newest migration of each database', async (t) => {
    const { stdout } = await run(t, 'migrate', 'status');
    for (const [set, { directory }] of Object.entries(MIGRATION_SETS)) {
      const names = readdirSync(directory).sort();
      const newest = names.at(-1)!.replace(/\.sql$/, '');
      const line = `^${set}: .*newest applied ${newest}, ${names.length} applied, 0 pending$`;
      assert.match(stdout, new RegExp(line, 'm'));
    }
  });

  it('`migrate down` asks of which database', async (t) => {
    const { code, stderr } = await run(t, 'migrate', 'down');
    assert.equal(code, 1);
    assert.match(stderr, /--database main or --database vector/);
  });

  it('an unknown cabinet and nonsense are refused with a reason', async (t) => {
    for (const [parameters, reason] of [
      [['status', '999999'], /There is no cabinet 999999/],
      [['search', '999999', 'что угодно'], /There is no cabinet 999999/],
      [['sync', '999999'], /There is no cabinet 999999/],
      [['sync', 'abc'], /"abc" is not the id of a cabinet/],
      [['simulate', '--port', 'many'], /--port has to be a number from 0 to 65535/],
      [['search', 'abc', 'что угодно'], /"abc" is not the id of a cabinet/],
      [['search', cabinetId, 'слово', '--limit', '0'], /--limit has to be a number from 1 to 100/],
      [['migrate', 'sideways'], /Unknown action "sideways"/],
      [['serch'], /unknown command 'serch'/],
    ] as const) {
      const { code, stderr } = await run(t, ...parameters);
      assert.equal(code, 1, parameters.join(' '));
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });

  it('every command explains itself', async (t) => {
    const { stdout } = await run(t, '--help');
    const verbs = [...stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, verb]) => verb!)
      .filter((verb) => verb !== 'help');
    assert.deepEqual(verbs, [
      ...[
        'start',
        'api',
        'listener',
        'worker',
        'migrate',
        'status',
        'watch',
        'failures',
        'psql',
        'keys',
        'tokens',
        'schedules',
        'doctor',
      ],
      ...['search', 'analytics', 'ask', 'chat', 'sync', 'rebuild', 'reembed', 'simulate', 'demo'],
    ]);
    for (const verb of verbs)
      assert.match((await run(t, verb, '--help')).stdout, new RegExp(`Usage: wb-assist ${verb}`));
  });
});

describe('beside a running service on the embedded Postgres', () => {
  it('commands use its database instead of fighting for the data directory', async (t) => {
    const cwd = await emptyDirectory(t);
    const env = await useMigratedDataDirectory(t);
    const service = await startServiceProcess({ env });
    t.after(() => service.end('SIGTERM'));
    const { databaseUrl } = await service.ready;
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(`insert into wb_cabinets (name) values ('Магазин')`);
    await client.end();
    const { code, stdout, stderr } = await runProgram(['status'], { cwd, env });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /Магазин/);
    assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null });
    // And after it has gone, the same command opens the directory itself.
    assert.match((await runProgram(['status'], { cwd, env })).stdout, /Магазин/);
    const rebuilt = await runInSession(['rebuild', '--all'], { cwd, env });
    assert.equal(rebuilt.code, 0, rebuilt.stderr);
    assert.match(rebuilt.stdout, /^Cabinet 1: 0 rows compared/m);
  });
});
