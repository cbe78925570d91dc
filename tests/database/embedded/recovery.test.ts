import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import pg from 'pg';
import {
  eventually,
  fields,
  recordingLog,
  simpleQuery,
  spawnServer,
  startServer,
  useTemplate,
  useEmbeddedPostgres,
} from './support.ts';

const { log, lines } = recordingLog();
const freshDataDirectory = useTemplate();
const postgres = useEmbeddedPostgres({ housekeepingIntervalMs: 50 }, log);

/** More than a segment of the write-ahead log. While the log's directory is away there is no next one, which ends Postgres. */
const MORE_THAN_A_SEGMENT = "select pg_logical_emit_message(true, 'filler', repeat('x', 20000000))";

test(
  'when the WebAssembly ends, clients are told, what was committed is there, and the port serves on',
  { timeout: 30_000 },
  async () => {
    await using bystander = await postgres.client();
    using inTransaction = await postgres.raw();
    await bystander.query('create table survivors (id int)');
    await bystander.query('insert into survivors values (1)');
    await bystander.query('listen crash');
    inTransaction.send(simpleQuery('begin; insert into survivors values (2)'));
    await inTransaction.until('Z');
    const [wal, away] = ['pg_wal', 'away'].map((name) => join(postgres.dataDir, 'postgres', name));
    renameSync(wal!, away!);
    inTransaction.send(simpleQuery(MORE_THAN_A_SEGMENT));
    const last = (await inTransaction.until('end')).at(-1);
    renameSync(away!, wal!);
    assert.deepEqual([fields(last)['V'], fields(last)['C']], ['FATAL', '57P02']);
    await assert.rejects(bystander.query('select 1'));
    await using again = await postgres.client();
    assert.deepEqual((await again.query('select id from survivors')).rows, [{ id: 1 }]);
    assert.equal(postgres.server.health().status, 'up');
    assert.ok(lines.some(({ level, msg }) => level === 'error' && msg.includes('ended unexpectedly')));
    assert.ok(lines.some(({ msg }) => msg === 'The embedded Postgres is open again'));
  },
);

test('a runaway recursion is an error, not the end of the engine', async () => {
  await using client = await postgres.client();
  await client.query(
    "create function runaway(i int) returns int language plpgsql as 'begin return runaway(i + 1); end'",
  );
  await assert.rejects(client.query('select runaway(1)'), { code: '54001' });
  await client.query('select 1');
});

test(
  'dead rows are vacuumed, statistics kept, and the write-ahead log checkpointed',
  { timeout: 30_000 },
  async () => {
    await using client = await postgres.client();
    await client.query('create table churn (id int primary key, filler text)');
    await client.query("insert into churn select i, repeat('x', 500) from generate_series(1, 5000) i");
    await client.query("update churn set filler = repeat('y', 500)");
    // The catalogs get dead rows, too.
    await client.query(
      `do $$ begin for n in 1..60 loop execute 'create table brief (a int, b int, c int)'; execute 'drop table brief'; end loop; end $$`,
    );
    const before = (
      await client.query<{ redo: string }>('select redo_lsn::text as redo from pg_control_checkpoint()')
    ).rows[0]!.redo;
    await eventually(async () => {
      const { rows } = await client.query<{ done: boolean }>(
        "select vacuum_count > 0 and n_dead_tup = 0 and last_analyze is not null as done from pg_stat_user_tables where relname = 'churn'",
      );
      return rows[0]?.done === true;
    });
    await eventually(async () => {
      const { rows } = await client.query<{ done: boolean }>(
        "select vacuum_count > 0 and n_dead_tup < 100 as done from pg_stat_all_tables where relname = 'pg_attribute'",
      );
      return rows[0]?.done === true;
    });
    await client.query(
      "insert into churn select i, (select string_agg(md5(random()::text), '') from generate_series(1, 60) where i > 0) from generate_series(5001, 45000) i",
    );
    await eventually(async () => {
      const { rows } = await client.query<{ redo: string }>(
        'select redo_lsn::text as redo from pg_control_checkpoint()',
      );
      return rows[0]?.redo !== before;
    });
  },
);

