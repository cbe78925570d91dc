import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { askListeners } from '../../src/changes/ask-listeners.ts';
import type { HandOffDeps } from '../../src/changes/hand-off.ts';
import { createListener, type ListenerOptions } from '../../src/changes/listener.ts';
import type { RagIndexPayload } from '../../src/jobs/queues.ts';
import type { Service } from '../../src/lifecycle.ts';
import { emptyDatabase, insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { until } from '../helpers/until.ts';
import { changedRows, createListenerHarness, type ListenerHarness } from './listener-harness.ts';

let harness: ListenerHarness;
let cabinetId: number;
const running = new Set<Service>();

before(async () => {
  harness = await createListenerHarness();
});
after(() => harness.close());
beforeEach(async () => {
  await emptyDatabase(pool());
  await harness.takeJobs();
  cabinetId = await insertCabinet(pool());
});
afterEach(async () => {
  await Promise.all([...running].map((listener) => listener.stop(5_000)));
  running.clear();
});

const pool = () => harness.database.pool;

async function startListener(
  options: Partial<ListenerOptions & { deps: HandOffDeps }> = {},
): Promise<Service> {
  const { deps = harness, ...rest } = options;
  const listener = createListener(deps, {
    ...{ batchWindowMs: 20, maxIdsPerJob: 500, pollIntervalMs: 1000 },
    ...rest,
  });
  running.add(listener);
  await listener.start();
  return listener;
}

/** Collects what is handed over until it is `rows`, and fails when anything else or anything twice is. */
async function assertHandedOver(rows: readonly string[], timeoutMs?: number): Promise<void> {
  const jobs: RagIndexPayload[] = [];
  await until(
    `${rows.length} changed rows are handed over`,
    async () => {
      jobs.push(...(await harness.takeJobs()));
      return changedRows(jobs).length >= rows.length;
    },
    timeoutMs,
  );
  assert.deepEqual(changedRows(jobs), [...rows].sort());
  assert.deepEqual(await takeChanges(pool()), []);
}

const insertOrder = async (executor: pg.Pool | pg.ClientBase = pool()) =>
  `orders ${await insertRow(executor, 'orders', cabinetId)}`;

describe('the listener', () => {
  it('hands over at its start what was written while none ran', async () => {
    const rows = [await insertOrder(), await insertOrder()];
    await startListener();
    await assertHandedOver(rows);
  });

  it('finds changes within 2 s although the database notifies nobody', async () => {
    const { rows } = await pool().query<{ definition: string }>(
      `select pg_get_functiondef('rag_ring_doorbell'::regproc) as definition`,
    );
    await pool().query(
      `create or replace function rag_ring_doorbell() returns void language plpgsql as $$ begin end $$`,
    );
    try {
      await startListener();
      await assertHandedOver([await insertOrder()], 2_000);
      // Its sweeps become rare in a quiet time, so the first change after one waits longest.
      await delay(1_500);
      await assertHandedOver([await insertOrder()], 2_000);
    } finally {
      await pool().query(rows[0]!.definition);
    }
  });

  it('hands over a change that commits after others with higher ids', async (t) => {
    if (harness.database.embedded) {
      t.skip('the embedded Postgres serves one transaction at a time, so ids become visible in order');
      return;
    }
    await startListener();
    const late = await pool().connect();
    try {
      await late.query('begin');
      const lateRow = await insertOrder(late);
      for (let i = 0; i < 3; i += 1) await assertHandedOver([await insertOrder()]);
      await late.query('commit');
      await assertHandedOver([lateRow], 2_000);
    } finally {
      late.release();
    }
  });

  it('hands every change over exactly once though two listeners run', async () => {
    await startListener({ batchWindowMs: 0 });
    await startListener({ batchWindowMs: 0 });
    const rows = await Promise.all(Array.from({ length: 60 }, () => insertOrder()));
    await assertHandedOver(rows);
  });

  it('takes no harm from notifications that it did not expect', async () => {
    const listener = await startListener();
    for (const payload of ['', 'not json {', '[1', 'heartbeat:', 'heartbeat:another', 'x'.repeat(7_000)]) {
      await pool().query('select pg_notify($1, $2)', ['rag_changes', payload]);
    }
    await assertHandedOver([await insertOrder()]);
    assert.deepEqual(listener.health(), { status: 'up' });
  });

  it('says that it hears, with its host and process, to whoever asks it by a notification', async () => {
    assert.deepEqual((await askListeners(harness.main, 200)).listeners, []);
    await startListener();
    const me = `${hostname()}:${process.pid}`;
    const { ownMs, listeners } = await askListeners(harness.main, 5_000);
    assert.ok(ownMs !== undefined);
    assert.deepEqual(listeners, [me]);
    // What only looks like a question is a ring like any other.
    await pool().query('select pg_notify($1, $2)', ['rag_changes', 'ping:not an id']);
    await assertHandedOver([await insertOrder()]);
  });

  it('reconnects when its connection is terminated, and misses nothing', async (t) => {
    if (harness.database.embedded) {
      t.skip('all clients of the embedded Postgres share one backend, so none can be terminated');
      return;
    }
    const listener = await startListener();
    const rows: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { rowCount } = await pool().query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'wb-assist listener'`,
      );
      assert.equal(rowCount, 1);
      await until('it noticed', () => listener.health().status === 'degraded');
      rows.push(await insertOrder());
      await until('it is connected again', () => listener.health().status === 'up');
      rows.push(await insertOrder());
    }
    await assertHandedOver(rows);
  });

  it('goes on after its transactions were terminated', async (t) => {
    if (harness.database.embedded) {
      t.skip('all clients of the embedded Postgres share one backend, so none can be terminated');
      return;
    }
    const listener = await startListener();
    const blocker = await pool().connect();
    let row: string;
    try {
      await blocker.query('begin');
      await blocker.query('lock table rag_changes in access exclusive mode');
      await until('its claim waits for the lock', async () => {
        const { rowCount } = await pool().query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'wb-assist listener test'
             and wait_event_type = 'Lock'`,
        );
        return rowCount! > 0;
      });
      await until('it says so', () => listener.health().status === 'down');
      row = await insertOrder(blocker);
      await blocker.query('commit');
    } finally {
      blocker.release();
    }
    await assertHandedOver([row]);
    await until('it is well again', () => listener.health().status === 'up');
  });
});

