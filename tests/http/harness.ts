import assert from 'node:assert/strict';
import { createEventFeed } from '../../src/activity/feed.ts';
import { createAnalytics } from '../../src/analytics/analytics.ts';
import { createConversations } from '../../src/chat/conversations.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { createHttpApp } from '../../src/http/app.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import type { Failure, FailureCounts } from '../../src/indexing/failures/failure.ts';
import type { FailureQuery } from '../../src/indexing/failures/list.ts';
import type { Rebuild } from '../../src/indexing/rebuild/queries.ts';
import type { IndexMetrics, IndexStatus } from '../../src/indexing/status.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { AppError } from '../../src/errors.ts';
import { createEvents } from '../../src/events.ts';
import type { Health } from '../../src/lifecycle.ts';
import { createLog } from '../../src/log.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import type { ChangedIds } from '../../src/source-tables.ts';
import { borrowTestDatabase } from '../helpers/borrowed-database.ts';
import type { TestDatabase } from '../helpers/test-database.ts';
import { testVault } from '../helpers/token-vault.ts';
import { createFakeChat } from './fake-chat.ts';

export const KEY = 'test-secret-key-0123456789';

/** The parts of the program behind the API that these tests do not need: they record, and say what they are told to. */
export interface Edge {
  readonly indexRequests: { cabinetId: number; changedIds: ChangedIds | undefined }[];
  readonly rebuildRequests: { cabinetId: number | 'all'; reembed: boolean }[];
  readonly rebuilds: Map<number, Rebuild>;
  readonly statuses: Map<number, IndexStatus>;
  readonly metrics: Map<number, IndexMetrics>;
  /** By cabinet. */
  readonly failures: Map<number, Failure[]>;
  readonly failureQueries: FailureQuery[];
  /** Ids, and cabinets of which all is retried. */
  readonly retries: (string | number | undefined)[];
  health: Health;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when there is none. */
  json: unknown;
}

export interface TestApi {
  readonly url: string;
  readonly ragUrl: string;
  /** Where both databases are. Not to be used when `connectionString` was given. */
  readonly database: TestDatabase;
  readonly main: Database;
  readonly edge: Edge;
  /** Everything the log wrote so far, one JSON object a line. */
  readonly log: string[];
  /** Sends a request with the key; `body` as JSON unless it is a string. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  createCabinet(name?: string): Promise<number>;
  stop(deadlineMs?: number): Promise<void>;
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Sends neither key; `headers` may. */
  anonymous?: boolean;
}

export interface TestApiOptions {
  embedder?: Embedder;
  ragEnabled?: boolean;
  /** Databases to answer from instead of the test's own: ones that are down, for example. */
  connectionString?: string;
  /** In the place of what the harness has; of the index and of rebuilds, single functions too. */
  overrides?: Partial<Omit<HttpDeps, 'index' | 'rebuilds'>> & {
    index?: Partial<HttpDeps['index']>;
    rebuilds?: Partial<HttpDeps['rebuilds']>;
  };
  /** Unless told, no number of requests and of wrong keys is too large. */
  limits?: Partial<HttpLimits>;
  /** What analytics take for now. */
  now?: Date;
}

export function rebuildOf(cabinetId: number): Rebuild {
  return {
    id: '7',
    cabinetId,
    status: 'running',
    trigger: 'request',
    model: null,
    runId: '3',
    slice: 2,
    pass: 1,
    sourceTable: 'wb_orders',
    sourceId: '9',
    rowsTotal: 100,
    rowsDone: 40,
    rowCounts: { orders: 40 },
    drift: { changed: 2 },
    driftSlice: 1,
    textsVersion: 'of the test',
    error: null,
    nextAttemptAt: null,
    requestedAt: new Date('2026-01-02T03:04:05Z'),
    startedAt: new Date('2026-01-02T03:04:06Z'),
    finishedAt: null,
  };
}

function countsOf(failures: readonly Failure[]): FailureCounts {
  const counts: FailureCounts = { rebuild: 0, job: 0, row: 0 };
  for (const { kind } of failures) counts[kind] += 1;
  return counts;
}