test(
  'a data directory that is away for a while comes back on the same port',
  { timeout: 30_000 },
  async () => {
    const dataDir = freshDataDirectory();
    const { log: ownLog, lines: ownLines } = recordingLog();
    await using server = await startServer({ dataDir, log: ownLog });
    const { connectionString } = server;
    const client = new pg.Client(connectionString);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('create table kept (id int)');
    renameSync(join(dataDir, 'postgres'), join(dataDir, 'away'));
    await assert.rejects(client.query(MORE_THAN_A_SEGMENT));
    await eventually(() => server.health().status === 'down');
    renameSync(join(dataDir, 'away'), join(dataDir, 'postgres'));
    await eventually(() => server.health().status === 'up');
    assert.equal(server.connectionString, connectionString);
    const again = new pg.Client(connectionString);
    await again.connect();
    await again.query('select * from kept');
    await again.end();
    assert.ok(ownLines.some(({ msg }) => msg === 'The thread of the embedded Postgres ended unexpectedly'));
    await server.stop(5_000);
  },
);

test(
  'stop tells the clients, rolls back what is open, frees the port, and leaves nothing to repair',
  { timeout: 30_000 },
  async () => {
    const dataDir = freshDataDirectory();
    await using server = await startServer({ dataDir });
    const client = new pg.Client(server.connectionString);
    const told = Promise.withResolvers<Error & { code?: string }>();
    client.on('error', (error) => told.resolve(error));
    await client.connect();
    await client.query('create table kept (id int)');
    await client.query('insert into kept values (1)');
    await client.query('begin');
    await client.query('insert into kept values (2)');
    await Promise.all([server.stop(5_000), server.stop(5_000)]);
    assert.equal((await told.promise).code, '57P01');
    assert.equal(server.health().status, 'down');

    await using next = await startServer({ dataDir, port: server.port });
    const again = new pg.Client(next.connectionString);
    await again.connect();
    assert.deepEqual((await again.query('select id from kept')).rows, [{ id: 1 }]);
    // A repair would have ended with a checkpoint of its own kind, after the last shutdown's.
    const { rows } = await again.query<{ clean: boolean }>(
      'select redo_lsn = checkpoint_lsn as clean from pg_control_checkpoint()',
    );
    assert.equal(rows[0]?.clean, true);
    await again.end();
    await next.stop(5_000);
  },
);

test('stop is bounded, even in the middle of an endless statement', { timeout: 30_000 }, async () => {
  await using server = await startServer({ dataDir: freshDataDirectory() });
  const client = new pg.Client(server.connectionString);
  client.on('error', () => undefined);
  await client.connect();
  const endless = client
    .query('select count(*) from generate_series(1, 1000000000000)')
    .catch((error: unknown) => error);
  // The statement is under way once another client gets no greeting any more.
  await pause(100);
  const startedAt = performance.now();
  await server.stop(500);
  assert.ok(performance.now() - startedAt < 2_000);
  assert.ok((await endless) instanceof Error);
});

test('everything committed before kill -9 is there after it', { timeout: 60_000 }, async () => {
  const dataDir = freshDataDirectory();
  let committed = 0;
  for (let round = 0; round < 3; round += 1) {
    using server = spawnServer(dataDir);
    const { connectionString } = await server.line();
    const client = new pg.Client(connectionString as string);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('create table if not exists ledger (id int primary key, filler text)');
    const { rows } = await client.query<{ n: number }>('select count(*)::int as n from ledger');
    // A statement whose answer the kill cut off may have been committed; none that was answered may be missing.
    assert.ok(rows[0]!.n === committed || rows[0]!.n === committed + 1, `${rows[0]!.n} rows of ${committed}`);
    committed = rows[0]!.n;
    const end = committed + 150;
    try {
      while (committed < 10_000) {
        await client.query("insert into ledger values ($1, repeat('x', 3000))", [committed]);
        committed += 1;
        if (committed === end) server.child.kill('SIGKILL');
      }
    } catch {
      // The kill.
    }
    await client.end().catch(() => undefined);
    await server.exited;
  }
  await using last = await startServer({ dataDir });
  const client = new pg.Client(last.connectionString);
  await client.connect();
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from ledger');
  assert.ok(rows[0]!.n >= committed);
  await client.end();
  await last.stop(5_000);
});
