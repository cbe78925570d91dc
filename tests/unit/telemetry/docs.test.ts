import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import {
  METRIC_PREFIX,
  METRICS,
  type MetricDefinition,
  type MetricName,
} from '../../../src/telemetry/metric-table.ts';
import { readCompose } from '../../helpers/compose-file.ts';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const page = read('docs/metrics.md');
const table = Object.entries<MetricDefinition>(METRICS);

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; action: string };
}

const { groups } = parse(read('docs/alerts.yml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

const SELECTOR = /\b(wb_assist_\w+)(?:\{([^}]*)\})?/g;
const SUFFIXES = { histogram: ['_bucket', '_sum', '_count'], counter: [''], gauge: [''] } as const;

/** What an expression asks for, as entries of the table; fails at what no process says. */
function selectorsOf({ alert, expr }: Rule): { name: MetricName; labels: string[] }[] {
  return [...expr.matchAll(SELECTOR)].map(([, series = '', matchers = '']) => {
    const entry = table.find(([name, { type }]) =>
      SUFFIXES[type].some((suffix) => METRIC_PREFIX + name + suffix === series),
    );
    assert.ok(entry, `${alert} asks for ${series}, which no process says`);
    const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label!);
    return { name: entry[0] as MetricName, labels };
  });
}

/** Alerts that look at a metric, in the order of the file. */
function alertsOf(name: string): string[] {
  return rules
    .filter((rule) => selectorsOf(rule).some((selector) => selector.name === name))
    .map(({ alert }) => alert);
}

/** Rows of the page whose first cell is a metric: its cells. */
const rows = new Map(
  page
    .split('\n')
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
    .filter(([, first]) => first?.startsWith(`\`${METRIC_PREFIX}`))
    .map(([, first = '', ...cells]) => [first.replaceAll('`', ''), cells]),
);

describe('docs/metrics.md', () => {
  for (const [name, { type, labels, help }] of table) {
    it(`has ${METRIC_PREFIX}${name} as it is, with its alerts`, () => {
      const [saidType, saidLabels, saidHelp, saidAlerts] = rows.get(METRIC_PREFIX + name) ?? [];
      assert.deepEqual(
        [saidType, saidLabels, saidHelp, saidAlerts],
        [
          type,
          labels.join(', '),
          help,
          alertsOf(name)
            .map((alert) => `\`${alert}\``)
            .join(', ') || 'for graphs',
        ],
      );
    });
  }

  it('has no metric that there is not', () => {
    const known = new Set(table.map(([name]) => METRIC_PREFIX + name));
    const mentioned = [...page.matchAll(/\bwb_assist_[a-z_]+/g)].map(([name]) => name);
    assert.ok(mentioned.length >= table.length);
    const wrong = [...new Set(mentioned)].filter(
      (name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')),
    );
    assert.deepEqual(wrong, []);
  });
});

it('the example for Prometheus asks the ports that compose.yaml has', () => {
  const services = readCompose({ API_SECRET_KEY: 'a', POSTGRES_PASSWORD: 'b' });
  const [, targets = ''] = /targets: \[(.*)\]/.exec(page) ?? [];
  for (const [, name = '', port] of targets.matchAll(/'(\w+):(\d+)'/g)) {
    const { METRICS_PORT, API_PORT } = services[name]!.environment;
    assert.equal(port, METRICS_PORT ?? API_PORT, name);
  }
  assert.ok(targets.includes('worker'));
});

describe('docs/alerts.yml', () => {
  it('has rules with a name of their own, an expression, a severity, and words for a person', () => {
    assert.ok(rules.length > 15);
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, expr, labels, annotations, ...rest } of rules) {
      assert.match(alert, /^WbAssist[A-Z]\w+$/);
      assert.match(expr, /[<>=]=?/, alert);
      assert.ok(['critical', 'warning'].includes(labels.severity), alert);
      assert.ok(annotations.summary.length > 10 && annotations.action.length > 10, alert);
      assert.match(rest.for ?? '1m', /^\d+[mh]$/);
    }
  });

  for (const rule of rules) {
    it(`${rule.alert} asks only for labels and values that there are`, () => {
      const asked = selectorsOf(rule);
      assert.ok(asked.length > 0 || rule.expr.startsWith('up{'), 'asks for nothing of ours');
      for (const { name, labels } of asked) {
        const definition: MetricDefinition = METRICS[name];
        const known = [...definition.labels, ...(definition.type === 'histogram' ? ['le'] : [])];
        assert.deepEqual(
          labels.filter((label) => !known.includes(label)),
          [],
          name,
        );
      }
      for (const [, list = ''] of rule.expr.matchAll(/\bby \(([^)]*)\)/g)) {
        for (const label of list.split(',').map((text) => text.trim())) {
          const isKnown = asked.some(
            ({ name }) => label === 'le' || (METRICS[name].labels as readonly string[]).includes(label),
          );
          assert.ok(isKnown, `by ${label}`);
        }
      }
    });
  }
});
