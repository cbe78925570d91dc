import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { MAX_CHANGED_IDS } from '../../src/http/changed-ids.ts';
import { fieldsOf, startTestApi, type TestApi } from './harness.ts';

describe('POST /v1/rag/index/{cabinet_id}', () => {
  let api: TestApi;
  let cabinetId: number;
  before(async () => {
    api = await startTestApi();
    cabinetId = await api.createCabinet();
  });
  beforeEach(() => {
    api.edge.indexRequests.splice(0);
    api.edge.rebuildRequests.splice(0);
  });
  after(() => api.stop());

  const post = (options: Parameters<TestApi['request']>[2] = {}, query = '') =>
    api.request('POST', `/v1/rag/index/${cabinetId}${query}`, options);

  it('queues exactly the ids of the request', async () => {
    const answer = await post({ body: { changed_ids: { orders: [1, 2], sales: [7], stocks: [] } } });
    assert.equal(answer.status, 202);
    assert.deepEqual(answer.json, {
      status: 'accepted',
      cabinet_id: cabinetId,
      job_id: 'job-1',
      mode: 'incremental',
      changed_ids: 3,
      message: 'Indexing of 3 changed ids is queued.',
    });
    assert.deepEqual(api.edge.indexRequests, [{ cabinetId, changedIds: { orders: [1, 2], sales: [7] } }]);
  });

  const ALL_ROWS: [what: string, options: Parameters<TestApi['request']>[2]][] = [
    ['no body', {}],
    ['no body but a content type', { headers: { 'content-type': 'application/json' } }],
    ['a body of white space', { body: ' \n' }],
    ['an empty object', { body: {} }],
    ['changed_ids of null', { body: { changed_ids: null } }],
  ];
  for (const [what, options] of ALL_ROWS) {
    it(`queues all rows of the cabinet for ${what}`, async () => {
      const answer = await post(options);
      assert.equal(answer.status, 202);
      const { changed_ids: changedIds, message } = answer.json as { changed_ids: unknown; message: string };
      assert.equal(changedIds, null);
      assert.match(message, /no delta available/);
      assert.deepEqual(api.edge.indexRequests, [{ cabinetId, changedIds: undefined }]);
    });
  }

  for (const changedIds of [{}, { orders: [] }]) {
    it(`queues nothing for the empty delta ${JSON.stringify(changedIds)}`, async () => {
      const answer = await post({ body: { changed_ids: changedIds } });
      assert.equal(answer.status, 202);
      const { job_id: jobId, changed_ids: count } = answer.json as { job_id: unknown; changed_ids: unknown };
      assert.deepEqual({ jobId, count }, { jobId: null, count: 0 });
      assert.deepEqual(api.edge.indexRequests, []);
    });
  }

  const REFUSED: [what: string, body: unknown, fields: string[]][] = [
    ['a source that there is not', { changed_ids: { customers: [1] } }, ['changed_ids.customers']],
    ['a source by the name of its table', { changed_ids: { wb_orders: [1] } }, ['changed_ids.wb_orders']],
    ['a source called __proto__', '{"changed_ids": {"__proto__": [1]}}', ['changed_ids.__proto__']],
    ['a fraction', { changed_ids: { orders: [1, 2.5] } }, ['changed_ids.orders.1']],
    ['a number as text', { changed_ids: { orders: ['1'] } }, ['changed_ids.orders.0']],
    ['an id of 0', { changed_ids: { orders: [0] } }, ['changed_ids.orders.0']],
    ['an id beyond exact integers', { changed_ids: { orders: [2 ** 53] } }, ['changed_ids.orders.0']],
    ['an id twice', { changed_ids: { orders: [4, 5, 6, 4] } }, ['changed_ids.orders.3']],
    ['an id that is null', { changed_ids: { sales: [null] } }, ['changed_ids.sales.0']],
    ['ids that are no list', { changed_ids: { sales: 7 } }, ['changed_ids.sales']],
    ['changed_ids as a list', { changed_ids: [1, 2] }, ['changed_ids']],
    ['a misspelt field', { changed_id: { orders: [1] } }, ['changed_id']],
    ['a body that is a list', [], ['body']],
    [
      'one id more than the limit over all sources',
      {
        changed_ids: {
          orders: Array.from({ length: MAX_CHANGED_IDS }, (_, place) => place + 1),
          sales: [1],
        },
      },
      ['changed_ids'],
    ],
  ];
  for (const [what, body, fields] of REFUSED) {
    it(`refuses ${what}, naming the field`, async () => {
      const answer = await post({ body });
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), fields);
      assert.deepEqual(api.edge.indexRequests, []);
    });
  }

  it('accepts as many ids as the limit says', async () => {
    const orders = Array.from({ length: MAX_CHANGED_IDS }, (_, place) => place + 1);
    const answer = await post({ body: { changed_ids: { orders } } });
    assert.equal(answer.status, 202);
    assert.equal(api.edge.indexRequests[0]?.changedIds?.orders?.length, MAX_CHANGED_IDS);
  });

  it('names the first of a million wrong ids and no more', async () => {
    const answer = await post({ body: { changed_ids: { orders: Array(90_000).fill('x') } } });
    assert.equal(answer.status, 422);
    assert.ok(fieldsOf(answer).length <= 20);
    assert.ok(answer.text.length < 10_000);
  });

  it('queues a full rebuild, whose rows the changed ids are among', async () => {
    const answer = await post({ body: { changed_ids: { orders: [1] } } }, '?full_rebuild=true');
    assert.equal(answer.status, 202);
    const { message, ...rest } = answer.json as { message: string };
    assert.deepEqual(rest, {
      status: 'accepted',
      cabinet_id: cabinetId,
      job_id: 'rebuild-job',
      mode: 'full_rebuild',
      rebuild_id: 7,
      joined: false,
      changed_ids: null,
    });
    assert.match(message, /queued/);
    assert.deepEqual(api.edge.rebuildRequests, [{ cabinetId, reembed: false }]);
    assert.deepEqual(api.edge.indexRequests, []);
  });

  it('takes full_rebuild=false for what it is', async () => {
    assert.equal((await post({}, '?full_rebuild=false')).status, 202);
    assert.equal(api.edge.indexRequests.length, 1);
  });

  for (const [query, field] of [
    ['?full_rebuild=maybe', 'full_rebuild'],
    ['?full_rebuild=', 'full_rebuild'],
    ['?full_rebuild=true&full_rebuild=false', 'full_rebuild'],
    ['?full_rebuid=true', 'full_rebuid'],
  ] as const) {
    it(`refuses ${query}`, async () => {
      const answer = await post({}, query);
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), [field]);
      assert.deepEqual(api.edge.indexRequests, []);
    });
  }

  it('answers 404 for an unknown cabinet, also to a full rebuild', async () => {
    for (const query of ['', '?full_rebuild=true']) {
      const answer = await api.request('POST', `/v1/rag/index/999999${query}`);
      assert.equal(answer.status, 404);
      assert.equal((answer.json as { code: string }).code, 'cabinet_not_found');
    }
    assert.deepEqual(api.edge.indexRequests, []);
  });

  it('queues the job and says that it waits while RAG_ENABLED is false', async () => {
    const off = await startTestApi({ ragEnabled: false });
    try {
      const id = await off.createCabinet();
      const answer = await off.request('POST', `/v1/rag/index/${id}`);
      assert.equal(answer.status, 202);
      assert.match((answer.json as { message: string }).message, /waits until RAG_ENABLED is true/);
      assert.equal(off.edge.indexRequests.length, 1);
    } finally {
      await off.stop();
    }
  });
});
