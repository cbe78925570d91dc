import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { AppError } from '../../src/errors.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { WB_SYNC_ALL_QUEUE, WB_SYNC_QUEUE, type ScheduleDefinition } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createCabinetTokenReader } from '../../src/wildberries/cabinet-token.ts';
import { readSyncState, requestSync } from '../../src/wildberries/sync/request-sync.ts';
import { spreadSeconds } from '../../src/wildberries/sync/schedule.ts';
import type { SyncOutcome, SyncRequest, Synchroniser } from '../../src/wildberries/sync/synchroniser.ts';
import type { SyncRun } from '../../src/wildberries/sync/sync-run.ts';
import { createSyncWorker } from '../../src/wildberries/sync/worker.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { testVault } from '../helpers/token-vault.ts';
import { until } from '../helpers/until.ts';

let database: TestDatabase;
let main: Database;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  main = createDatabase({
    variable: 'DATABASE_URL',
    connectionString: database.connectionString,
    maxConnections: 4,
    applicationName: 'sync worker test',
    log: silentLog(),
  });
});
after(async () => {
  await main.close();
  await database.drop();
});

interface StartedJobs {
  jobs: Jobs;
  stop: () => Promise<void>;
}

async function startJobs(schedules: ScheduleDefinition[] = [], supervise = true): Promise<StartedJobs> {
  const jobs = createJobs({
    connectionString: database.connectionString,
    maxConnections: 6,
    supervise,
    schedules,
    log: silentLog(),
  });
  await jobs.start();
  return { jobs, stop: () => jobs.stop(2_000) };
}

/** Jobs of cabinets that wait, with the seconds until they may start. */
async function waitingJobs(): Promise<
  { cabinet: number; trigger: string; continueOnly: boolean; seconds: number }[]
> {
  const { rows } = await pool.query<{
    cabinet: number;
    trigger: string;
    continueOnly: boolean;
    seconds: number;
  }>(
    `select (data->>'cabinet_id')::float8 as cabinet, data->>'trigger' as trigger,
       coalesce((data->>'continue_only')::boolean, false) as "continueOnly",
       extract(epoch from start_after - created_on)::float8 as seconds
     from pgboss.job where name = $1 and state in ('created', 'retry') order by 1`,
    [WB_SYNC_QUEUE],
  );
  return rows;
}

const RUN: SyncRun = {
  id: '1',
  cabinetId: 1,
  trigger: 'request',
  status: 'running',
  errorMessage: null,
  nextAttemptAt: null,
  startedAt: new Date(),
  finishedAt: null,
};

/** A synchroniser that does what the test says and remembers what it was asked. */
function createActor(act: (cabinetId: number) => Promise<SyncOutcome>) {
  const asked: { cabinetId: number; trigger: string; continueOnly: boolean | undefined }[] = [];
  const synchroniser: Synchroniser = {
    run(cabinetId: number, { trigger, continueOnly }: SyncRequest) {
      asked.push({ cabinetId, trigger, continueOnly });
      return act(cabinetId);
    },
  };
  return { asked, synchroniser };
}

async function withWorker(
  act: (cabinetId: number) => Promise<SyncOutcome>,
  work: (parts: { jobs: Jobs; asked: ReturnType<typeof createActor>['asked'] }) => Promise<void>,
): Promise<void> {
  const { jobs, stop } = await startJobs();
  try {
    await pool.query('delete from pgboss.job');
    const { asked, synchroniser } = createActor(act);
    const worker = createSyncWorker(
      { main, vault: testVault(), jobs, synchroniser, log: silentLog() },
      { concurrency: 2, intervalMinutes: 15 },
    );
    await worker.start();
    await work({ jobs, asked });
  } finally {
    await stop();
  }
}

