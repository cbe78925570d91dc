import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type Role, type RunningApp } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { loadConfig } from '../src/load-config.ts';
import { silentLog } from '../src/log.ts';

export interface BenchApp {
  app: RunningApp;
  config: Config;
  /** Stops it, and deletes what the embedded Postgres kept. */
  readonly stop: () => Promise<void>;
}

/** The program in this process, on BENCH_DATABASE_URL or else on an embedded Postgres of its own. */
export async function startBenchApp(
  roles: readonly Role[],
  env: Readonly<Record<string, string>> = {},
): Promise<BenchApp> {
  const databaseUrl = process.env['BENCH_DATABASE_URL'];
  const directory = await mkdtemp(join(tmpdir(), 'wb-assist-bench-'));
  const config = loadConfig({
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    WB_ASSIST_DATA_DIR: join(directory, 'data'),
    EMBEDDED_POSTGRES_PORT: '0',
    // Nobody but the benchmark writes.
    WB_SYNC_INTERVAL_MINUTES: '0',
    ...env,
  });
  const application = createApp({ config, roles, log: silentLog(), migrate: true });
  const app = await application.start();
  return {
    app,
    config,
    async stop() {
      await application.stop(10_000);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
