import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import {
  bind,
  execute,
  fields,
  message,
  parse,
  rows,
  simpleQuery,
  sync,
  types,
  useEmbeddedPostgres,
} from './support.ts';

const postgres = useEmbeddedPostgres();

/** What the client hears; `marker` brings the stream to a known point, since notifications keep their order. */
function listenTo(client: pg.Client) {
  const heard: string[] = [];
  client.on('notification', ({ channel, payload }) => heard.push(`${channel}:${payload ?? ''}`));
  return {
    heard,
    async upTo(count: number): Promise<string[]> {
      while (heard.length < count) await new Promise((resolve) => client.once('notification', resolve));
      return heard;
    },
  };
}

async function value(client: pg.Client, sql: string): Promise<unknown> {
  const result = await client.query<Record<string, unknown>>(sql);
  return Object.values(result.rows[0] ?? {})[0];
}

test('a notification reaches exactly the listening sessions, at once, also when they are idle', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await using deaf = await postgres.client();
  const [fromA, fromB, fromDeaf] = [listenTo(a), listenTo(b), listenTo(deaf)];
  await a.query('listen News; /* a comment; */ listen "Mixed Case" -- another; listen nothing');
  await b.query('LISTEN /* here */ news');
  await deaf.query('listen unrelated');
  await deaf.query("notify NEWS, 'one'");
  assert.deepEqual(await fromA.upTo(1), ['news:one']);
  assert.deepEqual(await fromB.upTo(1), ['news:one']);
  await deaf.query(`select pg_notify('Mixed Case', 'two'), pg_notify('nothing', 'x')`);
  await deaf.query('notify unrelated');
  assert.deepEqual(await fromA.upTo(2), ['news:one', 'Mixed Case:two']);
  assert.deepEqual(await fromDeaf.upTo(1), ['unrelated:']);
  assert.deepEqual(fromB.heard, ['news:one']);
});

test('a notification is delivered when its transaction commits and never when it rolls back', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  const heard = listenTo(a);
  await a.query({ text: 'listen commits', name: 'listens-by-extended-protocol' });
  await b.query("begin; notify commits, 'lost'");
  await b.query('rollback');
  await b.query('begin');
  await b.query("select pg_notify($1, 'kept')", ['commits']);
  await b.query('select 1');
  assert.deepEqual(heard.heard, []);
  await b.query('commit');
  assert.deepEqual(await heard.upTo(1), ['commits:kept']);
});

test('a session that notifies itself hears it before it is ready for the next query', async () => {
  using client = await postgres.raw();
  client.send(simpleQuery('listen myself'));
  await client.until('Z');
  client.send(simpleQuery("notify myself, 'a'"));
  assert.equal(types(await client.until('Z')), 'C A Z');
  client.send(parse('', "notify myself, 'b'"), bind(''), execute(), sync);
  assert.equal(types(await client.until('Z')), '1 2 C A Z');
  client.send(simpleQuery("begin; listen late; notify late, 'c'; commit"));
  assert.equal(types(await client.until('Z')), 'C C C C A Z');
});

test('UNLISTEN, UNLISTEN * and the end of a session silence that session and nobody else', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  const [fromA, fromB] = [listenTo(a), listenTo(b)];
  const gone = await postgres.client();
  for (const client of [a, b, gone]) await client.query('listen one; listen two; listen done');
  await gone.end();
  await a.query('unlisten one');
  await b.query("notify one, '1'; notify two, '2'");
  assert.deepEqual(await fromA.upTo(1), ['two:2']);
  await a.query('UNLISTEN *; listen done');
  await b.query("notify two, '3'; notify done");
  assert.deepEqual(await fromA.upTo(2), ['two:2', 'done:']);
  assert.deepEqual(await fromB.upTo(4), ['one:1', 'two:2', 'two:3', 'done:']);
  await a.query('discard all');
  await b.query("notify done, 'b still hears'");
  assert.equal((await fromB.upTo(5)).at(-1), 'done:b still hears');
});

