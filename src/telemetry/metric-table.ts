import { CHAT_OUTCOMES, PROVIDER_FAULT_CLASSES, SEARCH_OUTCOMES } from '../events.ts';

export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
  /** Upper bounds, of a histogram. */
  buckets?: readonly number[];
  /**
   * `process`: what this process did, or is; every process has them. `state`: what the databases say, the same whoever
   * reads it; processes with the API have them.
   */
  of: 'process' | 'state';
  /** Values of labels that are there from the start, so that the first occurrence is an increase, too. */
  from?: Readonly<Record<string, readonly string[]>>;
}

/** Before every name of the table. */
export const METRIC_PREFIX = 'wb_assist_';

const MODES = ['incremental', 'full_rebuild'] as const;
const PHASES = ['read', 'embed', 'save'] as const;
const CHUNK_OUTCOMES = ['new', 'updated', 'skipped', 'deleted', 'rejected'] as const;
const RUN_STATUSES = ['completed', 'waiting', 'failed'] as const;

/** From an answer of a cache to the longest wait of an asker. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a composed answer to one for which a model called tools again and again. */
const ANSWER_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];
/** From a lone change to a rebuild of a large cabinet. */
const RUN_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600];
/** A sync may wait for limits for hours. */
const SYNC_SECONDS = [1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 12 * 3600];

/**
 * Every metric of the program, by its name without the prefix. docs/metrics.md and docs/alerts.yml are held against it.
 * A label has few values, and never one that somebody outside chooses: routes are templates, endpoints, queues and classes
 * are names of ours, models are those that the configuration and the index name. A cabinet is a label in one place only,
 * where a sum would hide the one that stands still.
 */
