import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type pg from 'pg';
import { hasDueJobs } from '../../src/jobs/queries.ts';
import { createJobs, type JobOutcome, type Jobs, type QueuedJob } from '../../src/jobs/jobs.ts';
import {
  QUEUES,
  RAG_INDEX_DEAD_QUEUE,
  RAG_INDEX_QUEUE,
  type RagIndexPayload,
  type ScheduleDefinition,
} from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

let database: TestDatabase;
const running = new Set<Jobs>();

before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());
afterEach(async () => {
  await Promise.all([...running].map((jobs) => jobs.stop(2_000)));
  running.clear();
});
beforeEach(async () => {
  const jobs = await startJobs();
  await database.pool.query('delete from pgboss.job');
  await jobs.stop(2_000);
});

async function startJobs(
  options: { supervise?: boolean; maxConnections?: number; schedules?: ScheduleDefinition[] } = {},
): Promise<Jobs> {
  const jobs = createJobs({
    connectionString: database.connectionString,
    maxConnections: options.maxConnections ?? 7,
    supervise: options.supervise ?? false,
    schedules: options.schedules ?? [],
    log: silentLog(),
  });
  running.add(jobs);
  await jobs.start();
  return jobs;
}

const payload = (cabinetId: number): RagIndexPayload => ({
  cabinet_id: cabinetId,
  mode: 'incremental',
  changed_ids: { orders: [cabinetId] },
});

const DONE: JobOutcome = { status: 'done' };
const cabinetOf = (job: QueuedJob) => (job.payload as RagIndexPayload).cabinet_id;

async function jobsIn(queue: string, state: string): Promise<Record<string, unknown>[]> {
  const { rows } = await database.pool.query<{ data: Record<string, unknown> }>(
    'select data from pgboss.job where name = $1 and state::text = $2',
    [queue, state],
  );
  return rows.map((row) => row.data);
}

describe('a backlog', () => {
  const COUNT = 200;
  // Four workers that fetched once a polling interval (1 s) would need 50 s, one worker of one cabinet 200 s. About
  // 1 s is needed on two cores; the bound leaves room for a busy machine.
  const BOUND_MS = 30_000;

  for (const [what, cabinetOfJob] of [
    ['of as many cabinets', (i: number) => i + 1],
    ['of one cabinet', () => 1],
    ['of three cabinets', (i: number) => (i % 3) + 1],
  ] as const) {
    it(`of ${COUNT} jobs ${what} drains at full speed, never two of one cabinet at once`, async () => {
      const jobs = await startJobs();
      await jobs.sendRagIndex(Array.from({ length: COUNT }, (_, i) => payload(cabinetOfJob(i))));
      const active = new Map<number, number>();
      let done = 0;
      let overlaps = 0;
      const started = performance.now();
      await jobs.work(RAG_INDEX_QUEUE, 4, async (job) => {
        const cabinetId = cabinetOf(job);
        const others = active.get(cabinetId) ?? 0;
        if (others > 0) overlaps += 1;
        active.set(cabinetId, others + 1);
        await new Promise((resolve) => setImmediate(resolve));
        active.set(cabinetId, active.get(cabinetId)! - 1);
        done += 1;
        return DONE;
      });
      await until('all are done', () => done >= COUNT, BOUND_MS);
      const tookMs = Math.round(performance.now() - started);
      assert.ok(tookMs < BOUND_MS, `took ${tookMs} ms`);
      assert.equal(overlaps, 0);
      await until('none is left', async () => !(await hasDueJobs(database.pool, RAG_INDEX_QUEUE)));
      assert.equal(done, COUNT, 'each ran once');
    });
  }

  it('lets other cabinets run while one is busy', async () => {
    const jobs = await startJobs();
    const released = Promise.withResolvers<undefined>();
    const done: number[] = [];
    await jobs.sendRagIndex([payload(1), payload(1), payload(1), payload(2), payload(3)]);
    await jobs.work(RAG_INDEX_QUEUE, 2, async (job) => {
      if (cabinetOf(job) === 1) await released.promise;
      done.push(cabinetOf(job));
      return DONE;
    });
    await until('the others are done', () => done.length === 2);
    assert.deepEqual(done.sort(), [2, 3]);
    released.resolve(undefined);
    await until('it is done', () => done.length === 5);
  });

  it('is begun at once when it is sent to idle workers', async () => {
    const jobs = await startJobs();
    let ran = 0;
    await jobs.work(RAG_INDEX_QUEUE, 2, () => {
      ran += 1;
      return Promise.resolve(DONE);
    });
    for (let i = 1; i <= 10; i += 1) {
      const sent = performance.now();
      await jobs.sendRagIndex([payload(i)]);
      await until('it ran', () => ran === i);
      // The first may be found by a poll that was due; that all ten were is unlikely beyond measure.
      if (performance.now() - sent < 400) return;
    }
    assert.fail('jobs waited for the next poll');
  });
});

