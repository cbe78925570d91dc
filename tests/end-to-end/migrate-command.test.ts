import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readQueues } from '../../src/jobs/queries.ts';
import { QUEUES } from '../../src/jobs/queues.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createTestDatabase } from '../helpers/test-database.ts';

describe('`wb-assist migrate`', () => {
  it('makes the job queue too, so that the first processes of a new database do not race for it', async (t) => {
    const database = await createTestDatabase();
    t.after(() => database.drop());
    await database.pool.query('drop schema pgboss cascade');
    const cwd = await emptyDirectory(t);
    const migrate = () =>
      runInSession(['migrate'], { cwd, env: { DATABASE_URL: database.connectionString } });

    const first = await migrate();
    assert.equal(first.code, 0, first.stderr);
    const queues = await readQueues(database.pool);
    assert.deepEqual(queues.map(({ name }) => name).sort(), QUEUES.map(({ name }) => name).sort());

    assert.deepEqual(await migrate(), first, 'it may be repeated');
    assert.deepEqual(await readQueues(database.pool), queues);
  });
});
