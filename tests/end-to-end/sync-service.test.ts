import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it, type TestContext } from 'node:test';
import type pg from 'pg';
import { countUnfinishedJobs } from '../../src/jobs/queries.ts';
import { WB_SYNC_QUEUE } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createCabinetTokenReader } from '../../src/wildberries/cabinet-token.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { localOracle } from '../helpers/local-oracle.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { assertTablesHold, days, expectedTables, keptTables } from '../helpers/simulated-shop.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { FROZEN_AT } from '../helpers/test-sync.ts';
import { until } from '../helpers/until.ts';

const SMALL_SHOP = { products: 8, ordersPerDay: 2, reviewsPerDay: 1 };

describe('the service, synchronising', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await createTestDatabase();
    pool = database.pool;
  });
  after(() => database.drop());

  async function startSimulator(t: TestContext, options: Partial<SimulatorOptions>): Promise<Simulator> {
    const simulator = createSimulator({
      port: 0,
      log: silentLog(),
      frozenAt: FROZEN_AT,
      shop: SMALL_SHOP,
      ...options,
    });
    await simulator.start();
    t.after(() => simulator.stop(1_000));
    return simulator;
  }

  async function startService(simulator: Simulator, env: Record<string, string>): Promise<TestService> {
    return startTestService({
      databaseUrl: database.connectionString,
      env: { WB_API: 'simulator', WB_SIMULATOR_URL: simulator.url, ...env },
      // What takes longer frees the worker and comes back as a job.
      wbClient: { maxWaitMs: 200 },
    });
  }

  it('has the index follow what Wildberries says, at first and day by day', async (t) => {
    const simulator = await startSimulator(t, { limits: 'off' });
    const lines: Record<string, unknown>[] = [];
    const service = await startTestService({
      databaseUrl: database.connectionString,
      env: { WB_API: 'simulator', WB_SIMULATOR_URL: simulator.url, WB_SIMULATOR_LIMIT_SCALE: '0' },
      onLog: (line) => void lines.push(line),
    });
    try {
      const cabinet = await insertCabinet(pool);
      const shop = simulator.shopOf(createCabinetTokenReader('simulator')(cabinet, '').sellerId);
      let known = expectedTables(shop, simulator.now());
      for (const passed of [0, 1, 30]) {
        simulator.advance(days(passed));
        const ended = once(service.events, 'syncEnded');
        await service.app.jobs.sendWbSync({ cabinet_id: cabinet, trigger: 'request' });
        const [event] = (await ended) as [{ status: string }];
        assert.equal(event.status, 'completed');
        known = keptTables(known, expectedTables(shop, simulator.now()));
        await assertTablesHold(pool, cabinet, known);
        await service.untilQuiet();
        await assertIndexFollowsData(pool, pool, localOracle);
        await assertStatusIsTrue(pool, pool);
      }
      const said = (start: string) =>
        lines.filter(
          ({ msg }) => typeof msg === 'string' && msg.startsWith(`${start} for cabinet ${cabinet}`),
        );
      assert.equal(said('Starting WB sync').length, 3);
      const completed = said('WB sync completed');
      assert.equal(completed.length, 3);
      const { rows } = await pool.query<{ orders: number }>(
        'select count(*)::int as orders from wb_orders where cabinet_id = $1',
        [cabinet],
      );
      const counted = completed.reduce(
        (sum, line) => sum + (line['orders'] as { created: number }).created,
        0,
      );
      assert.equal(counted, rows[0]!.orders);
    } finally {
      await service.stop();
    }
  });

  it('never asks Wildberries earlier than it may, with two workers, one of them started again', async (t) => {
    // The intervals of an hour become seconds, for the service as for the simulator.
    const limitScale = 1 / 100;
    const simulator = await startSimulator(t, { limits: 'on', limitScale });
    const env = { WB_SIMULATOR_LIMIT_SCALE: limitScale.toFixed(4), WB_SYNC_CONCURRENCY: '3' };
    let first = await startService(simulator, env);
    const second = await startService(simulator, env);
    try {
      // Of one seller: whatever one cabinet asks for counts for the others.
      const shared = createCabinetTokenReader('simulator')(1_000_001, '').raw;
      const cabinets = await Promise.all(
        Array.from({ length: 3 }, async (_, n) => {
          const { rows } = await pool.query<{ id: number }>(
            `insert into wb_cabinets (name, api_key) values ($1, $2) returning id::float8 as id`,
            [`Кабинет ${n}`, shared],
          );
          return rows[0]!.id;
        }),
      );
      const request = async (service: TestService) => {
        for (const cabinet of cabinets)
          await service.app.jobs.sendWbSync({ cabinet_id: cabinet, trigger: 'request' });
      };
      const untilAllDone = (runs: number) =>
        until(`each cabinet has ${runs} finished runs and no job waits`, async () => {
          const { rows } = await pool.query<{ done: number }>(
            `select count(*)::int as done from wb_sync_runs where cabinet_id = any($1) and finished_at is not null`,
            [cabinets],
          );
          return (
            rows[0]!.done >= runs * cabinets.length && (await countUnfinishedJobs(pool, WB_SYNC_QUEUE)) === 0
          );
        });
      await request(first);
      await until('requests are under way', () => simulator.requests.length > 5);
      await first.stop();
      first = await startService(simulator, env);
      await untilAllDone(1);
      await request(second);
      await untilAllDone(2);

      const { rows: failed } = await pool.query(
        `select r.status, r.error_message from wb_sync_runs r where r.cabinet_id = any($1) and r.status <> 'completed'`,
        [cabinets],
      );
      assert.deepEqual(failed, []);
      const early = simulator.requests.filter(({ early, status }) => early || status === 429);
      assert.deepEqual(early, []);
      assert.ok(simulator.requests.length > 60, `only ${simulator.requests.length} requests`);
      const { rows: jobs } = await pool.query<{ jobs: number }>(
        `select count(*)::int as jobs from pgboss.job where name = $1`,
        [WB_SYNC_QUEUE],
      );
      assert.ok(jobs[0]!.jobs > 2 * cabinets.length, 'nothing had to be put off');
      t.diagnostic(`${simulator.requests.length} requests, ${jobs[0]!.jobs} jobs, none early`);
    } finally {
      await first.stop();
      await second.stop();
    }
  });
});