describe('slices of a full rebuild', () => {
  it('wait until no change of the cabinet does, however long they have been there', async () => {
    const jobs = await startJobs();
    const slice = (n: number): RagIndexPayload => ({
      cabinet_id: 1,
      mode: 'incremental',
      rebuild: { id: '1', slice: n },
    });
    await jobs.sendRagIndex([slice(0)]);
    await jobs.sendRagIndex([payload(1)]);
    const order: string[] = [];
    await jobs.work(RAG_INDEX_QUEUE, 1, async (job) => {
      const { rebuild } = job.payload as RagIndexPayload;
      order.push(rebuild === undefined ? 'change' : `slice ${rebuild.slice}`);
      // As a slice does it: the next one is sent before this one has ended, and a change comes meanwhile.
      if (rebuild?.slice === 0) await jobs.sendRagIndex([slice(1), payload(1)]);
      return DONE;
    });
    await until('all are done', () => order.length === 4);
    assert.deepEqual(order, ['change', 'slice 0', 'change', 'slice 1']);
  });
});

describe('a connection of the queue', () => {
  it('that is lost as it is handed out does not end the process', async () => {
    const jobs = await startJobs();
    const { pool } = jobs.boss.getDb() as unknown as { pool: pg.Pool };
    const client = await pool.connect();
    // As the client does when its socket dies, before anybody had the time to listen.
    client.emit('error', new Error('terminating connection due to administrator command'));
    client.release(true);
  });
});

describe('sending', () => {
  it('resolves to the ids of its jobs in their order', async () => {
    const jobs = await startJobs();
    const cabinets = Array.from({ length: 50 }, (_, i) => 100 + i);
    const ids = await jobs.sendRagIndex(cabinets.map(payload));
    for (const [index, cabinetId] of cabinets.entries()) {
      const { rows } = await database.pool.query<{ data: RagIndexPayload }>(
        'select data from pgboss.job where id = $1',
        [ids[index]],
      );
      assert.equal(rows[0]?.data.cabinet_id, cabinetId);
    }
  });

  it('resolves to an id for each job, and defers when told to', async () => {
    const jobs = await startJobs();
    const ids = await jobs.sendRagIndex([payload(1), payload(1), payload(2)], { startAfterSeconds: 60 });
    assert.equal(new Set(ids).size, 3);
    assert.equal(await hasDueJobs(database.pool, RAG_INDEX_QUEUE), false);
    await jobs.sendRagIndex([payload(1)]);
    assert.equal(await hasDueJobs(database.pool, RAG_INDEX_QUEUE), true);
  });

  it('happens in the transaction of the caller, and is undone with it', async () => {
    const jobs = await startJobs();
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await jobs.sendRagIndex([payload(1)], { executor: client });
      await client.query('rollback');
    } finally {
      client.release();
    }
    assert.deepEqual(await jobsIn(RAG_INDEX_QUEUE, 'created'), []);
  });
});

