import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createApp, type App, type RunningApp } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { AppError, messageOf } from '../../errors.ts';
import { countUnfinishedJobs } from '../../jobs/queries.ts';
import { RAG_INDEX_QUEUE } from '../../jobs/queues.ts';
import { readOutboxLag } from '../../changes/queries.ts';
import { createLog } from '../../log.ts';
import { createSimulator, type Simulator } from '../../wildberries/simulator/simulator.ts';
import { createApiClient, type ApiClient, type FoundChunk, type SyncedPart } from './api-client.ts';
import { createTimelineRecorder, formatTimeline, type TimelineRecorder } from './timeline.ts';

/** A step that has not happened by then did not happen. */
const STEP_TIMEOUT_MS = 20_000;
const LATENCY_SAMPLES = 30;
const STOP_TIMEOUT_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Large enough to look like a shop, small enough to be indexed in seconds. */
const SHOP = { products: 40, ordersPerDay: 8, reviewsPerDay: 2 };

interface Stage {
  app: RunningApp;
  api: ApiClient;
  timeline: TimelineRecorder;
  simulator: Simulator;
  cabinetId: number;
}

/** Runs the whole path on a throw-away data directory. Resolves to the exit code; leaves nothing behind. */
export async function demo(): Promise<number> {
  const startedAt = performance.now();
  const directory = await makeDirectory();
  let app: App | undefined;
  let simulator: Simulator | undefined;
  try {
    const apiKey = randomBytes(16).toString('hex');
    const level = process.env['LOG_LEVEL'] ?? 'error';
    const log = createLog({ level, format: 'pretty' });
    // Nobody wants to watch a demonstration wait for limits: those of Wildberries are minutes and more.
    simulator = createSimulator({ port: 0, log, limits: 'off', shop: SHOP });
    await simulator.start();
    const config = loadConfig({
      WB_ASSIST_DATA_DIR: join(directory, 'data'),
      EMBEDDED_POSTGRES_PORT: '0',
      API_PORT: '0',
      RAG_PORT: '0',
      API_SECRET_KEY: apiKey,
      WB_SIMULATOR_URL: simulator.url,
      WB_SIMULATOR_LIMIT_SCALE: '0',
      WB_SYNC_INTERVAL_MINUTES: '0',
      LOG_LEVEL: level,
    });
    const demonstrated = createApp({
      config,
      roles: ['api', 'listener', 'worker'],
      log,
      migrate: true,
    });
    app = demonstrated;
    await Promise.race([play(demonstrated, apiKey, simulator), interruption()]);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(`\nDone in ${seconds} s. To run it as a service: npm start`);
    return 0;
  } catch (error) {
    console.error(
      error instanceof Interruption ? '\nInterrupted.' : `\nThe demo failed: ${messageOf(error)}`,
    );
    return 1;
  } finally {
    await app?.stop(STOP_TIMEOUT_MS);
    await simulator?.stop(STOP_TIMEOUT_MS);
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeDirectory(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'wb-assist-demo-'));
  } catch (error) {
    throw new AppError(
      'data_directory_unusable',
      `No temporary directory can be made in ${tmpdir()}: ${messageOf(error)}. Set TMPDIR to a directory that can be written.`,
      { cause: error },
    );
  }
}

class Interruption extends Error {}

/** Rejects when the process is told to stop, so that the demo cleans up behind itself. */
function interruption(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        reject(new Interruption());
      });
    }
  });
}

async function play(application: App, apiKey: string, simulator: Simulator): Promise<void> {
  say(
    '1. Start: embedded Postgres, migrations, job queue, listener, workers, HTTP API, Wildberries simulator',
  );
  const startedAt = performance.now();
  const app = await application.start();
  say(
    `   ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s; psql '${app.main.connectionString}'`,
  );
  const api = createApiClient(app.apiUrls[0]!, apiKey);
  const cabinetId = await api.createCabinet('Демо-кабинет', 'YOUR_WB_API_KEY');
  const timeline = createTimelineRecorder(application.events);
  const stage: Stage = { app, api, timeline, simulator, cabinetId };
  await syncShop(stage);
  await syncNextDay(stage);
  await findNewOrder(stage);
  await findRenamedProduct(stage);
  await loseDeletedReview(stage);
  await measureLatency(stage);
}

