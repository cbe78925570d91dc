import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Failure } from '../../src/indexing/failures/failure.ts';
import type { IndexStatus } from '../../src/indexing/status.ts';
import { fieldsOf, startTestApi, type TestApi } from './harness.ts';

const ROW: Failure = {
  kind: 'row',
  id: 'row:1/wb_reviews/17',
  cabinetId: 1,
  sourceTable: 'wb_reviews',
  sourceId: '17',
  model: 'm',
  changedIds: null,
  rebuildId: null,
  attempts: 3,
  parked: true,
  reason: '400 refused',
  since: new Date('2026-01-02T03:04:05.678Z'),
  updatedAt: new Date('2026-01-03T03:04:05Z'),
};
const REBUILD: Failure = { ...ROW, kind: 'rebuild', id: 'rebuild:7', cabinetId: 2, rebuildId: '7' };

describe('failures over HTTP', () => {
  let api: TestApi;
  before(async () => (api = await startTestApi()));
  after(() => api.stop());
  afterEach(() => {
    api.edge.failures.clear();
    api.edge.failureQueries.length = 0;
    api.edge.retries.length = 0;
  });

  const list = (query = '') => api.request('GET', `/v1/rag/failures${query}`);
  const retry = (body: unknown) => api.request('POST', '/v1/rag/failures/retry', { body });

  it('are an empty list when nothing failed', async () => {
    const { status, json } = await list();
    assert.equal(status, 200);
    assert.deepEqual(json, { failures: [], counts: { rebuild: 0, job: 0, row: 0 }, next_after: null });
  });

  it('are listed with their counts and the next page', async () => {
    api.edge.failures.set(1, [ROW]).set(2, [REBUILD]);
    const { json } = await list('?limit=1');
    assert.deepEqual(json, {
      failures: [
        {
          kind: 'row',
          id: 'row:1/wb_reviews/17',
          cabinet_id: 1,
          source_table: 'wb_reviews',
          source_id: 17,
          model: 'm',
          changed_ids: null,
          rebuild_id: null,
          attempts: 3,
          parked: true,
          reason: '400 refused',
          since: '2026-01-02T03:04:05Z',
          updated_at: '2026-01-03T03:04:05Z',
        },
      ],
      counts: { rebuild: 1, job: 0, row: 1 },
      next_after: ROW.id,
    });
  });

  it('are asked for by cabinet, kind, limit and position', async () => {
    const position = 'job:2026-01-02T03:04:05.678901Z/00000000-0000-4000-8000-000000000000';
    await list(`?cabinet_id=3&kind=job&limit=7&after=${encodeURIComponent(position)}`);
    await list();
    assert.deepEqual(api.edge.failureQueries, [
      {
        cabinetId: 3,
        kind: 'job',
        limit: 7,
        after: {
          kind: 'job',
          createdAt: '2026-01-02T03:04:05.678901Z',
          jobId: '00000000-0000-4000-8000-000000000000',
        },
      },
      { cabinetId: undefined, kind: undefined, limit: 100, after: undefined },
    ]);
  });

  for (const [query, field] of [
    ['kind=chunk', 'kind'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['cabinet_id=first', 'cabinet_id'],
    ['after=somewhere', 'after'],
    ['after=job:2026-99-02T03:04:05.678901Z/00000000-0000-4000-8000-000000000000', 'after'],
    ['page=2', 'page'],
  ] as const) {
    it(`refuses ?${query}`, async () => {
      const answer = await list(`?${query}`);
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), [field]);
    });
  }

  it('are retried one by one, or all, or all of a cabinet', async () => {
    api.edge.failures.set(1, [ROW]).set(2, [REBUILD]);
    const { status, json } = await retry({ id: ROW.id });
    assert.equal(status, 202);
    assert.deepEqual(json, {
      status: 'accepted',
      sent: 1,
      by_kind: { rebuild: 0, job: 0, row: 1 },
      kept: [],
      message: '1 failure is tried again.',
    });
    assert.equal(((await retry({ all: true })).json as { sent: number }).sent, 2);
    assert.equal(((await retry({ all: true, cabinet_id: 2 })).json as { sent: number }).sent, 1);
    assert.deepEqual(api.edge.retries, [ROW.id, undefined, 2]);
  });

  it('that are not there are 404, but nothing to retry is none', async () => {
    const answer = await retry({ id: 'row:1/wb_reviews/18' });
    assert.deepEqual([answer.status, (answer.json as { code: string }).code], [404, 'failure_not_found']);
    const none = await retry({ all: true });
    assert.equal(none.status, 202);
    assert.match((none.json as { message: string }).message, /nothing to try again/);
  });

  for (const [what, body] of [
    ['neither id nor all', {}],
    ['both id and all', { id: ROW.id, all: true }],
    ['all: false', { all: false }],
    ['a cabinet beside an id', { id: ROW.id, cabinet_id: 1 }],
    ['a cabinet that is none', { all: true, cabinet_id: 0 }],
    ['an id with a NUL', { id: 'row:\0' }],
  ] as const) {
    it(`refuses to retry ${what}`, async () => {
      assert.equal((await retry(body)).status, 422);
      assert.deepEqual(api.edge.retries, []);
    });
  }

  it('are counted by the status of their cabinet, and only there', async () => {
    const status: IndexStatus = {
      indexingStatus: 'completed',
      lastIndexedAt: null,
      lastIncrementalAt: null,
      totalChunks: 1,
      lastError: null,
      updatedAt: new Date(),
    };
    api.edge.statuses.set(1, status).set(2, status);
    api.edge.failures.set(1, [ROW, ROW]);
    const failuresOf = async (id: number) =>
      ((await api.request('GET', `/v1/rag/status/${id}`)).json as Record<string, unknown>)['failures'];
    assert.deepEqual([await failuresOf(1), await failuresOf(2)], [2, undefined]);
  });
});

describe('failures over HTTP while indexing is off', () => {
  it('are queued, and the answer says that they wait', async () => {
    const api = await startTestApi({ ragEnabled: false });
    try {
      api.edge.failures.set(1, [ROW]);
      const { json } = await api.request('POST', '/v1/rag/failures/retry', { body: { all: true } });
      assert.match((json as { message: string }).message, /as soon as RAG_ENABLED is true/);
    } finally {
      await api.stop();
    }
  });
});
