import { createEventFeed, type EventFeed } from './activity/feed.ts';
import { createEventRecorder } from './activity/recorder.ts';
import { createAnalytics } from './analytics/analytics.ts';
import { openTokenVault } from './cabinets/tokens/open-vault.ts';
import type { TokenVault } from './cabinets/tokens/token-vault.ts';
import { requestIndexing } from './changes/request-indexing.ts';
import { createListener } from './changes/listener.ts';
import { createConfiguredChat } from './chat/configured.ts';
import { createRunningChat } from './chat/running-chat.ts';
import { configWarnings } from './config-warnings.ts';
import { wbApiOf, type Config } from './config.ts';
import type { Database } from './database/pool.ts';
import { createProgramDatabases, type OpenDatabases } from './database/program-databases.ts';
import type { Embedder } from './embedding/embedder.ts';
import { createConfiguredEmbedders } from './embedding/configured.ts';
import { createEmbeddersFrom, type Embedders } from './embedding/embedders.ts';
import { createEvents, type Events } from './events.ts';
import { createDashboard } from './http/admin/dashboard.ts';
import { createHttpApp } from './http/app.ts';
import { httpLimitsOf } from './http/limits.ts';
import { allowedHostsOf } from './http/middleware/allowed-hosts.ts';
import { checkMetricsAccess, createMetricsApp } from './http/metrics-app.ts';
import { PROGRAM } from './http/program.ts';
import { createHttpServer } from './http/server.ts';
import { createConfiguredIndexing } from './indexing/configured.ts';
import { createDashboardActionRule } from './indexing/failures/dashboard-actions.ts';
import { createFailures } from './indexing/failures/failures.ts';
import type { RetryDeps } from './indexing/failures/retry.ts';
import { createRebuilds } from './indexing/rebuild/rebuilds.ts';
import { WEEKLY_REBUILD } from './indexing/rebuild/weekly.ts';
import { readIndexMetrics, readIndexStatus } from './indexing/status.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import type { ScheduleDefinition } from './jobs/queues.ts';
import { createServiceStack, type Health } from './lifecycle.ts';
import type { Log } from './log.ts';
import { requireOperatorKey } from './operator-key.ts';
import { createConfiguredSearch } from './retrieval/configured.ts';
import type { ChangedIds } from './source-tables.ts';
import { createMetrics, type Metrics } from './telemetry/create-metrics.ts';
import { createCabinetTokenReader } from './wildberries/cabinet-token.ts';
import { locateWbApi } from './simulator/locate-wb-api.ts';
import { createConfiguredSynchroniser, type WbClientTuning } from './wildberries/configured.ts';
import type { WbApiLocation } from './wildberries/endpoints.ts';
import { syncSchedules } from './wildberries/sync/schedule.ts';
import { createSyncs } from './wildberries/sync/syncs.ts';
import { createSyncWorker } from './wildberries/sync/worker.ts';

/** What a process does. `npm start` does all three. */
export type Role = 'api' | 'listener' | 'worker';

export interface AppOptions {
  config: Config;
  roles: readonly Role[];
  log: Log;
  /**
   * Applies pending migrations at start. Otherwise pending ones are an error: with several processes it is for one,
   * `wb-assist migrate`, to change the database.
   */
  migrate: boolean;
  /** Where the key of Wildberries tokens is when WB_TOKEN_KEY is not set. Unset: nowhere. */
  tokenKeyFile?: string;
  /** Instead of the one that the configuration asks for. */
  embedder?: Embedder;
  /** How the Wildberries API is called; anything else than the defaults is for a simulator that is set up likewise. */
  wbClient?: WbClientTuning;
  /** What cron sends; unless told, what the configuration asks for. */
  schedules?: readonly ScheduleDefinition[];
}

export interface App {
  readonly events: Events;
  /** Rejects, leaving nothing running, when any part cannot start. */
  start(): Promise<RunningApp>;
  /** Bounded and idempotent. */
  stop(deadlineMs: number): Promise<void>;
}

export interface RunningApp {
  readonly main: Database;
  readonly vector: Database;
  /** The program serves the main database itself. */
  readonly embedded: boolean;
  readonly embedder: Embedder;
  readonly jobs: Jobs;
  /** Which Wildberries the program talks to. Undefined: this process does not. */
  readonly wildberries: WbApiLocation | undefined;
  /** Where the HTTP API listens, API_PORT's first; empty without the role `api`. */
  readonly apiUrls: readonly string[];
  /** Where a process without that role answers /metrics and /health, with METRICS_PORT. */
  readonly metricsUrl: string | undefined;
  health(): Health;
}