const NO_METRICS: IndexMetrics = {
  lastRun: null,
  totals: {
    runs: 0,
    failedRuns: 0,
    totalChunks: 0,
    rejectedRows: 0,
    chunksNew: 0,
    chunksUpdated: 0,
    chunksSkipped: 0,
    chunksDeleted: 0,
    chunksRejected: 0,
    embeddingRequests: 0,
    embeddingRetries: 0,
    textsEmbedded: 0,
    embeddingsReused: 0,
    tokens: 0,
    costUsd: 0,
    readMs: 0,
    embedMs: 0,
    saveMs: 0,
    durationMs: 0,
    shareSaved: null,
  },
};

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database =
    options.connectionString === undefined
      ? await borrowTestDatabase()
      : absentDatabase(options.connectionString);
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const connect = (variable: 'DATABASE_URL' | 'RAG_DATABASE_URL') =>
    createDatabase({
      variable,
      connectionString: database.connectionString,
      maxConnections: 4,
      applicationName: 'wb-assist test',
      log,
    });
  const main = connect('DATABASE_URL');
  const vector = connect('RAG_DATABASE_URL');
  const embedder = options.embedder ?? createLocalEmbedder();
  const edge: Edge = {
    indexRequests: [],
    rebuildRequests: [],
    rebuilds: new Map(),
    statuses: new Map(),
    metrics: new Map(),
    failures: new Map(),
    failureQueries: [],
    retries: [],
    health: { status: 'up', listener: { status: 'up' } },
  };
  const failuresOf = (cabinetId: number | undefined) =>
    cabinetId === undefined ? [...edge.failures.values()].flat() : (edge.failures.get(cabinetId) ?? []);
  const feed = createEventFeed({ main, log });
  const conversations = createConversations({ main }, { dailyLimit: -1, timeZone: 'Europe/Moscow' });
  const analytics = createAnalytics({ main });
  const { index, rebuilds, ...overrides } = options.overrides ?? {};
  const app = createHttpApp({
    main,
    vector,
    vault: testVault(),
    search: createSearch({ vector, embedders: createEmbeddersFrom(embedder) }),
    apiSecretKey: KEY,
    log,
    events: createEvents(),
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    health: () => edge.health,
    ragEnabled: options.ragEnabled ?? true,
    limits: { requestsPerMinute: 0, wrongKeysPerMinute: 1_000_000, ...options.limits },
    index: {
      request(cabinetId, changedIds) {
        edge.indexRequests.push({ cabinetId, changedIds });
        return Promise.resolve({ jobId: `job-${edge.indexRequests.length}` });
      },
      readStatus: (cabinetId) => Promise.resolve(edge.statuses.get(cabinetId)),
      readMetrics: (cabinetId) => Promise.resolve(edge.metrics.get(cabinetId) ?? NO_METRICS),
      ...index,
    },
    rebuilds: {
      request(cabinetId, reembed) {
        edge.rebuildRequests.push({ cabinetId, reembed });
        return Promise.resolve({ rebuild: rebuildOf(cabinetId), joined: false, jobId: 'rebuild-job' });
      },
      requestOfAll(reembed) {
        edge.rebuildRequests.push({ cabinetId: 'all', reembed });
        return Promise.resolve([{ rebuild: rebuildOf(1), joined: false, jobId: 'rebuild-job' }]);
      },
      readOpen: (cabinetId) => Promise.resolve(edge.rebuilds.get(cabinetId)),
      ...rebuilds,
    },
    syncs: {
      request: () => Promise.resolve({ jobId: 'sync-job', joined: undefined }),
      readState: () => Promise.resolve({ run: undefined, parts: [], nextJobAt: undefined }),
    },
    analytics: {
      run: (name, cabinetId, parameters) =>
        analytics.run(
          name,
          { cabinetId, now: options.now ?? new Date(), timeZone: 'Europe/Moscow' },
          parameters,
        ),
    },
    failures: {
      list(query) {
        edge.failureQueries.push(query);
        const failures = failuresOf(query.cabinetId);
        const nextAfter = failures.length > query.limit ? failures[query.limit - 1]?.id : undefined;
        return Promise.resolve({ failures: failures.slice(0, query.limit), nextAfter });
      },
      count: (cabinetId) => Promise.resolve(countsOf(failuresOf(cabinetId))),
      retry(id) {
        edge.retries.push(id);
        const one = failuresOf(undefined).filter((failure) => failure.id === id);
        if (one.length === 0) return Promise.reject(new AppError('failure_not_found', 'There is none.'));
        return Promise.resolve({ sent: countsOf(one), kept: [] });
      },
      retryAll(cabinetId) {
        edge.retries.push(cabinetId);
        return Promise.resolve({ sent: countsOf(failuresOf(cabinetId)), kept: [] });
      },
    },
    feed,
    chat: createFakeChat(conversations),
    conversations,
    ...overrides,
  });
  const server = createHttpServer({ app, host: '127.0.0.1', ports: [0, 0], log });
  await server.start();
  const [url, ragUrl] = server.urls as [string, string];

  async function request(
    method: string,
    path: string,
    { body, headers = {}, anonymous = false }: RequestOptions = {},
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(anonymous ? {} : { 'x-api-key': KEY }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    // A stream of events has no end that could be waited for.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
    };
  }

  return {
    url,
    ragUrl,
    database,
    main,
    edge,
    log: lines,
    request,
    async createCabinet(name = 'Кабинет') {
      const answer = await request('POST', '/api/v1/cabinets', { body: { name, api_key: 'wb-key' } });
      assert.equal(answer.status, 201);
      return (answer.json as { id: number }).id;
    },
    async stop(deadlineMs = 1_000) {
      await feed.stop(deadlineMs);
      await server.stop(deadlineMs);
      await Promise.all([main.close(), vector.close()]);
      await database.drop();
    },
  };
}

/** Stands for a database that no test may touch, because it is not there. */
function absentDatabase(connectionString: string): TestDatabase {
  return {
    connectionString,
    embedded: false,
    get pool(): never {
      throw new Error('This test has no database.');
    },
    drop: () => Promise.resolve(),
  };
}

/** The fields that a refused request is told about. */
export function fieldsOf(answer: Answer): string[] {
  return ((answer.json as { errors?: { field: string }[] }).errors ?? []).map((error) => error.field);
}
