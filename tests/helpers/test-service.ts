import { createApp, type Role, type RunningApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { loadConfig } from '../../src/load-config.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import type { Events } from '../../src/events.ts';
import { countUnfinishedJobs } from '../../src/jobs/queries.ts';
import { RAG_INDEX_QUEUE, type ScheduleDefinition } from '../../src/jobs/queues.ts';
import { createLog, silentLog } from '../../src/log.ts';
import type { WbClientTuning } from '../../src/wildberries/configured.ts';
import { readOutboxLag } from '../../src/changes/queries.ts';
import { inheritedVariables } from './inherited-variables.ts';
import { TEST_TOKEN_KEY } from './token-vault.ts';
import { until } from './until.ts';

export interface TestServiceOptions {
  databaseUrl: string;
  vectorDatabaseUrl?: string;
  roles?: readonly Role[];
  env?: Record<string, string>;
  embedder?: Embedder;
  wbClient?: WbClientTuning;
  /** What cron sends. Unless told nothing, or tests that run on a Sunday night would have a rebuild more. */
  schedules?: (config: Config) => readonly ScheduleDefinition[];
  /** Sees every log line, as an object. */
  onLog?: (line: Record<string, unknown>) => void;
}

export interface TestService {
  app: RunningApp;
  events: Events;
  stop(): Promise<void>;
  /** Resolves when the outbox is empty and no job of `rag-index` is waiting or under way. */
  untilQuiet(timeoutMs?: number): Promise<void>;
}

/** The service in this process, on the given database, with the local embedder. */
export async function startTestService(options: TestServiceOptions): Promise<TestService> {
  const config = loadConfig({
    ...inheritedVariables(),
    DATABASE_URL: options.databaseUrl,
    ...(options.vectorDatabaseUrl === undefined ? {} : { RAG_DATABASE_URL: options.vectorDatabaseUrl }),
    API_SECRET_KEY: 'test-secret-key',
    WB_TOKEN_KEY: TEST_TOKEN_KEY,
    API_PORT: '0',
    RAG_PORT: '0',
    // Nobody but the test writes.
    WB_SYNC_INTERVAL_MINUTES: '0',
    ...options.env,
  });
  const { onLog } = options;
  const log =
    onLog === undefined
      ? silentLog()
      : createLog({
          level: 'debug',
          format: 'json',
          destination: {
            write: (line) => {
              onLog(JSON.parse(line) as Record<string, unknown>);
            },
          },
        });
  const application = createApp({
    config,
    roles: options.roles ?? ['listener', 'worker'],
    log,
    migrate: true,
    schedules: options.schedules?.(config) ?? [],
    ...(options.embedder === undefined ? {} : { embedder: options.embedder }),
    ...(options.wbClient === undefined ? {} : { wbClient: options.wbClient }),
  });
  const app = await application.start();
  return {
    app,
    events: application.events,
    stop: () => application.stop(10_000),
    untilQuiet: (timeoutMs = 30_000) =>
      until(
        'the outbox and the queue are empty',
        async () => {
          // In this order: a change is in the outbox or in the queue, never in neither.
          const { changes } = await readOutboxLag(app.main.pool);
          return changes === 0 && (await countUnfinishedJobs(app.main.pool, RAG_INDEX_QUEUE)) === 0;
        },
        timeoutMs,
      ),
  };
}