test('LISTEN and UNLISTEN of a rolled-back transaction or savepoint count for nothing', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  const heard = listenTo(a);
  await a.query('listen stays; listen done');
  await b.query('listen undone; listen half; listen failed; listen kept');
  await a.query('begin; listen undone; unlisten stays');
  await a.query('rollback');
  await a.query('begin; savepoint s; listen half; rollback to savepoint s; listen kept; commit');
  await assert.rejects(a.query('listen failed; select 1/0'));
  await assert.rejects(a.query('begin; listen failed; select 1/0'));
  await a.query('commit');
  for (const channel of ['undone', 'half', 'failed', 'stays', 'kept', 'done'])
    await b.query(`notify ${channel}`);
  assert.deepEqual(await heard.upTo(3), ['stays:', 'kept:', 'done:']);
});

test('LISTEN inside a string, a comment or a function body is not one', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  const heard = listenTo(a);
  await b.query('listen fake');
  await a.query("select 'x; listen fake;' as text /* ; listen fake; */");
  await a.query('do $body$ begin perform $$; listen fake;$$; end $body$');
  await a.query('listen real');
  await b.query('notify fake; notify real');
  assert.deepEqual(await heard.upTo(1), ['real:']);
});

test('two clients may have prepared statements of the same name', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  const name = 'same-name-in-both-clients-and-longer-than-the-sixty-three-bytes-of-a-name';
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual((await a.query({ name, text: 'select $1::int as x', values: [round] })).rows, [
      { x: round },
    ]);
    assert.deepEqual((await b.query({ name, text: 'select $1::text as y', values: ['b'] })).rows, [
      { y: 'b' },
    ]);
  }
});

test('an unnamed statement survives Sync and other clients', async () => {
  using client = await postgres.raw();
  await using other = await postgres.client();
  client.send(parse('', 'select 42'), sync);
  assert.equal(types(await client.until('Z')), '1 Z');
  await other.query('select $1::int', [1]);
  client.send(message('D', Buffer.from('S'), ''), bind(''), execute(), sync);
  const first = await client.until('Z');
  assert.equal(types(first), 't T 2 D C Z');
  assert.deepEqual(rows(first), [['42']]);
  await other.query('select 1');
  client.send(bind(''), execute(), sync);
  assert.deepEqual(rows(await client.until('Z')), [['42']]);
  // A simple query of its own ends it, as on any server.
  client.send(simpleQuery('select 1'));
  await client.until('Z');
  client.send(bind(''), execute(), sync);
  assert.equal(fields((await client.until('Z'))[0])['C'], '26000');
});

test('DEALLOCATE ALL and DISCARD ALL of one client leave the others their statements', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  const prepared = { name: 'kept', text: 'select 5 as five' };
  await a.query(prepared);
  for (const sql of ['deallocate all', 'DISCARD ALL']) {
    await b.query(sql);
    assert.deepEqual((await a.query(prepared)).rows, [{ five: 5 }]);
  }
});

test('SQL’s PREPARE, EXECUTE and DEALLOCATE belong to their session and see the protocol’s statements', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await a.query('prepare plan as select 1 as n');
  await b.query('prepare "plan" as select 2 as n');
  assert.equal(await value(a, 'execute plan'), 1);
  assert.equal(await value(b, 'explain (costs off) execute plan'), 'Result');
  await b.query('create table from_plan as execute plan');
  assert.equal(await value(b, 'select n from from_plan'), 2);
  await a.query({ name: 'by_protocol', text: 'select 3 as n' });
  assert.equal(await value(a, 'execute by_protocol'), 3);
  await a.query('deallocate plan');
  await assert.rejects(a.query('execute plan'), { code: '26000' });
  assert.equal(await value(b, 'execute plan'), 2);
});

