import { Registry, type Gauge } from '@prometheus-io/client';
import type { Database } from '../database/pool.ts';
import type { Events } from '../events.ts';
import type { Health } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { countEvents } from './count-events.ts';
import { clearGauge, createMetricSet } from './metric-set.ts';
import { METRICS, type MetricDefinition, type MetricName } from './metric-table.ts';
import { processRegistry, setPoolGauges, setServiceGauges } from './process-metrics.ts';
import { createStateReader } from './read-state.ts';
import { MAIN_READINGS, VECTOR_READINGS } from './readings.ts';

export interface MetricsOptions {
  events: Events;
  main: Database;
  /** The same as `main` where there is one database. */
  vector: Database;
  /** The health of the parts of this process, by name. */
  health: () => Health;
  version: string;
  roles: readonly string[];
  /** Whether what the databases know is read, too: the same for every process, so one kind of them is enough. */
  readsState: boolean;
  log: Log;
}

export interface Metrics {
  /** The content type of the text that `render` resolves to. */
  readonly contentType: string;
  /** Everything, in the exposition format of Prometheus. Takes little more than a second at most, and never rejects. */
  render(): Promise<string>;
}

/** The metrics of one application. Counting begins with the call. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { events, main, vector, health, version, roles, readsState, log } = options;
  const own = new Registry();
  const metrics = createMetricSet(own, ({ of }) => of === 'process' || readsState);
  countEvents(events, metrics);
  metrics.build_info.set({ version, roles: roles.join('+') }, 1);

  const pools = vector === main ? { main } : { main, vector };
  const deps = { metrics, log };
  const readers = [
    createStateReader('main', main, MAIN_READINGS, deps),
    createStateReader('vector', vector, VECTOR_READINGS, deps),
  ];
  const stateGauges = Object.entries<MetricDefinition>(METRICS)
    .filter(([, { of }]) => of === 'state')
    .map(([name]) => metrics[name as MetricName] as Gauge<string>);
  const all = Registry.merge([own, processRegistry()]);
  let rendering: Promise<string> | undefined;

  async function render(): Promise<string> {
    if (readsState) {
      for (const gauge of stateGauges) clearGauge(gauge);
      await Promise.all(readers.map((reader) => reader.refresh()));
    }
    setServiceGauges(metrics, health());
    for (const [name, database] of Object.entries(pools))
      setPoolGauges(metrics, name as 'main' | 'vector', database);
    return all.metrics();
  }

  return {
    contentType: all.contentType,
    render: () => (rendering ??= render().finally(() => (rendering = undefined))),
  };
}
