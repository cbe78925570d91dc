import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  type RawClient,
} from './support.ts';

const postgres = useEmbeddedPostgres({ maxCopyBytes: 100_000, idleInTransactionTimeoutMs: 500 });

const copyDone = message('c');
const copyData = (text: string | Buffer): Buffer => message('d', Buffer.from(text));

async function run(client: RawClient, sql: string): Promise<(string | null)[][]> {
  client.send(simpleQuery(sql));
  const answer = await client.until('Z');
  const error = answer.find(({ type }) => type === 'E');
  assert.equal(error, undefined, fields(error)['M']);
  return rows(answer);
}

/** Sends a COPY and its rows in pieces; the answer after the last of them. */
async function copy(client: RawClient, sql: string, ...data: (string | Buffer)[]) {
  client.send(simpleQuery(sql));
  assert.equal((await client.until('G')).at(-1)?.type, 'G');
  client.send(...data.map(copyData), copyDone);
  const answer = await client.until('Z');
  return {
    types: types(answer),
    tag: answer
      .find(({ type }) => type === 'C')
      ?.body.toString()
      .replace('\0', ''),
    error: fields(answer.find(({ type }) => type === 'E')),
    status: answer.at(-1)?.body.toString(),
  };
}

test('COPY FROM STDIN loads text and csv, with columns and options, wherever the chunks are cut', async () => {
  using client = await postgres.raw();
  await run(client, "create table people (id int, name text, note text default 'none')");
  const text = await copy(
    client,
    'copy people from stdin',
    '1\tAnna\t\\N\n2\tБо',
    Buffer.from('рис\tsaid\\tit\n3'),
    '\tC\tx\n',
  );
  assert.deepEqual([text.types, text.tag, text.status], ['C Z', 'COPY 3', 'I']);
  const csv = await copy(
    client,
    "/* from stdin */ copy public.people (name, id) from STDIN with (format csv, header, delimiter ';', null '-')",
    'name;id\n"with ""quotes"" from stdin";4\n-;5\n',
  );
  assert.equal(csv.tag, 'COPY 2');
  assert.equal((await copy(client, "COPY people FROM STDIN CSV NULL ''", '6,,\n')).tag, 'COPY 1');
  assert.equal((await copy(client, 'copy people from stdin')).tag, 'COPY 0');
  assert.deepEqual(await run(client, 'select * from people order by id'), [
    ['1', 'Anna', null],
    ['2', 'Борис', 'said\tit'],
    ['3', 'C', 'x'],
    ['4', 'with "quotes" from stdin', 'none'],
    ['5', null, 'none'],
    ['6', null, null],
  ]);
});

test('COPY FROM STDIN loads the binary format', async () => {
  using client = await postgres.raw();
  await run(client, 'create table binaries (id int, name text)');
  client.send(simpleQuery("copy (values (1, 'a'), (2, null)) to stdout (format binary)"));
  const out = (await client.until('Z')).filter(({ type }) => type === 'd').map(({ body }) => body);
  assert.equal((await copy(client, 'copy binaries from stdin (format binary)', ...out)).tag, 'COPY 2');
  assert.deepEqual(await run(client, 'select * from binaries order by id'), [
    ['1', 'a'],
    ['2', null],
  ]);
});

test('COPY fires triggers and takes part in its transaction', async () => {
  using client = await postgres.raw();
  await using other = await postgres.client();
  await run(client, 'create table loaded (id int); create table log (n int)');
  await run(
    client,
    "create function note() returns trigger language plpgsql as 'begin insert into log select count(*) from fresh; return null; end'",
  );
  await run(
    client,
    'create trigger t after insert on loaded referencing new table as fresh execute function note()',
  );
  await run(client, 'begin');
  assert.equal((await copy(client, 'copy loaded from stdin', '1\n2\n')).status, 'T');
  await run(client, 'rollback');
  await run(client, 'begin');
  await copy(client, 'copy loaded from stdin', '1\n2\n3\n');
  await run(client, 'commit');
  assert.deepEqual((await other.query('select n from log')).rows, [{ n: 3 }]);
});

test('bad rows bring Postgres’ own error and leave the session usable', async () => {
  using client = await postgres.raw();
  await run(client, 'create table strict (id int primary key, name text)');
  const bad = await copy(client, 'copy strict from stdin', '1\ta\nx\tb\n');
  assert.deepEqual([bad.types, bad.error['C'], bad.status], ['E Z', '22P02', 'I']);
  assert.match(bad.error['W'] ?? '', /COPY strict, line 2, column id: "x"/);
  assert.equal((await copy(client, 'copy strict from stdin', '1\n')).error['C'], '22P04');
  assert.equal((await copy(client, 'copy missing from stdin', '1\n')).error['C'], '42P01');
  assert.equal((await copy(client, 'copy strict from stdin (format nonsense)', '1\n')).error['C'], '22023');
  await run(client, 'begin');
  const inside = await copy(client, 'copy strict from stdin', '1\ta\n1\tb\n');
  assert.deepEqual([inside.error['C'], inside.status], ['23505', 'E']);
  client.send(simpleQuery('copy strict from stdin'));
  assert.equal(fields((await client.until('Z'))[0])['C'], '25P02');
  await run(client, 'rollback');
  assert.deepEqual(await run(client, 'select count(*) from strict'), [['0']]);
});

