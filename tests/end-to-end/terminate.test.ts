import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { startServiceProcess, type ServiceProcess } from '../helpers/service-process.ts';
import { copyMigratedDataDirectory } from '../helpers/data-directories.ts';
import { createTestDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

const GRACE_MS = 1_500;
/** What a process may need beyond its grace, on a busy machine. */
const SLACK_MS = 5_000;

describe('the program that is told to stop', () => {
  let openai: FakeOpenAI;
  let env: Record<string, string>;
  let release: () => Promise<void>;
  let service: ServiceProcess;
  let pool: pg.Pool;
  let model: string;
  let cabinet: number;

  before(async () => {
    openai = await createFakeOpenAI();
    env = { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: openai.url, SHUTDOWN_TIMEOUT_MS: String(GRACE_MS) };
    if (nativeServerUrl === undefined) {
      const dataDir = await copyMigratedDataDirectory();
      env['WB_ASSIST_DATA_DIR'] = dataDir;
      release = () => rm(dataDir, { recursive: true, force: true });
    } else {
      const database = await createTestDatabase();
      env['DATABASE_URL'] = database.connectionString;
      release = () => database.drop();
    }
  });
  after(async () => {
    await openai.stop();
    await release();
  });
  beforeEach(async () => {
    await start();
    cabinet = await insertCabinet(pool);
  });
  afterEach(async () => {
    await pool.end();
    await service.end('SIGKILL');
  });

  async function start(): Promise<void> {
    service = await startServiceProcess({ env });
    const ready = await service.ready;
    model = ready.model;
    pool = new pg.Pool({ connectionString: ready.databaseUrl, max: 2 });
    pool.on('error', () => undefined);
  }

  async function restart(): Promise<void> {
    await pool.end();
    await start();
  }

  /** Within the given time, however long the queue takes to find a worker dead: `maxMs` says whether it has to. */
  async function untilIndexed(maxMs: number): Promise<void> {
    await until(
      'every row of the test has its chunk',
      async () =>
        (await pool.query('select from wb_orders')).rowCount ===
        (await pool.query('select from rag_metadata where source_table = $1', ['wb_orders'])).rowCount,
      maxMs,
    );
    const embed = (texts: readonly string[]) => texts.map((text) => openai.vectorOf(text));
    await assertIndexFollowsData(pool, pool, { windowDays: 90, model, embed });
    await until('the status says so', async () => {
      const { rows } = await pool.query(`select from rag_index_status where indexing_status <> 'completed'`);
      return rows.length === 0;
    });
    await assertStatusIsTrue(pool, pool);
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`by ${signal} ends at once with 0 when there is nothing to do`, async () => {
      const told = Date.now();
      assert.deepEqual(await service.end(signal), { code: 0, signal: null }, service.output());
      const tookMs = Date.now() - told;
      assert.ok(tookMs < GRACE_MS + SLACK_MS, `it took ${tookMs} ms`);
    });
  }

  it('finishes the vectors that come within its grace', async () => {
    const held = openai.hold();
    await insertRow(pool, 'orders', cabinet);
    await held.arrived;
    const ended = service.end('SIGTERM');
    await until('it has understood', () => service.lines().some((line) => line['msg'] === 'Stopping'));
    held.release();
    assert.deepEqual(await ended, { code: 0, signal: null }, service.output());
    const requests = openai.requests.length;
    await restart();
    await untilIndexed(30_000);
    assert.equal(openai.requests.length, requests, 'what was paid for before is not paid for again');
  });

  it('leaves vectors that do not come within its grace to the next start, which does not wait for a heartbeat', async () => {
    const held = openai.hold();
    await insertRow(pool, 'orders', cabinet);
    await held.arrived;
    const told = Date.now();
    assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null }, service.output());
    const tookMs = Date.now() - told;
    assert.ok(tookMs < GRACE_MS + SLACK_MS, `it took ${tookMs} ms`);
    held.release();
    await restart();
    await untilIndexed(8_000);
  });

  it('takes up what was written while it was down', async (t) => {
    if (nativeServerUrl === undefined) {
      t.skip('the embedded Postgres goes down with it');
      return;
    }
    assert.deepEqual(await service.end('SIGTERM'), { code: 0, signal: null }, service.output());
    for (let n = 0; n < 50; n += 1) await insertRow(pool, 'orders', cabinet);
    await restart();
    await untilIndexed(8_000);
  });
});
