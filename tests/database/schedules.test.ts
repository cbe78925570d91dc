import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { schedulesOf } from '../../src/app.ts';
import { loadConfig } from '../../src/load-config.ts';
import { compareSchedules } from '../../src/jobs/compare-schedules.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { INDEX_FULL_REBUILD_QUEUE, WB_SYNC_ALL_QUEUE } from '../../src/jobs/queues.ts';
import { readSchedules } from '../../src/jobs/schedules-queries.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService, type TestServiceOptions } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

const OLD_QUEUE = 'index-incremental-rag';
const THURSDAY = new Date('2026-11-26T12:00:00Z');

let database: TestDatabase;
const services: TestService[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await database.drop();
});

async function startWorker(
  env: Record<string, string> = {},
  schedules: TestServiceOptions['schedules'] = schedulesOf,
): Promise<TestService> {
  const { connectionString: databaseUrl } = database;
  const service = await startTestService({ databaseUrl, roles: ['worker'], env, schedules });
  services.push(service);
  return service;
}

/** What a version had on record that followed the data every six hours. */
async function leaveOldSchedules(): Promise<void> {
  const { connectionString } = database;
  const log = silentLog();
  const old = createJobs({ connectionString, maxConnections: 2, supervise: false, schedules: [], log });
  await old.start();
  await old.boss.createQueue(OLD_QUEUE);
  await old.boss.schedule(OLD_QUEUE, '0 */6 * * *');
  await old.boss.schedule(OLD_QUEUE, '0 */6 * * *', {}, { key: 'moscow', tz: 'Europe/Moscow' });
  await old.boss.schedule(INDEX_FULL_REBUILD_QUEUE, '0 */6 * * *', {}, { key: 'more-often' });
  await old.boss.schedule(INDEX_FULL_REBUILD_QUEUE, '0 4 * * 0');
  await old.stop(2_000);
}

const scheduled = async () =>
  (await readSchedules(database.pool)).map(({ queue, key, cron, timezone, missed }) =>
    [queue, key, cron, timezone, missed ?? ''].join('|'),
  );

const wanted = (minutes: string) =>
  schedulesOf(loadConfig({ WB_SYNC_INTERVAL_MINUTES: minutes, DATABASE_URL: database.connectionString }));

describe('the schedules', () => {
  it('are exactly those that belong there, also after an upgrade from a version that had others', async () => {
    await leaveOldSchedules();
    assert.equal((await scheduled()).length, 4);
    await startWorker({ WB_SYNC_INTERVAL_MINUTES: '15' });
    assert.deepEqual(await scheduled(), [
      'index-full-rebuild-rag||0 3 * * 0|UTC|once',
      'wb-sync-all||*/15 * * * *|UTC|skip',
    ]);
    await startWorker();
    assert.deepEqual(await scheduled(), ['index-full-rebuild-rag||0 3 * * 0|UTC|once']);
  });

  it('are compared with what is asked for, with the next run of each', async () => {
    await leaveOldSchedules();
    const reports = compareSchedules(await readSchedules(database.pool), wanted('15'), THURSDAY);
    assert.deepEqual(
      reports.map(({ queue, key, state, nextRun }) => [queue, key, state, nextRun?.toISOString() ?? null]),
      [
        [INDEX_FULL_REBUILD_QUEUE, '', 'changed', '2026-11-29T04:00:00.000Z'],
        [WB_SYNC_ALL_QUEUE, '', 'missing', null],
        [INDEX_FULL_REBUILD_QUEUE, 'more-often', 'other', '2026-11-26T18:00:00.000Z'],
        [OLD_QUEUE, '', 'other', '2026-11-26T18:00:00.000Z'],
        [OLD_QUEUE, 'moscow', 'other', '2026-11-26T15:00:00.000Z'],
      ],
    );
    await startWorker({ WB_SYNC_INTERVAL_MINUTES: '15' });
    const after = compareSchedules(await readSchedules(database.pool), wanted('15'), THURSDAY);
    assert.deepEqual(
      after.map(({ queue, state, nextRun }) => [queue, state, nextRun?.toISOString()]),
      [
        [INDEX_FULL_REBUILD_QUEUE, 'current', '2026-11-29T03:00:00.000Z'],
        [WB_SYNC_ALL_QUEUE, 'current', '2026-11-26T12:15:00.000Z'],
      ],
    );
    const off = compareSchedules(await readSchedules(database.pool), wanted('0'), THURSDAY);
    assert.deepEqual(
      off.map(({ state }) => state),
      ['current', 'other'],
    );
  });

  it('can be read where only an older pg-boss was, and when one of them makes no sense', async () => {
    await leaveOldSchedules();
    await database.pool.query('alter table pgboss.schedule drop column last_job_id, drop column kind');
    await database.pool.query(`update pgboss.schedule set cron = 'now and then' where key = 'moscow'`);
    const reports = compareSchedules(await readSchedules(database.pool), [], THURSDAY);
    assert.deepEqual(
      reports.map(({ nextRun, lastRun }) => [nextRun !== null, lastRun]),
      [
        [true, null],
        [true, null],
        [true, null],
        [false, null],
      ],
    );
  });
});

describe('a tick that came while everything was down', () => {
  // Days from now in either direction, so that none comes while a test runs.
  const weekday = (new Date().getUTCDay() + 4) % 7;
  const startWeekly = () =>
    startWorker({}, () => [{ queue: INDEX_FULL_REBUILD_QUEUE, cron: `0 3 * * ${weekday}`, missed: 'once' }]);
  const ticks = async () => {
    const { rows } = await database.pool.query<{ state: string }>(
      'select state::text from pgboss.job where name = $1',
      [INDEX_FULL_REBUILD_QUEUE],
    );
    return rows.map(({ state }) => state);
  };
  /** As if no worker had run for so long. */
  const pause = (days: number) =>
    database.pool.query(
      `with clock as (update pgboss.version set cron_on = now() - make_interval(days => $1::int))
       update pgboss.schedule set created_on = now() - make_interval(days => $1::int + 1)`,
      [days],
    );
  const passed = async () => {
    const { rows } = await database.pool.query<{ passed: boolean }>(
      `select cron_on > now() - interval '1 minute' and not exists (
         select from pgboss.job where name = '__pgboss__send-it' and state in ('created', 'retry', 'active')
       ) as passed from pgboss.version`,
    );
    return rows[0]!.passed;
  };

  it('is made up for once, though it was missed three times and two workers start', async () => {
    await (await startWeekly()).stop();
    assert.deepEqual(await ticks(), []);
    await pause(22);
    await Promise.all([startWeekly(), startWeekly()]);
    await until('the tick is done', async () => (await ticks()).includes('completed'));
    await until('all that is due was sent', passed);
    assert.deepEqual(await ticks(), ['completed']);
    const [report] = await readSchedules(database.pool);
    assert.equal(report?.lastRun?.state, 'completed', 'and it is known as the last run');
  });

  it('is none of a schedule that is younger than the pause', async () => {
    await (await startWeekly()).stop();
    await database.pool.query(
      `with clock as (update pgboss.version set cron_on = now() - interval '22 days')
       update pgboss.schedule set created_on = now() - interval '2 minutes'`,
    );
    await startWeekly();
    await until('the first look is done', passed);
    assert.deepEqual(await ticks(), []);
  });
});
