import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createEvents } from '../../src/events.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE, WB_SYNC_QUEUE } from '../../src/jobs/queues.ts';
import type { Health } from '../../src/lifecycle.ts';
import { silentLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/create-metrics.ts';
import { METRICS } from '../../src/telemetry/metric-table.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { parseExposition, sumOf, valueOf, type Family } from '../helpers/exposition.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

type Families = Map<string, Family>;

const STATE = Object.entries(METRICS).filter(([, { of }]) => of === 'state');
const PROCESS_GAUGES = Object.entries(METRICS).filter(
  ([, { of, type }]) => of === 'process' && type === 'gauge',
);

function connect(connectionString: string, variable: 'DATABASE_URL' | 'RAG_DATABASE_URL' = 'DATABASE_URL') {
  return createDatabase({
    ...{ variable, connectionString, maxConnections: 4, applicationName: 'metrics test', log: silentLog() },
  });
}

function metricsOf(
  main: Database,
  vector: Database,
  options: { readsState?: boolean; health?: Health } = {},
) {
  return createMetrics({
    ...{
      events: createEvents(),
      main,
      vector,
      log: silentLog(),
      version: '1.2.3',
      roles: ['api', 'listener'],
    },
    health: () => options.health ?? { status: 'up' },
    readsState: options.readsState ?? true,
  });
}

const scrape = async (metrics: Metrics): Promise<Families> => parseExposition(await metrics.render());

/** A look at a busy machine may come too late now and then; the next one does not. */
async function scrapeWhole(metrics: Metrics): Promise<Families> {
  let families: Families = new Map();
  await until('every reading came in time', async () => {
    families = await scrape(metrics);
    const readings = families.get('wb_assist_state_reading_ok')?.samples ?? [];
    return readings.length > 0 && readings.every(({ value }) => value === 1);
  });
  return families;
}

describe('what the databases know, in a scrape', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let main: Database;
  let metrics: Metrics;

  before(async () => {
    database = await createTestDatabase();
    pool = database.pool;
    main = connect(database.connectionString);
    metrics = metricsOf(main, main);
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  it('is the outbox with the age of its oldest change, jobs, cabinets, the index, rebuilds and failures', async () => {
    const connectionString = database.connectionString;
    const jobs = createJobs({
      ...{ connectionString, maxConnections: 3, supervise: true, schedules: [], log: silentLog() },
    });
    await jobs.start();
    try {
      const cabinet = await insertCabinet(pool);
      await pool.query(
        `update wb_cabinets set api_key = 'k', last_sync_at = to_timestamp(1700000000) where id = $1`,
        [cabinet],
      );
      await pool.query(`insert into wb_cabinets (name, is_active) values ('Закрытый', false)`);
      await pool.query('delete from rag_changes');
      await pool.query(
        `insert into rag_changes (cabinet_id, kind, captured_at)
         select $1, 'cabinet', now() - interval '1 hour' * g from generate_series(3, 1, -1) g`,
        [cabinet],
      );
      await jobs.sendRagIndex([{ cabinet_id: cabinet, mode: 'incremental' }]);
      await jobs.sendRagIndex([{ cabinet_id: cabinet, mode: 'incremental' }], { startAfterSeconds: 3600 });
      await jobs.boss.send(RAG_INDEX_DEAD_QUEUE, {});
      await pool.query(
        `update pgboss.job set created_on = now() - interval '10 minutes', start_after = now() - interval '5 minutes'
         where name = $1 and start_after <= now()`,
        [RAG_INDEX_QUEUE],
      );
      await pool.query(
        `insert into rag_index_status (cabinet_id, indexing_status, total_chunks, last_indexed_at) values
           ($1, 'completed', 40, to_timestamp(1700000500)), ($1 + 1, 'failed', 2, to_timestamp(1700000400)),
           ($1 + 2, 'completed', 0, to_timestamp(1))`,
        [cabinet],
      );
      await pool.query(
        `insert into rag_rebuilds (cabinet_id, trigger, status, next_attempt_at, finished_at) values
           ($1, 'request', 'failed', null, now()), ($1, 'request', 'running', now(), null),
           ($1 + 1, 'request', 'completed', null, now()), ($1 + 1, 'request', 'failed', null, now()),
           ($1 + 2, 'request', 'pending', null, null)`,
        [cabinet],
      );
      await pool.query(
        `insert into rag_index_failures (cabinet_id, source_table, source_id, chunk_hash, reason)
         select $1, 'wb_orders', g, '', 'refused' from generate_series(1, 3) g`,
        [cabinet],
      );

      const families = await scrapeWhole(metrics);
      const value = (name: string, labels: Record<string, string> = {}) => valueOf(families, name, labels);
      assert.equal(value('outbox_changes'), 3);
      const age = value('outbox_oldest_seconds')!;
      assert.ok(age >= 3 * 3600 && age < 4 * 3600, `the oldest of the outbox is ${age} s old`);
      assert.equal(value('jobs', { queue: RAG_INDEX_QUEUE, state: 'waiting' }), 1);
      assert.equal(value('jobs', { queue: RAG_INDEX_QUEUE, state: 'deferred' }), 1);
      assert.equal(value('jobs', { queue: RAG_INDEX_QUEUE, state: 'active' }), 0);
      assert.equal(value('jobs', { queue: WB_SYNC_QUEUE, state: 'waiting' }), 0);
      const waited = value('jobs_oldest_waiting_seconds', { queue: RAG_INDEX_QUEUE })!;
      assert.ok(waited >= 300 && waited < 600, `it could have started ${waited} s ago`);
      assert.equal(value('jobs_oldest_waiting_seconds', { queue: WB_SYNC_QUEUE }), 0);
      assert.equal(value('workers'), 1);
      assert.deepEqual(
        [value('cabinets', { state: 'active' }), value('cabinets', { state: 'inactive' })],
        [1, 1],
      );
      assert.equal(sumOf(families, 'cabinet_last_sync_timestamp_seconds'), 1_700_000_000);
      assert.equal(value('cabinet_last_sync_timestamp_seconds', { cabinet: String(cabinet) }), 1_700_000_000);
      assert.equal(value('index_cabinets', { status: 'completed' }), 2);
      assert.equal(value('index_cabinets', { status: 'failed' }), 1);
      assert.equal(value('index_cabinets', { status: 'pending' }), 0);
      assert.equal(value('chunks'), 42);
      assert.equal(value('last_full_rebuild_timestamp_seconds'), 1_700_000_400, 'of those that have chunks');
      const rebuilds = ['pending', 'running', 'waiting'].map((state) => value('rebuilds_open', { state }));
      assert.deepEqual(rebuilds, [1, 0, 1]);
      const failures = ['rebuild', 'job', 'row'].map((kind) => value('failures', { kind }));
      assert.deepEqual(failures, [1, 1, 3]);
      const silent = STATE.filter(([name]) => families.get(`wb_assist_${name}`)?.samples.length === 0);
      assert.deepEqual(silent, [], 'every metric of the table has a sample');
    } finally {
      await jobs.stop(5_000);
    }
  });

  it('is forgotten with the next scrape when it is gone', async () => {
    const cabinet = await insertCabinet(pool);
    await pool.query(`update wb_cabinets set api_key = 'k' where id = $1`, [cabinet]);
    const labels = { cabinet: String(cabinet) };
    const atCreation = valueOf(await scrapeWhole(metrics), 'cabinet_last_sync_timestamp_seconds', labels);
    assert.ok(
      Math.abs(atCreation! - Date.now() / 1000) < 600,
      'one that never had a sync counts from its creation',
    );
    await pool.query('delete from wb_cabinets where id = $1', [cabinet]);
    assert.equal(
      valueOf(await scrapeWhole(metrics), 'cabinet_last_sync_timestamp_seconds', labels),
      undefined,
    );
  });

  it('is one reading for scrapes at the same time', async () => {
    const texts = await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
    assert.equal(new Set(texts).size, 1);
    assert.ok(main.pool.totalCount <= 2, `${main.pool.totalCount} connections`);
  });

  it('is left to processes with the API', async () => {
    const families = await scrape(metricsOf(main, main, { readsState: false }));
    assert.deepEqual(
      STATE.filter(([name]) => families.has(`wb_assist_${name}`)),
      [],
    );
    for (const [name] of PROCESS_GAUGES)
      assert.ok(families.has(`wb_assist_${name}`), `${name} is of every process`);
  });
});

describe('what an empty database knows, in a scrape', () => {
  it('is all but the jobs, before pg-boss has made its tables', async (t) => {
    const database = await createTestDatabase();
    await database.pool.query('drop schema pgboss cascade');
    const main = connect(database.connectionString);
    t.after(async () => {
      await main.close();
      await database.drop();
    });
    const families = await scrapeWhole(metricsOf(main, main));
    assert.equal(valueOf(families, 'database_up', { database: 'main' }), 1);
    assert.equal(valueOf(families, 'database_up', { database: 'vector' }), 1);
    assert.equal(valueOf(families, 'outbox_changes'), 0);
    assert.equal(valueOf(families, 'outbox_oldest_seconds'), 0);
    assert.equal(valueOf(families, 'chunks'), 0);
    assert.equal(valueOf(families, 'workers'), undefined);
    assert.deepEqual(families.get('wb_assist_jobs')?.samples, []);
  });
});

describe('what a process knows of itself, in a scrape', () => {
  it('is its parts, pools and version, and what Node knows', async (t) => {
    const database = await createTestDatabase();
    const main = connect(database.connectionString);
    const vector = connect(database.connectionString, 'RAG_DATABASE_URL');
    t.after(async () => {
      await Promise.all([main.close(), vector.close()]);
      await database.drop();
    });
    let health: Health = {
      status: 'degraded',
      listener: { status: 'up' },
      worker: { status: 'degraded', detail: 'the provider is away' },
    };
    const metrics = createMetrics({
      ...{
        events: createEvents(),
        main,
        vector,
        log: silentLog(),
        version: '1.2.3',
        roles: ['api', 'listener'],
      },
      ...{ health: () => health, readsState: false },
    });
    const held = await main.pool.connect();
    try {
      const families = await scrape(metrics);
      assert.equal(valueOf(families, 'build_info', { version: '1.2.3', roles: 'api+listener' }), 1);
      assert.equal(valueOf(families, 'service_up', { service: 'listener' }), 1);
      assert.equal(valueOf(families, 'service_degraded', { service: 'listener' }), 0);
      assert.equal(valueOf(families, 'service_up', { service: 'worker' }), 1);
      assert.equal(valueOf(families, 'service_degraded', { service: 'worker' }), 1);
      assert.equal(valueOf(families, 'pool_connections', { database: 'main', state: 'in_use' }), 1);
      assert.equal(valueOf(families, 'pool_connections', { database: 'vector', state: 'in_use' }), 0);
      assert.equal(valueOf(families, 'pool_max_connections', { database: 'main' }), 4);
      assert.equal(valueOf(families, 'pool_waiting', { database: 'main' }), 0);
      for (const name of [
        'process_cpu_seconds_total',
        'nodejs_eventloop_lag_seconds',
        'nodejs_heap_size_used_bytes',
      ])
        assert.ok(families.get(name)!.samples.length > 0, name);
      const silent = PROCESS_GAUGES.filter(
        ([name]) => families.get(`wb_assist_${name}`)?.samples.length === 0,
      );
      assert.deepEqual(silent, []);

      health = { status: 'down', listener: { status: 'down', detail: 'the database is away' } };
      const later = await scrape(metrics);
      assert.equal(valueOf(later, 'service_up', { service: 'listener' }), 0);
      assert.equal(valueOf(later, 'service_up', { service: 'worker' }), undefined);
    } finally {
      held.release();
    }
  });
});

describe('a scrape while a database is in trouble', () => {
  const assertRest = (families: Families): void => {
    assert.ok(families.get('process_cpu_seconds_total')!.samples.length > 0);
    assert.equal(valueOf(families, 'index_runs_total', { mode: 'incremental', status: 'completed' }), 0);
    assert.equal(valueOf(families, 'outbox_changes'), undefined, 'what is not known is not said to be 0');
  };

  it('has everything else, and says which one is down', async (t) => {
    const database = await createTestDatabase();
    const main = connect('postgres://user:hunter2@127.0.0.1:1/nowhere');
    const vector = connect(database.connectionString, 'RAG_DATABASE_URL');
    t.after(async () => {
      await Promise.all([main.close(), vector.close()]);
      await database.drop();
    });
    const metrics = metricsOf(main, vector);
    let families: Families = new Map();
    await until('the vector database answers in time', async () => {
      families = await scrape(metrics);
      return valueOf(families, 'chunks') !== undefined;
    });
    assert.equal(valueOf(families, 'database_up', { database: 'main' }), 0);
    assert.equal(valueOf(families, 'database_up', { database: 'vector' }), 1);
    assert.equal(valueOf(families, 'state_reading_ok', { reading: 'outbox' }), 0);
    assert.ok(!(await metrics.render()).includes('hunter2'));
    assertRest(families);
  });

  it('ends in time although it accepts connections and never speaks, and holds one connection at most', async (t) => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const main = connect(`postgres://u@127.0.0.1:${(silent.address() as AddressInfo).port}/x`);
    t.after(async () => {
      for (const socket of sockets) socket.destroy();
      silent.close();
      await main.close();
    });
    const metrics = metricsOf(main, main);
    for (let i = 0; i < 3; i += 1) {
      const families = await scrape(metrics);
      assert.equal(valueOf(families, 'database_up', { database: 'main' }), 0);
      assertRest(families);
    }
    // One for each of the two looks; a connection attempt that ran into its timeout may have been followed by another.
    assert.ok(sockets.size <= 4, `${sockets.size} connections`);
    assert.ok(main.pool.totalCount <= 2);
  });

  it('ends although a table is locked, and knows the rest as soon as the lock is gone', async (t: TestContext) => {
    const database = await createTestDatabase();
    const main = connect(database.connectionString);
    t.after(async () => {
      await main.close();
      await database.drop();
    });
    const metrics = metricsOf(main, main);
    const locker = new pg.Client({ connectionString: database.connectionString });
    await locker.connect();
    try {
      await locker.query('begin');
      await locker.query('lock table rag_changes in access exclusive mode');
      // It could not come back before the lock is gone, if it waited for what is locked.
      const families = await scrape(metrics);
      assert.equal(valueOf(families, 'state_reading_ok', { reading: 'outbox' }), 0);
      assertRest(families);
      // On a server only that table is locked; the embedded one serves nobody else meanwhile.
      if (!database.embedded) assert.equal(valueOf(families, 'database_up', { database: 'main' }), 1);
      await locker.query('rollback');
      assert.equal(valueOf(await scrapeWhole(metrics), 'outbox_changes'), 0);
    } finally {
      await locker.end();
    }
  });
});
