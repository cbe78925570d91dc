import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { createDatabase } from '../../src/database/pool.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase } from '../helpers/test-database.ts';

/** A message of a server, https://www.postgresql.org/docs/18/protocol-message-formats.html */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const TERMINATED = message(
  'E',
  Buffer.from(
    ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command', ''].join('\0') +
      '\0',
  ),
);

describe('a connection', () => {
  // A process that was paused while it connected finds both in one piece when it goes on.
  it('that the server ends in the same breath as it accepts it fails its transaction, not the process', async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATION_OK, READY, TERMINATED])));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const database = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: `postgres://nobody@127.0.0.1:${port}/none`,
      maxConnections: 1,
      applicationName: 'pool.test',
      log: silentLog(),
    });
    t.after(() => database.close());
    const isBusy = (error: unknown) => isAppError(error, 'database_busy');
    await assert.rejects(
      database.transaction((client) => client.query('select 1')),
      isBusy,
    );
    await assert.rejects(database.pool.query('select 1'));
    assert.equal(database.pool.totalCount, 0, 'a broken connection is not kept');
  });

  it('has no statement compiled, whatever the server is set to', async (t) => {
    const given = await createTestDatabase();
    t.after(() => given.drop());
    const { connectionString } = given;
    const database = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString, maxConnections: 2, applicationName: 'pool.test' },
      log: silentLog(),
    });
    t.after(() => database.close());
    const read = () => database.pool.query<{ jit: string }>('show jit');
    for (const { rows } of await Promise.all([read(), read()])) assert.deepEqual(rows, [{ jit: 'off' }]);
  });
});
