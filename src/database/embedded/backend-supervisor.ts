import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import type { Engine } from './engine.ts';
import { SharedBackend } from './shared-backend.ts';
import type { WorkerLog } from './worker-log.ts';

export interface SupervisorOptions {
  openEngine: () => Promise<Engine>;
  log: WorkerLog;
  /** The backend ended: whoever used it is to be let go. Another one is on its way. */
  onEnd(): void;
  /** No other one could be opened. */
  onLost: (error: unknown) => void;
}

export interface BackendSupervisor {
  /** The backend, once there is one. */
  ready(): Promise<SharedBackend>;
  /** Uses the backend; undefined when it ended, or when there is none. */
  use<T>(work: (backend: SharedBackend) => T): T | undefined;
  close(): Promise<void>;
}

/** Attempts to open the data directory again, and the pause before each. */
const REOPEN_PAUSES_MS = [0, 200, 1_000];

/** Owns the backend, and replaces it when the WebAssembly has ended. */
export function superviseBackend(options: SupervisorOptions): BackendSupervisor {
  const { log } = options;
  let current: SharedBackend | undefined;
  let ready = open();

  async function open(): Promise<SharedBackend> {
    const engine = await options.openEngine();
    current = new SharedBackend(engine, log);
    return current;
  }

  async function reopen(): Promise<SharedBackend> {
    let failure: unknown;
    for (const pauseMs of REOPEN_PAUSES_MS) {
      if (pauseMs > 0) await pause(pauseMs);
      const startedAt = performance.now();
      try {
        const backend = await open();
        log('info', 'The embedded Postgres is open again', {
          durationMs: Math.round(performance.now() - startedAt),
        });
        return backend;
      } catch (error) {
        failure = error;
        log('error', `The embedded Postgres could not be opened again: ${messageOf(error)}`);
      }
    }
    throw failure;
  }

  return {
    ready: () => ready,
    use(work) {
      const backend = current;
      if (backend === undefined) return undefined;
      try {
        return work(backend);
      } catch (error) {
        // An error that is not the engine's end is one of ours; then too nothing is known of the state it left.
        log('error', 'The embedded Postgres ended unexpectedly; opening its data directory again', {
          reason: messageOf(error),
        });
        current = undefined;
        backend.abandon();
        ready = reopen();
        ready.catch(options.onLost);
        options.onEnd();
        return undefined;
      }
    },
    async close() {
      const backend = current;
      current = undefined;
      await backend?.close();
    },
  };
}
