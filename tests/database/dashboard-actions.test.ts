import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  createDashboardActionRule,
  type DashboardActionRule,
} from '../../src/indexing/failures/dashboard-actions.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE, WB_SYNC_QUEUE } from '../../src/jobs/queues.ts';
import { createFailuresHarness, type FailuresHarness } from './failures-harness.ts';

describe('an action of the queue dashboard', () => {
  let harness: FailuresHarness;
  let ruleOf: DashboardActionRule;
  before(async () => {
    harness = await createFailuresHarness();
    ruleOf = createDashboardActionRule(harness.deps);
  });
  after(() => harness.close());
  afterEach(() => harness.empty());

  const pool = () => harness.database.pool;
  const setState = (id: string, state: string) =>
    pool().query(`update pgboss.job set state = $2::pgboss.job_state where id = $1`, [id, state]);

  async function send(more: object = { changed_ids: { orders: [1] } }): Promise<string> {
    const [id] = await harness.jobs.sendRagIndex([{ cabinet_id: 1, mode: 'incremental', ...more }]);
    return id!;
  }

  /** Fails a job for good, as pg-boss does; resolves to the id of its dead letter. */
  async function bury(id: string): Promise<string> {
    await setState(id, 'failed');
    const { rows } = await pool().query<{ id: string }>(
      `insert into pgboss.job (name, data, source_name, source_id)
       select $2, data, name, id from pgboss.job where id = $1 returning id`,
      [id, RAG_INDEX_DEAD_QUEUE],
    );
    return rows[0]!.id;
  }

  /** What the dashboard does for a click on "Retry". */
  async function retry(id: string): Promise<void> {
    const { settle, refusal } = await ruleOf({ queue: RAG_INDEX_QUEUE, jobId: id, intent: 'retry' });
    assert.equal(refusal, undefined);
    await pool().query(
      `update pgboss.job set state = 'retry', retry_limit = retry_count + 1, completed_on = null, started_on = null
       where id = $1 and state = 'failed'`,
      [id],
    );
    await settle!();
  }

  it('that retries a failed job takes it off the list of failures, and leaves those of others there', async () => {
    const [one, other] = [await send(), await send()];
    await bury(one);
    const dead = await bury(other);
    await retry(one);
    assert.deepEqual(await harness.listedIds(), [`job:${dead}`]);
  });

  it('that retries a failed job leaves it all the retries of its queue', async () => {
    const id = await send();
    await bury(id);
    await retry(id);
    const { rows } = await pool().query<{ retry_limit: number }>(
      'select retry_limit from pgboss.job where id = $1',
      [id],
    );
    assert.equal(rows[0]!.retry_limit, 1000);
  });

  it('that was too late to retry anything changes nothing', async () => {
    const id = await send();
    const dead = await bury(id);
    const { settle } = await ruleOf({ queue: RAG_INDEX_QUEUE, jobId: id, intent: 'retry' });
    await settle!();
    assert.deepEqual(await harness.listedIds(), [`job:${dead}`]);
  });

  it('that retries a slice of a rebuild that was given up begins the rebuild anew', async () => {
    const rebuild = await harness.failRebuild(1);
    const id = await send({ rebuild: { id: rebuild, slice: 3 } });
    await bury(id);
    assert.equal((await harness.listedIds()).length, 2);
    await retry(id);
    assert.deepEqual(await harness.listedIds(), []);
    const open = await pool().query<{ id: string }>(
      `select id::text as id from rag_rebuilds where cabinet_id = 1 and status = 'pending'`,
    );
    assert.equal(open.rows.length, 1);
    assert.notEqual(open.rows[0]!.id, rebuild);
  });

  for (const intent of ['cancel', 'delete']) {
    it(`that would ${intent} changes that no run has seen is refused, whatever the job waits for`, async () => {
      const id = await send();
      for (const state of ['created', 'retry', 'active', 'cancelled']) {
        await setState(id, state);
        const { refusal } = await ruleOf({ queue: RAG_INDEX_QUEUE, jobId: id, intent });
        assert.match(refusal!, /the only record of changes/);
      }
    });

    it(`that would ${intent} what is done, is kept among the dead letters, or comes again by itself is not`, async () => {
      const id = await send();
      for (const state of ['completed', 'failed']) {
        await setState(id, state);
        assert.deepEqual(await ruleOf({ queue: RAG_INDEX_QUEUE, jobId: id, intent }), {});
      }
      const sync = await harness.jobs.sendWbSync({ cabinet_id: 1, trigger: 'schedule' });
      assert.deepEqual(await ruleOf({ queue: WB_SYNC_QUEUE, jobId: sync!, intent }), {});
    });
  }

  it('that resumes a job, or is about none, is left to the dashboard', async () => {
    const id = await send();
    await setState(id, 'cancelled');
    assert.deepEqual(await ruleOf({ queue: RAG_INDEX_QUEUE, jobId: id, intent: 'resume' }), {});
    for (const intent of ['retry', 'cancel'])
      assert.deepEqual(await ruleOf({ queue: RAG_INDEX_QUEUE, jobId: "'; drop", intent }), {});
  });
});
