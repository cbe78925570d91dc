import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { IndexRun, IndexStatus } from '../../src/indexing/status.ts';
import { startTestApi, type TestApi } from './harness.ts';

const COMPLETED: IndexStatus = {
  indexingStatus: 'completed',
  lastIndexedAt: null,
  lastIncrementalAt: new Date('2025-12-16T15:30:00.987Z'),
  totalChunks: 150,
  lastError: null,
  updatedAt: new Date('2025-12-16T15:30:10.001Z'),
};

describe('index status and metrics over HTTP', () => {
  let api: TestApi;
  before(async () => (api = await startTestApi()));
  after(() => api.stop());

  it('answers the status byte for byte as the deployment guide shows it', async () => {
    api.edge.statuses.set(1, COMPLETED);
    const answer = await api.request('GET', '/v1/rag/status/1');
    assert.equal(answer.status, 200);
    assert.equal(
      answer.text,
      '{"status":"success","cabinet_id":1,"indexing_status":"completed","last_indexed_at":null,' +
        '"last_incremental_at":"2025-12-16T15:30:00Z","total_chunks":150,"updated_at":"2025-12-16T15:30:10Z"}',
    );
  });

  it('answers not_found with nulls and 0 for a cabinet that was never indexed or does not exist', async () => {
    const answer = await api.request('GET', '/v1/rag/status/404404');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, {
      status: 'not_found',
      cabinet_id: 404404,
      indexing_status: null,
      last_indexed_at: null,
      last_incremental_at: null,
      total_chunks: 0,
      updated_at: null,
    });
  });

  it('shows the last error when there is one', async () => {
    api.edge.statuses.set(2, { ...COMPLETED, indexingStatus: 'failed', lastError: 'quota' });
    const { json } = await api.request('GET', '/v1/rag/status/2');
    const { indexing_status: status, last_error: error } = json as Record<string, unknown>;
    assert.deepEqual({ status, error }, { status: 'failed', error: 'quota' });
  });

  it('answers metrics of a cabinet without runs', async () => {
    const answer = await api.request('GET', '/v1/rag/metrics/1');
    assert.equal(answer.status, 200);
    const { status, last_run: lastRun, totals } = answer.json as Record<string, unknown>;
    assert.deepEqual({ status, lastRun }, { status: 'not_found', lastRun: null });
    assert.equal((totals as { runs: number }).runs, 0);
  });

  it('answers the last run and the totals, byte for byte', async () => {
    const run: IndexRun = {
      id: 4,
      mode: 'incremental',
      status: 'running',
      model: 'm',
      changedIds: 10,
      chunksNew: 1,
      chunksUpdated: 2,
      chunksSkipped: 3,
      chunksDeleted: 4,
      chunksRejected: 0,
      embeddingRequests: 1,
      embeddingRetries: 1,
      textsEmbedded: 1,
      embeddingsReused: 2,
      tokens: 345,
      costUsd: 0.0000069,
      readMs: 1.5,
      embedMs: 20.25,
      saveMs: 3,
      durationMs: null,
      indexChunks: 4,
      shareSaved: 0.75,
      error: null,
      startedAt: new Date('2026-01-02T03:04:05.678Z'),
      finishedAt: null,
    };
    const totals = {
      runs: 4,
      failedRuns: 1,
      totalChunks: 7,
      rejectedRows: 0,
      chunksNew: 9,
      chunksUpdated: 8,
      chunksSkipped: 7,
      chunksDeleted: 6,
      chunksRejected: 1,
      embeddingRequests: 5,
      embeddingRetries: 1,
      textsEmbedded: 12,
      embeddingsReused: 4,
      tokens: 1000,
      costUsd: 0.00002,
      readMs: 5.5,
      embedMs: 200,
      saveMs: 10.25,
      durationMs: 250,
      shareSaved: null,
    };
    api.edge.metrics.set(5, { lastRun: run, totals });
    const { text } = await api.request('GET', '/v1/rag/metrics/5');
    assert.equal(
      text,
      '{"status":"success","cabinet_id":5,"last_run":{"id":4,"mode":"incremental","status":"running","model":"m",' +
        '"changed_ids":10,"chunks_new":1,"chunks_updated":2,"chunks_skipped":3,"chunks_deleted":4,"chunks_rejected":0,' +
        '"embedding_requests":1,"embedding_retries":1,"texts_embedded":1,"embeddings_reused":2,"tokens":345,' +
        '"cost_usd":0.0000069,"read_ms":1.5,"embed_ms":20.25,"save_ms":3,"duration_ms":null,"index_chunks":4,' +
        '"share_saved":0.75,"error":null,"started_at":"2026-01-02T03:04:05Z","finished_at":null},' +
        '"totals":{"runs":4,"failed_runs":1,"total_chunks":7,"rejected_rows":0,"chunks_new":9,"chunks_updated":8,' +
        '"chunks_skipped":7,"chunks_deleted":6,"chunks_rejected":1,"embedding_requests":5,"embedding_retries":1,' +
        '"texts_embedded":12,"embeddings_reused":4,"tokens":1000,"cost_usd":0.00002,"read_ms":5.5,"embed_ms":200,' +
        '"save_ms":10.25,"duration_ms":250,"share_saved":null}}',
    );
  });

  for (const route of ['status', 'metrics']) {
    it(`refuses an id that is none in ${route}`, async () => {
      assert.equal((await api.request('GET', `/v1/rag/${route}/first`)).status, 422);
    });
  }
});
