import { createDatabase, type Database } from '../../src/database/pool.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { createOpenAIEmbedder } from '../../src/embedding/openai-embedder.ts';
import { createEvents, type Events } from '../../src/events.ts';
import { createIndexer, type Indexer, type IndexerDeps } from '../../src/indexing/indexer.ts';
import { createReconciler, type Reconciler } from '../../src/indexing/reconciler.ts';
import { createTokenBudget } from '../../src/indexing/token-budget.ts';
import { createLog } from '../../src/log.ts';
import type { ChangedIds } from '../../src/source-tables.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

export interface IndexerHarness {
  readonly database: TestDatabase;
  readonly main: Database;
  readonly provider: FakeOpenAI;
  readonly embedder: Embedder;
  readonly events: Events;
  /** Texts of the log's lines, oldest first. */
  readonly lines: string[];
  /** Indexes with the harness' own indexer. */
  readonly run: (cabinetId: number, changedIds?: ChangedIds, signal?: AbortSignal) => Promise<void>;
  /** Another indexer of the same databases, as another worker process has one. */
  readonly anotherIndexer: (databases?: { main?: Database; vector?: Database }) => Indexer;
  /** Texts of a cabinet's chunks by `<table>/<id>`. */
  readonly chunks: (cabinetId: number) => Promise<Map<string, string>>;
  readonly close: () => Promise<void>;
}

export const MODEL = 'text-embedding-3-small';

/** An indexer on a database of its own, embedding through a fake provider. */
export async function createIndexerHarness(
  options: { batchSize?: number; concurrency?: number } = {},
): Promise<IndexerHarness> {
  const database = await createTestDatabase();
  const provider = await createFakeOpenAI();
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  });
  const main = createDatabase({
    variable: 'DATABASE_URL',
    connectionString: database.connectionString,
    maxConnections: 10,
    applicationName: 'wb-assist indexer test',
    log,
  });
  const batchSize = options.batchSize ?? 100;
  const concurrency = options.concurrency ?? 1;
  const embedder = createOpenAIEmbedder({
    apiKey: 'test-key',
    baseUrl: provider.url,
    model: MODEL,
    batchSize,
    concurrency: 16,
    requestTimeoutMs: 20_000,
    // Faults are told apart by the first answer; how the embedder itself retries has tests of its own.
    retryPolicy: { maxAttempts: 1, firstOutageMs: 1, maxOutageMs: 1 },
  });
  const events = createEvents();
  const embedders = createEmbeddersFrom(embedder);
  const anotherIndexer: IndexerHarness['anotherIndexer'] = (databases = {}) => {
    const deps = { main, vector: main, embedders, events, log, ...databases };
    return assembleIndexing(deps, { batchSize, concurrency }).indexer;
  };
  const indexer = anotherIndexer();
  let runs = 0;
  return {
    database,
    main,
    provider,
    embedder,
    events,
    lines,
    anotherIndexer,
    run: (cabinetId, changedIds, signal = new AbortController().signal) =>
      indexer.run({ cabinetId, jobId: `job-${++runs}`, changedIds, signal }),
    async chunks(cabinetId) {
      const { rows } = await database.pool.query<{ key: string; text: string }>(
        `select source_table || '/' || source_id as key, chunk_text as text from rag_metadata where cabinet_id = $1`,
        [cabinetId],
      );
      return new Map(rows.map(({ key, text }) => [key, text]));
    },
    async close() {
      await provider.stop();
      await main.close();
      await database.drop();
    },
  };
}

export const TEXTS_VERSION = 'of the test';

/** What indexes, of one process with these embedders. */
export function assembleIndexing(
  deps: Omit<IndexerDeps, 'reconciler'>,
  options: {
    batchSize: number;
    concurrency: number;
    dailyTokens?: number | undefined;
    textsVersion?: string;
  },
): { indexer: Indexer; reconciler: Reconciler } {
  const { batchSize, concurrency, textsVersion = TEXTS_VERSION } = options;
  const budget = createTokenBudget(deps.vector, options.dailyTokens);
  const reconciler = createReconciler({ ...deps, budget }, { windowDays: 90, batchSize, concurrency });
  return { indexer: createIndexer({ ...deps, reconciler }, { textsVersion }), reconciler };
}

/** The last run of a cabinet, as recorded, and its status. */
export async function readRecord(
  { database }: IndexerHarness,
  cabinetId: number,
): Promise<{ run: Record<string, unknown>; status: Record<string, unknown> }> {
  const run = await database.pool.query<Record<string, unknown>>(
    `select mode, status, error, changed_ids::int, chunks_new::int, chunks_updated::int, chunks_skipped::int,
       chunks_deleted::int, chunks_rejected::int, embedding_requests::int, embeddings_reused::int, tokens::int,
       cost_usd::float8, finished_at is not null as finished
     from rag_index_runs where cabinet_id = $1 order by id desc limit 1`,
    [cabinetId],
  );
  const status = await database.pool.query<Record<string, unknown>>(
    `select indexing_status, total_chunks::int, last_error, last_incremental_at is not null as indexed
     from rag_index_status where cabinet_id = $1`,
    [cabinetId],
  );
  return { run: run.rows[0] ?? {}, status: status.rows[0] ?? {} };
}
