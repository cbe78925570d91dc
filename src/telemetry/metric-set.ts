import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';
import { METRIC_PREFIX, METRICS, type MetricDefinition, type MetricName } from './metric-table.ts';

type LabelOf<Name extends MetricName> = (typeof METRICS)[Name]['labels'][number];

type MetricOf<Name extends MetricName> = {
  counter: Counter<LabelOf<Name>>;
  gauge: Gauge<LabelOf<Name>>;
  histogram: Histogram<LabelOf<Name>>;
}[(typeof METRICS)[Name]['type']];

/** One metric for each entry of the table. */
export type MetricSet = { readonly [Name in MetricName]: MetricOf<Name> };

type AnyMetric = Counter<string> | Gauge<string> | Histogram<string>;

function createMetric(name: MetricName, registers: Registry[]): AnyMetric {
  const { type, help, labels, buckets = [] }: MetricDefinition = METRICS[name];
  const configuration = { name: METRIC_PREFIX + name, help, labelNames: [...labels], registers };
  switch (type) {
    case 'counter':
      return new Counter(configuration);
    case 'gauge':
      return new Gauge(configuration);
    case 'histogram':
      return new Histogram({ ...configuration, buckets: [...buckets] });
  }
}

/** Makes all metrics of the table; in the registry are only those that are wanted there, so only these are shown. */
export function createMetricSet(
  registry: Registry,
  isShown: (definition: MetricDefinition) => boolean,
): MetricSet {
  const made = Object.entries<MetricDefinition>(METRICS).map(([name, definition]) => {
    const metric = createMetric(name as MetricName, isShown(definition) ? [registry] : []);
    startFromZero(metric, definition);
    return [name, metric];
  });
  return Object.fromEntries(made) as MetricSet;
}

function startFromZero(metric: AnyMetric, { from }: MetricDefinition): void {
  if (from === undefined) return;
  for (const labels of combinationsOf(Object.entries(from))) {
    if (metric instanceof Histogram) metric.zero(labels);
    else metric.inc(labels, 0);
  }
}

function combinationsOf(labels: readonly [string, readonly string[]][]): Record<string, string>[] {
  return labels.reduce<Record<string, string>[]>(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}

/** Takes everything off a gauge, the value of one without labels, too, which the library would show as 0. */
export function clearGauge(gauge: Gauge<string>): void {
  gauge.reset();
  gauge.remove({});
}
