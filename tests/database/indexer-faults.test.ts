import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { until } from '../helpers/until.ts';
import { createIndexerHarness, readRecord, type IndexerHarness } from './indexer-harness.ts';

let harness: IndexerHarness;
before(async () => {
  harness = await createIndexerHarness();
});
after(() => harness.close());
afterEach(() => {
  harness.provider.respondAlways(undefined);
  harness.provider.rejectInputs(undefined);
});

const pool = () => harness.database.pool;

async function failures(cabinetId: number): Promise<unknown[]> {
  const { rows } = await pool().query<Record<string, unknown>>(
    `select source_table || '/' || source_id as row, attempts::int, length(chunk_hash) as hash_length,
       reason <> '' as has_reason
     from rag_index_failures where cabinet_id = $1 order by source_table, source_id`,
    [cabinetId],
  );
  return rows;
}

describe('an outage of the provider', () => {
  it('leaves the cabinet pending with the reason, and the next run clears it', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    harness.provider.respondAlways({ kind: 'status', status: 503 });
    await assert.rejects(harness.run(cabinetId, { orders: [id] }), { code: 'embedding_unavailable' });
    const down = await readRecord(harness, cabinetId);
    assert.equal(down.status['indexing_status'], 'pending');
    assert.match(String(down.status['last_error']), /503/);
    assert.deepEqual(
      [down.run['status'], down.run['error'], down.run['finished']],
      ['waiting', down.status['last_error'], true],
    );
    assert.deepEqual(await failures(cabinetId), [], 'no row is to blame for it');

    harness.provider.respondAlways(undefined);
    await harness.run(cabinetId, { orders: [id] });
    const up = await readRecord(harness, cabinetId);
    assert.deepEqual([up.status['indexing_status'], up.status['last_error']], ['completed', null]);
  });

  it('of hours leaves one record of a run that waits, not one a try', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    harness.provider.respondAlways({ kind: 'status', status: 503 });
    for (let i = 0; i < 3; i += 1) await assert.rejects(harness.run(cabinetId, { orders: [id] }));
    harness.provider.respondAlways(undefined);
    const statuses = async () => {
      const { rows } = await pool().query<{ status: string }>(
        'select status from rag_index_runs where cabinet_id = $1 order by id',
        [cabinetId],
      );
      return rows.map(({ status }) => status);
    };
    assert.deepEqual(await statuses(), ['waiting']);
    await harness.run(cabinetId, { orders: [id] });
    assert.deepEqual(await statuses(), ['completed']);
  });

  it('deletes the chunks of rows that are gone all the same', async () => {
    const cabinetId = await insertCabinet(pool());
    const gone = await insertRow(pool(), 'orders', cabinetId);
    await harness.run(cabinetId, { orders: [gone] });
    await pool().query('delete from wb_orders where id = $1', [gone]);
    const fresh = await insertRow(pool(), 'orders', cabinetId);
    harness.provider.respondAlways({ kind: 'status', status: 503 });
    await assert.rejects(harness.run(cabinetId, { orders: [gone, fresh] }));
    assert.equal((await harness.chunks(cabinetId)).size, 0);
    assert.equal((await readRecord(harness, cabinetId)).status['total_chunks'], 0);
  });
});

