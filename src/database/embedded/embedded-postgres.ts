import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../../errors.ts';
import type { Health, Service } from '../../lifecycle.ts';
import type { Log } from '../../log.ts';
import { initializeDatabase } from './initialization.ts';
import { readOrMakePassword } from './data-directory-password.ts';
import { makeFilesPrivate } from './file-modes.ts';
import { claimDataDirectory, connectionStringOf, unusable, type DataDirectory } from './data-directory.ts';
import {
  DEFAULT_TUNING,
  type EmbeddedPostgresTuning,
  type FromWorker,
  type ToWorker,
  type WorkerSettings,
} from './worker-messages.ts';

export interface EmbeddedPostgresOptions {
  /** Made when missing, parents too. Holds nothing else. */
  dataDir: string;
  /** On 127.0.0.1; 0 for any that is free. */
  port: number;
  log: Log;
  /** Bounds other than the usual ones; for tests. */
  tuning?: Partial<EmbeddedPostgresTuning>;
}

export interface EmbeddedPostgres extends Service {
  /** Known after `start`. */
  readonly port: number;
  /** With the password: not for logs. Known after `start`. */
  readonly connectionString: string;
}

/** A worker that ended by itself is started again this often in a row, after this pause. */
const MAX_RESTARTS = 5;
const RESTART_PAUSE_MS = 1_000;
/**
 * With a thread's usual 4 MB a runaway recursion overflows the JavaScript stack, which ends the engine; with this, Postgres
 * meets its own max_stack_depth first and answers with an error. Only what is used of it takes memory.
 */
const STACK_MB = 64;
/** Three semi-spaces of 8 MB. Left to itself V8 lets short-lived buffers pile up: 90 MB more of the process, measured. */
const YOUNG_GENERATION_MB = 24;

/** The Postgres that needs no server: PGlite in a thread of its own, on an ordinary connection string. */
export function createEmbeddedPostgres(options: EmbeddedPostgresOptions): EmbeddedPostgres {
  const { log } = options;
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  let port = options.port;
  let password = '';
  let directory: DataDirectory | undefined;
  let worker: Worker | undefined;
  let state: 'stopped' | 'up' | 'down' = 'stopped';
  let stopping: Promise<void> | undefined;
  let restarts = 0;

  async function startWorker(postgresDirectory: string): Promise<void> {
    const settings: WorkerSettings = { directory: postgresDirectory, port, password, tuning };
    const started = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker = started;
    port = await new Promise<number>((resolve, reject) => {
      started.on('message', (message: FromWorker) => {
        if (message.type === 'started') resolve(message.port);
        else if (message.type === 'failed') reject(startError(message, options));
        else if (message.type === 'log') log[message.level](message.fields, message.message);
      });
      started.on('error', reject);
      started.on('exit', (code) =>
        reject(new AppError('internal', `The thread of the embedded Postgres ended with ${code}.`)),
      );
    });
    state = 'up';
    started.once('exit', (code) => {
      if (worker !== started || stopping !== undefined) return;
      worker = undefined;
      state = 'down';
      log.error({ exitCode: code }, 'The thread of the embedded Postgres ended unexpectedly');
      restart(postgresDirectory);
    });
  }

  function restart(postgresDirectory: string): void {
    if (restarts >= MAX_RESTARTS) return;
    restarts += 1;
    setTimeout(() => {
      if (stopping !== undefined) return;
      startWorker(postgresDirectory).then(
        () => (restarts = 0),
        (error: unknown) => {
          log.error({ err: error }, `The embedded Postgres could not be started again: ${messageOf(error)}`);
          restart(postgresDirectory);
        },
      );
    }, RESTART_PAUSE_MS);
  }

  async function stopWorker(deadlineMs: number): Promise<void> {
    const stopped = worker;
    if (stopped !== undefined) {
      const ended = new Promise((resolve) => stopped.once('exit', resolve));
      stopped.postMessage({ type: 'stop' } satisfies ToWorker);
      const timer = setTimeout(() => {
        log.warn(
          { deadlineMs },
          'The embedded Postgres was ended in the middle of a statement: it will repair itself on its next start',
        );
        void stopped.terminate();
      }, deadlineMs);
      await ended;
      clearTimeout(timer);
    }
    worker = undefined;
    state = 'stopped';
    directory?.lock.release();
  }

  return {
    name: 'embedded-postgres',
    async start() {
      makeFilesPrivate();
      directory = claimDataDirectory(options.dataDir);
      const startedAt = performance.now();
      try {
        password = readOrMakePassword(resolve(options.dataDir));
        await initializeDatabase(directory.postgresDirectory).catch((error: unknown) => {
          throw unusable(options.dataDir, `cannot hold a database: ${messageOf(error)}`, error);
        });
        await startWorker(directory.postgresDirectory);
        directory.lock.announcePort(port);
      } catch (error) {
        await worker?.terminate();
        worker = undefined;
        directory.lock.release();
        throw error;
      }
      log.info(
        { port, dataDir: options.dataDir, durationMs: Math.round(performance.now() - startedAt) },
        'The embedded Postgres is running',
      );
    },
    stop(deadlineMs) {
      stopping ??= stopWorker(deadlineMs);
      return stopping;
    },
    health(): Health {
      if (state === 'up') return { status: 'up', port };
      return {
        status: 'down',
        detail: state === 'down' ? 'The embedded Postgres ended and is being started again.' : 'Not started.',
      };
    },
    get port() {
      return port;
    },
    get connectionString() {
      return connectionStringOf(port, password);
    },
  };
}

function startError(
  message: Extract<FromWorker, { type: 'failed' }>,
  options: EmbeddedPostgresOptions,
): AppError {
  if (message.at === 'engine')
    return unusable(options.dataDir, `cannot be opened as a database: ${message.message}`);
  return new AppError(
    'port_in_use',
    `The embedded Postgres cannot listen on port ${options.port}: ${message.message}. Set EMBEDDED_POSTGRES_PORT to a free port.`,
    { details: { port: options.port } },
  );
}
