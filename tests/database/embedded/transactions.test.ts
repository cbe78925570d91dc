import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import {
  bind,
  execute,
  fields,
  flush,
  message,
  parse,
  rows,
  simpleQuery,
  sync,
  types,
  useEmbeddedPostgres,
} from './support.ts';

const postgres = useEmbeddedPostgres({ idleInTransactionTimeoutMs: 300 });

async function value(client: pg.Client, sql: string): Promise<unknown> {
  const result = await client.query<Record<string, unknown>>(sql);
  return Object.values(result.rows[0] ?? {})[0];
}

test('nobody is served in the middle of another client’s transaction, and the waiting are served in their order', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await using c = await postgres.client();
  await a.query('create table turns (who text)');
  await a.query('begin');
  const order: string[] = [];
  const waiting = [b, c].map((client, index) =>
    client.query(`insert into turns values ('${index}')`).then(() => order.push(`${index}`)),
  );
  await a.query("insert into turns values ('a')");
  assert.equal(await value(a, 'select count(*)::int from turns'), 1);
  assert.deepEqual(order, []);
  await a.query('commit');
  await Promise.all(waiting);
  assert.deepEqual(order, ['0', '1']);
  assert.equal(await value(a, "select string_agg(who, '' order by ctid) from turns"), 'a01');
});

test('a failed transaction refuses statements until ROLLBACK, and nobody else is served meanwhile', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await a.query('begin');
  await assert.rejects(a.query('select 1/0'), { code: '22012' });
  const other = b.query('select 1 as one');
  await assert.rejects(a.query('select 1'), { code: '25P02' });
  await a.query('rollback');
  assert.deepEqual((await other).rows, [{ one: 1 }]);
});

test('after an error in the extended protocol everything up to Sync is skipped', async () => {
  using client = await postgres.raw();
  client.send(
    parse('', 'select 1/(pg_backend_pid()*0)'),
    bind(''),
    execute(),
    parse('', 'select 2'),
    bind(''),
    execute(),
    sync,
  );
  assert.equal(types(await client.until('Z')), '1 2 E Z');
  // The same where Flush has cut the messages in two.
  client.send(parse('', 'select 1/(pg_backend_pid()*0)'), bind(''), execute(), flush);
  assert.equal(types(await client.until('E')), '1 2 E');
  client.send(parse('', 'select 2'), bind(''), execute(), sync);
  assert.equal(types(await client.until('Z')), 'Z');
});

test('Flush brings the answers so far, and the backend is kept until Sync', async () => {
  using client = await postgres.raw();
  await using other = await postgres.client();
  client.send(parse('', 'select 7'), bind(''), flush);
  assert.equal(types(await client.until('2')), '1 2');
  const waiting = other.query('select 1');
  client.send(execute(), flush);
  assert.deepEqual(rows(await client.until('C')), [['7']]);
  client.send(sync);
  assert.equal(types(await client.until('Z')), 'Z');
  await waiting;
});

test('a client that disappears in a transaction is rolled back at once and blocks nobody', async () => {
  await using a = await postgres.client();
  await a.query('create table vanished (id int)');
  for (const vanish of ['destroy', 'end'] as const) {
    const gone = await postgres.raw();
    gone.send(simpleQuery('begin; insert into vanished values (1)'));
    await gone.until('Z');
    const waiting = value(a, 'select count(*)::int from vanished');
    gone.socket[vanish]();
    assert.equal(await waiting, 0);
  }
});

test('a client that disappears in the middle of a message, or between Flush and Sync, is rolled back too', async () => {
  await using a = await postgres.client();
  await a.query('create table cut_off (id int)');
  const first = await postgres.raw();
  first.send(simpleQuery('begin; insert into cut_off values (1)'));
  await first.until('Z');
  first.send(simpleQuery('insert into cut_off values (2)').subarray(0, 20));
  const second = await postgres.raw();
  first.socket.end();
  second.send(parse('', 'insert into cut_off values (3)'), bind(''), execute(), flush);
  await second.until('C');
  second.socket.end();
  assert.equal(await value(a, 'select count(*)::int from cut_off'), 0);
});

test('what a client sent before closing its side is still done', async () => {
  await using a = await postgres.client();
  await a.query('create table farewell (id int)');
  using client = await postgres.raw();
  client.send(simpleQuery('insert into farewell values (1)'), simpleQuery('insert into farewell values (2)'));
  client.socket.end();
  await client.until('end');
  assert.equal(await value(a, 'select count(*)::int from farewell'), 2);
});