describe('a job whose handler fails', () => {
  it('is tried again, each time later', async () => {
    const jobs = await startJobs();
    const at: number[] = [];
    await jobs.work(RAG_INDEX_QUEUE, 1, () => {
      at.push(performance.now());
      return at.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(DONE);
    });
    await jobs.sendRagIndex([payload(7)]);
    await until('it is done', async () => (await jobsIn(RAG_INDEX_QUEUE, 'completed')).length === 1, 40_000);
    const [first, second] = [at[1]! - at[0]!, at[2]! - at[1]!];
    assert.ok(first > 400 && second > 900, `pauses of ${Math.round(first)} and ${Math.round(second)} ms`);
  });

  it('is found in rag-index-dead with its payload once the handler buries it', async () => {
    const jobs = await startJobs();
    await jobs.work(RAG_INDEX_QUEUE, 1, () => Promise.resolve({ status: 'bury', reason: 'hopeless' }));
    await jobs.sendRagIndex([payload(7)]);
    await until('it is dead', async () => (await jobsIn(RAG_INDEX_DEAD_QUEUE, 'created')).length === 1);
    assert.deepEqual(await jobsIn(RAG_INDEX_DEAD_QUEUE, 'created'), [payload(7)]);
    assert.deepEqual(await jobsIn(RAG_INDEX_QUEUE, 'failed'), [payload(7)]);
  });

  it('leaves the worker free for others meanwhile', async () => {
    const jobs = await startJobs();
    const done: number[] = [];
    await jobs.work(RAG_INDEX_QUEUE, 1, (job) => {
      if (cabinetOf(job) === 1) return Promise.reject(new Error('always'));
      done.push(cabinetOf(job));
      return Promise.resolve(DONE);
    });
    await jobs.sendRagIndex([payload(1), payload(2), payload(3)]);
    await until('the others are done', () => done.length === 2);
  });
});

describe('a worker that died', () => {
  it('has its job run again by another, before the job would expire', async () => {
    const dead = await startJobs();
    await dead.sendRagIndex([payload(5)]);
    const [job] = await dead.boss.fetch(RAG_INDEX_QUEUE);
    assert.ok(job, 'it has the job, and will never be heard of again');
    const other = await startJobs({ supervise: true });
    let ran = 0;
    await other.work(RAG_INDEX_QUEUE, 1, () => {
      ran += 1;
      return Promise.resolve(DONE);
    });
    // As if its last heartbeat were as old as a heartbeat may get.
    const { rowCount } = await database.pool.query(
      `update pgboss.job set heartbeat_on = heartbeat_on - make_interval(secs => heartbeat_seconds + 1)
       where id = $1 and heartbeat_seconds <= 10`,
      [job.id],
    );
    assert.equal(rowCount, 1, 'the job has a heartbeat of 10 s or less');
    await until('the other one runs it', () => ran === 1, 20_000);
  });
});

describe('the queues', () => {
  it('are brought up to date when an older version made them with other options', async () => {
    const jobs = await startJobs();
    await jobs.boss.updateQueue(RAG_INDEX_QUEUE, {
      ...{ retryLimit: 1, retryDelay: 9, retryBackoff: false, heartbeatSeconds: 60, notify: false },
      ...{ expireInSeconds: 60, retentionSeconds: 60, deleteAfterSeconds: 60 },
    });
    await jobs.stop(2_000);
    const later = await startJobs();
    for (const { name, fixed, options } of QUEUES) {
      const queue = (await later.boss.getQueue(name)) as unknown as Record<string, unknown>;
      for (const [option, value] of Object.entries({ ...fixed, ...options })) {
        assert.equal(queue[option], value, `${name}.${option}`);
      }
    }
  });

  it('can be made by two processes that start at once', async () => {
    await database.pool.query('drop schema pgboss cascade');
    await Promise.all([startJobs(), startJobs(), startJobs()]);
    const { rows } = await database.pool.query<{ name: string }>(
      `select name from pgboss.queue where name like 'rag-%' order by name`,
    );
    assert.deepEqual(
      rows.map((row) => row.name),
      [RAG_INDEX_QUEUE, RAG_INDEX_DEAD_QUEUE],
    );
  });
});

