import { z } from 'zod';
import {
  boolean,
  decimal,
  hostNames,
  integer,
  oneOf,
  origins,
  postgresUrl,
  text,
  oneTokenKey,
  timeZone,
  tokenKeys,
  url,
} from './config-values.ts';

/**
 * Every variable that the program reads. Its name, its form, its default and its meaning stand here and nowhere else;
 * `load-config.ts` reads them.
 */
export const CONFIG_VARIABLES = {
  DATABASE_URL: {
    schema: postgresUrl.optional(),
    meaning: 'The main database. Unset: the program starts its own embedded Postgres.',
  },
  RAG_DATABASE_URL: {
    schema: postgresUrl.optional(),
    meaning: 'The vector database, when it is not the main one. RAG_VECTOR_DB_URL is its older name.',
  },
  WB_ASSIST_DATA_DIR: {
    schema: text.default('./data'),
    meaning: 'Where the embedded Postgres keeps its data.',
  },
  EMBEDDED_POSTGRES_PORT: {
    schema: integer(0, 65_535, 5433).default(5433),
    meaning: 'Loopback port of the embedded Postgres. 0: any free port.',
  },
  DATABASE_POOL_SIZE: {
    schema: integer(2, 200, 10).default(10),
    meaning: 'Connections of one process to each database, at most.',
  },
  API_SECRET_KEY: {
    schema: z
      .string()
      .min(8, 'expected at least 8 characters, for example 32 random ones: openssl rand -hex 32')
      .optional(),
    meaning:
      'The operator’s key: a request that shows it may do everything. Keys that may only read, search and chat in one cabinet are made with it. On an HTTP_HOST for other machines it has to have 32 characters and be no example: openssl rand -hex 32.',
  },
  API_RATE_LIMIT_PER_MINUTE: {
    schema: integer(0, 1_000_000, 6000).default(6000),
    meaning: 'Requests that one key may make in a minute, to one process. 0: as many as it likes.',
  },
  API_KEY_CONCURRENCY: {
    schema: integer(1, 1_000, 4).default(4),
    meaning:
      'Requests of one cabinet’s key that one process works on at once, so that no key can take all of it; of messages to the chat, which mostly wait for a model, four times as many. The operator’s key has four times the share of a cabinet’s.',
  },
  API_KEY_QUEUE: {
    schema: integer(0, 100_000, 100).default(100),
    meaning:
      'Requests of one cabinet’s key that wait for their turn; more are answered 503 at once, with Retry-After. The operator’s key has four times as many.',
  },
  API_REQUEST_TIMEOUT_MS: {
    schema: integer(100, 600_000, 30_000).default(30_000),
    meaning: 'Milliseconds after which an HTTP request without an answer is given up (504).',
  },
  API_CORS_ORIGINS: {
    schema: origins.optional(),
    meaning:
      'Sites whose scripts may use the HTTP API from a browser: https://shop.example,… or * for all. Unset: none.',
  },
  HTTP_HOST: {
    schema: text.default('127.0.0.1'),
    meaning: 'Address that the HTTP API listens on. 0.0.0.0: all.',
  },
  HTTP_ALLOWED_HOSTS: {
    schema: hostNames.optional(),
    meaning:
      'Names, besides those of this machine, that the Host header of a request may have: shop.example,… or * for any. For a proxy in front that passes the name on. On an HTTP_HOST of this machine others are refused, as pages of other sites could use them (DNS rebinding); elsewhere any name will do unless this is set.',
  },
  API_PORT: {
    schema: integer(0, 65_535, 8000).default(8000),
    meaning: 'Port of the HTTP API. 0: any free port.',
  },
  RAG_PORT: {
    schema: integer(0, 65_535, 9000).default(9000),
    meaning:
      'Second port of the same HTTP API, where tools of the original system look for it. 0: any free port.',
  },
  METRICS_PORT: {
    schema: integer(0, 65_535, 9464).optional(),
    meaning:
      'Port, on HTTP_HOST, where a process without the HTTP API (wb-assist listener, wb-assist worker) answers /metrics and /health. 0: any free port. Unset: none. The HTTP API has both on its own ports.',
  },
  SEARCH_CONCURRENCY: {
    schema: integer(1, 100, 2).optional(),
    meaning:
      'Searches that one process has the database compare vectors for at once; others wait in line, so that the rest of the API stays quick. Unset: half as many as this machine has processors.',
  },
  DASHBOARD_ENABLED: {
    schema: boolean('DASHBOARD_ENABLED=false').default(true),
    meaning: 'false: no dashboard of the job queues at /admin/queues.',
  },
  WB_API: {
    schema: z.enum(['live', 'simulator'], { error: 'expected live or simulator' }).optional(),
    meaning:
      'Which Wildberries cabinets are synchronised with: live, the real one, or simulator. Unset: live with DATABASE_URL, simulator without.',
  },
  WB_SIMULATOR_URL: {
    schema: url(['http:'], 'http://127.0.0.1:8100').optional(),
    meaning: 'A simulator that runs already (wb-assist simulate). Unset: the worker starts one of its own.',
  },
  WB_SIMULATOR_LIMIT_SCALE: {
    schema: decimal(0, 100, 0.1).default(1),
    meaning:
      'Multiplies the intervals of Wildberries’ limits towards a simulator that does the same (wb-assist simulate --limit-scale); 0: none. The real limits are always kept.',
  },
  WB_TOKEN_KEY: {
    schema: oneTokenKey.optional(),
    meaning:
      'Encrypts Wildberries tokens in the database: 32 random bytes in base64 or hex (openssl rand -hex 32), the same for every process. Unset: the key of the file .wb-token-key in the working directory, which `wb-assist start` makes.',
  },
  WB_TOKEN_KEY_PREVIOUS: {
    schema: tokenKeys.optional(),
    meaning:
      'Older keys, separated by commas, which decrypt what they encrypted. `wb-assist tokens encrypt`, or the next sync, encrypts it with WB_TOKEN_KEY.',
  },
  WB_SYNC_INTERVAL_MINUTES: {
    schema: oneOf([0, 5, 10, 15, 20, 30, 60], 15).default(15),
    meaning:
      'Minutes between two syncs of each active cabinet with Wildberries: 5, 10, 15, 20, 30 or 60. 0: only when asked for.',
  },
  WB_SYNC_CONCURRENCY: {
    schema: integer(1, 32, 2).default(2),
    meaning: 'Cabinets that one process synchronises with Wildberries at once.',
  },
  OPENAI_API_KEY: {
    schema: text.optional(),
    meaning: 'Set: embeddings come from OpenAI. Unset: from a local lexical embedder.',
  },
  OPENAI_BASE_URL: {
    schema: url(['http:', 'https:'], 'https://host/v1').optional(),
    meaning: 'Any server that speaks the OpenAI API.',
  },
  OPENAI_EMBEDDINGS_MODEL: { schema: text.default('text-embedding-3-small'), meaning: 'Embedding model.' },
  OPENAI_TIMEOUT_MS: {
    schema: integer(100, 600_000, 30_000).default(30_000),
    meaning: 'Milliseconds that one embedding request may take.',
  },
  OPENAI_CHAT_MODEL: {
    schema: text.default('gpt-4.1-mini'),
    meaning:
      'Language model of the chat, used when OPENAI_API_KEY is set. off: answers are composed without a model.',
  },
  OPENAI_CHAT_TIMEOUT_MS: {
    schema: integer(100, 600_000, 25_000).default(25_000),
    meaning:
      'Milliseconds that the language model gets for one answer, its calls of tools included; then the answer is composed without it. Keep it below API_REQUEST_TIMEOUT_MS.',
  },
  DAILY_LIMIT: {
    schema: integer(-1, 1_000_000, 100).default(100),
    meaning:
      'Messages that one user of one cabinet may send to the chat in a day (of CABINET_TIME_ZONE). -1: as many as they like.',
  },
  RAG_EMBEDDING_BATCH_SIZE: {
    schema: integer(1, 2048, 100).default(100),
    meaning: 'Chunks in one embedding request.',
  },
  RAG_EMBEDDING_CONCURRENCY: {
    schema: integer(1, 64, 4).default(4),
    meaning: 'Embedding requests of one process under way at once; questions have as many of their own.',
  },
  EMBEDDING_MAX_TOKENS: {
    schema: integer(32, 100_000, 512).optional(),
    meaning:
      'Tokens of one text that the embedding model takes, as OpenAI counts them. Longer texts are embedded by their beginning, listed among the failures, and found by all their words. Unset: 8192, or less where the provider says so.',
  },
  RAG_ENABLED: {
    schema: boolean('RAG_ENABLED=false').default(true),
    meaning: 'false: changes wait in the outbox, nothing is indexed until it is true again.',
  },
  RAG_WINDOW_DAYS: {
    schema: integer(1, 36_500, 90).default(90),
    meaning: 'Orders, sales and reviews older than this many days are not indexed.',
  },
  RAG_DAILY_TOKEN_BUDGET: {
    schema: integer(1, 1_000_000_000_000, 5_000_000).optional(),
    meaning:
      'Tokens that embedding may use for one cabinet and day (UTC). Rebuilds stop at 80 % of it, live changes at all of it. Unset: no limit.',
  },
  RAG_MAX_CHUNKS: {
    schema: integer(1, 100, 10).default(10),
    meaning: 'Chunks that a search gives when it is not told how many.',
  },
  RAG_SIMILARITY_THRESHOLD: {
    schema: decimal(0, 1, 0.3).optional(),
    meaning:
      'Cosine similarity that a hit of a search has at least, unless the request says another. Unset: any; the ranking alone decides.',
  },
  RAG_CONTEXT_MAX_LENGTH: {
    schema: integer(100, 1_000_000, 12_000).default(12_000),
    meaning: 'Characters of chunks that the chat gives to the model, at most.',
  },
  CABINET_TIME_ZONE: {
    schema: timeZone.default('Europe/Moscow'),
    meaning:
      'Time zone (IANA name) in which days are counted: what “сегодня” is in a question, and the days of analytics. Chunks are dated in Moscow time, as Wildberries does.',
  },
  RAG_BATCH_WINDOW_MS: {
    schema: integer(0, 60_000, 100).default(100),
    meaning:
      'Milliseconds over which a burst of changes is gathered into one job. A lone change does not wait.',
  },
  RAG_BATCH_MAX_IDS: {
    schema: integer(1, 5000, 500).default(500),
    meaning: 'Changed ids in one job, at most.',
  },
  RAG_POLL_INTERVAL_MS: {
    schema: integer(10, 60_000, 1000).default(1000),
    meaning: 'Milliseconds after which the outbox is looked at although no notification came.',
  },
  RAG_WORKER_CONCURRENCY: {
    schema: integer(1, 64, 4).default(4),
    meaning: 'Cabinets that one process indexes at once.',
  },
  RAG_INDEXING_INTERVAL_HOURS: {
    schema: text.optional(),
    meaning: 'Ignored: indexing follows every change. Accepted because the original system had it.',
  },
  NODE_ENV: {
    schema: text.optional(),
    meaning:
      'production: the HTTP API does not start with an API_SECRET_KEY that is missing or can be guessed, also on an HTTP_HOST of this machine.',
  },
  SHUTDOWN_TIMEOUT_MS: {
    schema: integer(100, 600_000, 10_000).default(10_000),
    meaning: 'Milliseconds that running work gets to finish when the program is told to stop.',
  },
  LOG_LEVEL: {
    schema: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        error: 'expected trace, debug, info, warn, error, fatal or silent',
      })
      .default('info'),
    meaning: 'The least severe lines that the log keeps.',
  },
  LOG_FORMAT: {
    schema: z.enum(['auto', 'json', 'pretty'], { error: 'expected auto, json or pretty' }).default('auto'),
    meaning: 'json: one object a line. pretty: for people. auto: pretty on a terminal, json elsewhere.',
  },
} as const satisfies Record<string, { schema: z.ZodType; meaning: string }>;

export type ConfigVariable = keyof typeof CONFIG_VARIABLES;

/** The validated configuration, under the names of the variables. */
export type Config = { readonly [K in ConfigVariable]: z.infer<(typeof CONFIG_VARIABLES)[K]['schema']> };

/** Which Wildberries the program talks to. Without a database of one's own it is a trial, and a trial needs no token. */
export function wbApiOf(config: Pick<Config, 'WB_API' | 'DATABASE_URL'>): 'live' | 'simulator' {
  return config.WB_API ?? (config.DATABASE_URL === undefined ? 'simulator' : 'live');
}

/** Names that the original system had, which are read as well. */
export const OLDER_NAMES: Partial<Record<ConfigVariable, string>> = { RAG_DATABASE_URL: 'RAG_VECTOR_DB_URL' };

/** Secrets: a file may hold one instead, whose path the variable with `_FILE` behind its name gives. */
export const SECRETS = [
  'DATABASE_URL',
  'RAG_DATABASE_URL',
  'API_SECRET_KEY',
  'OPENAI_API_KEY',
  'WB_TOKEN_KEY',
  'WB_TOKEN_KEY_PREVIOUS',
] as const satisfies ConfigVariable[];