test('a transaction that is idle while others wait is rolled back, and the rest of it refused until its end', async () => {
  await using a = await postgres.client();
  await a.query('create table idle (what text)');
  using idle = await postgres.raw();
  const drop = async (begin: string) => {
    idle.send(simpleQuery(begin));
    await idle.until('Z');
    assert.equal(await value(a, 'select count(*)::int from idle'), 0);
    assert.equal(fields((await idle.until('N'))[0])['C'], '25P03');
  };
  const ask = async (...messages: Buffer[]) => {
    idle.send(...messages);
    const answer = await idle.until('Z');
    return { types: types(answer), code: fields(answer[0])['C'], status: answer.at(-1)?.body.toString() };
  };

  await drop("begin; insert into idle values ('lost')");
  // Nobody waits for it any more, and yet nothing of it commits by itself.
  const refused = { types: 'E Z', code: '25P02', status: 'E' };
  assert.deepEqual(await ask(simpleQuery("insert into idle values ('alone')")), refused);
  assert.equal(await value(a, 'select count(*)::int from idle'), 0);
  assert.deepEqual(
    await ask(parse('', "insert into idle values ('alone')"), bind(''), execute(), sync),
    refused,
  );
  idle.send(simpleQuery('select 1'));
  assert.match(fields((await idle.until('Z'))[0])['H'] ?? '', /ROLLBACK/);
  assert.deepEqual(await ask(simpleQuery('savepoint s')), refused);
  assert.equal((await ask(simpleQuery('commit'))).status, 'I');
  assert.equal(await value(a, 'select count(*)::int from idle'), 0);

  await drop('begin');
  assert.deepEqual(await ask(parse('', 'rollback'), bind(''), execute(), sync), {
    types: '1 2 C Z',
    code: undefined,
    status: 'I',
  });
  await drop('begin');
  // What follows the end within one query is a transaction of its own, as on a server.
  assert.equal((await ask(simpleQuery("rollback; insert into idle values ('kept')"))).status, 'I');
  assert.equal(await value(a, 'select what from idle'), 'kept');
  assert.equal((await ask(simpleQuery('begin; delete from idle'))).status, 'T');
  assert.equal((await ask(simpleQuery('commit and chain'))).status, 'T');
  assert.equal((await ask(simpleQuery('rollback'))).status, 'I');
});

test('a client idle in the middle of extended messages, while others wait, is disconnected with 25P03', async () => {
  await using a = await postgres.client();
  using idle = await postgres.raw();
  idle.send(parse('', 'select 1'), bind(''), flush);
  await idle.until('2');
  await a.query('select 1');
  const said = await idle.until('end');
  assert.equal(fields(said[0])['C'], '25P03');
  assert.equal(fields(said[0])['V'], 'FATAL');
});

test('a transaction that keeps working is not idle, however long others wait', async () => {
  await using a = await postgres.client();
  await using b = await postgres.client();
  await a.query('begin');
  const waiting = b.query('select 1');
  const end = Date.now() + 900;
  while (Date.now() < end) await a.query('select pg_sleep(0.02)');
  await a.query('commit');
  await waiting;
});

test(
  '20 clients whose every tenth statement is a contended transaction all finish',
  { timeout: 30_000 },
  async () => {
    await using admin = await postgres.client();
    await admin.query('create table counters (id int primary key, n int not null)');
    await admin.query('insert into counters select i, 0 from generate_series(0, 2) i');
    const clients = await Promise.all(Array.from({ length: 20 }, () => postgres.client()));
    await Promise.all(
      clients.map(async (client, index) => {
        for (let step = 0; step < 50; step += 1) {
          if (step % 10 === 0) {
            await client.query('begin');
            await client.query('select n from counters where id = $1 for update', [index % 3]);
            await client.query('update counters set n = n + 1 where id = $1', [index % 3]);
            await client.query('commit');
          } else {
            await client.query('select $1::int + 1', [step]);
          }
        }
      }),
    );
    assert.equal(await value(admin, 'select sum(n)::int from counters'), 100);
    await Promise.all(clients.map((client) => client.end()));
  },
);

test('several messages in one chunk and one message in many chunks are answered alike', async () => {
  using client = await postgres.raw();
  client.send(simpleQuery('select 1'), simpleQuery('select 2'), simpleQuery('select 3'));
  const answers = [...(await client.until('Z')), ...(await client.until('Z')), ...(await client.until('Z'))];
  assert.deepEqual(rows(answers), [['1'], ['2'], ['3']]);
  client.socket.setNoDelay(true);
  for (const byte of simpleQuery('select 4')) {
    await new Promise((resolve) => client.socket.write(Buffer.of(byte), resolve));
  }
  assert.deepEqual(rows(await client.until('Z')), [['4']]);
});

test('10 MB travel both ways', async () => {
  await using client = await postgres.client();
  const large = 'ж'.repeat(5 * 1024 * 1024);
  const result = await client.query<{ length: number; back: string }>(
    'select octet_length($1)::int as length, $1::text as back',
    [large],
  );
  assert.equal(result.rows[0]?.length, 10 * 1024 * 1024);
  assert.ok(result.rows[0].back === large);
});

test('a client that does not read its large answer keeps nobody waiting', async () => {
  using slow = await postgres.raw();
  await using other = await postgres.client();
  slow.socket.pause();
  slow.send(simpleQuery("select repeat('x', 1000000) from generate_series(1, 30)"), simpleQuery('select 1'));
  for (let step = 0; step < 20; step += 1) await other.query('select 1');
  slow.socket.resume();
  assert.equal(rows(await slow.until('Z')).length, 30);
  assert.deepEqual(rows(await slow.until('Z')), [['1']]);
});

test('an unknown message type ends the connection with a protocol violation', async () => {
  using client = await postgres.raw();
  client.send(message('y', 'nonsense'));
  assert.equal(fields((await client.until('end')).at(-1))['C'], '08P01');
});