test('CopyFail ends the COPY with the client’s reason and fails its transaction', async () => {
  using client = await postgres.raw();
  await run(client, 'create table given_up (id int)');
  for (const [before, status] of [
    ['select 1', 'I'],
    ['begin', 'E'],
  ] as const) {
    await run(client, before);
    client.send(simpleQuery('copy given_up from stdin'), copyData('1\n'), message('f', 'changed my mind'));
    const answer = await client.until('Z');
    assert.equal(types(answer), 'G E Z');
    assert.equal(fields(answer[1])['C'], '57014');
    assert.equal(fields(answer[1])['M'], 'COPY from stdin failed: changed my mind');
    assert.equal(answer.at(-1)?.body.toString(), status);
  }
  await run(client, 'rollback');
});

test('a COPY larger than the limit is refused with a hint, and what follows of it is passed over', async () => {
  using client = await postgres.raw();
  await run(client, 'create table bounded (id text)');
  client.send(
    simpleQuery('copy bounded from stdin'),
    ...Array.from({ length: 3 }, () => copyData(`${'x'.repeat(49_999)}\n`)),
    copyDone,
  );
  const answer = await client.until('Z');
  const error = fields(answer.find(({ type }) => type === 'E'));
  assert.equal(error['C'], '53400');
  assert.match(error['H'] ?? '', /Split the rows/);
  assert.deepEqual(await run(client, 'select count(*) from bounded'), [['0']]);
});

test('COPY among other statements, by the extended protocol, or from a program is refused with what to do instead', async () => {
  using client = await postgres.raw();
  await run(client, 'create table refused (id int)');
  for (const sql of [
    'begin; copy refused from stdin',
    "copy refused from program 'cat'",
    "copy refused to program 'cat'",
  ]) {
    client.send(simpleQuery(sql));
    const answer = await client.until('Z');
    assert.equal(fields(answer[0])['C'], '0A000', sql);
    assert.notEqual(fields(answer[0])['H'], undefined);
  }
  client.send(parse('', 'copy refused from stdin'), bind(''), execute(), sync);
  const answer = await client.until('Z');
  assert.equal(types(answer), 'E Z');
  assert.equal(fields(answer[0])['C'], '0A000');
  // In a transaction such an error is an error too.
  await run(client, 'begin');
  client.send(parse('', 'copy refused from stdin'), bind(''), execute(), sync);
  assert.equal((await client.until('Z')).at(-1)?.body.toString(), 'E');
  await run(client, 'rollback');
});

test('what only looks like COPY FROM STDIN is not taken for one', async () => {
  using client = await postgres.raw();
  await run(client, 'create table lookalike (id text)');
  await run(
    client,
    "insert into lookalike values ('copy lookalike from stdin'), ($$copy x from stdin$$), (E'\\'copy x from stdin')",
  );
  await run(client, '-- copy lookalike from stdin\nselect 1 /* copy lookalike /* nested */ from stdin */');
  client.send(
    simpleQuery("copy (select id from lookalike where id = 'copy lookalike from stdin') to stdout"),
  );
  const answer = await client.until('Z');
  assert.equal(types(answer), 'H d c C Z');
  assert.equal(answer[1]?.body.toString(), 'copy lookalike from stdin\n');
});

test('a client that is slow with its rows keeps nobody waiting, unless in a transaction, and there not for ever', async () => {
  using client = await postgres.raw();
  await using other = await postgres.client();
  await run(client, 'create table slow (id int)');
  client.send(simpleQuery('copy slow from stdin'));
  await client.until('G');
  await other.query('select 1');
  client.send(copyData('1\n'), copyDone);
  await client.until('Z');
  await run(client, 'begin');
  client.send(simpleQuery('copy slow from stdin'));
  await client.until('G');
  await other.query('select 1');
  assert.equal(fields((await client.until('end'))[0])['C'], '25P03');
});

test('a client that disappears in the middle of a COPY leaves nothing behind', async () => {
  await using other = await postgres.client();
  await other.query('create table abandoned (id int)');
  const client = await postgres.raw();
  client.send(simpleQuery('begin'));
  await client.until('Z');
  client.send(simpleQuery('copy abandoned from stdin'), copyData('1\n'));
  await client.until('G');
  client.socket.destroy();
  assert.deepEqual((await other.query('select * from abandoned')).rows, []);
});

test('rows of a byte each, and messages without any, load as if they had come at once', async () => {
  using client = await postgres.raw();
  await run(client, 'create table crumbs (a text)');
  const bytes = Array.from({ length: 500 }, (_, row) => Array.from(`${row}\n`)).flat();
  const outcome = await copy(client, 'copy crumbs from stdin', ...bytes.flatMap((byte) => ['', byte, '']));
  assert.equal(outcome.tag, 'COPY 500');
  assert.deepEqual(await run(client, 'select count(*), sum(a::int) from crumbs'), [['500', '124750']]);
});
