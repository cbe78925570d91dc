import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import pgListen from 'pg-listen';
import { temporaryDirectory, useEmbeddedPostgres } from './support.ts';

const postgres = useEmbeddedPostgres();

test('pg: a pool of four does short transactions side by side', async () => {
  const pool = new pg.Pool({ connectionString: postgres.connectionString, max: 4 });
  pool.on('error', () => undefined);
  await pool.query('create table pooled (id int)');
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('insert into pooled values ($1)', [index]);
      await client.query('commit');
      client.release();
    }),
  );
  assert.deepEqual((await pool.query('select count(*)::int as n from pooled')).rows, [{ n: 40 }]);
  await pool.end();
});

test(
  'pg-boss: queues, jobs woken by NOTIFY, sends within a transaction of ours, schedules',
  { timeout: 30_000 },
  async () => {
    const boss = new PgBoss({ connectionString: postgres.connectionString, useListenNotify: true });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue('work', { policy: 'standard', notify: true });
    const seen: unknown[] = [];
    const latencies: number[] = [];
    let arrived = Promise.withResolvers<undefined>();
    await boss.work(
      'work',
      { pollingIntervalSeconds: 30 },
      (jobs: { data: { n: number; sentAt?: number } }[]) => {
        for (const { data } of jobs) {
          seen.push(data.n);
          if (data.sentAt !== undefined) latencies.push(performance.now() - data.sentAt);
        }
        arrived.resolve(undefined);
        return Promise.resolve();
      },
    );
    for (let n = 0; n < 5; n += 1) {
      arrived = Promise.withResolvers();
      await boss.send('work', { n, sentAt: performance.now() });
      await arrived.promise;
    }
    // Far below the 30 s of polling: the notification woke it.
    assert.ok(Math.max(...latencies) < 5_000, String(latencies));

    await using client = await postgres.client();
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await client.query('begin');
    await boss.send('work', { n: 'rolled back' }, { db });
    await client.query('rollback');
    await client.query('begin');
    arrived = Promise.withResolvers();
    await boss.send('work', { n: 'committed' }, { db });
    await client.query('commit');
    await arrived.promise;
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 'committed']);

    await boss.schedule('work', '0 3 * * 0', { n: 0 }, { tz: 'UTC' });
    assert.equal((await boss.getSchedules())[0]?.cron, '0 3 * * 0');
    await boss.stop({ graceful: false });
  },
);

test('pg-listen: hears what others notify', { timeout: 30_000 }, async () => {
  const subscriber = pgListen.default({ connectionString: postgres.connectionString });
  const heard = Promise.withResolvers<unknown>();
  subscriber.notifications.on('doorbell', (payload) => heard.resolve(payload));
  subscriber.events.on('error', (error) => heard.reject(error));
  await subscriber.connect();
  await subscriber.listenTo('doorbell');
  await using client = await postgres.client();
  await client.query(`notify doorbell, '{"rings": 1}'`);
  assert.deepEqual(await heard.promise, { rings: 1 });
  await subscriber.close();
});

test('node-pg-migrate: runs migrations up and down under its lock', { timeout: 30_000 }, async () => {
  const dir = join(temporaryDirectory(), 'migrations');
  mkdirSync(dir);
  writeFileSync(
    join(dir, '001_first.sql'),
    '-- Up Migration\ncreate table migrated (id int);\n-- Down Migration\ndrop table migrated;\n',
  );
  writeFileSync(
    join(dir, '002_second.sql'),
    '-- Up Migration\nalter table migrated add column name text;\n-- Down Migration\nalter table migrated drop column name;\n',
  );
  const migrate = (direction: 'up' | 'down', count: number) =>
    runner({
      databaseUrl: postgres.connectionString,
      dir,
      direction,
      count,
      migrationsTable: 'embedded_migrations',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
  assert.equal((await migrate('up', Infinity)).length, 2);
  assert.equal((await migrate('up', Infinity)).length, 0);
  assert.equal((await migrate('down', 2)).length, 2);
});

test('pgvector and time zones are there, in UTF-8', async () => {
  await using client = await postgres.client();
  await client.query('create extension if not exists vector');
  const { rows } = await client.query(
    `select '[1,0]'::halfvec(2) <=> '[0,1]'::halfvec(2) as distance,
            timestamptz '2026-01-01 00:00Z' at time zone 'Europe/Moscow' = timestamp '2026-01-01 03:00' as moscow,
            current_setting('server_encoding') as encoding, upper('ж') as upper,
            to_tsvector('russian', 'заканчивается')::text as stem`,
  );
  assert.deepEqual(rows, [
    { distance: 1, moscow: true, encoding: 'UTF8', upper: 'Ж', stem: "'заканчива':1" },
  ]);
});

describe('psql', () => {
  const absent = (() => {
    try {
      execFileSync('psql', ['--version'], { stdio: 'ignore' });
      return false;
    } catch {
      return 'psql is not installed';
    }
  })();

  async function psql(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('psql', [
      '-X',
      '-v',
      'ON_ERROR_STOP=1',
      postgres.connectionString,
      ...args,
    ]);
    return stdout;
  }

  test('psql: \\d, \\timing, several statements, and errors', { skip: absent }, async () => {
    await psql('-c', 'create table shown (id int primary key, name text)');
    const described = await psql(
      '-c',
      '\\timing',
      '-c',
      '\\d shown',
      '-c',
      'select 1; select 2',
      '-c',
      '\\dt',
    );
    assert.match(described, /Indexes:\s+"shown_pkey" PRIMARY KEY/);
    assert.match(described, /Time: /);
    await assert.rejects(psql('-c', 'select nonsense'), /column "nonsense" does not exist/);
  });

  test('psql: \\copy in and out, COPY FROM STDIN in a script', { skip: absent }, async () => {
    const directory = temporaryDirectory();
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},"name ${index}"`);
    writeFileSync(join(directory, 'in.csv'), `id,name\n${lines.join('\n')}\n`);
    await psql('-c', 'create table copied (id int, name text)');
    assert.match(
      await psql('-c', `\\copy copied from '${directory}/in.csv' with (format csv, header)`),
      /COPY 20000/,
    );
    assert.match(
      await psql('-c', `\\copy (select * from copied where id < 3 order by id) to stdout csv`),
      /^0,name 0\n1,name 1\n2,name 2\n$/,
    );
    writeFileSync(
      join(directory, 'script.sql'),
      'begin;\ncopy copied (id, name) from stdin;\n-1\tfrom a script\n\\.\ncommit;\n',
    );
    assert.match(await psql('-f', join(directory, 'script.sql')), /COPY 1/);
    assert.match(await psql('-At', '-c', 'select count(*) from copied'), /^20001$/m);
  });

  test('psql: a dump that empties search_path harms no other client', { skip: absent }, async () => {
    await using client = await postgres.client();
    await client.query('create table visible (id int)');
    const script = join(temporaryDirectory(), 'dump.sql');
    writeFileSync(
      script,
      "set statement_timeout = 0;\nselect pg_catalog.set_config('search_path', '', false);\ncreate table public.dumped (id int);\n",
    );
    await psql('-f', script);
    await client.query('select * from visible, dumped');
  });
});
