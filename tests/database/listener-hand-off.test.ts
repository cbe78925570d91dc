import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { handOffChanges } from '../../src/changes/hand-off.ts';
import { emptyDatabase, insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { changedRows, createListenerHarness, type ListenerHarness } from './listener-harness.ts';

let harness: ListenerHarness;
before(async () => {
  harness = await createListenerHarness();
});
after(() => harness.close());
beforeEach(async () => {
  await emptyDatabase(pool());
  await harness.takeJobs();
  harness.lines.length = 0;
});

const pool = () => harness.database.pool;
const handOff = (options: { after?: string; limit?: number; maxIdsPerJob?: number } = {}) =>
  handOffChanges(harness, { after: '0', limit: 500, maxIdsPerJob: 500, ...options });

async function insertOrders(cabinetId: number, count: number): Promise<void> {
  await pool().query(
    `insert into wb_orders (cabinet_id, order_id) select $1, gen_random_uuid()::text from generate_series(1, $2::int)`,
    [cabinetId, count],
  );
}

/** Runs `work` while the queue's table answers every new job as `body` of a row trigger says. */
async function withJobTrigger(body: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await pool().query<{ table: string }>(
    `select table_name as table from pgboss.queue where name = 'rag-index'`,
  );
  const table = `pgboss.${rows[0]!.table}`;
  await pool().query(
    `create function refuse_job() returns trigger language plpgsql as $$ begin ${body} end $$`,
  );
  await pool().query(
    `create trigger refuse_job before insert on ${table} for each row execute function refuse_job()`,
  );
  try {
    await work();
  } finally {
    await pool().query(`drop trigger refuse_job on ${table}`);
    await pool().query('drop function refuse_job()');
  }
}

describe('handing changes over', () => {
  it('turns 150 rows of one statement into one job with 150 ids, and says so', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertOrders(cabinetId, 150);
    await handOff();
    const jobs = await harness.takeJobs();
    assert.equal(jobs.length, 1);
    assert.deepEqual(
      { ...jobs[0], changed_ids: jobs[0]?.changed_ids?.orders?.length },
      { cabinet_id: cabinetId, mode: 'incremental', changed_ids: 150 },
    );
    assert.deepEqual(harness.lines, [
      `Triggering Event-driven RAG indexing for cabinet ${cabinetId} with 150 changes`,
    ]);
    assert.deepEqual(await takeChanges(pool()), []);
  });

  it('folds several changes of one row into one id', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    for (const status of ['active', 'bought', 'returned']) {
      await pool().query('update wb_orders set status = $2 where id = $1', [id, status]);
    }
    await handOff();
    assert.deepEqual(changedRows(await harness.takeJobs()), [`orders ${id}`]);
  });

  it('splits more ids than a job may have, and loses and repeats none', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertOrders(cabinetId, 25);
    await insertRow(pool(), 'sales', cabinetId);
    await handOff({ maxIdsPerJob: 10 });
    const jobs = await harness.takeJobs();
    const sizes = jobs.map((job) => changedRows([job]).length);
    assert.deepEqual(
      sizes.sort((a, b) => b - a),
      [10, 10, 6],
    );
    assert.equal(new Set(changedRows(jobs)).size, 26);
  });

  it('makes jobs of one cabinet each', async () => {
    const cabinets = [await insertCabinet(pool()), await insertCabinet(pool())];
    for (const cabinetId of cabinets) await insertOrders(cabinetId, 3);
    await handOff();
    const jobs = await harness.takeJobs();
    assert.deepEqual(jobs.map((job) => job.cabinet_id).sort(), cabinets.sort());
  });

  it('makes a job without ids of a cabinet that was switched off, and says that there is no delta', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertOrders(cabinetId, 3);
    await pool().query('update wb_cabinets set is_active = false where id = $1', [cabinetId]);
    await handOff();
    assert.deepEqual(await harness.takeJobs(), [{ cabinet_id: cabinetId, mode: 'incremental' }]);
    assert.deepEqual(harness.lines, [
      `Triggering RAG indexing for cabinet ${cabinetId} (no delta available)`,
    ]);
  });

  it('looks the rows that quote a renamed product up, in the same transaction', async () => {
    const cabinetId = await insertCabinet(pool());
    const nm_id = 777;
    const product = await insertRow(pool(), 'products', cabinetId, { nm_id, name: 'Старое' });
    const quoting: string[] = [];
    for (const source of ['orders', 'stocks', 'reviews', 'sales'] as const) {
      quoting.push(`${source} ${await insertRow(pool(), source, cabinetId, { nm_id })}`);
      await insertRow(pool(), source, cabinetId, { nm_id: 778 });
    }
    await takeChanges(pool());
    await pool().query(`update wb_products set name = 'Новое' where id = $1`, [product]);
    const { more } = await handOff();
    assert.ok(more, 'what was looked up is a change again');
    await handOff();
    assert.deepEqual(changedRows(await harness.takeJobs()), [...quoting, `products ${product}`].sort());
  });

  it('leaves the changes in the outbox when the queue refuses a job', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    await withJobTrigger(`raise exception 'refused';`, async () => {
      await assert.rejects(handOff(), { code: 'database_failed' });
    });
    assert.deepEqual(await takeChanges(pool()), [`${cabinetId} orders ${id}`]);
    assert.deepEqual(await harness.takeJobs(), []);
    assert.deepEqual(harness.lines, [], 'and nobody says that there is a job');
  });

  it('leaves the changes in the outbox when the queue takes fewer jobs than it was given', async () => {
    const cabinets = [await insertCabinet(pool()), await insertCabinet(pool())];
    for (const cabinetId of cabinets) await insertOrders(cabinetId, 2);
    const skipOne = `if new.singleton_key = '${cabinets[1]!}' then return null; end if; return new;`;
    await withJobTrigger(skipOne, async () => {
      await assert.rejects(handOff(), { code: 'handoff_incomplete' });
    });
    assert.equal((await takeChanges(pool())).length, 4);
    assert.deepEqual(await harness.takeJobs(), []);
  });

  it('fails, and leaves the changes, when its transaction was rolled back without an error', async () => {
    await insertRow(pool(), 'orders', await insertCabinet(pool()));
    const jobs = {
      ...harness.jobs,
      // A part that swallows the error of a statement: Postgres answers the commit with ROLLBACK then.
      async sendRagIndex(...[payloads, options]: Parameters<typeof harness.jobs.sendRagIndex>) {
        const ids = await harness.jobs.sendRagIndex(payloads, options);
        await options?.executor?.query('select 1 / 0').catch(() => undefined);
        return ids;
      },
    };
    await assert.rejects(
      handOffChanges({ ...harness, jobs }, { after: '0', limit: 500, maxIdsPerJob: 500 }),
      { code: 'database_failed' },
    );
    assert.equal((await takeChanges(pool())).length, 1);
    assert.deepEqual(harness.lines, []);
  });

  it('claims no more than it may, in the order of the outbox, and says that there is more', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids: number[] = [];
    for (let i = 0; i < 3; i += 1) ids.push(await insertRow(pool(), 'orders', cabinetId));
    const first = await handOff({ limit: 2 });
    assert.deepEqual([first.claimed, first.more], [2, true]);
    assert.deepEqual(changedRows(await harness.takeJobs()), [`orders ${ids[0]}`, `orders ${ids[1]}`].sort());
    const second = await handOff({ after: first.lastId!, limit: 2 });
    assert.deepEqual([second.claimed, second.more], [1, false]);
    assert.deepEqual(await handOff(), { claimed: 0, lastId: undefined, more: false });
  });
});
