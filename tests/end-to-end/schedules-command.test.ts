import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { schedulesOf } from '../../src/app.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';

describe('`wb-assist schedules`', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  const run = async (t: TestContext, ...parameters: string[]) => {
    const { code, stdout, stderr } = await runInSession(['schedules', ...parameters], {
      cwd: await emptyDirectory(t),
      env: { DATABASE_URL: database.connectionString },
    });
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  };

  it('shows what is scheduled, what is missing and what does not belong', async (t) => {
    const missing = '   Missing: set by the next start of a worker.\n';
    const rebuild = 'index-full-rebuild-rag  0 3 * * 0  UTC\n';
    const sync = 'wb-sync-all  */15 * * * *  UTC\n';
    assert.equal(await run(t), `${rebuild}${missing}${sync}${missing}`);

    const service = await startTestService({
      databaseUrl: database.connectionString,
      roles: ['worker'],
      env: { WB_SYNC_INTERVAL_MINUTES: '15' },
      schedules: schedulesOf,
    });
    await service.app.jobs.boss.createQueue('index-incremental-rag');
    await service.app.jobs.boss.schedule('index-incremental-rag', '0 */6 * * *');
    await service.stop();
    const details = (missed: string) =>
      String.raw`   next run \d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z\n   last run .*\n   missed while no worker ran: ${missed}\n`;
    const escaped = (text: string) => text.replaceAll('*', String.raw`\*`);
    assert.match(
      await run(t),
      new RegExp(
        `^${escaped(rebuild)}${details('made up for once, by the next start of a worker')}` +
          `${escaped(sync)}${details('skipped')}` +
          `${escaped('index-incremental-rag  0 */6 * * *  UTC\n')}${details('skipped')}` +
          '   Does not belong here: taken off by the next start of a worker\\.\n$',
      ),
    );
    const [first] = JSON.parse(await run(t, '--json')) as Record<string, unknown>[];
    assert.ok(first !== undefined);
    // The last run is that of this very start, when it is on a Sunday at 03:00.
    const { next_run: nextRun, last_run: lastRun, ...rest } = first;
    assert.ok(lastRun === null || typeof lastRun === 'object');
    assert.match(String(nextRun), /T03:00:00\.000Z$/);
    assert.equal(new Date(String(nextRun)).getUTCDay(), 0);
    assert.deepEqual(rest, {
      queue: 'index-full-rebuild-rag',
      key: '',
      cron: '0 3 * * 0',
      timezone: 'UTC',
      state: 'current',
      missed: 'once',
    });
  });
});
