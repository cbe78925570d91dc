import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import {
  eventually,
  execute,
  fields,
  int32,
  logIn,
  message,
  parse,
  RawClient,
  rows,
  simpleQuery,
  startServer,
  startupPacket,
  useEmbeddedPostgres,
  useTemplate,
} from './support.ts';

const MAX_MESSAGE_BYTES = 1_100_000;
const postgres = useEmbeddedPostgres({ maxMessageBytes: MAX_MESSAGE_BYTES, maxUnfinishedBytes: 4_000_000 });
const freshDataDirectory = useTemplate();

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  return attempt.then(
    () => 'connected',
    (error: unknown) => (error as { code?: string }).code,
  );
}

async function connect(
  change: (url: URL) => void,
  connectionString = postgres.connectionString,
): Promise<void> {
  const url = new URL(connectionString);
  change(url);
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

test('nobody connects without the password, and an unknown user is told the same as a wrong password', async () => {
  assert.equal(await codeOf(connect(() => undefined)), 'connected');
  assert.equal(await codeOf(connect((url) => (url.password = 'wrong'))), '28P01');
  for (const user of ['postgres', 'nobody', 'pg_monitor']) {
    // With the password, too: there is one user.
    assert.equal(await codeOf(connect((url) => (url.username = user))), '28P01');
  }
  assert.equal(await codeOf(connect((url) => (url.pathname = '/elsewhere'))), '3D000');
  // A stranger is not told which databases there are.
  const elsewhere = connect((url) => {
    url.pathname = '/elsewhere';
    url.password = 'wrong';
  });
  assert.equal(await codeOf(elsewhere), '28P01');
});

/** What somebody else's program tries with no more than the path and the port; prints what came of it. */
const STRANGER = `
const { readFileSync, readdirSync } = require('node:fs');
const [dataDir, port, startup, query] = process.argv.slice(1);
const codeOf = (attempt) => { try { attempt(); return 'done'; } catch (error) { return error.code; } };
const told = [codeOf(() => readdirSync(dataDir)), codeOf(() => readFileSync(dataDir + '/password')),
  codeOf(() => readFileSync(dataDir + '/postgres/PG_VERSION'))];
const socket = require('node:net').connect(port, '127.0.0.1');
socket.write(Buffer.concat([Buffer.from(startup, 'hex'), Buffer.from(query, 'hex')]));
socket.toArray().then((chunks) => {
  console.log(JSON.stringify({ told, answer: Buffer.concat(chunks).toString('hex') }));
});`;

test('another user of the machine reads no file, and is not let in', async (context) => {
  if (process.getuid?.() !== 0) {
    context.skip('only root can run something as somebody else');
    return;
  }
  // Its own modes have to do, not those of what it lies in.
  chmodSync(dirname(postgres.dataDir), 0o755);
  const packets = [startupPacket({ user: 'wb_assist', database: 'postgres' }), simpleQuery('select 1')];
  const parameters = [
    postgres.dataDir,
    String(postgres.server.port),
    ...packets.map((p) => p.toString('hex')),
  ];
  const run = promisify(execFile)(process.execPath, ['-e', STRANGER, ...parameters], {
    uid: 65534,
    gid: 65534,
    cwd: '/',
  });
  const output = await run.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  });
  if (output === undefined) {
    context.skip('no other user can run node here');
    return;
  }
  const { told, answer } = JSON.parse(output.stdout) as { told: string[]; answer: string };
  assert.deepEqual(told, ['EACCES', 'EACCES', 'EACCES']);
  // The request for a log-in, and a refusal of all else.
  const text = Buffer.from(answer, 'hex').toString('latin1');
  assert.ok(text.includes('SCRAM-SHA-256') && /FATAL.*08P01/s.test(text), text);
  assert.ok(!/[TDZ]\0\0\0/.test(text), 'a row or a ReadyForQuery');
});

test('nothing but a log-in is answered before one', async () => {
  const attempts = [
    simpleQuery('select 1'),
    message('p', 'SCRAM-SHA-256-PLUS', int32(4), Buffer.from('p=x,')),
    message('p', 'SCRAM-SHA-256', int32(8), Buffer.from('nonsense')),
    message('p', 'SCRAM-SHA-256', int32(17), Buffer.from('p=tls-unique,,n=,r=x')),
    Buffer.concat([Buffer.from('p'), int32(65 * 1024)]),
  ];
  for (const attempt of attempts) {
    using client = await RawClient.connect(postgres.server.port);
    client.send(startupPacket({ user: 'wb_assist', database: 'postgres' }));
    await client.until('R');
    client.send(attempt);
    const last = (await client.until('end')).at(-1);
    assert.equal(last?.type, 'E');
    assert.ok(['08P01', '54000'].includes(fields(last)['C']!), fields(last)['M']);
  }
});

test('each kind of encryption is declined once, and a stranger who asks on is let go', async () => {
  const packet = (code: number) => Buffer.concat([int32(8), int32(code)]);
  const [ssl, gss] = [packet(80877103), packet(80877104)];
  const socket = connectSocket(postgres.server.port, '127.0.0.1');
  socket.write(Buffer.concat([gss, ssl, ...Array.from({ length: 5_000 }, () => ssl)]));
  const answer = Buffer.concat(await socket.toArray());
  assert.equal(answer.toString('latin1', 0, 3), 'NNE');
  assert.match(answer.toString('latin1'), /FATAL.*08P01/s);
});

