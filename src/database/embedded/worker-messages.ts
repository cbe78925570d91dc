/** What the main thread gives to the worker on starting it. */
export interface WorkerSettings {
  /** The directory of Postgres' own files. */
  directory: string;
  port: number;
  /** Which clients have to prove that they know. */
  password: string;
  tuning: EmbeddedPostgresTuning;
}

/** Bounds that tests set lower than anyone would want them. */
export interface EmbeddedPostgresTuning {
  /** As `max_connections` of a server: its default. */
  maxClients: number;
  /** A client that waits longer for another's idle transaction has most likely met a bug, not work in progress. */
  idleInTransactionTimeoutMs: number;
  /** The rows of one COPY are kept in memory until its end. */
  maxCopyBytes: number;
  /** A longer message is refused when its header has come. PostgreSQL's own bound, 1 GB, is more than a machine may have. */
  maxMessageBytes: number;
  /** What all clients together may have sent of what is not finished or waits for its turn. */
  maxUnfinishedBytes: number;
  /** How often it is looked whether to vacuum, analyze or checkpoint; autovacuum_naptime is 60 s. */
  housekeepingIntervalMs: number;
}

export const DEFAULT_TUNING: EmbeddedPostgresTuning = {
  maxClients: 100,
  idleInTransactionTimeoutMs: 15_000,
  maxCopyBytes: 128 * 1024 * 1024,
  maxMessageBytes: 64 * 1024 * 1024,
  maxUnfinishedBytes: 256 * 1024 * 1024,
  housekeepingIntervalMs: 60_000,
};

export type ToWorker = { type: 'stop' };

export type FromWorker =
  | { type: 'started'; port: number }
  | { type: 'failed'; at: 'port' | 'engine'; message: string }
  | {
      type: 'log';
      level: 'debug' | 'info' | 'warn' | 'error';
      message: string;
      fields: Record<string, unknown>;
    }
  | { type: 'stopped' };

export type FromInitializer = { type: 'initialized' } | { type: 'failed'; message: string };
