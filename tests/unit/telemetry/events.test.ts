import assert from 'node:assert/strict';
import { once, type EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { createEvents, type AppEvents, type RunFigures } from '../../../src/events.ts';
import { countEvents } from '../../../src/telemetry/count-events.ts';
import { createMetricSet } from '../../../src/telemetry/metric-set.ts';
import { METRICS, type MetricName } from '../../../src/telemetry/metric-table.ts';
import { parseExposition, valueOf, type Family } from '../../helpers/exposition.ts';

type EventNames = keyof AppEvents;
type Told = { [Name in EventNames]: [name: Name, event: AppEvents[Name][0]] }[EventNames];

const FIGURES: RunFigures = {
  ...{ chunksNew: 1, chunksUpdated: 2, chunksSkipped: 3, chunksDeleted: 4, chunksRejected: 5 },
  ...{ embeddingsReused: 6, readMs: 1_500, embedMs: 2_500, saveMs: 3_500 },
};
const RUN: AppEvents['runEnded'][0] = {
  ...{ cabinetId: 1, jobId: 'j', status: 'completed', durationMs: 4_000 },
  ...FIGURES,
};
const REQUEST: AppEvents['embeddingRequestEnded'][0] = {
  ...{ model: 'm', outcome: 'ok', tokens: 1000, costUsd: 0.00002, durationMs: 40 },
};
const CHAT_REQUEST: AppEvents['chatRequestEnded'][0] = {
  ...{
    model: 'm',
    outcome: 'ok',
    promptTokens: 900,
    completionTokens: 100,
    costUsd: 0.0005,
    durationMs: 2_500,
  },
};
const HTTP: AppEvents['httpRequestEnded'][0] = {
  ...{ route: '/v1/rag/status/{cabinet_id}', method: 'GET', status: 200, durationMs: 7 },
};

type Sample = [metric: string, labels: Record<string, string>, value: number];

/** What is told, and what samples become by it. */
const COUNTED: readonly [told: Told, samples: Sample[]][] = [
  [
    ['httpRequestEnded', HTTP],
    [
      ['http_requests_total', { route: '/v1/rag/status/{cabinet_id}', method: 'GET', status: '200' }, 1],
      ['http_request_duration_seconds_sum', { route: '/v1/rag/status/{cabinet_id}', method: 'GET' }, 0.007],
      ['http_request_duration_seconds_bucket', { le: '0.01' }, 1],
      ['http_request_duration_seconds_bucket', { le: '0.005' }, 0],
    ],
  ],
  [['httpRequestEnded', { ...HTTP, route: undefined }], [['http_requests_total', { route: 'unmatched' }, 1]]],
  [
    ['changesClaimed', { changes: 7, cabinets: [], oldestCapturedAt: new Date(Date.now() - 120_000) }],
    [
      ['changes_claimed_total', {}, 7],
      ['change_handoff_seconds_count', {}, 1],
      ['change_handoff_seconds_bucket', { le: '30' }, 0],
    ],
  ],
  // The clock of the database is ahead of ours.
  [
    ['changesClaimed', { changes: 1, cabinets: [], oldestCapturedAt: new Date(Date.now() + 3_600_000) }],
    [['change_handoff_seconds_sum', {}, 0]],
  ],
  [
    ['jobCreated', { cabinetId: 1, jobId: 'j', changedIds: undefined }],
    [['index_jobs_created_total', {}, 1]],
  ],
  [
    ['jobEnded', { queue: 'q', outcome: 'buried', durationMs: 250 }],
    [
      ['jobs_ended_total', { queue: 'q', outcome: 'buried' }, 1],
      ['job_duration_seconds_sum', { queue: 'q' }, 0.25],
    ],
  ],
  [
    ['runEnded', RUN],
    [
      ['index_runs_total', { mode: 'incremental', status: 'completed' }, 1],
      ['index_runs_total', { mode: 'incremental', status: 'failed' }, 0],
      ['index_run_duration_seconds_sum', { mode: 'incremental' }, 4],
      ['index_chunks_total', { mode: 'incremental', outcome: 'new' }, 1],
      ['index_chunks_total', { mode: 'incremental', outcome: 'updated' }, 2],
      ['index_chunks_total', { mode: 'incremental', outcome: 'skipped' }, 3],
      ['index_chunks_total', { mode: 'incremental', outcome: 'deleted' }, 4],
      ['index_chunks_total', { mode: 'incremental', outcome: 'rejected' }, 5],
      ['index_phase_seconds_total', { mode: 'incremental', phase: 'read' }, 1.5],
      ['index_phase_seconds_total', { mode: 'incremental', phase: 'embed' }, 2.5],
      ['index_phase_seconds_total', { mode: 'incremental', phase: 'save' }, 3.5],
      ['index_embeddings_reused_total', { mode: 'incremental' }, 6],
    ],
  ],
  [
    ['rebuildSliceEnded', { ...RUN, rebuildId: '1', status: 'more' }],
    [
      ['rebuild_slices_total', { status: 'more' }, 1],
      ['index_chunks_total', { mode: 'full_rebuild', outcome: 'updated' }, 2],
      ['index_phase_seconds_total', { mode: 'full_rebuild', phase: 'embed' }, 2.5],
      ['index_embeddings_reused_total', { mode: 'full_rebuild' }, 6],
      // It is a run when it is over.
      ['index_runs_total', { mode: 'full_rebuild', status: 'completed' }, 0],
    ],
  ],
  [
    [
      'rebuildEnded',
      {
        ...{ cabinetId: 1, rebuildId: '1', status: 'failed', durationMs: 60_000 },
        ...{ rowsDone: 0, rowsTotal: null, cabinetGone: false },
      },
    ],
    [
      ['index_runs_total', { mode: 'full_rebuild', status: 'failed' }, 1],
      ['index_run_duration_seconds_sum', { mode: 'full_rebuild' }, 60],
    ],
  ],
  [
    ['embeddingRequestEnded', REQUEST],
    [
      ['embedding_requests_total', { model: 'm', outcome: 'ok' }, 1],
      ['embedding_tokens_total', { model: 'm' }, 1000],
      ['embedding_cost_usd_total', { model: 'm' }, 0.00002],
      ['embedding_request_duration_seconds_sum', { model: 'm' }, 0.04],
    ],
  ],
  [
    ['embeddingRequestEnded', { ...REQUEST, outcome: 'timeout', tokens: 0, costUsd: 0 }],
    [
      ['embedding_requests_total', { model: 'm', outcome: 'error' }, 1],
      ['embedding_errors_total', { model: 'm', class: 'timeout' }, 1],
    ],
  ],
  [
    ['embeddingRetried', { model: 'm', fault: 'rate_limited' }],
    [['embedding_retries_total', { model: 'm', class: 'rate_limited' }, 1]],
  ],
  [
    ['searchEnded', { outcome: 'ok', hits: 3, durationMs: 20 }],
    [
      ['search_duration_seconds_count', { outcome: 'ok' }, 1],
      ['search_duration_seconds_count', { outcome: 'failed' }, 0],
    ],
  ],
  [
    [
      'chatEnded',
      { outcome: 'ok', answeredBy: 'plain', durationMs: 1_500, notices: ['model_unavailable', 'relaxed'] },
    ],
    [
      ['chat_answers_total', { outcome: 'ok', answered_by: 'plain' }, 1],
      ['chat_duration_seconds_sum', { answered_by: 'plain' }, 1.5],
      ['chat_notices_total', { code: 'model_unavailable' }, 1],
      ['chat_notices_total', { code: 'relaxed' }, 1],
    ],
  ],
  [
    ['chatEnded', { outcome: 'limited', answeredBy: undefined, durationMs: 3, notices: [] }],
    [
      ['chat_answers_total', { outcome: 'limited', answered_by: 'none' }, 1],
      // How fast somebody is refused would only make answers look fast.
      ['chat_duration_seconds_count', { answered_by: 'plain' }, 0],
    ],
  ],
  [
    ['chatToolEnded', { tool: 'totals', outcome: 'failed' }],
    [['chat_tool_calls_total', { tool: 'totals', outcome: 'failed' }, 1]],
  ],
  [
    ['chatRequestEnded', CHAT_REQUEST],
    [
      ['chat_model_requests_total', { model: 'm', outcome: 'ok' }, 1],
      ['chat_model_tokens_total', { model: 'm', kind: 'prompt' }, 900],
      ['chat_model_tokens_total', { model: 'm', kind: 'completion' }, 100],
      ['chat_model_cost_usd_total', { model: 'm' }, 0.0005],
      ['chat_model_request_duration_seconds_sum', { model: 'm' }, 2.5],
    ],
  ],
  [
    ['chatRequestEnded', { ...CHAT_REQUEST, outcome: 'timeout', costUsd: 0 }],
    [
      ['chat_model_requests_total', { model: 'm', outcome: 'timeout' }, 1],
      ['chat_model_cost_usd_total', { model: 'm' }, 0],
    ],
  ],
  [
    ['wbRequestEnded', { endpoint: 'orders', status: 429, durationMs: 90 }],
    [
      ['wb_requests_total', { endpoint: 'orders', status: '429' }, 1],
      ['wb_request_duration_seconds_sum', { endpoint: 'orders' }, 0.09],
    ],
  ],
  [
    ['wbRequestEnded', { endpoint: 'orders', status: undefined, durationMs: 90 }],
    [['wb_requests_total', { endpoint: 'orders', status: 'none' }, 1]],
  ],
  [
    ['syncEnded', { cabinetId: 1, runId: '1', status: 'partial', durationMs: 30_000 }],
    [
      ['sync_runs_total', { status: 'partial' }, 1],
      ['sync_run_duration_seconds_sum', {}, 30],
    ],
  ],
];

function createCounting() {
  const registry = new Registry();
  const events = createEvents();
  countEvents(
    events,
    createMetricSet(registry, () => true),
  );
  const read = async (): Promise<Map<string, Family>> => parseExposition(await registry.metrics());
  return { events, read };
}

describe('what happens in a process', () => {
  for (const [[name, event], samples] of COUNTED) {
    const named = [...new Set(samples.map(([metric]) => metric))].join(', ');
    it(`is counted: ${name} in ${named}`, async () => {
      const { events, read } = createCounting();
      const before = await read();
      for (const [metric, labels] of samples)
        assert.equal(valueOf(before, metric, labels) ?? 0, 0, `${metric} before`);
      (events as unknown as EventEmitter).emit(name, event);
      const after = await read();
      for (const [metric, labels, value] of samples)
        assert.equal(valueOf(after, metric, labels), value, `${metric} ${JSON.stringify(labels)}`);
    });
  }

  it('is counted by every counter and histogram of the table', () => {
    const counted = new Set(
      COUNTED.flatMap(([, samples]) => samples).map(([metric]) => metric.replace(/_(sum|count|bucket)$/, '')),
    );
    const missing = Object.entries(METRICS).filter(
      ([name, { type }]) => type !== 'gauge' && !counted.has(name),
    );
    assert.deepEqual(
      missing.map(([name]) => name),
      [],
    );
  });

  it('is counted for each application by itself', async () => {
    const [one, other] = [createCounting(), createCounting()];
    one.events.emit('embeddingRetried', { model: 'm', fault: 'timeout' });
    assert.equal(valueOf(await one.read(), 'embedding_retries_total'), 1);
    assert.equal(valueOf(await other.read(), 'embedding_retries_total'), undefined);
  });

  it('starts at 0 where the labels are known, so that the first time is an increase', async () => {
    const families = await createCounting().read();
    assert.equal(valueOf(families, 'index_runs_total', { mode: 'full_rebuild', status: 'failed' }), 0);
    assert.equal(valueOf(families, 'search_duration_seconds_count', { outcome: 'unavailable' }), 0);
  });

  it('follows the naming rules of Prometheus', () => {
    for (const [name, definition] of Object.entries(METRICS) as [
      MetricName,
      (typeof METRICS)[MetricName],
    ][]) {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(name.endsWith('_total'), definition.type === 'counter', name);
      if (definition.type === 'histogram') assert.match(name, /_seconds$/);
      assert.doesNotMatch(name, /_(ms|milliseconds|minutes|hours)(_|$)/);
    }
  });
});

describe('an event', () => {
  it('reaches the other listeners and does not hurt the work when one of them throws', async () => {
    const errors: unknown[] = [];
    const events = createEvents((error) => void errors.push(error));
    const fault = new Error('of a listener');
    const heard: string[] = [];
    events.on('embeddingRetried', () => {
      throw fault;
    });
    events.on('embeddingRetried', ({ model }) => void heard.push(model));
    const told = once(events, 'embeddingRetried');
    assert.equal(events.emit('embeddingRetried', { model: 'm', fault: 'timeout' }), true);
    await told;
    events.emit('embeddingRetried', { model: 'n', fault: 'timeout' });
    assert.deepEqual(heard, ['m', 'n']);
    assert.deepEqual(errors, [fault, fault]);
    assert.equal(events.listenerCount('embeddingRetried'), 2, 'the one of once has gone');
  });

  it('that nobody listens to is nobody’s matter', () => {
    assert.equal(createEvents().emit('embeddingRetried', { model: 'm', fault: 'timeout' }), false);
  });
});
