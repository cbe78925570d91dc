import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { createEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.ts';
import { AppError, type ErrorCode } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { eventually, spawnServer, startServer, temporaryDirectory, useTemplate } from './support.ts';

const freshDataDirectory = useTemplate();

async function refusal(dataDir: string, port = 0): Promise<AppError> {
  const postgres = createEmbeddedPostgres({ dataDir, port, log: silentLog() });
  try {
    await postgres.start();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
  await postgres.stop(5_000);
  throw new assert.AssertionError({ message: 'it started' });
}

function assertUnusable(error: AppError, code: ErrorCode = 'data_directory_unusable'): void {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, /WB_ASSIST_DATA_DIR/);
}

test('a directory that is not one, or holds something else, is data_directory_unusable', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'file'), '');
  assertUnusable(await refusal(join(directory, 'file')));
  assertUnusable(await refusal(join(directory, 'file', 'below')));
  assertUnusable(await refusal('/proc/wb-assist/data'));

  const holiday = join(directory, 'holiday');
  mkdirSync(holiday);
  writeFileSync(join(holiday, 'photo.jpg'), '');
  const foreign = await refusal(holiday);
  assertUnusable(foreign);
  assert.match(foreign.message, /photo\.jpg/);
  assert.deepEqual(readdirSync(holiday), ['photo.jpg']);

  const older = join(directory, 'older');
  mkdirSync(join(older, 'postgres'), { recursive: true });
  writeFileSync(join(older, 'owner.lock'), '');
  writeFileSync(join(older, 'postgres', 'PG_VERSION'), '15\n');
  assert.match((await refusal(older)).message, /Postgres 15/);
  writeFileSync(join(older, 'postgres', 'PG_VERSION'), '18\n');
  assertUnusable(await refusal(older));
});

test('an unwritable directory is data_directory_unusable', async (context) => {
  const directory = temporaryDirectory();
  const target = join(directory, 'read-only');
  mkdirSync(target);
  chmodSync(target, 0o555);
  chmodSync(directory, 0o755);
  if (process.getuid?.() !== 0) {
    assertUnusable(await refusal(target));
    return;
  }
  // Root may write everywhere, so somebody else tries.
  using server = spawnServer(target, { uid: 65534, gid: 65534 });
  server.child.on('error', () => undefined);
  const told = await server.line().catch(() => undefined);
  if (told === undefined) context.skip('no other user can run node here');
  else assert.equal(told['code'], 'data_directory_unusable');
});

test('a taken port is port_in_use, and the data directory is free again', async () => {
  const dataDir = freshDataDirectory();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const error = await refusal(dataDir, port);
  assert.equal(error.code, 'port_in_use');
  assert.match(error.message, /EMBEDDED_POSTGRES_PORT/);
  other.close();
  await using postgres = await startServer({ dataDir, port });
  assert.equal(postgres.port, port);
  await postgres.stop(5_000);
});

test(
  'one data directory has one owner, until that one is gone, however it went',
  { timeout: 60_000 },
  async () => {
    const dataDir = join(temporaryDirectory(), 'several', 'parents', 'data');
    await using first = await startServer({ dataDir });
    assertUnusable(await refusal(dataDir), 'data_directory_in_use');
    {
      using second = spawnServer(dataDir);
      const told = await second.line();
      assert.equal(told['code'], 'data_directory_in_use');
      assert.deepEqual((told['details'] as { pid: number }).pid, process.pid);
    }
    await first.stop(5_000);

    const killed = spawnServer(dataDir);
    await killed.line();
    const error = await refusal(dataDir);
    assert.equal(error.details['pid'], killed.child.pid);
    killed.child.kill('SIGKILL');
    await killed.exited;
    // What a killed owner left may name a pid that is another program's by now.
    assert.equal(readFileSync(join(dataDir, 'owner.pid'), 'utf8').split('\n')[0], String(killed.child.pid));
    writeFileSync(join(dataDir, 'owner.pid'), '1\n');

    const starters = [spawnServer(dataDir), spawnServer(dataDir), spawnServer(dataDir)];
    const told = await Promise.all(starters.map((starter) => starter.line()));
    assert.equal(told.filter(({ port }) => port !== undefined).length, 1, JSON.stringify(told));
    assert.equal(told.filter(({ code }) => code === 'data_directory_in_use').length, 2);
    for (const starter of starters) starter.child.kill('SIGKILL');
    await Promise.all(starters.map(({ exited }) => exited));
  },
);

test('a database that was killed while being made is made anew', { timeout: 60_000 }, async () => {
  const dataDir = join(temporaryDirectory(), 'missing', 'parents', 'data');
  using half = spawnServer(dataDir);
  const drafts = (): string[] =>
    existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name.includes('.draft-')) : [];
  await eventually(() => drafts().length > 0);
  half.child.kill('SIGKILL');
  await half.exited;
  assert.equal(existsSync(join(dataDir, 'postgres')), false);
  await using postgres = await startServer({ dataDir });
  const client = new pg.Client(postgres.connectionString);
  await client.connect();
  assert.equal((await client.query('create table made (embedding vector(3))')).command, 'CREATE');
  await client.end();
});