test('a proof that was overheard opens nothing a second time', async () => {
  using honest = await RawClient.connect(postgres.server.port);
  honest.send(startupPacket({ user: 'wb_assist', database: 'postgres' }));
  const sent: Buffer[] = [];
  const send = honest.send.bind(honest);
  honest.send = (...messages) => {
    sent.push(...messages);
    send(...messages);
  };
  await logIn(honest, new URL(postgres.connectionString).password);
  await honest.until('Z');
  using thief = await RawClient.connect(postgres.server.port);
  thief.send(startupPacket({ user: 'wb_assist', database: 'postgres' }), ...sent);
  assert.equal((await thief.until('end')).at(-1)?.type, 'E');
});

test('connections that do not log in keep nobody out', async () => {
  const strangers = await Promise.all(
    Array.from({ length: 150 }, () => RawClient.connect(postgres.server.port)),
  );
  for (let time = 0; time < 5; time += 1) await connect(() => undefined);
  for (const stranger of strangers) stranger.socket.destroy();
});

test('a message that is too large is refused by its header, and messages without an end as they grow', async () => {
  using client = await postgres.raw();
  client.send(Buffer.concat([Buffer.from('Q'), int32(400 * 1024 * 1024)]));
  assert.equal(fields((await client.until('end')).at(-1))['C'], '54000');

  using endless = await postgres.raw();
  for (let sent = 0; sent <= MAX_MESSAGE_BYTES; sent += 100_000)
    endless.send(parse('', `select '${'x'.repeat(100_000)}'`));
  assert.equal(fields((await endless.until('end')).at(-1))['C'], '54000');
});

test('what all clients have sent of unfinished messages is bounded together', async () => {
  const clients: RawClient[] = [];
  const almost = Buffer.concat([
    Buffer.from('d'),
    int32(MAX_MESSAGE_BYTES),
    Buffer.alloc(MAX_MESSAGE_BYTES - 100),
  ]);
  for (let n = 0; n < 3; n += 1) {
    const client = await postgres.raw();
    clients.push(client);
    client.send(almost);
    // By its answer all that was sent before is there.
    await connect(() => undefined);
  }
  using beyond = await postgres.raw();
  beyond.send(almost);
  assert.equal(fields((await beyond.until('end')).at(-1))['C'], '53200');
  // A client with little of its own is not the one to go.
  await connect(() => undefined);
  for (const client of clients) client.socket.destroy();
});

test('messages that wait for their turn count, too, and those within the bound are served', async () => {
  using holder = await postgres.raw();
  holder.send(simpleQuery('begin'));
  await holder.until('Z');
  const waiting: RawClient[] = [];
  for (let n = 0; n < 3; n += 1) {
    const client = await postgres.raw();
    waiting.push(client);
    client.send(simpleQuery(`select length('${'x'.repeat(1_050_000)}')`));
  }
  using beyond = await postgres.raw();
  beyond.send(simpleQuery(`select length('${'x'.repeat(1_099_000)}')`));
  assert.equal(fields((await beyond.until('end')).at(-1))['C'], '53200');
  holder.send(simpleQuery('commit'));
  for (const client of waiting) {
    assert.deepEqual(rows(await client.until('Z')), [['1050000']]);
    client.socket.destroy();
  }
});

test('many small unfinished messages are counted as what they take', async () => {
  using client = await postgres.raw();
  // 20 000 of 10 bytes: 0.2 MB of text, and 5 MB of memory.
  client.send(...Array.from({ length: 20_000 }, () => execute()));
  assert.equal(fields((await client.until('end')).at(-1))['C'], '53200');
});

test('the password stays, and its file and all others are their user’s alone', async () => {
  const dataDir = freshDataDirectory();
  const password = readFileSync(join(dataDir, 'password'), 'utf8').trim();
  assert.ok(password.length >= 40);
  // As an earlier version left them.
  for (const path of ['password', 'postgres/PG_VERSION', 'postgres/base'])
    chmodSync(join(dataDir, path), 0o777);
  {
    await using server = await startServer({ dataDir });
    assert.equal(new URL(server.connectionString).password, password);
    const client = new pg.Client(server.connectionString);
    await client.connect();
    await client.query('create table made as select i from generate_series(1, 1000) i');
    await client.end();
    if (process.platform !== 'win32') {
      const open = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(
        (path) => (lstatSync(join(dataDir, path)).mode & 0o077) !== 0,
      );
      assert.deepEqual(open, []);
    }
  }
  rmSync(join(dataDir, 'password'));
  {
    // A data directory of an earlier version has none.
    await using server = await startServer({ dataDir });
    assert.notEqual(new URL(server.connectionString).password, password);
    assert.equal(await codeOf(connect(() => undefined, server.connectionString)), 'connected');
  }
  writeFileSync(join(dataDir, 'password'), '');
  await assert.rejects(startServer({ dataDir }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'data_directory_unusable');
    assert.match(error.message, /delete that file, and the next start makes another/);
    return true;
  });
  await eventually(() => existsSync(join(dataDir, 'owner.lock')));
});
