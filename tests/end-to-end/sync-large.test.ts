import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { createJobs } from '../../src/jobs/jobs.ts';
import { silentLog } from '../../src/log.ts';
import { createCabinetTokenReader } from '../../src/wildberries/cabinet-token.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { insertCabinet, takeChanges } from '../helpers/captured-changes.ts';
import { startServiceProcess } from '../helpers/service-process.ts';
import { assertTablesHold, expectedTables, readRowVersions } from '../helpers/simulated-shop.ts';
import { createTestDatabase, nativeServerUrl, type TestDatabase } from '../helpers/test-database.ts';
import { FROZEN_AT } from '../helpers/test-sync.ts';
import { until } from '../helpers/until.ts';

/** What the program promises of a shop of this size. */
const MAX_SECONDS = 60;
const MAX_MEGABYTES = 500;

describe(
  'a shop of 500 products, 20 000 orders, 15 000 sales, 3 000 stocks and 5 000 reviews',
  {
    skip:
      nativeServerUrl === undefined &&
      'it is for a server: on the embedded Postgres it would take the better part of a minute',
  },
  () => {
    let database: TestDatabase;
    let pool: pg.Pool;
    let simulator: Simulator;

    before(async () => {
      database = await createTestDatabase();
      pool = database.pool;
      simulator = createSimulator({
        port: 0,
        log: silentLog(),
        limits: 'off',
        frozenAt: FROZEN_AT,
        shop: { products: 500, ordersPerDay: 222, reviewsPerDay: 55 },
      });
      await simulator.start();
    });
    after(async () => {
      await simulator.stop(1_000);
      await database.drop();
    });

    it(`is there after a first sync of at most ${MAX_SECONDS} s and ${MAX_MEGABYTES} MB, every row once; a second one writes nothing`, async (t) => {
      // A process of its own, so that its memory is its own.
      const service = await startServiceProcess({
        command: ['worker'],
        env: {
          DATABASE_URL: database.connectionString,
          WB_API: 'simulator',
          WB_SIMULATOR_URL: simulator.url,
          WB_SIMULATOR_LIMIT_SCALE: '0',
          RAG_ENABLED: 'false',
        },
      });
      const jobs = createJobs({
        connectionString: database.connectionString,
        maxConnections: 2,
        supervise: false,
        schedules: [],
        log: silentLog(),
      });
      try {
        await service.ready;
        await jobs.start();
        const cabinet = await insertCabinet(pool);
        const { sellerId } = createCabinetTokenReader('simulator')(cabinet, '');
        const expected = expectedTables(simulator.shopOf(sellerId), simulator.now());
        const sync = async (runs: number): Promise<number> => {
          const startedAt = performance.now();
          await jobs.sendWbSync({ cabinet_id: cabinet, trigger: 'request' });
          await until(
            `${runs} runs are completed`,
            async () => {
              const { rows } = await pool.query<{ n: number }>(
                `select count(*)::int as n from wb_sync_runs where status = 'completed'`,
              );
              return rows[0]!.n === runs;
            },
            MAX_SECONDS * 1000,
          );
          return (performance.now() - startedAt) / 1000;
        };
        const seconds = await sync(1);
        const megabytes = peakMegabytes(service.pid);
        t.diagnostic(
          `${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB; ${Object.entries(expected)
            .map(([table, rows]) => `${table} ${(rows as Map<string, unknown>).size}`)
            .join(', ')}`,
        );
        assert.ok(seconds <= MAX_SECONDS, `${seconds} s`);
        assert.ok(megabytes <= MAX_MEGABYTES, `${megabytes} MB`);
        await assertTablesHold(pool, cabinet, expected);

        await takeChanges(pool);
        const versions = await readRowVersions(pool, cabinet);
        await sync(2);
        assert.deepEqual(await readRowVersions(pool, cabinet), versions);
        assert.deepEqual(await takeChanges(pool), []);
      } finally {
        await jobs.stop(1_000);
        await service.end('SIGTERM');
      }
    });
  },
);

/** The kernel's own high-water mark of a process; samples would miss the moments that count. */
function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}