async function syncShop(stage: Stage): Promise<void> {
  say(
    '\n2. A seller’s data: POST /api/v1/sync/cabinet/1, from a simulated Wildberries (its limits switched off)',
  );
  const startedAt = performance.now();
  const parts = await syncNow(stage);
  const syncedMs = performance.now() - startedAt;
  say(`   ${describeParts(parts)}`);
  const expected = await untilIndexed(stage);
  say(
    `   synchronised after ${seconds(syncedMs)}, all ${expected} chunks searchable after ${seconds(performance.now() - startedAt)}`,
  );
  say(
    `   GET /v1/rag/status/${stage.cabinetId} → ${JSON.stringify(await stage.api.status(stage.cabinetId))}`,
  );
  const query = 'жалобы на брак и возврат';
  const [best] = await stage.api.search(stage.cabinetId, query, ['review']);
  if (best === undefined) throw new AppError('internal', `a search for "${query}" found nothing`);
  say(`   search "${query}" → ${inShort(best)}`);
}

async function syncNextDay(stage: Stage): Promise<void> {
  say('\n3. A day passes at Wildberries, and the next sync brings only what it changed');
  stage.simulator.advance(DAY_MS);
  const startedAt = performance.now();
  const parts = await syncNow(stage);
  say(`   ${describeParts(parts)}`);
  const expected = await untilIndexed(stage);
  say(`   all ${expected} chunks up to date after ${seconds(performance.now() - startedAt)}`);
}

async function syncNow({ api, cabinetId }: Stage): Promise<SyncedPart[]> {
  const before = await api.sync(cabinetId);
  await api.requestSync(cabinetId);
  return eventually('the sync is completed', async () => {
    const sync = await api.sync(cabinetId);
    if (sync.run_id === before.run_id) return undefined;
    if (sync.status === 'failed' || sync.status === 'partial')
      throw new AppError('internal', `the sync ended ${sync.status}: ${sync.error ?? ''}`);
    return sync.status === 'completed' ? sync.parts : undefined;
  });
}

function describeParts(parts: readonly SyncedPart[]): string {
  return parts.map(({ part, created, updated }) => `${part}: ${created} new, ${updated} changed`).join('; ');
}

/** Resolves to the number of chunks, when every row that calls for one has it and nothing waits. */
async function untilIndexed(stage: Stage): Promise<number> {
  // Rows that call for no chunk are not counted: what is expected is asked of the tables themselves.
  const { rows } = await stage.app.main.pool.query<{ expected: number }>(
    `select ((select count(*) from wb_products where cabinet_id = $1 and is_active)
       + (select count(*) from wb_orders where cabinet_id = $1 and order_date >= now() - interval '90 days')
       + (select count(*) from wb_sales where cabinet_id = $1 and sale_date >= now() - interval '90 days')
       + (select count(*) from wb_reviews where cabinet_id = $1 and created_date >= now() - interval '90 days')
       + (select count(*) from wb_stocks where cabinet_id = $1 and quantity > 0))::int as expected`,
    [stage.cabinetId],
  );
  const expected = rows[0]!.expected;
  await eventually(`${expected} chunks are indexed`, async () => {
    const { changes } = await readOutboxLag(stage.app.main.pool);
    const isQuiet = changes === 0 && (await countUnfinishedJobs(stage.app.main.pool, RAG_INDEX_QUEUE)) === 0;
    const answer = await stage.api.status(stage.cabinetId);
    return isQuiet && answer['total_chunks'] === expected && answer['indexing_status'] === 'completed'
      ? answer
      : undefined;
  });
  return expected;
}

async function findNewOrder(stage: Stage): Promise<void> {
  say('\n4. One order, by SQL');
  const insert = `insert into wb_orders (cabinet_id, order_id, nm_id, name, brand, quantity, total_price, order_date, status)
    values ($1, 'demo-order-new', 199000001, 'Термокружка дорожная 450 мл', 'Походник', 2, 2580, now(), 'active') returning id`;
  const id = await commit(stage, insert, [stage.cabinetId]);
  await showFound(
    stage,
    'заказ на термокружку Походник',
    (hit) => hit.source_table === 'wb_orders' && hit.source_id === id,
  );
}

