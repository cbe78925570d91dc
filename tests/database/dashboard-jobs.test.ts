import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type pg from 'pg';
import { getRollbackPlans } from 'pg-boss';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { QUEUES, RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { pick, readRow, readRows } from './dashboard-harness.ts';

let database: TestDatabase;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
after(() => database.drop());

const read = (from: string) => readRows(pool, from);
const readOne = (from: string) => readRow(pool, from);

const createTestJobs = (supervise: boolean) =>
  createJobs({
    connectionString: database.connectionString,
    maxConnections: 2,
    supervise,
    schedules: supervise ? [] : undefined,
    log: silentLog(),
  });

const JOB_VIEWS = ['queues', 'jobs_by_cabinet', 'failed_jobs', 'workers'];

describe('what the job queues hold', () => {
  let jobs: Jobs;
  beforeEach(async () => {
    await pool.query('drop schema if exists pgboss cascade');
    jobs = createTestJobs(true);
    await jobs.start();
  });
  afterEach(() => jobs.stop(5_000));

  it('is counted by queue, as soon as the program has started', async () => {
    await jobs.sendRagIndex([
      { cabinet_id: 1, mode: 'incremental' },
      { cabinet_id: 2, mode: 'incremental' },
    ]);
    await jobs.sendRagIndex([{ cabinet_id: 2, mode: 'incremental' }], { startAfterSeconds: 3600 });
    await pool.query(
      `update pgboss.job set start_after = now() - interval '90 seconds' where singleton_key = '1'`,
    );
    const queues = await read('queues order by queue');
    assert.deepEqual(
      queues.map(({ queue }) => queue),
      QUEUES.map(({ name }) => name).sort(),
    );
    assert.deepEqual(
      queues.filter((row) => row['is_dead_letter']).map(({ queue }) => queue),
      [RAG_INDEX_DEAD_QUEUE],
    );
    const index = queues.find(({ queue }) => queue === RAG_INDEX_QUEUE)!;
    assert.deepEqual(pick(index, 'waiting_jobs', 'deferred_jobs', 'active_jobs', 'silent_jobs'), {
      waiting_jobs: 2,
      deferred_jobs: 1,
      active_jobs: 0,
      silent_jobs: 0,
    });
    assert.ok(Number(index['oldest_waiting_seconds']) >= 90);
    assert.deepEqual(
      (await read('jobs_by_cabinet order by cabinet_id')).map((row) =>
        pick(row, 'queue', 'cabinet_id', 'waiting_jobs', 'deferred_jobs', 'active_jobs'),
      ),
      [
        { queue: RAG_INDEX_QUEUE, cabinet_id: 1, waiting_jobs: 1, deferred_jobs: 0, active_jobs: 0 },
        { queue: RAG_INDEX_QUEUE, cabinet_id: 2, waiting_jobs: 1, deferred_jobs: 1, active_jobs: 0 },
      ],
    );
  });

  it('tells jobs under way, those of a silent worker and those that have ended', async () => {
    await jobs.sendRagIndex(
      [1, 2, 3, 4].map((cabinet) => ({ cabinet_id: cabinet, mode: 'incremental' as const })),
    );
    const fetched = await jobs.boss.fetch(RAG_INDEX_QUEUE, { batchSize: 4 });
    const ids = fetched.map(({ id }) => id);
    await jobs.boss.complete(RAG_INDEX_QUEUE, ids.slice(0, 2));
    await pool.query(`update pgboss.job set heartbeat_on = now() - interval '2 minutes' where id = $1`, [
      ids[3],
    ]);
    const index = await readOne(`queues where queue = '${RAG_INDEX_QUEUE}'`);
    assert.deepEqual(
      pick(
        index,
        'waiting_jobs',
        'active_jobs',
        'silent_jobs',
        'completed_jobs_last_hour',
        'oldest_waiting_seconds',
      ),
      {
        waiting_jobs: 0,
        active_jobs: 2,
        silent_jobs: 1,
        completed_jobs_last_hour: 2,
        oldest_waiting_seconds: 0,
      },
    );
  });

  it('has jobs that were given up, of whatever form', async () => {
    const payloads: object[] = [
      {
        cabinet_id: 7,
        mode: 'incremental',
        changed_ids: { orders: [1, 2], sales: [3], odd: 'x' },
        failures: 5,
      },
      { cabinet_id: 7, mode: 'incremental', rebuild: { id: '12', slice: 3 } },
      { cabinet_id: 'x', changed_ids: [1], failures: {} },
      ['not an object'],
    ];
    for (const data of payloads) await jobs.boss.send(RAG_INDEX_DEAD_QUEUE, data);
    const rows = await read('failed_jobs order by attempts desc, rebuild_id, cabinet_id');
    assert.deepEqual(
      rows.map((row) => pick(row, 'cabinet_id', 'changed_ids', 'rebuild_id', 'attempts')),
      [
        { cabinet_id: 7, changed_ids: 3, rebuild_id: null, attempts: 6 },
        { cabinet_id: 7, changed_ids: null, rebuild_id: 12, attempts: 1 },
        { cabinet_id: null, changed_ids: null, rebuild_id: null, attempts: 1 },
        { cabinet_id: null, changed_ids: null, rebuild_id: null, attempts: 1 },
      ],
    );
  });

  it('says who works, and who does not any more', async () => {
    const { worker, is_alive: isAlive } = await readOne('workers');
    assert.match(String(worker), new RegExp(`:${process.pid}$`));
    assert.equal(isAlive, true);
    await pool.query(`update pgboss.instance set heartbeat_on = now() - interval '10 minutes'`);
    assert.equal((await readOne('workers'))['is_alive'], false);
  });

  it('stands in no way of pg-boss: its schema is dropped and made again, and migrated down and up', async () => {
    const { rows } = await pool.query(
      `select from pg_depend d
       join pg_class c on c.oid = d.refobjid and c.relnamespace = 'pgboss'::regnamespace
       join pg_rewrite r on r.oid = d.objid
       join pg_class v on v.oid = r.ev_class and v.relnamespace = 'wb_dashboard'::regnamespace`,
    );
    assert.deepEqual(rows, [], 'no view depends on a table of pg-boss');

    await jobs.stop(5_000);
    await pool.query('drop schema pgboss cascade');
    for (const view of JOB_VIEWS) assert.deepEqual(await read(view), [], `${view} without pg-boss`);

    jobs = createTestJobs(false);
    await jobs.start();
    assert.equal((await read('queues')).length, QUEUES.length);
    const version = await schemaVersion();
    await jobs.stop(5_000);
    for (let i = 0; i < 3; i += 1) await pool.query(getRollbackPlans('pgboss', await schemaVersion()));
    const older = await schemaVersion();
    assert.ok(older < version, `${older} is older than ${version}`);
    for (const view of JOB_VIEWS) await read(view);

    // Its start brings the schema up to date.
    jobs = createTestJobs(false);
    await jobs.start();
    assert.equal(await schemaVersion(), version);
    assert.equal((await read('queues')).length, QUEUES.length);
  });

  async function schemaVersion(): Promise<number> {
    const { rows } = await pool.query<{ version: number }>('select version from pgboss.version');
    return rows[0]!.version;
  }
});