export const METRICS = {
  build_info: {
    ...{ type: 'gauge', labels: ['version', 'roles'], of: 'process' },
    help: 'Always 1; which version runs, and what the process does.',
  },
  service_up: {
    ...{ type: 'gauge', labels: ['service'], of: 'process' },
    help: '1 while a part of the process does its work, degraded or not; 0 while it is down. The listener is service="listener".',
  },
  service_degraded: {
    ...{ type: 'gauge', labels: ['service'], of: 'process' },
    help: '1 while a part of the process works with a handicap: the listener polls, the worker puts work off.',
  },
  pool_connections: {
    ...{ type: 'gauge', labels: ['database', 'state'], of: 'process' },
    help: 'Connections of the process to a database: in_use or idle.',
  },
  pool_max_connections: {
    ...{ type: 'gauge', labels: ['database'], of: 'process' },
    help: 'Connections that the process may have to a database (DATABASE_POOL_SIZE).',
  },
  pool_waiting: {
    ...{ type: 'gauge', labels: ['database'], of: 'process' },
    help: 'Pieces of work that wait for a connection.',
  },
  http_requests_total: {
    ...{ type: 'counter', labels: ['route', 'method', 'status'], of: 'process' },
    help: 'HTTP requests by route template; route="unmatched": there is no such route.',
  },
  http_request_duration_seconds: {
    ...{ type: 'histogram', labels: ['route', 'method'], of: 'process', buckets: REQUEST_SECONDS },
    help: 'From the request to the beginning of its answer.',
  },
  changes_claimed_total: {
    ...{ type: 'counter', labels: [], of: 'process' },
    help: 'Outbox rows that the listener has handed over.',
  },
  change_handoff_seconds: {
    ...{ type: 'histogram', labels: [], of: 'process', buckets: RUN_SECONDS },
    help: 'Age of the oldest change of each hand-over: from the write of the row to its job.',
  },
  index_jobs_created_total: {
    ...{ type: 'counter', labels: [], of: 'process' },
    help: 'Jobs of the indexer that changes and requests became.',
  },
  jobs_ended_total: {
    ...{ type: 'counter', labels: ['queue', 'outcome'], of: 'process' },
    help: 'Jobs that a handler has ended: done, buried (given up, in the dead letters), cut_off (runs again).',
  },
  job_duration_seconds: {
    ...{ type: 'histogram', labels: ['queue'], of: 'process', buckets: RUN_SECONDS },
    help: 'How long a job was worked.',
  },
  index_runs_total: {
    ...{ type: 'counter', labels: ['mode', 'status'], of: 'process' },
    help: 'Runs of the indexer: completed, failed, or waiting (put off; goes on by itself). A full rebuild counts when it is over.',
    from: { mode: MODES, status: RUN_STATUSES },
  },
  index_run_duration_seconds: {
    ...{ type: 'histogram', labels: ['mode'], of: 'process', buckets: RUN_SECONDS },
    help: 'From the start to the end of a run; of a full rebuild from its first slice to its last.',
    from: { mode: MODES },
  },
  index_phase_seconds_total: {
    ...{ type: 'counter', labels: ['mode', 'phase'], of: 'process' },
    help: 'Time of runs by phase: read (and compare), embed, save; of batches side by side it adds up.',
    from: { mode: MODES, phase: PHASES },
  },
  index_chunks_total: {
    ...{ type: 'counter', labels: ['mode', 'outcome'], of: 'process' },
    help: 'Chunks by what a run did with them; skipped ones were as they should be.',
    from: { mode: MODES, outcome: CHUNK_OUTCOMES },
  },
  index_embeddings_reused_total: {
    ...{ type: 'counter', labels: ['mode'], of: 'process' },
    help: 'Chunks whose text was embedded before, for whichever row, and cost nothing.',
    from: { mode: MODES },
  },
  rebuild_slices_total: {
    ...{ type: 'counter', labels: ['status'], of: 'process' },
    help: 'Slices of full rebuilds: more (it goes on), completed (the last), superseded, waiting, failed.',
    from: { status: ['more', 'completed', 'superseded', 'waiting', 'failed'] },
  },
  embedding_requests_total: {
    ...{ type: 'counter', labels: ['model', 'outcome'], of: 'process' },
    help: 'HTTP requests to the embedding provider, of indexing and of searches: ok or error. None for the local embedder.',
  },
  embedding_errors_total: {
    ...{ type: 'counter', labels: ['model', 'class'], of: 'process' },
    help: `Requests that failed, by class: ${PROVIDER_FAULT_CLASSES.join(', ')}.`,
  },
  embedding_retries_total: {
    ...{ type: 'counter', labels: ['model', 'class'], of: 'process' },
    help: 'Requests that were made again, by the class of the fault before.',
  },
  embedding_request_duration_seconds: {
    ...{ type: 'histogram', labels: ['model'], of: 'process', buckets: REQUEST_SECONDS },
    help: 'How long the provider took, also to fail.',
  },
  embedding_tokens_total: {
    ...{ type: 'counter', labels: ['model'], of: 'process' },
    help: 'Tokens that the provider billed; estimated where it does not count.',
  },
  embedding_cost_usd_total: {
    ...{ type: 'counter', labels: ['model'], of: 'process' },
    help: 'What these tokens cost by the list price; 0 where the price is not known.',
  },
  search_duration_seconds: {
    ...{ type: 'histogram', labels: ['outcome'], of: 'process', buckets: REQUEST_SECONDS },
    help: `Searches, the embedding of the question included, by outcome: ${SEARCH_OUTCOMES.join(', ')}.`,
    from: { outcome: SEARCH_OUTCOMES },
  },
  chat_answers_total: {
    ...{ type: 'counter', labels: ['outcome', 'answered_by'], of: 'process' },
    help: `Messages of the chat by outcome: ${CHAT_OUTCOMES.join(', ')}; answered_by: model, plain (without one) or none.`,
    from: { outcome: CHAT_OUTCOMES.filter((outcome) => outcome !== 'ok'), answered_by: ['none'] },
  },
  chat_duration_seconds: {
    ...{ type: 'histogram', labels: ['answered_by'], of: 'process', buckets: ANSWER_SECONDS },
    help: 'From a message of the chat to its whole answer.',
    from: { answered_by: ['model', 'plain'] },
  },
  chat_notices_total: {
    ...{ type: 'counter', labels: ['code'], of: 'process' },
    help: 'What answers had to say of themselves: model_unavailable, search_unavailable, tool_failed, unverified_numbers, …',
    from: { code: ['model_unavailable', 'search_unavailable', 'tool_failed', 'unverified_numbers'] },
  },
  chat_tool_calls_total: {
    ...{ type: 'counter', labels: ['tool', 'outcome'], of: 'process' },
    help: 'Analytics functions that the chat called: ok or failed; tool="unknown": the model named one that there is not.',
  },
  chat_model_requests_total: {
    ...{ type: 'counter', labels: ['model', 'outcome'], of: 'process' },
    help: 'Requests to the language model: ok, or the class of the fault. None without a model.',
  },
  chat_model_request_duration_seconds: {
    ...{ type: 'histogram', labels: ['model'], of: 'process', buckets: ANSWER_SECONDS },
    help: 'How long the language model took for one request, also to fail.',
  },
  chat_model_tokens_total: {
    ...{ type: 'counter', labels: ['model', 'kind'], of: 'process' },
    help: 'Tokens that the language model billed: prompt or completion.',
  },
  chat_model_cost_usd_total: {
    ...{ type: 'counter', labels: ['model'], of: 'process' },
    help: 'What these tokens cost by the list price; 0 where the price is not known.',
  },
  wb_requests_total: {
    ...{ type: 'counter', labels: ['endpoint', 'status'], of: 'process' },
    help: 'Requests to Wildberries by method and HTTP status; status="none": no answer.',
  },
  wb_request_duration_seconds: {
    ...{ type: 'histogram', labels: ['endpoint'], of: 'process', buckets: [...REQUEST_SECONDS, 90] },
    help: 'From a request to Wildberries to the beginning of its answer.',
  },
  sync_runs_total: {
    ...{ type: 'counter', labels: ['status'], of: 'process' },
    help: 'Syncs with Wildberries that have ended.',
    from: { status: ['completed', 'partial', 'failed'] },
  },
  sync_run_duration_seconds: {
    ...{ type: 'histogram', labels: [], of: 'process', buckets: SYNC_SECONDS },
    help: 'From the start to the end of a sync, with what it waited for limits.',
  },

  database_up: {
    ...{ type: 'gauge', labels: ['database'], of: 'state' },
    help: '1 when the database answered within the second that a scrape has, or in the seconds before; else 0.',
  },
  state_reading_ok: {
    ...{ type: 'gauge', labels: ['reading'], of: 'state' },
    help: '0 when what a database knows could not be read, or not in time; the metrics of this reading are left out then.',
  },
  outbox_changes: {
    ...{ type: 'gauge', labels: [], of: 'state' },
    help: 'Changes that wait in the outbox, counted up to 100000.',
  },
  outbox_oldest_seconds: {
    ...{ type: 'gauge', labels: [], of: 'state' },
    help: 'Age of the oldest change in the outbox; 0 when it is empty.',
  },
  jobs: {
    ...{ type: 'gauge', labels: ['queue', 'state'], of: 'state' },
    help: 'Unfinished jobs: waiting (may start now), deferred (later), active; counted up to 100000. Those of rag-index-dead are given up.',
  },
  jobs_oldest_waiting_seconds: {
    ...{ type: 'gauge', labels: ['queue'], of: 'state' },
    help: 'For how long the job that waits longest could have started; 0 when none waits.',
  },
  workers: {
    ...{ type: 'gauge', labels: [], of: 'state' },
    help: 'Processes that work jobs; a killed one is counted for a minute and a half.',
  },
  cabinets: {
    ...{ type: 'gauge', labels: ['state'], of: 'state' },
    help: 'Cabinets: active or inactive.',
  },
  cabinet_last_sync_timestamp_seconds: {
    ...{ type: 'gauge', labels: ['cabinet'], of: 'state' },
    help: 'End of the last sync of an active cabinet with a key that brought something, before the first one its creation; the 1000 that are furthest behind.',
  },
  index_cabinets: {
    ...{ type: 'gauge', labels: ['status'], of: 'state' },
    help: 'Cabinets by the state of their index.',
  },
  chunks: {
    ...{ type: 'gauge', labels: [], of: 'state' },
    help: 'Chunks of all cabinets.',
  },
  rebuilds_open: {
    ...{ type: 'gauge', labels: ['state'], of: 'state' },
    help: 'Full rebuilds that are not over: pending, running, or waiting for a provider, a database or the budget.',
  },
  last_full_rebuild_timestamp_seconds: {
    ...{ type: 'gauge', labels: [], of: 'state' },
    help: 'End of the last full rebuild of the cabinet whose last one is longest ago; left out while no cabinet had one.',
  },
  failures: {
    ...{ type: 'gauge', labels: ['kind'], of: 'state' },
    help: 'What wb-assist failures lists: rebuilds given up, dead jobs, refused rows; counted up to 100000.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