test('the statements of a session end with it', async () => {
  await using a = await postgres.client();
  const before = await value(a, 'select count(*)::int from pg_prepared_statements');
  const gone = await postgres.client();
  await gone.query({ name: 'goes', text: 'select 1' });
  await gone.query('prepare goes_too as select 1');
  await gone.end();
  assert.equal(await value(a, 'select count(*)::int from pg_prepared_statements'), before);
});

test('the settings of one client stay its own', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await a.query('create table public.found (id int)');
  await b.query("select pg_catalog.set_config('search_path', '', false)");
  await b.query("set statement_timeout = '7s'; set session app.tenant = 'it''s \\ b'");
  await b.query('set time zone -3');
  await a.query('select count(*) from found');
  assert.equal(await value(a, 'show statement_timeout'), '0');
  assert.equal(await value(a, "select current_setting('app.tenant', true)"), '');
  await a.query("set statement_timeout = '9s'");
  await assert.rejects(b.query('select count(*) from found'), { code: '42P01' });
  assert.equal(await value(b, 'show statement_timeout'), '7s');
  assert.equal(await value(b, "select current_setting('app.tenant')"), "it's \\ b");
  assert.equal(await value(b, 'show timezone'), '<-03>+03');
  assert.equal(await value(a, 'show statement_timeout'), '9s');
  assert.equal(await value(a, 'show timezone'), 'UTC');
  await b.query('reset all');
  await b.query('select count(*) from found');
});

test('a setting of a rolled-back transaction, or SET LOCAL, is gone with it', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await a.query("begin; set work_mem = '3MB'; rollback");
  await a.query("begin; set local search_path = ''; commit");
  await b.query('select 1');
  assert.equal(await value(a, 'show work_mem'), '8MB');
  assert.equal(await value(a, 'show search_path'), '"$user", public');
});

test('a role taken by one client is not the other’s', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await a.query('create role restricted; grant usage on schema public to restricted');
  await b.query('set role restricted');
  assert.equal(await value(a, 'select current_user::text'), 'wb_assist');
  assert.equal(await value(b, 'select current_user::text'), 'restricted');
  // Leaves the role too, as on a server.
  await b.query('reset session authorization');
  assert.equal(await value(b, 'select session_user::text || current_user'), 'wb_assistwb_assist');
  assert.equal(await value(b, 'show session_authorization'), 'wb_assist');
});

test('settings of the startup packet hold for their session, and RESET goes back to them', async () => {
  await using a = await postgres.client({
    options: '-c statement_timeout=5s --work-mem=2MB',
    application_name: 'tester',
  });
  await using b = await postgres.client({
    statement_timeout: 1234,
    lock_timeout: 99,
    idle_in_transaction_session_timeout: 5,
  });
  await using unknown = await postgres.client({ options: '-c no_such_setting=1 -c work_mem=1MB' });
  assert.equal(await value(b, 'show statement_timeout'), '1234ms');
  assert.equal(await value(a, 'show statement_timeout'), '5s');
  assert.equal(await value(a, 'show work_mem'), '2MB');
  assert.equal(await value(unknown, 'show work_mem'), '1MB');
  await a.query("set work_mem = '4MB'");
  await a.query('reset work_mem');
  assert.equal(await value(a, 'show work_mem'), '2MB');
});

test('a client is told of the parameters that it changes', async () => {
  using client = await postgres.raw();
  client.send(simpleQuery("set time zone 'Europe/Moscow'"));
  const [, status] = await client.until('Z');
  assert.equal(status?.body.toString(), 'TimeZone\0Europe/Moscow\0');
});

test('the first statement of a transaction may set its isolation after a setting', async () => {
  await using a = await postgres.client();
  await a.query('begin');
  await a.query("set datestyle = 'ISO, DMY'");
  await a.query('set transaction isolation level serializable');
  assert.equal(await value(a, 'show transaction_isolation'), 'serializable');
  await a.query('rollback');
});