describe('a job of wb-sync', () => {
  it('that has to wait for a limit is sent again for then, to go on and begin nothing', async () => {
    const nextAttemptAt = new Date(Date.now() + 3_600_000);
    await withWorker(
      () => Promise.resolve({ status: 'waiting', nextAttemptAt, run: RUN }),
      async ({ jobs, asked }) => {
        await jobs.sendWbSync({ cabinet_id: 7, trigger: 'request' });
        await until('it waits', async () => (await waitingJobs()).some(({ seconds }) => seconds > 60));
        assert.deepEqual(asked, [{ cabinetId: 7, trigger: 'request', continueOnly: false }]);
        const [job] = await waitingJobs();
        assert.equal(job!.continueOnly, true);
        assert.ok(job!.seconds >= 3_590 && job!.seconds <= 3_602, `in ${job!.seconds} s`);
      },
    );
  });

  it('whose cabinet another process has comes again soon, to go on and begin nothing', async () => {
    await withWorker(
      () => Promise.resolve({ status: 'busy' }),
      async ({ jobs }) => {
        await jobs.sendWbSync({ cabinet_id: 8, trigger: 'request' });
        await until('it waits', async () => (await waitingJobs()).some(({ seconds }) => seconds >= 4));
        const [job] = await waitingJobs();
        assert.deepEqual([job!.cabinet, job!.continueOnly], [8, true]);
      },
    );
  });

  it('that fails by the database comes again by the queue itself', async () => {
    let fail = true;
    await withWorker(
      () =>
        fail
          ? Promise.reject(new AppError('database_unreachable', 'away'))
          : Promise.resolve({ status: 'completed', run: RUN }),
      async ({ jobs, asked }) => {
        await jobs.sendWbSync({ cabinet_id: 9, trigger: 'request' });
        await until('it was tried', () => asked.length === 1);
        fail = false;
        await until('it was tried again', () => asked.length === 2);
      },
    );
  });

  it('waits once for a cabinet, however often it is sent', async () => {
    const { jobs, stop } = await startJobs();
    try {
      await pool.query('delete from pgboss.job');
      assert.ok(await jobs.sendWbSync({ cabinet_id: 10, trigger: 'request' }));
      assert.equal(await jobs.sendWbSync({ cabinet_id: 10, trigger: 'schedule' }), undefined);
      assert.ok(await jobs.sendWbSync({ cabinet_id: 11, trigger: 'schedule' }));
      assert.equal((await waitingJobs()).length, 2);
    } finally {
      await stop();
    }
  });

  it('gives way to one that is to start earlier, and not to one that is to start later', async () => {
    const { jobs, stop } = await startJobs();
    try {
      await pool.query('delete from pgboss.job');
      await jobs.sendWbSync({ cabinet_id: 14, trigger: 'schedule' }, { startAfterSeconds: 600 });
      assert.equal(
        await jobs.sendWbSync({ cabinet_id: 14, trigger: 'schedule' }, { startAfterSeconds: 9_000 }),
        undefined,
      );
      assert.equal(Math.round((await waitingJobs())[0]!.seconds), 600);
      // Whoever asks for a sync now does not wait for the turn that the schedule gave the cabinet.
      assert.ok(await jobs.sendWbSync({ cabinet_id: 14, trigger: 'request' }));
      const [job, ...others] = await waitingJobs();
      assert.deepEqual([job!.trigger, others.length], ['request', 0]);
      assert.ok(job!.seconds < 10, `in ${job!.seconds} s`);
    } finally {
      await stop();
    }
  });

  it('that left a part to a later run is sent again for when its limit allows it', async () => {
    const deferredUntil = new Date(Date.now() + 7_200_000);
    await withWorker(
      () => Promise.resolve({ status: 'partial', run: RUN, deferredUntil }),
      async ({ jobs }) => {
        await jobs.sendWbSync({ cabinet_id: 15, trigger: 'request' });
        await until('it waits', async () => (await waitingJobs()).some(({ seconds }) => seconds > 7_000));
        const [job] = await waitingJobs();
        assert.deepEqual([job!.trigger, job!.continueOnly], ['schedule', false]);
      },
    );
  });

  it('never runs twice at once for a cabinet, and does for different ones', async () => {
    const running = new Map<number, number>();
    const most = new Map<number, number>();
    const gate = Promise.withResolvers<undefined>();
    let all = 0;
    await withWorker(
      async (cabinetId) => {
        const now = (running.get(cabinetId) ?? 0) + 1;
        running.set(cabinetId, now);
        most.set(cabinetId, Math.max(now, most.get(cabinetId) ?? 0));
        all = Math.max(
          all,
          [...running.values()].reduce((sum, count) => sum + count, 0),
        );
        await gate.promise;
        running.set(cabinetId, running.get(cabinetId)! - 1);
        return { status: 'completed', run: RUN };
      },
      async ({ jobs, asked }) => {
        await jobs.sendWbSync({ cabinet_id: 12, trigger: 'request' });
        await until('the first runs', () => asked.length === 1);
        await jobs.sendWbSync({ cabinet_id: 12, trigger: 'request' });
        await jobs.sendWbSync({ cabinet_id: 13, trigger: 'request' });
        await until('both cabinets run', () => all === 2);
        gate.resolve(undefined);
        await until('all three ran', () => asked.length === 3);
      },
    );
    assert.deepEqual([...most.values()], [1, 1]);
  });
});