describe('a burst of changes', () => {
  it('becomes far fewer jobs than rows', async () => {
    await startListener({ batchWindowMs: 100 });
    const started = Date.now();
    const rows: string[] = [];
    for (let i = 0; i < 200; i += 1) rows.push(await insertOrder());
    await until('all are handed over', async () => (await outboxSize()) === 0);
    // Nobody works the jobs, so there is always one under way: at most one hand-over a window, and one before the first.
    const windows = Math.ceil((Date.now() - started) / 100) + 1;
    const jobs = await harness.takeJobs();
    assert.ok(jobs.length <= windows, `${jobs.length} jobs in ${windows} windows`);
    assert.ok(jobs.length < 100, `${jobs.length} jobs for 200 rows`);
    assert.deepEqual(changedRows(jobs), rows.sort());
  });

  it('does not keep a lone change waiting for the window', async () => {
    await startListener({ batchWindowMs: 20_000 });
    // The second comes right behind the first one's hand-over, but finds the queue empty as well.
    for (let i = 0; i < 3; i += 1) await assertHandedOver([await insertOrder()], 5_000);
  });
});

describe('stopping the listener', () => {
  it('while it is handing over neither loses nor repeats a change', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const jobs: ListenerHarness['jobs'] = {
      ...harness.jobs,
      async sendRagIndex(payloads, options) {
        const ids = await harness.jobs.sendRagIndex(payloads, options);
        arrived.resolve(undefined);
        await released.promise;
        return ids;
      },
    };
    const row = await insertOrder();
    const listener = await startListener({ deps: { ...harness, jobs } });
    await arrived.promise;
    const stopped = listener.stop(5_000);
    released.resolve(undefined);
    await stopped;
    assert.deepEqual(changedRows(await harness.takeJobs()), [row]);
    assert.deepEqual(await takeChanges(pool()), []);
  });

  it('is bounded when the hand-over hangs, and the change is not lost', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const jobs: ListenerHarness['jobs'] = {
      ...harness.jobs,
      async sendRagIndex() {
        arrived.resolve(undefined);
        await released.promise;
        throw new Error('the queue is gone');
      },
    };
    const row = await insertOrder();
    const listener = await startListener({ deps: { ...harness, jobs } });
    await arrived.promise;
    const started = Date.now();
    await listener.stop(200);
    assert.ok(Date.now() - started < 2_000);
    released.resolve(undefined);
    running.clear();
    await startListener();
    await assertHandedOver([row]);
  });

  it('again and again under fire loses and repeats nothing', async () => {
    const rows: string[] = [];
    const ceasefire = new AbortController();
    const fire = (async () => {
      while (!ceasefire.signal.aborted) rows.push(await insertOrder());
    })();
    for (let i = 0; i < 15; i += 1) {
      const listener = await startListener({ batchWindowMs: 5 });
      const size = rows.length;
      await until('some more rows are written', () => rows.length > size + 3);
      await listener.stop(5_000);
    }
    ceasefire.abort();
    await fire;
    await startListener();
    await assertHandedOver(rows);
  });

  it('does not wait for the end of a pause after an error', async () => {
    let attempts = 0;
    const jobs: ListenerHarness['jobs'] = {
      ...harness.jobs,
      sendRagIndex() {
        attempts += 1;
        return Promise.reject(new Error('the queue is broken'));
      },
    };
    await insertOrder();
    const listener = await startListener({ deps: { ...harness, jobs } });
    await until('its pauses are longer than a second', () => attempts === 4);
    const started = Date.now();
    await listener.stop(10_000);
    assert.ok(Date.now() - started < 700, `took ${Date.now() - started} ms`);
  });
});

async function outboxSize(): Promise<number> {
  const { rows } = await pool().query<{ size: number }>('select count(*)::int as size from rag_changes');
  return rows[0]!.size;
}
