import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { databaseFaultOf, toDatabaseError, type DatabaseFault } from '../../src/database/sqlstate.ts';
import { AppError, ERROR_CODES, isAppError, messageOf } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

/** What `pg` rejects with when it connects so and runs `sql`. */
async function errorOf(config: pg.ClientConfig, sql = 'select 1'): Promise<unknown> {
  const client = new pg.Client({
    connectionString: database.connectionString,
    connectionTimeoutMillis: 3_000,
    ...config,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } catch (error) {
    return error;
  } finally {
    await client.end().catch(() => undefined);
  }
  return assert.fail(`no error from ${sql}`);
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.connectionString);
  change(url);
  return url.href;
}

const CODE_OF: Readonly<Record<DatabaseFault, string>> = {
  unreachable: 'database_unreachable',
  refused: 'database_refused',
  busy: 'database_busy',
  failed: 'database_failed',
};

function assertFault(error: unknown, fault: DatabaseFault): void {
  assert.equal(databaseFaultOf(error), fault, messageOf(error));
  const wrapped = toDatabaseError(error, 'DATABASE_URL (host:5432/db)');
  assert.ok(isAppError(wrapped));
  assert.equal(wrapped.code, CODE_OF[fault]);
  assert.equal(wrapped.retryable, fault === 'busy' || fault === 'unreachable');
  assert.ok(
    wrapped.message.includes('DATABASE_URL (host:5432/db)') && wrapped.message.includes(messageOf(error)),
  );
  assert.equal(wrapped.cause, error);
}

function needsServer(t: TestContext): boolean {
  if (!database.embedded) return true;
  t.skip('the embedded Postgres knows neither passwords nor backends of its clients');
  return false;
}

