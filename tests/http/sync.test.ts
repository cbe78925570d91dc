import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError } from '../../src/errors.ts';
import type { RequestedSync, SyncState } from '../../src/wildberries/sync/request-sync.ts';
import { startTestApi, type TestApi } from './harness.ts';

const NOBODY_WAITS: RequestedSync = { jobId: 'job-1', joined: undefined };
const NEVER: SyncState = { run: undefined, parts: [], nextJobAt: undefined };
const RUN = {
  id: '7',
  cabinetId: 1,
  trigger: 'schedule',
  status: 'waiting',
  errorMessage: 'sales: the limit is used up',
  nextAttemptAt: new Date('2026-11-25T12:00:30.400Z'),
  startedAt: new Date('2026-11-25T12:00:00Z'),
  finishedAt: null,
} as const;

describe('the sync routes', () => {
  let api: TestApi;
  let cabinet: number;
  let requested: () => Promise<RequestedSync>;
  let state: SyncState;

  before(async () => {
    requested = () => Promise.resolve(NOBODY_WAITS);
    state = NEVER;
    api = await startTestApi({
      overrides: { syncs: { request: () => requested(), readState: () => Promise.resolve(state) } },
    });
    cabinet = await api.createCabinet();
  });
  after(() => api.stop());

  const path = (id: number | string = cabinet) => `/api/v1/sync/cabinet/${id}`;

  it('queue a sync, without a body as the deployment guide does it', async () => {
    requested = () => Promise.resolve(NOBODY_WAITS);
    const answer = await api.request('POST', path());
    assert.equal(answer.status, 202);
    assert.deepEqual(answer.json, {
      status: 'accepted',
      cabinet_id: cabinet,
      job_id: 'job-1',
      message: 'The sync is queued.',
    });
  });

  it('say that a sync waits already', async () => {
    requested = () => Promise.resolve({ jobId: undefined, joined: undefined });
    const answer = (await api.request('POST', path())).json as Record<string, unknown>;
    assert.equal(answer['job_id'], null);
    assert.equal(answer['message'], 'A sync is queued already.');
  });

  it('say which sync is joined, until when it waits and why', async () => {
    requested = () => Promise.resolve({ jobId: 'job-2', joined: RUN });
    const answer = (await api.request('POST', path())).json as { message: string };
    assert.match(answer.message, /waits until 2026-11-25T12:00:30Z: sales: the limit is used up/);
  });

  for (const [code, status] of [
    ['cabinet_inactive', 409],
    ['wb_token_missing', 422],
    ['wb_token_invalid', 422],
  ] as const) {
    it(`answer ${status} with the reason when a sync could not but fail: ${code}`, async () => {
      requested = () => Promise.reject(new AppError(code, 'This is why.'));
      const answer = await api.request('POST', path());
      assert.equal(answer.status, status);
      const { detail, code: said } = answer.json as Record<string, unknown>;
      assert.deepEqual({ detail, said }, { detail: 'This is why.', said: code });
    });
  }

  for (const method of ['GET', 'POST']) {
    it(`answer 404 to ${method} for a cabinet that is not there, 422 for one that is none, 403 without the key`, async () => {
      assert.equal((await api.request(method, path(999))).status, 404);
      assert.equal((await api.request(method, path('abc'))).status, 422);
      assert.equal((await api.request(method, path(), { anonymous: true })).status, 403);
    });
  }

  it('say that a cabinet was never synchronised, or waits for its first sync', async () => {
    state = NEVER;
    const never = (await api.request('GET', path())).json as Record<string, unknown>;
    assert.equal(never['status'], 'never');
    assert.deepEqual(never['parts'], []);
    state = { ...NEVER, nextJobAt: new Date('2026-11-25T12:05:00Z') };
    const queued = (await api.request('GET', path())).json as Record<string, unknown>;
    assert.equal(queued['status'], 'queued');
    assert.equal(queued['queued_for'], '2026-11-25T12:05:00Z');
  });

  it('show the last run with its parts', async () => {
    state = {
      run: RUN,
      nextJobAt: undefined,
      parts: [
        {
          part: 'sales',
          status: 'waiting',
          processed: 20,
          created: 5,
          updated: 4,
          errors: 1,
          errorMessage: 'the limit is used up',
          attempts: 0,
          nextAttemptAt: new Date('2026-11-25T12:00:30Z'),
          position: { secret: 'inside' },
          startedAt: new Date('2026-11-25T12:00:01Z'),
          completedAt: null,
        },
      ],
    };
    assert.deepEqual((await api.request('GET', path())).json, {
      cabinet_id: cabinet,
      status: 'waiting',
      run_id: 7,
      trigger: 'schedule',
      started_at: '2026-11-25T12:00:00Z',
      finished_at: null,
      next_attempt_at: '2026-11-25T12:00:30Z',
      queued_for: null,
      error: 'sales: the limit is used up',
      parts: [
        {
          part: 'sales',
          status: 'waiting',
          processed: 20,
          created: 5,
          updated: 4,
          errors: 1,
          error: 'the limit is used up',
          next_attempt_at: '2026-11-25T12:00:30Z',
          started_at: '2026-11-25T12:00:01Z',
          completed_at: null,
        },
      ],
    });
  });
});