describe('a text that the provider refuses', () => {
  const isPoison = (input: string) => input.includes('ЯД');

  it('is recorded with the reason and loses its old chunk, while its neighbours are indexed', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids: number[] = [];
    for (const text of ['первый', 'второй', 'третий']) {
      ids.push(await insertRow(pool(), 'reviews', cabinetId, { text }));
    }
    await harness.run(cabinetId, { reviews: ids });
    harness.provider.rejectInputs(isPoison);
    await pool().query(`update wb_reviews set text = text || ' правка' where cabinet_id = $1`, [cabinetId]);
    await pool().query(`update wb_reviews set text = 'ЯД' where id = $1`, [ids[1]]);
    await harness.run(cabinetId, { reviews: ids });

    const chunks = await harness.chunks(cabinetId);
    assert.deepEqual([...chunks.keys()].sort(), [`wb_reviews/${ids[0]}`, `wb_reviews/${ids[2]}`].sort());
    assert.ok([...chunks.values()].every((text) => text.includes('правка')));
    const record = { row: `wb_reviews/${ids[1]}`, attempts: 1, hash_length: 64, has_reason: true };
    assert.deepEqual(await failures(cabinetId), [record]);
    const { run, status } = await readRecord(harness, cabinetId);
    assert.deepEqual(
      [run['status'], run['chunks_rejected'], run['chunks_updated'], status['total_chunks']],
      ['completed', 1, 2, 2],
    );

    await harness.run(cabinetId);
    assert.deepEqual(await failures(cabinetId), [{ ...record, attempts: 2 }]);
    assert.equal((await readRecord(harness, cabinetId)).status['total_chunks'], 2);

    await pool().query(`update wb_reviews set text = 'исправлен' where id = $1`, [ids[1]]);
    await harness.run(cabinetId, { reviews: [ids[1]!] });
    assert.deepEqual(await failures(cabinetId), []);
    assert.equal((await harness.chunks(cabinetId)).size, 3);
  });

  it('is left alone after three refusals, until it changes', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'reviews', cabinetId, { text: 'ЯД' });
    const other = await insertRow(pool(), 'reviews', cabinetId, { text: 'хороший' });
    harness.provider.rejectInputs(isPoison);
    for (let i = 0; i < 3; i += 1) await harness.run(cabinetId, { reviews: [id, other] });
    const record = { row: `wb_reviews/${id}`, attempts: 3, hash_length: 64, has_reason: true };
    assert.deepEqual(await failures(cabinetId), [record]);
    const asked = harness.provider.requests.length;
    await harness.run(cabinetId, { reviews: [id, other] });
    await harness.run(cabinetId);
    assert.equal(harness.provider.requests.length, asked, 'it is not sent again');
    assert.deepEqual(await failures(cabinetId), [record], 'and its record stays');

    await pool().query(`update wb_reviews set text = 'ЯД, другой' where id = $1`, [id]);
    await harness.run(cabinetId, { reviews: [id] });
    assert.deepEqual(await failures(cabinetId), [{ ...record, attempts: 1 }], 'a new text begins anew');
  });

  for (const [how, byIds] of [
    ['by its id', true],
    ['with all rows', false],
  ] as const) {
    it(`is forgotten when its row is gone and is compared ${how}`, async () => {
      const cabinetId = await insertCabinet(pool());
      const id = await insertRow(pool(), 'reviews', cabinetId, { text: 'ЯД' });
      harness.provider.rejectInputs(isPoison);
      await harness.run(cabinetId, { reviews: [id] });
      assert.equal((await failures(cabinetId)).length, 1);
      await pool().query('delete from wb_reviews where id = $1', [id]);
      await harness.run(cabinetId, byIds ? { reviews: [id] } : undefined);
      assert.deepEqual(await failures(cabinetId), []);
      const { run, status } = await readRecord(harness, cabinetId);
      assert.deepEqual([run['chunks_deleted'], status['total_chunks']], [0, 0], 'there was no chunk');
    });
  }
});

describe('a run that is interrupted', () => {
  it('by the database waits, and does not count as failed', async (t) => {
    if (harness.database.embedded) {
      t.skip('all clients of the embedded Postgres share one backend, so none can be terminated');
      return;
    }
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    const blocker = await pool().connect();
    try {
      await blocker.query('begin');
      await blocker.query('lock table wb_orders in access exclusive mode');
      const outcome = assert.rejects(harness.run(cabinetId, { orders: [id] }));
      await until('the run waits for the lock', async () => {
        const { rowCount } = await pool().query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'wb-assist indexer test'
             and wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      await outcome;
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    const { run, status } = await readRecord(harness, cabinetId);
    assert.deepEqual([run['status'], status['indexing_status']], ['waiting', 'pending']);
    assert.match(String(status['last_error']), /terminating connection/);
  });

  it('by the end of the process waits, and does not count as failed', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    const held = harness.provider.hold();
    const stop = new AbortController();
    const outcome = assert.rejects(harness.run(cabinetId, { orders: [id] }, stop.signal));
    await held.arrived;
    stop.abort();
    await outcome;
    held.release();
    const { run, status } = await readRecord(harness, cabinetId);
    assert.deepEqual([run['status'], status['indexing_status']], ['waiting', 'pending']);
  });

  it('by a fault of the program fails, and says so', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    await pool().query('alter table wb_orders rename column brand to brand_');
    try {
      await assert.rejects(harness.run(cabinetId, { orders: [id] }));
    } finally {
      await pool().query('alter table wb_orders rename column brand_ to brand');
    }
    const { run, status } = await readRecord(harness, cabinetId);
    assert.deepEqual([run['status'], status['indexing_status']], ['failed', 'failed']);
    assert.match(String(status['last_error']), /brand/);
  });
});
