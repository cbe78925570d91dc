import { collectDefaultMetrics, Registry } from '@prometheus-io/client';
import type { Database } from '../database/pool.ts';
import type { Health } from '../lifecycle.ts';
import type { MetricSet } from './metric-set.ts';

let ofTheProcess: Registry | undefined;

/**
 * CPU, memory, event loop, garbage collection and so on, under their usual names. They are the process's, however many
 * applications are in it, and the library can start observing them but not stop.
 */
export function processRegistry(): Registry {
  if (ofTheProcess === undefined) {
    ofTheProcess = new Registry();
    collectDefaultMetrics({ register: ofTheProcess });
  }
  return ofTheProcess;
}

/** How the parts of the process are right now. */
export function setServiceGauges(metrics: MetricSet, { status: _worst, ...parts }: Health): void {
  metrics.service_up.reset();
  metrics.service_degraded.reset();
  for (const [service, part] of Object.entries(parts)) {
    const { status } = part as Health;
    metrics.service_up.set({ service }, status === 'down' ? 0 : 1);
    metrics.service_degraded.set({ service }, status === 'degraded' ? 1 : 0);
  }
}

/** How the connections to a database are used right now. */
export function setPoolGauges(metrics: MetricSet, database: 'main' | 'vector', { pool }: Database): void {
  const { totalCount, idleCount, waitingCount, options } = pool;
  metrics.pool_connections.set({ database, state: 'in_use' }, totalCount - idleCount);
  metrics.pool_connections.set({ database, state: 'idle' }, idleCount);
  metrics.pool_waiting.set({ database }, waitingCount);
  metrics.pool_max_connections.set({ database }, options.max);
}