describe('a fault of Postgres', () => {
  it('is that it does not answer, where nobody listens or the name is unknown', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    assertFault(await errorOf({ connectionString: `postgres://u:p@127.0.0.1:${port}/db` }), 'unreachable');
    assertFault(await errorOf({ connectionString: 'postgres://u:p@no-such-host.invalid/db' }), 'unreachable');
  });

  it('passes, when a server takes the connection and then says nothing, or hangs up', async () => {
    for (const [silent, fault] of [
      [true, 'busy'],
      [false, 'busy'],
    ] as const) {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        if (!silent) socket.end();
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const url = `postgres://u:p@127.0.0.1:${port}/db`;
      assertFault(await errorOf({ connectionString: url, connectionTimeoutMillis: 200 }), fault);
      server.close();
    }
  });

  it('is that it refuses, with a wrong password, none, or an unknown role or database', async (t) => {
    if (!needsServer(t)) return;
    for (const change of [
      (url: URL) => (url.password = 'wrong'),
      (url: URL) => (url.password = ''),
      (url: URL) => (url.username = 'nobody_at_all'),
      (url: URL) => (url.pathname = '/no_such_database'),
    ]) {
      assertFault(await errorOf({ connectionString: urlWith((url) => void change(url)) }), 'refused');
    }
  });

  it('does not pass, when a statement is wrong or breaks a constraint', async () => {
    assertFault(await errorOf({}, 'select no_such_column'), 'failed');
    assertFault(await errorOf({}, 'select 1 / 0'), 'failed');
    const twice = `insert into wb_cabinets (id, name, api_key) overriding system value
      select 1, 'a', 'k' from generate_series(1, 2)`;
    assertFault(await errorOf({}, twice), 'failed');
  });

  it('passes, when a statement takes too long for the client', async () => {
    assertFault(await errorOf({ query_timeout: 50 }, 'select pg_sleep(0.5)'), 'busy');
  });

  it('passes, when a statement takes too long for the server', async (t) => {
    if (!needsServer(t)) return;
    assertFault(await errorOf({ statement_timeout: 50 }, 'select pg_sleep(5)'), 'busy');
  });

  it('passes, when the connection is terminated in the middle of a statement, or the server is a standby by now', async (t) => {
    if (!needsServer(t)) return;
    const application_name = 'wb-assist to be terminated';
    const error = errorOf({ application_name }, 'select pg_sleep(10)');
    await until('it was terminated', async () => {
      const { rowCount } = await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = $1 and state = 'active' and datname = current_database()`,
        [application_name],
      );
      return rowCount === 1;
    });
    assertFault(await error, 'busy');
    const readOnly = { options: '-c default_transaction_read_only=on' };
    assertFault(await errorOf(readOnly, `insert into wb_cabinets (name, api_key) values ('a', 'b')`), 'busy');
  });

  it('passes or not by its SQLSTATE', () => {
    const withCode = (code: string) => databaseFaultOf(Object.assign(new Error('text'), { code }));
    // Connection, read-only, paused transaction, serialisation, disk full, in use, lock timeout, shutdown, I/O.
    for (const code of [
      '08006',
      '25006',
      '25P03',
      '25P04',
      '40001',
      '53100',
      '55006',
      '55P03',
      '57P01',
      '58030',
    ])
      assert.equal(withCode(code), 'busy', code);
    // Aborted transaction, setting that needs a restart, wrong statement, data, corruption, fault of Postgres itself.
    for (const code of ['25P02', '55P02', '42601', '22P02', 'XX001', 'XX000'])
      assert.equal(withCode(code), 'failed', code);
  });

  it('ends a transaction that stood still for too long as one that passes', async (t) => {
    if (!needsServer(t)) return;
    const client = new pg.Client({ connectionString: database.connectionString });
    const lost = once(client, 'error') as Promise<[Error]>;
    // The end of the connection, which follows, is one more.
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`begin; set local idle_in_transaction_session_timeout = '20ms'`);
    const [error] = await lost;
    assert.equal(databaseFaultOf(error), 'busy', messageOf(error));
  });

  it('is not seen in errors that did not come from it', () => {
    for (const error of [
      new Error('some text'),
      new TypeError('undefined is not a function'),
      new AppError('lease_lost', 'lost'),
      Object.assign(new Error('no permission'), { code: 'EPERM' }),
      Object.assign(new Error('busy'), { code: 'EBUSY' }),
      Object.assign(new Error('unknown'), { code: 'ERR_UNKNOWN' }),
      undefined,
      'text',
    ]) {
      assert.equal(databaseFaultOf(error), undefined, String(error));
      assert.equal(toDatabaseError(error, 'x'), error);
    }
  });
});

describe('a transaction', () => {
  const using = async (work: (connected: Database) => Promise<void>) => {
    const connected = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 1,
      applicationName: 'wb-assist errors test',
      log: silentLog(),
    });
    try {
      await work(connected);
    } finally {
      await connected.close();
    }
  };

  it('is undone and its connection is used again after an error, which says which database it was', async () => {
    await using(async (connected) => {
      const failing = connected.transaction(async (client) => {
        await client.query(`insert into wb_cabinets (name, api_key) values ('undone', 'k')`);
        await client.query('select no_such_column');
      });
      await assert.rejects(failing, (error) => {
        assert.ok(isAppError(error, 'database_failed'));
        assert.ok(error.message.startsWith(`${connected.label}: `));
        assert.equal(error.details['sqlstate'], '42703');
        return true;
      });
      const mine = new Error('not of the database');
      await assert.rejects(
        connected.transaction(() => Promise.reject(mine)),
        mine,
      );
      const { rows } = await connected.pool.query(`select from wb_cabinets where name = 'undone'`);
      assert.equal(rows.length, 0);
    });
  });

  it('that a vanished client left open is ended by the server', async () => {
    await using(async (connected) => {
      const inside = await connected.transaction((client) =>
        client.query<{ timeout: string }>(
          `select current_setting('idle_in_transaction_session_timeout') as timeout`,
        ),
      );
      assert.equal(inside.rows[0]?.timeout, '10s');
    });
  });

  it('never shows the password of its database', async () => {
    await using((connected) => {
      const { password } = new URL(connected.connectionString);
      assert.ok(password === '' || !connected.label.includes(`:${password}@`));
      assert.match(connected.label, /^DATABASE_URL \([^:]+:\d+\/\w+\)$/);
      return Promise.resolve();
    });
  });
});

describe('an error of the program', () => {
  it('has the status and the retryability of its code, unless told otherwise', () => {
    for (const [code, { httpStatus, retryable }] of Object.entries(ERROR_CODES)) {
      const error = new AppError(code as keyof typeof ERROR_CODES, 'text');
      assert.deepEqual([error.httpStatus, error.retryable, error.details], [httpStatus, retryable, {}]);
    }
    const special = new AppError('internal', 'text', { httpStatus: 418, retryable: true, details: { a: 1 } });
    assert.deepEqual([special.httpStatus, special.retryable, special.details], [418, true, { a: 1 }]);
  });

  it('gives whatever was thrown a text', () => {
    const dialler = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
    assert.equal(messageOf(dialler), '::1 refused; 127.0.0.1 refused');
    assert.equal(messageOf(new Error('plain')), 'plain');
    assert.equal(messageOf('text'), 'text');
  });
});
