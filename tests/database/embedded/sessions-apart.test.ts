import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { eventually, simpleQuery, useEmbeddedPostgres } from './support.ts';

const postgres = useEmbeddedPostgres();

async function value(client: pg.Client, sql: string, values: unknown[] = []): Promise<unknown> {
  const result = await client.query<Record<string, unknown>>(sql, values);
  return Object.values(result.rows[0] ?? {})[0];
}

const pidOf = (client: pg.Client): number => (client as unknown as { processID: number }).processID;

test('the application_name of a session is the one that it connected with, cleaned as a server does', async () => {
  await using a = await postgres.client({ application_name: 'first' });
  await using b = await postgres.client({ application_name: `второй ${'x'.repeat(70)}` });
  await using none = await postgres.client();
  assert.equal(await value(a, 'show application_name'), 'first');
  const cleaned = '\\xd0\\xb2\\xd1\\x82\\xd0\\xbe\\xd1\\x80\\xd0\\xbe\\xd0\\xb9 xxxxxxxxxxxxxx';
  assert.equal(await value(b, 'show application_name'), cleaned);
  assert.equal(await value(none, 'show application_name'), '');
  await a.query("set application_name = 'renamed'");
  assert.equal(await value(b, 'show application_name'), cleaned);
  assert.equal(await value(a, 'show application_name'), 'renamed');
  await a.query('reset application_name');
  assert.equal(await value(a, 'show application_name'), 'first');
  await a.query('discard all');
  assert.equal(await value(a, 'show application_name'), 'first');
});

test('every session has a pid of its own, the one that its client was told', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  assert.notEqual(pidOf(a), pidOf(b));
  for (const client of [a, b, a]) assert.equal(await value(client, 'select pg_backend_pid()'), pidOf(client));
  await a.query("set work_mem = '3MB'; reset all");
  await a.query('discard all');
  await b.query('select 1');
  assert.equal(await value(a, 'select pg_backend_pid() + $1', [0]), pidOf(a));
});

test('pg_stat_activity lists the sessions, and each finds itself', async () => {
  await using a = await postgres.client({ application_name: 'one of them' });
  await using b = await postgres.client({ application_name: "the other's" });
  await b.query('listen "something"');
  assert.equal(
    await value(a, `select application_name from pg_stat_activity where query = 'listen "something"'`),
    "the other's",
  );
  const { rows } = await a.query(
    `select pid, application_name, state, query like 'select pid, app%' as asks, usename::text, datname::text, pid = pg_backend_pid() as own
     from pg_stat_activity where application_name in ('one of them', 'the other''s') order by pid`,
  );
  const common = { usename: 'wb_assist', datname: 'postgres' };
  assert.deepEqual(rows, [
    { pid: pidOf(a), application_name: 'one of them', state: 'active', asks: true, own: true, ...common },
    { pid: pidOf(b), application_name: "the other's", state: 'idle', asks: false, own: false, ...common },
  ]);
  // Cut in the middle of a character of two halves.
  await b.query(`select '${'x'.repeat(1015)}🍓'`);
  assert.equal(await value(a, "select count(*)::int from pg_stat_activity where query like '%xxx%'"), 2);
  // In a transaction whose first statement has yet to set its isolation, too.
  await b.query('begin');
  await b.query("select 'pg_stat_activity'");
  await b.query('commit');
});

test('pg_terminate_backend ends a session and its transaction, and pg_cancel_backend a statement that waits', async () => {
  await using a = await postgres.client();
  const victim = await postgres.client({ application_name: 'victim' });
  const told = new Promise<Error & { code?: string }>((resolve) => victim.once('error', resolve));
  assert.equal(
    await value(
      a,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'",
    ),
    true,
  );
  assert.equal((await told).code, '57P01');
  assert.equal(
    await value(a, "select count(*)::int from pg_stat_activity where application_name = 'victim'"),
    0,
  );
  assert.equal(await value(a, 'select pg_terminate_backend($1)', [999_999]), false);

  await using waiting = await postgres.client();
  await a.query('begin');
  const canceled = assert.rejects(waiting.query('select 1'), { code: '57014' });
  using raw = await postgres.raw();
  raw.send(simpleQuery('select 2'));
  await eventually(async () => (await value(a, 'select pg_cancel_backend($1)', [pidOf(waiting)])) === true);
  await canceled;
  await a.query('commit');
  await raw.until('Z');

  await using itself = await postgres.client();
  await assert.rejects(itself.query('select pg_terminate_backend(pg_backend_pid())'));
  assert.equal(await value(a, 'select 1'), 1);
});

test('temporary tables, views and sequences are their session’s own, whatever their names, and end with it', async () => {
  await using a = await postgres.client();
  const b = await postgres.client();
  await a.query(
    'create temp table work (id serial primary key, what text); create index by_what on work (what)',
  );
  await a.query("insert into work (what) values ('a')");
  await assert.rejects(b.query('select * from work'), { code: '42P01' });
  await b.query(
    'create temporary table work (id serial primary key, what text); create index by_what on work (what)',
  );
  await b.query(
    "create temp view seen as select what from work; create temp sequence counter; select nextval('counter')",
  );
  await b.query("insert into work (what) values ('b'), ('c')");
  const read = { name: 'reads-work', text: 'select string_agg(what, $1 order by what) from work' };
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual((await a.query({ ...read, values: [','] })).rows, [{ string_agg: 'a' }]);
    assert.deepEqual((await b.query({ ...read, values: [','] })).rows, [{ string_agg: 'b,c' }]);
  }
  assert.equal(await value(b, "select nextval('counter')"), '2');
  assert.equal(await value(b, 'select count(*)::int from seen'), 2);
  await b.query('begin; create temp table brief (id int) on commit drop; insert into brief values (1)');
  await b.query('commit');
  await b.query('do $$ begin create temp table made_inside (id int); end $$');
  await assert.rejects(a.query('select * from made_inside'), { code: '42P01' });
  // A transaction that is rolled back takes its tables along.
  await a.query('begin; create temp table undone (id int)');
  await a.query('rollback');
  await b.end();
  assert.equal(await value(a, 'select what from work'), 'a');
  await a.query("set role none; set default_transaction_read_only = on; set search_path = ''");
  await using c = await postgres.client();
  const left =
    "select string_agg(relkind::text, '' order by relkind) from pg_class where relnamespace = pg_my_temp_schema()";
  // The table of the session that is still there, its indexes and its sequence.
  assert.equal(await value(c, `${left} and relkind <> 't'`), 'Siir');
  await c.query('create temp table work (other int)');
  assert.equal(await value(a, 'select what from pg_temp.work'), 'a');
  await a.end();
  assert.equal(await value(c, 'select count(*)::int from work'), 0);
  assert.equal(await value(c, left), 'r');
});
