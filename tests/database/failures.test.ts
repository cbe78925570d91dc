import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { parsePosition, type FailureKind } from '../../src/indexing/failures/failure.ts';
import { countFailures, listFailures } from '../../src/indexing/failures/list.ts';
import { retryAllFailures, retryFailure } from '../../src/indexing/failures/retry.ts';
import { AppError } from '../../src/errors.ts';
import { RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { until } from '../helpers/until.ts';
import { createFailuresHarness, MAX_IDS, MODEL, type FailuresHarness } from './failures-harness.ts';

let harness: FailuresHarness;
before(async () => {
  harness = await createFailuresHarness();
});
after(() => harness.close());
afterEach(() => harness.empty());

const databases = () => ({ main: harness.main, vector: harness.main });
const pool = () => harness.database.pool;
const job = (cabinetId: number, more: object = { changed_ids: { orders: [1, 2] } }) => ({
  cabinet_id: cabinetId,
  mode: 'incremental',
  ...more,
});

async function parkedIds(): Promise<string[]> {
  const { failures } = await listFailures(databases(), { limit: 1000 });
  return failures.filter(({ parked }) => parked).map(({ id }) => id);
}

describe('the list of what failed', () => {
  it('is empty when nothing did', async () => {
    assert.deepEqual(await listFailures(databases(), { limit: 10 }), { failures: [], nextAfter: undefined });
    assert.deepEqual(await countFailures(databases()), { rebuild: 0, job: 0, row: 0 });
  });

  it('says what each one is, and why', async () => {
    await harness.refuse(1, [7], { attempts: 2 });
    const dead = await harness.bury(job(2, { changed_ids: { orders: [1], sales: [4, 5] }, failures: 5 }));
    const rebuild = await harness.failRebuild(3, 'm');
    const { failures } = await listFailures(databases(), { limit: 10 });
    const seen = failures.map(({ since, updatedAt, ...failure }) => {
      assert.ok(since instanceof Date && updatedAt instanceof Date);
      return failure;
    });
    const nothing = { sourceTable: null, sourceId: null, model: null, changedIds: null, rebuildId: null };
    assert.deepEqual(seen, [
      {
        ...nothing,
        ...{ kind: 'rebuild', id: `rebuild:${rebuild}`, cabinetId: 3, model: 'm', rebuildId: rebuild },
        ...{ attempts: null, parked: true, reason: 'out of order' },
      },
      {
        ...nothing,
        ...{ kind: 'job', id: `job:${dead}`, cabinetId: 2, changedIds: 3 },
        ...{ attempts: 6, parked: true, reason: 'hopeless' },
      },
      {
        ...nothing,
        ...{ kind: 'row', id: 'row:1/wb_reviews/7', cabinetId: 1, sourceTable: 'wb_reviews', sourceId: '7' },
        ...{ model: MODEL, attempts: 2, parked: false, reason: '400 refused' },
      },
    ]);
  });

  it('has the reason with which a worker buried a job', async () => {
    await harness.jobs.sendRagIndex([{ cabinet_id: 1, mode: 'incremental' }]);
    await harness.jobs.work(RAG_INDEX_QUEUE, 1, () =>
      Promise.resolve({ status: 'bury', reason: 'no such column' }),
    );
    await until('it is dead', async () => (await harness.listedIds()).length === 1);
    await harness.jobs.boss.offWork(RAG_INDEX_QUEUE);
    const { failures } = await listFailures(databases(), { limit: 1 });
    assert.deepEqual([failures[0]?.reason, failures[0]?.changedIds], ['no such column', null]);
  });

  it('parks a row after as many refusals as the comparison takes, and none whose model is not known', async () => {
    await harness.refuse(1, [1], { attempts: 2 });
    await harness.refuse(1, [2], { attempts: 3 });
    await harness.refuse(1, [3], { attempts: 3 });
    await pool().query('update rag_index_failures set model = null where source_id = 3');
    assert.deepEqual(await parkedIds(), ['row:1/wb_reviews/2']);
  });

  it('leaves out rebuilds that another one followed, and dead jobs that somebody has dealt with', async () => {
    // As numbers, not as text.
    await pool().query(
      `insert into rag_rebuilds (cabinet_id, id, status, trigger, finished_at) overriding system value
       values (1, 9, 'failed', 'request', now()), (1, 10, 'completed', 'request', now())`,
    );
    await harness.bury(job(1));
    await pool().query(`update pgboss.job set state = 'completed'`);
    assert.deepEqual(await harness.listedIds(), []);
    assert.deepEqual(await countFailures(databases()), { rebuild: 0, job: 0, row: 0 });
  });

  it('comes in pages that lose and repeat nothing, whatever is retried in between', async () => {
    for (const cabinet of [1, 2, 3]) {
      await harness.failRebuild(cabinet);
      // One statement, so that all have the same time.
      await harness.refuse(cabinet, [9, 10, 11]);
      await harness.refuse(cabinet, [9], { table: 'wb_sales' });
    }
    await pool().query(
      `insert into pgboss.job (name, data) select 'rag-index-dead', '{"cabinet_id": 1}' from generate_series(1, 5)`,
    );
    const all = await harness.listedIds();
    assert.equal(all.length, 3 + 5 + 12);
    for (const limit of [1, 2, 3, 20]) {
      const read: string[] = [];
      let after: string | undefined;
      do {
        const position = after === undefined ? undefined : parsePosition(after);
        const page = await listFailures(databases(), { limit, after: position });
        read.push(...page.failures.map(({ id }) => id));
        after = page.nextAfter;
      } while (after !== undefined);
      assert.deepEqual(read, all, `pages of ${limit}`);
    }
    const first = await listFailures(databases(), { limit: 5 });
    await pool().query('delete from pgboss.job where id = any ($1::uuid[])', [
      first.failures.slice(3).map(({ id }) => id.slice('job:'.length)),
    ]);
    const rest = await listFailures(databases(), { limit: 100, after: parsePosition(first.nextAfter!) });
    assert.deepEqual(
      rest.failures.map(({ id }) => id),
      all.slice(5),
    );
  });

  it('can be of one cabinet, or of one kind', async () => {
    for (const cabinet of [1, 2]) {
      await harness.failRebuild(cabinet);
      await harness.bury(job(cabinet));
      await harness.refuse(cabinet, [5, 6]);
    }
    await harness.bury({ nonsense: true });
    assert.equal((await harness.listedIds(2)).length, 4);
    assert.deepEqual(await countFailures(databases(), 2), { rebuild: 1, job: 1, row: 2 });
    assert.deepEqual(await countFailures(databases()), { rebuild: 2, job: 3, row: 4 });
    for (const [kind, count] of [
      ['rebuild', 2],
      ['job', 3],
      ['row', 4],
    ] as [FailureKind, number][]) {
      const { failures } = await listFailures(databases(), { kind, limit: 10 });
      assert.deepEqual([...new Set(failures.map((failure) => failure.kind))], [kind]);
      assert.equal(failures.length, count);
    }
  });
});

describe('retrying a refused row', () => {
  it('has its attempts start anew, and sends a job with its id', async () => {
    await harness.refuse(1, [7, 8]);
    const { sent, kept } = await retryFailure(harness.deps, 'row:1/wb_reviews/7');
    assert.deepEqual([sent, kept], [{ rebuild: 0, job: 0, row: 1 }, []]);
    assert.deepEqual(await harness.sent(), [job(1, { changed_ids: { reviews: [7] } })]);
    assert.deepEqual(await parkedIds(), ['row:1/wb_reviews/8']);
  });

  it('may be repeated', async () => {
    await harness.refuse(1, [7]);
    for (let i = 0; i < 3; i += 1) await retryFailure(harness.deps, 'row:1/wb_reviews/7');
    assert.deepEqual(await harness.listedIds(), ['row:1/wb_reviews/7']);
  });

  it('loses nothing when the process dies before the job is sent: the row is not parked any more', async () => {
    await harness.refuse(1, [7]);
    const requestIndexing = () => Promise.reject(new Error('the process died'));
    await assert.rejects(retryFailure({ ...harness.deps, requestIndexing }, 'row:1/wb_reviews/7'));
    assert.deepEqual(await harness.listedIds(), ['row:1/wb_reviews/7']);
    assert.deepEqual(await parkedIds(), []);
  });

  it('of thousands sends jobs of no more ids than a job may have, and all of them', async () => {
    const ids = Array.from({ length: 2300 }, (_, i) => i + 1);
    await harness.refuse(1, ids);
    await harness.refuse(2, [1]);
    const { sent } = await retryAllFailures(harness.deps);
    assert.equal(sent.row, 2301);
    const jobs = (await harness.sent()) as { cabinet_id: number; changed_ids: { reviews: number[] } }[];
    assert.ok(jobs.every(({ changed_ids: { reviews } }) => reviews.length <= MAX_IDS));
    const ofFirst = jobs.filter((sentJob) => sentJob.cabinet_id === 1);
    assert.deepEqual(
      ofFirst.flatMap(({ changed_ids: { reviews } }) => reviews).sort((a, b) => a - b),
      ids,
    );
    assert.deepEqual(await parkedIds(), []);
  });

  it('waits for a run that is just writing, so that neither ends in a deadlock', async (t) => {
    if (harness.database.embedded) {
      t.skip('the embedded Postgres runs one transaction at a time');
      return;
    }
    await harness.refuse(1, [1, 2]);
    const run = await pool().connect();
    try {
      await run.query('begin');
      await run.query('select from rag_index_status where cabinet_id = 1 for update');
      await run.query('update rag_index_failures set reason = reason where source_id = 2');
      const retried = retryAllFailures(harness.deps);
      await until('it waits', async () => {
        const { rowCount } = await pool().query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
             and application_name = 'wb-assist failures test'`,
        );
        return rowCount === 1;
      });
      await run.query('update rag_index_failures set reason = reason where source_id = 1');
      await run.query('commit');
      assert.equal((await retried).sent.row, 2);
    } finally {
      run.release();
    }
  });
});

describe('retrying a dead job', () => {
  it('sends what it carried without its count, and deletes it', async () => {
    const id = await harness.bury(
      job(1, { changed_ids: { orders: [1] }, failures: 5, of_a_newer_version: 1 }),
    );
    const { sent } = await retryFailure(harness.deps, `job:${id}`);
    assert.deepEqual(sent, { rebuild: 0, job: 1, row: 0 });
    assert.deepEqual(await harness.sent(), [job(1, { changed_ids: { orders: [1] }, of_a_newer_version: 1 })]);
    assert.deepEqual(await harness.listedIds(), []);
  });

  it('does both or neither', async () => {
    const id = await harness.bury(job(1));
    const jobs: FailuresHarness['jobs'] = {
      ...harness.jobs,
      async sendRagIndex(...parameters) {
        await harness.jobs.sendRagIndex(...parameters);
        throw new AppError('handoff_incomplete', 'The queue took 0 of 1 jobs.');
      },
    };
    await assert.rejects(retryFailure({ ...harness.deps, jobs }, `job:${id}`), {
      code: 'handoff_incomplete',
    });
    assert.deepEqual(await harness.listedIds(), [`job:${id}`]);
    assert.deepEqual(await harness.sent(), []);
  });

  it('by two people at once sends it once', async () => {
    await harness.bury(job(1));
    await harness.bury(job(2));
    const both = await Promise.all([retryAllFailures(harness.deps), retryAllFailures(harness.deps)]);
    assert.equal(both[0].sent.job + both[1].sent.job, 2);
    assert.equal((await harness.sent()).length, 2);
  });

  it('leaves one that cannot be read where it is, says why, and sends the others', async () => {
    const broken = await harness.bury({ cabinet_id: 'one' });
    await harness.bury(job(1));
    const { sent, kept } = await retryAllFailures(harness.deps);
    assert.equal(sent.job, 1);
    assert.deepEqual(
      kept.map(({ id }) => id),
      [`job:${broken}`],
    );
    assert.match(kept[0]!.reason, /cannot be read.*cabinet_id/);
    assert.deepEqual(await harness.listedIds(), [`job:${broken}`]);
  });
});

describe('retrying a rebuild that was given up', () => {
  const openRebuilds = async () => {
    const { rows } = await pool().query<{ cabinet: number; model: string | null; trigger: string }>(
      `select cabinet_id::int as cabinet, model, trigger from rag_rebuilds where finished_at is null order by 1`,
    );
    return rows;
  };
  const setModels = (cabinetId: number, next: string | null, rolledBackFrom: string | null) =>
    pool().query(
      `insert into rag_index_status (cabinet_id, indexing_status, search_model, next_model, rolled_back_from)
       values ($1, 'failed', 'old', $2, $3)`,
      [cabinetId, next, rolledBackFrom],
    );

  it('requests a new one, and settles the dead job of its slice as well', async () => {
    const id = await harness.failRebuild(1);
    const dead = await harness.bury(job(1, { rebuild: { id, slice: 3 } }));
    assert.deepEqual(await harness.listedIds(), [`rebuild:${id}`, `job:${dead}`]);
    const { sent } = await retryFailure(harness.deps, `rebuild:${id}`);
    assert.deepEqual(sent, { rebuild: 1, job: 0, row: 0 });
    assert.deepEqual(await openRebuilds(), [{ cabinet: 1, model: null, trigger: 'request' }]);
    assert.deepEqual(await harness.listedIds(), []);
    assert.equal((await harness.sent()).length, 1);
  });

  it('may be asked for by the dead job of its slice', async () => {
    const id = await harness.failRebuild(1);
    const dead = await harness.bury(job(1, { rebuild: { id, slice: 3 } }));
    const { sent } = await retryFailure(harness.deps, `job:${dead}`);
    assert.deepEqual(sent, { rebuild: 0, job: 1, row: 0 });
    assert.equal((await openRebuilds()).length, 1);
    assert.deepEqual(await harness.listedIds(), []);
  });

  it('is one rebuild for both when all is retried', async () => {
    const id = await harness.failRebuild(1);
    await harness.bury(job(1, { rebuild: { id, slice: 3 } }));
    await retryAllFailures(harness.deps);
    assert.equal((await openRebuilds()).length, 1);
    assert.equal((await harness.sent()).length, 1);
    assert.deepEqual(await harness.listedIds(), []);
  });

  it('goes on with the change of the model that it was part of, unless that was called off', async () => {
    await setModels(1, 'new', null);
    await harness.failRebuild(1, 'new');
    await setModels(2, null, 'new'); // somebody went back
    await harness.failRebuild(2, 'new');
    await setModels(3, null, null); // the configuration did
    await harness.failRebuild(3, 'new');
    await setModels(4, null, null); // it failed before it began
    await harness.failRebuild(4, 'new', false);
    await retryAllFailures(harness.deps);
    assert.deepEqual(
      (await openRebuilds()).map(({ model }) => model),
      ['new', null, null, 'new'],
    );
  });
});

describe('retrying', () => {
  it('what is not there is refused', async () => {
    await harness.refuse(1, [7]);
    for (const id of [
      'row:1/wb_reviews/8',
      'row:1/wb_nonsense/7',
      'job:00000000-0000-0000-0000-000000000000',
      'rebuild:99',
      'rebuild:99999999999999999999999',
      'nonsense',
      '',
    ])
      await assert.rejects(retryFailure(harness.deps, id), { code: 'failure_not_found' }, id);
    assert.deepEqual(await harness.sent(), []);
  });

  it('all of one cabinet leaves the others alone', async () => {
    for (const cabinet of [1, 2]) {
      await harness.failRebuild(cabinet);
      await harness.bury(job(cabinet));
      await harness.refuse(cabinet, [5]);
    }
    const others = await harness.listedIds(2);
    const { sent } = await retryAllFailures(harness.deps, 1);
    assert.deepEqual(sent, { rebuild: 1, job: 1, row: 1 });
    assert.deepEqual(await harness.listedIds(2), others);
    assert.ok((await harness.sent()).every((sentJob) => sentJob['cabinet_id'] === 1));
  });

  it('all when nothing failed sends nothing', async () => {
    const nothing = { sent: { rebuild: 0, job: 0, row: 0 }, kept: [] };
    assert.deepEqual(await retryAllFailures(harness.deps), nothing);
  });
});
