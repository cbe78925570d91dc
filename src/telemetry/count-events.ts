import type { Events, RunFigures } from '../events.ts';
import type { MetricSet } from './metric-set.ts';

const seconds = (ms: number): number => ms / 1000;

/** Counts what happens in this process. The parts only tell of it. */
export function countEvents(events: Events, metrics: MetricSet): void {
  function countFigures(mode: 'incremental' | 'full_rebuild', figures: RunFigures): void {
    const { index_chunks_total: chunks, index_phase_seconds_total: phases } = metrics;
    chunks.inc({ mode, outcome: 'new' }, figures.chunksNew);
    chunks.inc({ mode, outcome: 'updated' }, figures.chunksUpdated);
    chunks.inc({ mode, outcome: 'skipped' }, figures.chunksSkipped);
    chunks.inc({ mode, outcome: 'deleted' }, figures.chunksDeleted);
    chunks.inc({ mode, outcome: 'rejected' }, figures.chunksRejected);
    phases.inc({ mode, phase: 'read' }, seconds(figures.readMs));
    phases.inc({ mode, phase: 'embed' }, seconds(figures.embedMs));
    phases.inc({ mode, phase: 'save' }, seconds(figures.saveMs));
    metrics.index_embeddings_reused_total.inc({ mode }, figures.embeddingsReused);
  }

  events.on('changesClaimed', ({ changes, oldestCapturedAt }) => {
    metrics.changes_claimed_total.inc(changes);
    // Between two machines' clocks it may come out below nothing.
    metrics.change_handoff_seconds.observe(Math.max(0, seconds(Date.now() - oldestCapturedAt.getTime())));
  });
  events.on('jobCreated', () => {
    metrics.index_jobs_created_total.inc();
  });
  events.on('jobEnded', ({ queue, outcome, durationMs }) => {
    metrics.jobs_ended_total.inc({ queue, outcome });
    metrics.job_duration_seconds.observe({ queue }, seconds(durationMs));
  });
  events.on('runEnded', ({ status, durationMs, ...figures }) => {
    const mode = 'incremental';
    metrics.index_runs_total.inc({ mode, status });
    metrics.index_run_duration_seconds.observe({ mode }, seconds(durationMs));
    countFigures(mode, figures);
  });
  events.on('rebuildSliceEnded', ({ status, ...figures }) => {
    metrics.rebuild_slices_total.inc({ status });
    countFigures('full_rebuild', figures);
  });
  events.on('rebuildEnded', ({ status, durationMs }) => {
    const mode = 'full_rebuild';
    metrics.index_runs_total.inc({ mode, status });
    metrics.index_run_duration_seconds.observe({ mode }, seconds(durationMs));
  });
  events.on('embeddingRequestEnded', ({ model, outcome, tokens, costUsd, durationMs }) => {
    metrics.embedding_requests_total.inc({ model, outcome: outcome === 'ok' ? 'ok' : 'error' });
    if (outcome !== 'ok') metrics.embedding_errors_total.inc({ model, class: outcome });
    metrics.embedding_tokens_total.inc({ model }, tokens);
    metrics.embedding_cost_usd_total.inc({ model }, costUsd);
    metrics.embedding_request_duration_seconds.observe({ model }, seconds(durationMs));
  });
  events.on('embeddingRetried', ({ model, fault }) => {
    metrics.embedding_retries_total.inc({ model, class: fault });
  });
  events.on('searchEnded', ({ outcome, durationMs }) => {
    metrics.search_duration_seconds.observe({ outcome }, seconds(durationMs));
  });
  events.on('chatEnded', ({ outcome, answeredBy, durationMs, notices }) => {
    metrics.chat_answers_total.inc({ outcome, answered_by: answeredBy ?? 'none' });
    if (answeredBy !== undefined)
      metrics.chat_duration_seconds.observe({ answered_by: answeredBy }, seconds(durationMs));
    for (const code of notices) metrics.chat_notices_total.inc({ code });
  });
  events.on('chatToolEnded', ({ tool, outcome }) => {
    metrics.chat_tool_calls_total.inc({ tool, outcome });
  });
  events.on('chatRequestEnded', ({ model, outcome, promptTokens, completionTokens, costUsd, durationMs }) => {
    metrics.chat_model_requests_total.inc({ model, outcome });
    metrics.chat_model_tokens_total.inc({ model, kind: 'prompt' }, promptTokens);
    metrics.chat_model_tokens_total.inc({ model, kind: 'completion' }, completionTokens);
    metrics.chat_model_cost_usd_total.inc({ model }, costUsd);
    metrics.chat_model_request_duration_seconds.observe({ model }, seconds(durationMs));
  });
  events.on('wbRequestEnded', ({ endpoint, status, durationMs }) => {
    metrics.wb_requests_total.inc({ endpoint, status: status ?? 'none' });
    metrics.wb_request_duration_seconds.observe({ endpoint }, seconds(durationMs));
  });
  events.on('syncEnded', ({ status, durationMs }) => {
    metrics.sync_runs_total.inc({ status });
    metrics.sync_run_duration_seconds.observe(seconds(durationMs));
  });
  events.on('httpRequestEnded', ({ route = 'unmatched', method, status, durationMs }) => {
    metrics.http_requests_total.inc({ route, method, status });
    metrics.http_request_duration_seconds.observe({ route, method }, seconds(durationMs));
  });
}