describe('a tick of the schedule', () => {
  it('sends a job for each active cabinet with a key, each at its own turn', async () => {
    await pool.query('delete from wb_cabinets');
    const due = [await insertCabinet(pool), await insertCabinet(pool)];
    await pool.query(
      `insert into wb_cabinets (name, api_key, is_active) values ('off', 'key', false), ('none', null, true), ('blank', '', true)`,
    );
    const taken = Promise.withResolvers<undefined>();
    await withWorker(
      () => taken.promise.then(() => ({ status: 'nothing' })),
      async ({ jobs }) => {
        await jobs.boss.send(WB_SYNC_ALL_QUEUE, {});
        await until('both are sent', async () => (await waitingJobs()).length === due.length);
        assert.deepEqual(
          (await waitingJobs()).map(({ cabinet, trigger, seconds }) => [
            cabinet,
            trigger,
            Math.round(seconds),
          ]),
          due.map((cabinet) => [cabinet, 'schedule', spreadSeconds(cabinet, 15)]),
        );
        taken.resolve(undefined);
      },
    );
  });

  it('encrypts the tokens that were written by hand, of cabinets that are switched off as well', async () => {
    await pool.query('delete from wb_cabinets');
    await pool.query(`insert into wb_cabinets (name, api_key, is_active) values ('off', 'by hand', false)`);
    await withWorker(
      () => Promise.resolve({ status: 'nothing' }),
      async ({ jobs }) => {
        await jobs.boss.send(WB_SYNC_ALL_QUEUE, {});
        await until('it is encrypted', async () => {
          const { rows } = await pool.query<{ id: string; api_key: string }>(
            'select id, api_key from wb_cabinets',
          );
          const [{ id, api_key: stored }] = rows as [{ id: string; api_key: string }];
          return stored !== 'by hand' && testVault().open(Number(id), stored) === 'by hand';
        });
      },
    );
  });

  it('is on record exactly as it is asked for, also where another version left others', async () => {
    const old = await startJobs();
    await old.jobs.boss.schedule(WB_SYNC_QUEUE, '0 */6 * * *', {}, { tz: 'UTC' });
    await old.jobs.boss.schedule(WB_SYNC_ALL_QUEUE, '*/5 * * * *', {}, { tz: 'Europe/Moscow', key: 'twice' });
    await old.stop();
    const read = async () =>
      (
        await pool.query<{ schedule: string }>(
          `select name || ' ' || cron || ' ' || timezone as schedule from pgboss.schedule order by 1`,
        )
      ).rows.map(({ schedule }) => schedule);
    // A process that does not watch over the queues leaves the record alone.
    await (
      await startJobs([{ queue: WB_SYNC_ALL_QUEUE, cron: '*/15 * * * *', missed: 'skip' }], false)
    ).stop();
    assert.equal((await read()).length, 2);
    await (await startJobs([{ queue: WB_SYNC_ALL_QUEUE, cron: '*/15 * * * *', missed: 'skip' }])).stop();
    assert.deepEqual(await read(), ['wb-sync-all */15 * * * * UTC']);
    await (await startJobs([])).stop();
    assert.deepEqual(await read(), []);
  });
});

describe('a request for a sync', () => {
  const request = async (cabinetId: number, kind: 'live' | 'simulator' = 'live') => {
    const { jobs, stop } = await startJobs();
    try {
      return await requestSync(
        { main, jobs, vault: testVault(), tokenOf: createCabinetTokenReader(kind) },
        cabinetId,
      );
    } finally {
      await stop();
    }
  };
  const insert = async (apiKey: string | null, isActive = true) => {
    const { rows } = await pool.query<{ id: number }>(
      `insert into wb_cabinets (name, api_key, is_active) values ('Кабинет', $1, $2) returning id::float8 as id`,
      [apiKey, isActive],
    );
    return rows[0]!.id;
  };
  const { raw } = createCabinetTokenReader('simulator')(1, '');

  it('is refused with the remedy when it could not but fail', async () => {
    await assert.rejects(request(await insert(raw, false)), /switched off.*is_active/);
    await assert.rejects(request(await insert(null)), /has no key/);
    const noToken = await insert('YOUR_WB_API_KEY');
    await assert.rejects(request(noToken), (error: Error) => {
      assert.match(error.message, /not a token of the Wildberries API/);
      assert.ok(error.message.includes(`PATCH /api/v1/cabinets/${noToken} `), error.message);
      assert.doesNotMatch(error.message, /YOUR_WB_API_KEY/);
      return true;
    });
  });

  it('takes a token as it is pasted, and needs none towards the simulator', async () => {
    assert.ok((await request(await insert(`  Bearer ${raw}\n`))).jobId);
    assert.ok((await request(await insert('YOUR_WB_API_KEY'), 'simulator')).jobId);
  });

  it('joins a run that is open, and the state says what is queued', async () => {
    const cabinet = await insert(raw);
    assert.equal((await readSyncState(main, cabinet)).run, undefined);
    await pool.query(
      `insert into wb_sync_runs (cabinet_id, trigger, status, next_attempt_at) values ($1, 'schedule', 'waiting', now() + interval '1 hour')`,
      [cabinet],
    );
    const { joined, jobId } = await request(cabinet);
    assert.equal(joined?.status, 'waiting');
    assert.ok(jobId);
    const state = await readSyncState(main, cabinet);
    assert.equal(state.run?.id, joined.id);
    assert.ok(state.nextJobAt instanceof Date);
  });
});