/** Puts the parts together. Nothing else in the program knows more than one of them. */
export function createApp({ config, roles, log, embedder: givenEmbedder, ...options }: AppOptions): App {
  const events = createEvents((error) => log.error({ err: error }, 'A listener of an event failed'));
  const stack = createServiceStack(log);
  const databases = createProgramDatabases({
    ...{ config, log, migrate: options.migrate },
    applicationName: `wb-assist ${roles.join('+')}`,
  });

  async function start(): Promise<RunningApp> {
    const hasApi = roles.includes('api');
    // Before anything starts: a missing key is no news to bring after a database was created.
    if (hasApi) {
      const { warning } = requireOperatorKey(config);
      if (warning !== undefined) log.warn(warning);
    } else if (config.METRICS_PORT !== undefined) {
      checkMetricsAccess(config);
    }
    const { main, vector } = await databases.open();
    const metrics = createMetrics({
      ...{ events, main, vector, log, version: PROGRAM.version, roles },
      health: () => stack.health(),
      readsState: hasApi,
    });
    const works = roles.includes('worker');
    const indexes = config.RAG_ENABLED && works;
    const listens = config.RAG_ENABLED && roles.includes('listener');
    const embedders =
      givenEmbedder === undefined
        ? createConfiguredEmbedders(config, log, events)
        : createEmbeddersFrom(givenEmbedder);

    const feed = createEventFeed({ main, log });
    // Below all that has something to tell, so that it hears the last of it.
    await stack.start(createEventRecorder({ main, events, log, onRecorded: () => feed.wake() }));
    const wildberries = works ? await startWildberries() : undefined;
    const jobs = createJobs({
      connectionString: main.connectionString,
      maxConnections:
        3 + (indexes ? config.RAG_WORKER_CONCURRENCY + 1 : 0) + (works ? config.WB_SYNC_CONCURRENCY : 0),
      supervise: works,
      schedules: options.schedules ?? schedulesOf(config),
      events,
      log,
    });
    await stack.start(jobs);
    if (indexes) {
      const { worker, keeper } = createConfiguredIndexing(config, {
        ...{ main, vector, jobs, embedders, events, log },
      });
      await stack.start(worker);
      await stack.start(keeper);
    }
    if (listens) {
      const listener = createListener(
        { main, jobs, events, log },
        {
          batchWindowMs: config.RAG_BATCH_WINDOW_MS,
          maxIdsPerJob: config.RAG_BATCH_MAX_IDS,
          pollIntervalMs: config.RAG_POLL_INTERVAL_MS,
        },
      );
      await stack.start(listener);
    }
    if (wildberries !== undefined) await startSync({ main, jobs, location: wildberries });
    const apiUrls = hasApi ? await startHttp({ main, vector, embedders, jobs, metrics, feed }) : [];
    const metricsUrl = hasApi ? undefined : await startMetricsServer({ main, vector, metrics });
    for (const warning of configWarnings(config, { hasApi })) log.warn(warning);
    const embedded = config.DATABASE_URL === undefined;
    const embedder = embedders.configured;
    return {
      ...{ main, vector, embedded, embedder, jobs, wildberries, apiUrls, metricsUrl },
      health: () => stack.health(),
    };
  }

  /** Before the jobs that need it, so that it stops after them. */
  async function startWildberries(): Promise<WbApiLocation> {
    const { location, simulator } = locateWbApi(config, log);
    if (simulator !== undefined) await stack.start(simulator);
    return location();
  }

  let vault: Promise<TokenVault> | undefined;
  const openVault = (main: Database): Promise<TokenVault> =>
    (vault ??= openTokenVault(config, {
      ...{ main: main.pool, log, keyFile: options.tokenKeyFile },
      mayMakeFile: options.migrate && roles.includes('api') && roles.includes('worker'),
    }));

  async function startSync(parts: { main: Database; jobs: Jobs; location: WbApiLocation }): Promise<void> {
    const { main, jobs, location } = parts;
    const vault = await openVault(main);
    const synchroniser = createConfiguredSynchroniser(
      config,
      { location, main, vault, events, log },
      options.wbClient,
    );
    await stack.start(
      createSyncWorker(
        { main, vault, jobs, synchroniser, log },
        { concurrency: config.WB_SYNC_CONCURRENCY, intervalMinutes: config.WB_SYNC_INTERVAL_MINUTES },
      ),
    );
  }

  /** What every process shows of itself, whichever server shows it. */
  const shown = (metrics: Metrics) => ({
    ...{ log, events, ragEnabled: config.RAG_ENABLED },
    health: () => stack.health(),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.render() }),
  });

  async function startMetricsServer({
    main,
    vector,
    metrics,
  }: OpenDatabases & { metrics: Metrics }): Promise<string | undefined> {
    if (config.METRICS_PORT === undefined) return undefined;
    const app = createMetricsApp({
      ...shown(metrics),
      ...{ main, vector, apiSecretKey: config.API_SECRET_KEY, isAllowedHost: allowedHostsOf(config) },
    });
    const server = createHttpServer({ app, host: config.HTTP_HOST, ports: [config.METRICS_PORT], log });
    await stack.start(server);
    return server.urls[0];
  }

  async function startHttp(
    parts: OpenDatabases & { embedders: Embedders; jobs: Jobs; metrics: Metrics; feed: EventFeed },
  ) {
    const { main, vector, embedders, jobs, metrics, feed } = parts;
    const vault = await openVault(main);
    const rebuildDeps = { main, vector, jobs, log };
    const requestIndex = (cabinetId: number, changedIds: ChangedIds | undefined) =>
      requestIndexing({ jobs, events, log }, cabinetId, changedIds, config.RAG_BATCH_MAX_IDS);
    const retryDeps: RetryDeps = { ...rebuildDeps, requestIndexing: requestIndex, trigger: 'request' };
    const pages = config.DASHBOARD_ENABLED
      ? createDashboard({ connectionString: main.connectionString, log })
      : undefined;
    if (pages !== undefined) await stack.start(pages); // before the server, so that it stops after it
    const analytics = createAnalytics({ main });
    const search = createConfiguredSearch(config, { vector, embedders, events });
    const { conversations, ...configuredChat } = createConfiguredChat(config, {
      ...{ main, search, analytics, log, events },
    });
    const chat = createRunningChat(configuredChat.chat);
    await stack.start(chat); // before the server, so that it stops after it
    const app = createHttpApp({
      ...shown(metrics),
      ...{ main, vector, vault, search, feed, chat, conversations },
      apiSecretKey: requireOperatorKey(config).key,
      limits: httpLimitsOf(config),
      index: {
        request: requestIndex,
        readStatus: (cabinetId) => readIndexStatus(vector.pool, cabinetId),
        readMetrics: (cabinetId) => readIndexMetrics(vector.pool, cabinetId),
      },
      rebuilds: createRebuilds(rebuildDeps, {
        trigger: 'request',
        configuredModel: embedders.configured.model,
      }),
      failures: createFailures(retryDeps),
      syncs: createSyncs({ main, jobs, vault, tokenOf: createCabinetTokenReader(wbApiOf(config)) }),
      analytics: {
        run: (name, cabinetId, parameters) =>
          analytics.run(name, { cabinetId, now: new Date(), timeZone: config.CABINET_TIME_ZONE }, parameters),
      },
      dashboard: pages && { pages, ruleOf: createDashboardActionRule(retryDeps) },
    });
    const ports = [config.API_PORT, config.RAG_PORT] as const;
    const server = createHttpServer({ app, host: config.HTTP_HOST, ports, log });
    await stack.start(server);
    // Above the server, which would wait for the streams: they end first.
    await stack.start(feed);
    return server.urls;
  }

  let stopping: Promise<void> | undefined;
  async function stopEverything(deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    await stack.stop(deadlineMs);
    await databases.close(end - performance.now());
  }
  const stop = (deadlineMs: number) => (stopping ??= stopEverything(deadlineMs));

  return {
    events,
    stop,
    async start() {
      try {
        return await start();
      } catch (error) {
        await stop(config.SHUTDOWN_TIMEOUT_MS);
        throw error;
      }
    },
  };
}

/** What pg-boss's cron has to send, all of it. */
export function schedulesOf(config: Config): ScheduleDefinition[] {
  return [WEEKLY_REBUILD, ...syncSchedules(config.WB_SYNC_INTERVAL_MINUTES)];
}
