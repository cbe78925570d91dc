import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../app.ts';
import { loadConfig } from '../../load-config.ts';
import { AppError, messageOf } from '../../errors.ts';
import { createLog } from '../../log.ts';
import { makeTokenKey } from '../../token-key.ts';
import { createSimulator, type Simulator } from '../../simulator/simulator.ts';
import { createApiClient } from './api-client.ts';
import { askQuestions } from './chat-steps.ts';
import { findNewOrder, findRenamedProduct, loseDeletedReview, measureLatency } from './sql-steps.ts';
import { say, type Stage } from './stage.ts';
import { syncNextDay, syncShop } from './sync-steps.ts';
import { createTimelineRecorder } from './timeline.ts';

const STOP_TIMEOUT_MS = 10_000;
/** Large enough to look like a shop, small enough to be indexed in seconds. */
const SHOP = { products: 24, ordersPerDay: 4, reviewsPerDay: 1 };

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
    // The demo does not wait for the limits of Wildberries, which are minutes and more.
    simulator = createSimulator({ port: 0, log, limits: 'off', shop: SHOP });
    await simulator.start();
    const config = loadConfig({
      WB_ASSIST_DATA_DIR: join(directory, 'data'),
      EMBEDDED_POSTGRES_PORT: '0',
      API_PORT: '0',
      RAG_PORT: '0',
      API_SECRET_KEY: apiKey,
      WB_TOKEN_KEY: makeTokenKey(),
      API_RATE_LIMIT_PER_MINUTE: '0', // it asks without a pause until a change is found
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
  const startedAt = new Date();
  const launchedAt = performance.now();
  const app = await application.start();
  say(`   ready after ${((performance.now() - launchedAt) / 1000).toFixed(1)} s`);
  const api = createApiClient(app.apiUrls[0]!, apiKey);
  const cabinetId = await api.createCabinet('Демо-кабинет', 'YOUR_WB_API_KEY');
  const timeline = createTimelineRecorder(application.events);
  const stage: Stage = { app, api, timeline, simulator, cabinetId, startedAt };
  await syncShop(stage);
  await syncNextDay(stage);
  await findNewOrder(stage);
  await findRenamedProduct(stage);
  await loseDeletedReview(stage);
  await askQuestions(stage);
  await measureLatency(stage);
}
