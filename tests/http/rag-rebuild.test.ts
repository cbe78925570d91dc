import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fieldsOf, rebuildOf, startTestApi, type TestApi } from './harness.ts';

describe('full rebuilds over HTTP', () => {
  let api: TestApi;
  before(async () => (api = await startTestApi()));
  beforeEach(() => {
    api.edge.rebuildRequests.splice(0);
    api.edge.rebuilds.clear();
  });
  after(() => api.stop());

  it('are queued for all active cabinets', async () => {
    for (const body of [undefined, {}, { reembed: false }]) {
      const answer = await api.request('POST', '/v1/rag/rebuild', body === undefined ? {} : { body });
      assert.equal(answer.status, 202);
      assert.deepEqual(answer.json, {
        status: 'accepted',
        cabinets: [{ cabinet_id: 1, rebuild_id: 7, joined: false }],
        message: 'A full rebuild is queued; GET /v1/rag/status shows how far it is.',
      });
    }
    assert.deepEqual(
      api.edge.rebuildRequests,
      Array.from({ length: 3 }, () => ({ cabinetId: 'all', reembed: false })),
    );
  });

  it('embed everything anew when that is asked for', async () => {
    await api.request('POST', '/v1/rag/rebuild', { body: { reembed: true } });
    assert.deepEqual(api.edge.rebuildRequests, [{ cabinetId: 'all', reembed: true }]);
  });

  it('refuse what they do not understand, and queue nothing then', async () => {
    for (const [body, field] of [
      [{ reembed: 'yes' }, 'reembed'],
      [{ reembedd: true }, 'reembedd'],
    ] as const) {
      const answer = await api.request('POST', '/v1/rag/rebuild', { body });
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), [field]);
    }
    assert.deepEqual(api.edge.rebuildRequests, []);
  });

  it('say that they join one that is under way, and that they wait while RAG_ENABLED is false', async () => {
    const requested = { rebuild: rebuildOf(1), joined: true, jobId: undefined };
    const off = await startTestApi({
      ragEnabled: false,
      overrides: {
        rebuilds: { request: () => Promise.resolve(requested) },
      },
    });
    try {
      const id = await off.createCabinet();
      const { json } = await off.request('POST', `/v1/rag/index/${id}?full_rebuild=true`);
      const { joined, job_id: jobId, message } = json as Record<string, unknown>;
      assert.deepEqual([joined, jobId], [true, null]);
      assert.equal(
        message,
        'A full rebuild is under way; the request joins it. It waits until RAG_ENABLED is true.',
      );
    } finally {
      await off.stop();
    }
  });

  it('are shown in the status as long as they are open, with what they wait for', async () => {
    const status = {
      indexingStatus: 'pending' as const,
      lastIndexedAt: null,
      lastIncrementalAt: null,
      totalChunks: 1,
      lastError: 'The budget is used up.',
      updatedAt: new Date('2026-01-02T03:04:05Z'),
    };
    api.edge.statuses.set(1, status);
    api.edge.rebuilds.set(1, {
      ...rebuildOf(1),
      error: 'The budget is used up.',
      nextAttemptAt: new Date('2026-01-03T00:00:00Z'),
    });
    const { json } = await api.request('GET', '/v1/rag/status/1');
    const { rebuild } = json as { rebuild: unknown };
    assert.deepEqual(rebuild, {
      id: 7,
      status: 'waiting',
      trigger: 'request',
      model: null,
      rows_done: 40,
      rows_total: 100,
      drift: { changed: 2 },
      error: 'The budget is used up.',
      next_attempt_at: '2026-01-03T00:00:00Z',
      requested_at: '2026-01-02T03:04:05Z',
      started_at: '2026-01-02T03:04:06Z',
    });
  });
});