describe('the job service', () => {
  it('leaves nothing running when it cannot start', async (t) => {
    const jobs = await startJobs();
    await jobs.stop(2_000);
    await database.pool.query('alter table pgboss.queue rename to queue_');
    try {
      await assert.rejects(startJobs());
      if (database.embedded) t.diagnostic('who is connected to the embedded Postgres cannot be asked of it');
      else await until('no connection is left', async () => (await connections()) === 0, 5_000);
    } finally {
      await database.pool.query('alter table pgboss.queue_ rename to queue');
    }
  });

  it('is well again some time after its last error', async (t) => {
    const jobs = await startJobs();
    assert.deepEqual(jobs.health(), { status: 'up' });
    let passedMs = 0;
    const realNow = performance.now.bind(performance);
    t.mock.method(performance, 'now', () => realNow() + passedMs);
    jobs.boss.emit('error', new Error('the connection was lost'));
    assert.deepEqual(jobs.health(), { status: 'degraded', detail: 'the connection was lost' });
    passedMs = 60_000;
    assert.deepEqual(jobs.health(), { status: 'up' });
  });

  it('stops within its deadline though a handler never ends, and can be stopped twice', async () => {
    const jobs = await startJobs();
    const begun = Promise.withResolvers<AbortSignal>();
    await jobs.work(RAG_INDEX_QUEUE, 1, (job) => {
      begun.resolve(job.signal);
      return new Promise(() => undefined);
    });
    await jobs.sendRagIndex([payload(1)]);
    const signal = await begun.promise;
    const started = performance.now();
    await Promise.all([jobs.stop(1_000), jobs.stop(1_000)]);
    assert.ok(performance.now() - started < 5_000);
    assert.ok(signal.aborted, 'the handler is told');
    assert.equal(jobs.health().status, 'down');
    assert.equal((await jobsIn(RAG_INDEX_QUEUE, 'retry')).length, 1, 'the job will be run again');
  });
});

async function connections(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name = 'wb-assist jobs'`,
  );
  return rows[0]!.count;
}

describe('a job whose end the queue did not hear of', () => {
  it('is settled when the queue has recovered, not when its heartbeat is missed', async () => {
    const jobs = await startJobs();
    // As if the connection were cut in the very moment in which the job is settled: neither its end nor its failure is stored.
    await database.pool.query(`
      create sequence settles;
      create function cut_settles() returns trigger language plpgsql as $$
      begin
        if old.state = 'active' and (tg_op = 'DELETE' or new.state <> 'active') and nextval('settles') <= 2 then
          raise exception 'terminating connection' using errcode = '57P01';
        end if;
        return coalesce(new, old);
      end $$`);
    const { rows: tables } = await database.pool.query<{ name: string }>(
      'select table_name as name from pgboss.queue where name = $1',
      [RAG_INDEX_QUEUE],
    );
    const table = `pgboss.${tables[0]!.name}`;
    await database.pool.query(
      `create trigger cut_settles before update or delete on ${table} for each row execute function cut_settles()`,
    );
    try {
      let runs = 0;
      const startedAt = performance.now();
      await jobs.work(RAG_INDEX_QUEUE, 1, () => {
        runs += 1;
        return Promise.resolve(DONE);
      });
      await jobs.sendRagIndex([payload(1)]);
      await until('it is settled', async () => (await jobsIn(RAG_INDEX_QUEUE, 'completed')).length === 1);
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs < 9_000, `it took ${tookMs} ms, the heartbeat has 10 s`);
      assert.equal(runs, 1);
      const { rows } = await database.pool.query<{ settles: number }>(
        'select last_value::int as settles from settles',
      );
      assert.ok(rows[0]!.settles >= 3, 'what the queue itself tried did fail');
    } finally {
      await database.pool.query(`drop trigger cut_settles on ${table}`);
      await database.pool.query('drop function cut_settles; drop sequence settles');
    }
  });
});
