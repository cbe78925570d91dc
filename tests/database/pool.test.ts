import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDatabase } from '../../src/database/pool.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { startEndingServer } from '../helpers/ending-server.ts';
import { createTestDatabase } from '../helpers/test-database.ts';

describe('a connection', () => {
  it('that the server ends in the same breath as it accepts it fails its transaction, not the process', async (t) => {
    const { connectionString } = await startEndingServer(t);
    const database = createDatabase({
      variable: 'DATABASE_URL',
      connectionString,
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