async function findRenamedProduct(stage: Stage): Promise<void> {
  say('\n5. A product gets another name, by SQL; its sales are found under it');
  const { rows } = await stage.app.main.pool.query<{ nm_id: string }>(
    `select nm_id from wb_sales where cabinet_id = $1 order by id limit 1`,
    [stage.cabinetId],
  );
  const nmId = rows[0]!.nm_id;
  const rename = `update wb_products set name = 'Снегоступы алюминиевые Таймыр' where cabinet_id = $1 and nm_id = $2 returning id`;
  await commit(stage, rename, [stage.cabinetId, nmId]);
  await showFound(
    stage,
    'продажа снегоступы Таймыр',
    (hit) =>
      hit.source_table === 'wb_sales' &&
      hit.text.includes('Снегоступы алюминиевые Таймыр') &&
      hit.text.includes(nmId),
    'sale',
  );
}

async function loseDeletedReview(stage: Stage): Promise<void> {
  say('\n6. A review comes and goes, by SQL');
  const insert = `insert into wb_reviews (cabinet_id, review_id, nm_id, rating, text, created_date)
    values ($1, 'demo-review-new', 199000001, 1, 'Молния разошлась в первый же вечер, пришлось отдать в ателье.', now()) returning id`;
  const id = await commit(stage, insert, [stage.cabinetId]);
  const query = 'молния разошлась, отдала в ателье';
  const isIt = (hit: FoundChunk) => hit.source_table === 'wb_reviews' && hit.source_id === id;
  await showFound(stage, query, isIt);
  await commit(stage, 'delete from wb_reviews where id = $1 returning id', [id]);
  const committedAt = performance.now();
  await eventually('the deleted review is gone from the search', async () =>
    (await stage.api.search(stage.cabinetId, query)).some(isIt) ? undefined : true,
  );
  say(`   deleted; no longer found after ${(performance.now() - committedAt).toFixed(0)} ms`);
}

async function measureLatency(stage: Stage): Promise<void> {
  say(`\n7. ${LATENCY_SAMPLES} single orders, one after the other: committed → found by the search API`);
  const samples: number[] = [];
  for (let i = 0; i < LATENCY_SAMPLES; i += 1) {
    const name = `Проба номер ${i} ${'абвгдежзиклмнопрстуфхцчшэюя'.slice(i % 20, (i % 20) + 6)}`;
    const insert = `insert into wb_orders (cabinet_id, order_id, nm_id, name, order_date) values ($1, $2, $3, $4, now()) returning id`;
    const id = await commit(stage, insert, [stage.cabinetId, `demo-probe-${i}`, 199100000 + i, name]);
    const committedAt = performance.now();
    await eventually(`probe ${i} is found`, async () =>
      (await stage.api.search(stage.cabinetId, `${name} ${199100000 + i}`, ['order'])).some(
        (hit) => hit.source_id === id,
      )
        ? true
        : undefined,
    );
    samples.push(performance.now() - committedAt);
  }
  samples.sort((a, b) => a - b);
  const percentile = (share: number) =>
    samples[Math.min(samples.length - 1, Math.floor(samples.length * share))]!.toFixed(0);
  say(
    `   p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, slowest ${samples.at(-1)!.toFixed(0)} ms (this machine, this run)`,
  );
}

async function commit(stage: Stage, statement: string, values: unknown[]): Promise<number> {
  const { rows } = await stage.app.main.pool.query<{ id: string }>(statement, values);
  stage.timeline.begin();
  if (rows[0] === undefined) throw new AppError('internal', `no row was written by: ${statement}`);
  return Number(rows[0].id);
}

async function showFound(
  stage: Stage,
  query: string,
  isIt: (hit: FoundChunk) => boolean,
  type?: 'sale',
): Promise<void> {
  const committedAt = performance.now();
  const found = await eventually(`"${query}" is found`, async () =>
    (await stage.api.search(stage.cabinetId, query, type === undefined ? undefined : [type])).find(isIt),
  );
  const searchableMs = performance.now() - committedAt;
  say(`   ${formatTimeline(stage.timeline.read(), searchableMs)}`);
  say(`   search "${query}" → ${inShort(found)}`);
}

async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + STEP_TIMEOUT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end)
      throw new AppError('internal', `waited ${STEP_TIMEOUT_MS / 1000} s in vain until ${what}`);
    await delay(2);
  }
}

function inShort(hit: FoundChunk): string {
  return `${hit.source_table} ${hit.source_id} (${hit.similarity.toFixed(2)}): ${hit.text.split('\n').slice(0, 6).join('; ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  console.log(line);
}
