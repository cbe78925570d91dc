import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { readOutboxLag } from '../../src/changes/queries.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { countUnfinishedJobs } from '../../src/jobs/queries.ts';
import { RAG_INDEX_QUEUE, WB_SYNC_QUEUE } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { createCabinetTokenReader } from '../../src/wildberries/cabinet-token.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { assertIndexFollowsData } from '../helpers/oracle.ts';
import { startServiceProcess, API_SECRET_KEY, type ServiceProcess } from '../helpers/service-process.ts';
import { assertTablesHold, expectedTables } from '../helpers/simulated-shop.ts';
import { createProcessDatabase } from '../helpers/test-database.ts';
import { FROZEN_AT } from '../helpers/test-sync.ts';
import { until } from '../helpers/until.ts';

/** pg-boss finds a job whose worker is dead after its heartbeat of 10 s and a round of its supervisor. */
const CATCH_UP_MS = 90_000;

/** Where the process is killed: when some rows of this part are stored, and the others are under way. */
const KILLED_AT = ['sales', 'orders', 'reviews'] as const;

describe('kill -9 in the middle of a sync', () => {
  let simulator: Simulator;
  let env: Record<string, string>;
  let release: () => Promise<void>;

  before(async () => {
    simulator = createSimulator({
      port: 0,
      log: silentLog(),
      limits: 'off',
      frozenAt: FROZEN_AT,
      shop: { products: 30, ordersPerDay: 20, reviewsPerDay: 4 },
    });
    await simulator.start();
    const common = {
      WB_API: 'simulator',
      WB_SIMULATOR_URL: simulator.url,
      // Limits in miniature: a request that was under way when its process died counts as one that arrived.
      WB_SIMULATOR_LIMIT_SCALE: '0.001',
    };
    const database = await createProcessDatabase();
    env = { ...common, ...database.env };
    release = database.release;
  });
  after(async () => {
    await simulator.stop(1_000);
    await release();
  });

  it('loses nothing and doubles nothing: the next process completes it', async (t) => {
    let service: ServiceProcess | undefined;
    let cabinet: number | undefined;
    try {
      for (const part of KILLED_AT) {
        service = await startServiceProcess({ env });
        const { databaseUrl, apiUrls } = await service.ready;
        const client = new pg.Client({ connectionString: databaseUrl });
        client.on('error', () => undefined); // the embedded Postgres goes with the process
        await client.connect();
        if (cabinet === undefined) {
          cabinet = await insertCabinet(client);
          const [url] = apiUrls;
          const answer = await fetch(`${url!}/api/v1/sync/cabinet/${cabinet}`, {
            method: 'POST',
            headers: { 'X-API-KEY': API_SECRET_KEY },
          });
          assert.equal(answer.status, 202, await answer.text());
        }
        await until(
          `some ${part} are stored`,
          async () => {
            const { rows } = await client.query<{ processed: number }>(
              `select records_processed::int as processed from wb_sync_logs where sync_type = $1`,
              [part],
            );
            return (rows[0]?.processed ?? 0) > 0;
          },
          CATCH_UP_MS,
        );
        assert.equal((await service.end('SIGKILL')).signal, 'SIGKILL', service.output());
        await client.end().catch(() => undefined);
      }
      service = await startServiceProcess({ env });
      const { databaseUrl, model } = await service.ready;
      const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
      pool.on('error', () => undefined);
      try {
        await until(
          'no sync, no change and no job is left',
          async () => {
            const { rows } = await pool.query<{ open: number }>(
              `select count(*)::int as open from wb_sync_runs where finished_at is null`,
            );
            return (
              rows[0]!.open === 0 &&
              (await countUnfinishedJobs(pool, WB_SYNC_QUEUE)) === 0 &&
              (await readOutboxLag(pool)).changes === 0 &&
              (await countUnfinishedJobs(pool, RAG_INDEX_QUEUE)) === 0
            );
          },
          CATCH_UP_MS,
        );
        const { rows: runs } = await pool.query<{ status: string }>(
          'select status from wb_sync_runs order by id',
        );
        // One run, however many processes it took.
        assert.deepEqual(runs, [{ status: 'completed' }]);
        const { sellerId } = createCabinetTokenReader('simulator')(cabinet!, '');
        await assertTablesHold(pool, cabinet!, expectedTables(simulator.shopOf(sellerId), simulator.now()));
        const embedder = createLocalEmbedder();
        await assertIndexFollowsData(pool, pool, {
          windowDays: 90,
          model,
          embed: async (texts) => {
            const { items } = await embedder.embed(texts);
            return items.map((item) => ('vector' in item ? item.vector : assert.fail(item.rejected)));
          },
        });
      } finally {
        await pool.end();
      }
      t.diagnostic(`${simulator.requests.length} requests`);
      assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null }, service.output());
    } catch (error) {
      throw new Error(
        `The last process wrote:\n${service?.output().split('\n').slice(-40).join('\n') ?? ''}`,
        {
          cause: error,
        },
      );
    } finally {
      await service?.end('SIGKILL');
    }
  });
});
