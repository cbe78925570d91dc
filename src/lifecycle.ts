import { AppError, messageOf } from './errors.ts';
import type { Log } from './log.ts';

export interface Health {
  status: 'up' | 'degraded' | 'down';
  /** One sentence for a person, when there is something to say. */
  detail?: string;
  [field: string]: unknown;
}

/** The one contract of everything that runs in the background. */
export interface Service {
  readonly name: string;
  /** Resolves when the service does its work; rejects, leaving nothing running, when it cannot. */
  start(): Promise<void>;
  /** Bounded and idempotent: stops taking new work, gives what runs up to `deadlineMs`, then lets go of it. */
  stop(deadlineMs: number): Promise<void>;
  health(): Health;
}

/** Services that were started one after the other and are stopped in the reverse order. */
export interface ServiceStack {
  /**
   * Starts a service on top of those that run. Rejects as the service does; the caller then stops the stack. Rejects also,
   * with nothing left running, when the stack was told to stop before or meanwhile.
   */
  start(service: Service): Promise<void>;
  /** Bounded and idempotent. One service that fails to stop does not keep the others running. */
  stop(deadlineMs: number): Promise<void>;
  /** The worst state of all, and each by its name. */
  health(): Health;
}

/** Every service gets at least this, however much of the deadline the ones before it used. */
const MIN_STOP_MS = 100;

export function createServiceStack(log: Log): ServiceStack {
  const running: Service[] = [];
  let stopping: Promise<void> | undefined;
  const isStopping = () => stopping !== undefined;

  async function stopAll(deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    for (const service of [...running].reverse()) {
      try {
        await service.stop(Math.max(end - performance.now(), MIN_STOP_MS));
      } catch (error) {
        log.error(
          { service: service.name, err: error },
          `Stopping ${service.name} failed: ${messageOf(error)}`,
        );
      }
    }
  }

  return {
    async start(service) {
      if (!isStopping()) {
        await service.start();
        if (!isStopping()) {
          running.push(service);
          return;
        }
        // Told to stop meanwhile: whoever stopped the others did not know of this one.
        await service.stop(MIN_STOP_MS);
      }
      throw new AppError('internal', `${service.name} was told to stop before it had started`);
    },
    stop(deadlineMs) {
      stopping ??= stopAll(deadlineMs);
      return stopping;
    },
    health() {
      const parts = Object.fromEntries(running.map((service) => [service.name, service.health()]));
      const states = Object.values(parts).map((part) => part.status);
      const status = states.includes('down') ? 'down' : states.includes('degraded') ? 'degraded' : 'up';
      return { status, ...parts };
    },
  };
}
