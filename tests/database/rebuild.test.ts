import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { ActivityEvent } from '../../src/activity/activity-event.ts';
import { listen } from '../../src/activity/listen.ts';
import { readIndexStatus } from '../../src/indexing/status.ts';
import { insertRebuild, readRebuild } from '../../src/indexing/rebuild/queries.ts';
import { emptyDatabase, insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { MODEL, readRecord } from './indexer-harness.ts';
import { createRebuildHarness, type RebuildHarness } from './rebuild-harness.ts';

let harness: RebuildHarness;
before(async () => {
  harness = await createRebuildHarness({ batchSize: 100, concurrency: 2 });
});
after(() => harness.close());
beforeEach(async () => {
  await emptyDatabase(pool());
  await pool().query(
    'truncate rag_metadata, rag_embeddings, rag_index_status, rag_index_runs, rag_index_failures, rag_rebuilds',
  );
});
afterEach(() => {
  harness.provider.respondAlways(undefined);
  harness.provider.rejectInputs(undefined);
});

const pool = () => harness.database.pool;

async function assertRight(): Promise<void> {
  await assertIndexFollowsData(pool(), pool(), { windowDays: 90, model: MODEL });
  await assertStatusIsTrue(pool(), pool());
}

async function insertStocks(cabinetId: number, count: number): Promise<void> {
  await pool().query(
    `insert into wb_stocks (cabinet_id, nm_id, quantity) select $1, i, 5 from generate_series(1, $2::int) i`,
    [cabinetId, count],
  );
}

const requests = () => harness.provider.requests.length;

describe('a full rebuild', () => {
  it('of an empty index makes it whole, and says when that was', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 25);
    await insertRow(pool(), 'orders', cabinetId);
    const rebuild = await harness.rebuild(cabinetId);
    assert.equal(rebuild.status, 'completed');
    assert.deepEqual(rebuild.drift, { missing: 26 });
    assert.deepEqual([rebuild.rowsDone, rebuild.rowsTotal], [26, 26]);
    assert.deepEqual(rebuild.rowCounts, { orders: 1, products: 0, stocks: 25, reviews: 0, sales: 0 });
    await assertRight();
    const status = await readIndexStatus(pool(), cabinetId);
    assert.ok(status?.lastIndexedAt instanceof Date);
    assert.equal(status.lastIncrementalAt, null);
    const { run } = await readRecord(harness, cabinetId);
    assert.deepEqual(
      [run['mode'], run['status'], run['chunks_new'], run['finished']],
      ['full_rebuild', 'completed', 26, true],
    );
  });

  it('of an index that is right embeds and writes nothing, and finds no drift', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 25);
    await harness.rebuild(cabinetId);
    const before = await pool().query('select id, updated_at, xmin from rag_metadata order by id');
    const asked = requests();
    const rebuild = await harness.rebuild(cabinetId);
    assert.equal(requests(), asked);
    assert.deepEqual(rebuild.drift, {});
    assert.deepEqual(
      (await pool().query('select id, updated_at, xmin from rag_metadata order by id')).rows,
      before.rows,
    );
    const { run } = await readRecord(harness, cabinetId);
    assert.deepEqual([run['chunks_skipped'], run['chunks_updated'], run['tokens']], [25, 0, 0]);
  });

  it('tells each kind of drift apart, and mends it', async () => {
    const cabinetId = await insertCabinet(pool());
    const keep = await insertRow(pool(), 'orders', cabinetId, { brand: 'Остаётся' });
    const gone = await insertRow(pool(), 'orders', cabinetId, { brand: 'Удалят' });
    const old = await insertRow(pool(), 'reviews', cabinetId, { text: 'Давно' });
    const hidden = await insertRow(pool(), 'products', cabinetId, { name: 'Скроют' });
    const empty = await insertRow(pool(), 'stocks', cabinetId, { quantity: 3 });
    const renamed = await insertRow(pool(), 'sales', cabinetId, { brand: 'Старый' });
    const bare = await insertRow(pool(), 'sales', cabinetId, { brand: 'Без вектора' });
    await harness.rebuild(cabinetId);
    await pool().query('delete from wb_orders where id = $1', [gone]);
    await pool().query(`update wb_reviews set created_date = now() - interval '91 days' where id = $1`, [
      old,
    ]);
    await pool().query('update wb_products set is_active = false where id = $1', [hidden]);
    await pool().query('update wb_stocks set quantity = 0 where id = $1', [empty]);
    await pool().query(`update wb_sales set brand = 'Новый' where id = $1`, [renamed]);
    await pool().query(
      `delete from rag_embeddings e using rag_metadata m
       where m.id = e.metadata_id and m.source_table = 'wb_sales' and m.source_id = $1`,
      [bare],
    );
    await insertRow(pool(), 'orders', cabinetId, { brand: 'Новый заказ' });
    const rebuild = await harness.rebuild(cabinetId);
    assert.deepEqual(rebuild.drift, {
      row_gone: 1,
      out_of_window: 1,
      product_inactive: 1,
      stock_zero: 1,
      changed: 1,
      vector: 1,
      missing: 1,
    });
    await assertRight();
    assert.ok((await harness.chunks(cabinetId)).has(`wb_orders/${keep}`));
  });

  it('of a cabinet that is switched off takes its chunks away, and says why', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 3);
    await harness.rebuild(cabinetId);
    await pool().query('update wb_cabinets set is_active = false where id = $1', [cabinetId]);
    const rebuild = await harness.rebuild(cabinetId);
    assert.deepEqual(rebuild.drift, { cabinet_inactive: 3 });
    assert.equal((await harness.chunks(cabinetId)).size, 0);
  });

  it('deletes many chunks page by page, with the rows between them', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 3);
    await harness.rebuild(cabinetId);
    // More than are read at a time, before, between and behind the rows that stay.
    await pool().query(
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       select $1, 'wb_stocks', (select max(id) from wb_stocks) + i, 'stock', 'лишний', repeat('1', 64)
       from generate_series(1, 12000) i`,
      [cabinetId],
    );
    await pool().query(
      `insert into wb_stocks (id, cabinet_id, nm_id, quantity) overriding system value
       select (select max(source_id) from rag_metadata) - 4000, $1, 777, 5`,
      [cabinetId],
    );
    const rebuild = await harness.rebuild(cabinetId);
    assert.deepEqual(rebuild.drift, { row_gone: 11_999, changed: 1 });
    assert.ok(rebuild.slice > 1, 'a change may come in between');
    await assertRight();
  });

  it('of a cabinet that is gone leaves nothing of it', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 3);
    await harness.rebuild(cabinetId);
    await pool().query('delete from wb_cabinets where id = $1', [cabinetId]);
    await harness.rebuild(cabinetId);
    for (const table of ['rag_metadata', 'rag_index_status', 'rag_index_runs', 'rag_rebuilds']) {
      const { rowCount } = await pool().query(`select from ${table}`);
      assert.equal(rowCount, 0, table);
    }
  });

  it('is told in the live view from its start, slice by slice, to its end, which comes once', async (t) => {
    const seen: ActivityEvent[] = [];
    t.after(listen(harness.events, (event) => seen.push(event)));
    const ends: string[] = [];
    const onEnd = ({ status }: { status: string }) => void ends.push(status);
    harness.events.on('rebuildEnded', onEnd);
    t.after(() => harness.events.off('rebuildEnded', onEnd));
    const told = () =>
      seen.splice(0).flatMap(({ type, data }) => (type === 'rebuild_progress' ? [Object.values(data)] : []));
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 1500);
    const done = await harness.rebuild(cabinetId);
    const id = Number(done.id);
    assert.deepEqual(told(), [
      [id, 'started', 0, 1500],
      [id, 'running', 1000, 1500],
      [id, 'running', 1500, 1500],
      [id, 'completed', 1500, 1500],
    ]);
    const given = await harness.rebuild(cabinetId, { slices: 0 });
    await harness.rebuilder.fail(cabinetId, given.id, 'it does not work');
    await harness.rebuilder.fail(cabinetId, given.id, 'again');
    assert.deepEqual(told(), [[Number(given.id), 'failed', 0, null]]);
    await pool().query('delete from wb_cabinets where id = $1', [cabinetId]);
    await harness.rebuild(cabinetId);
    assert.deepEqual(told(), [], 'nothing to watch in a cabinet that is gone');
    assert.deepEqual(ends, ['completed', 'failed', 'completed']);
  });

  it('gathers what differs among many rows into full batches', async () => {
    const cabinetId = await insertCabinet(pool());
    const rows = harness.database.embedded ? 3_000 : 10_000;
    await insertStocks(cabinetId, rows);
    await harness.rebuild(cabinetId);
    const asked = requests();
    await pool().query(
      'update wb_stocks set quantity = 6 where cabinet_id = $1 and nm_id % ($2::int / 100) = 0',
      [cabinetId, rows],
    );
    await harness.rebuild(cabinetId);
    assert.equal(requests() - asked, 1, `a hundred rows among ${rows}, one request`);
    await assertRight();
  });
});

describe('a full rebuild that is cut off', () => {
  it('goes on from its last slice and embeds no text twice', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 2500);
    const embeddedBefore = harness.provider.embeddedTexts.length;
    const first = await harness.rebuild(cabinetId, { slices: 1 });
    assert.deepEqual([first.status, first.slice, first.rowsDone], ['running', 1, 1000]);
    // Cut off in the middle of the second: its first requests are answered, the others never.
    const stop = new AbortController();
    const asked = requests();
    const cut = harness.runSlice(first, stop.signal);
    await harness.provider.waitForRequests(asked + 3);
    const held = harness.provider.hold();
    await held.arrived;
    stop.abort();
    await assert.rejects(cut);
    held.release();

    let rebuild = (await readRebuild(pool(), cabinetId, first.id))!;
    assert.deepEqual([rebuild.status, rebuild.slice], ['running', 1]);
    for (let outcome = await harness.runSlice(rebuild); outcome.status === 'more';) {
      rebuild = (await readRebuild(pool(), cabinetId, first.id))!;
      outcome = await harness.runSlice(rebuild);
    }
    rebuild = (await readRebuild(pool(), cabinetId, first.id))!;
    assert.equal(rebuild.status, 'completed');
    assert.deepEqual(rebuild.drift, { missing: 2500 }, 'what was mended before the cut is counted, and once');
    await assertRight();
    const counts = new Map<string, number>();
    for (const text of harness.provider.embeddedTexts.slice(embeddedBefore))
      counts.set(text, (counts.get(text) ?? 0) + 1);
    const twice = [...counts.values()].filter((count) => count > 1).length;
    assert.ok(twice <= 200, `${twice} texts were embedded twice; two requests of 100 were under way`);
    assert.equal(counts.size, 2500);
  });

  it('does not do a slice again that is done, nor one of a rebuild that is over', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 1500);
    const opened = (await insertRebuild(pool(), cabinetId, 'request', null))!;
    assert.deepEqual(await harness.runSlice(opened), { status: 'more', slice: 1 });
    assert.deepEqual(await harness.runSlice(opened), { status: 'superseded' });
    let last = opened;
    for (let status = 'more'; status === 'more';) {
      last = (await readRebuild(pool(), cabinetId, opened.id))!;
      ({ status } = await harness.runSlice(last));
    }
    assert.deepEqual(await harness.runSlice(last), { status: 'superseded' });
    assert.equal((await readIndexStatus(pool(), cabinetId))?.indexingStatus, 'completed');
  });

  it('by an outage says what it waits for, and until when; live changes go on and do not hide it', async () => {
    // Its provider asks not to be called for a while, which the others need not wait for.
    const patient = await createRebuildHarness();
    const main = patient.database.pool;
    try {
      const cabinetId = await insertCabinet(main);
      await insertRow(main, 'stocks', cabinetId, { quantity: 5 });
      const known = await insertRow(main, 'orders', cabinetId);
      await patient.run(cabinetId, { orders: [known] });
      const opened = (await insertRebuild(main, cabinetId, 'request', null))!;
      patient.provider.respondAlways({ kind: 'status', status: 503, headers: { 'retry-after': '40' } });
      await assert.rejects(patient.runSlice(opened), { code: 'embedding_unavailable' });
      const waiting = (await readRebuild(main, cabinetId, opened.id))!;
      assert.match(waiting.error ?? '', /503/);
      assert.ok(waiting.nextAttemptAt!.getTime() > Date.now() + 30_000);
      await main.query('delete from wb_orders where id = $1', [known]);
      await patient.run(cabinetId, { orders: [known] });
      const status = await readIndexStatus(main, cabinetId);
      assert.equal(status?.indexingStatus, 'pending');
      assert.match(status.lastError ?? '', /503/);
    } finally {
      await patient.close();
    }
  });
});

describe('changes during a full rebuild', () => {
  it('before it begins do not say that the index is complete, where the rows may be others than it is of', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    const opened = (await insertRebuild(pool(), cabinetId, 'restore', null))!;
    await harness.run(cabinetId, { orders: [id] });
    const statusNow = async () => (await readIndexStatus(pool(), cabinetId))?.indexingStatus;
    assert.equal(await statusNow(), 'pending');
    for (let outcome = await harness.runSlice(opened); outcome.status === 'more';)
      outcome = await harness.runSlice((await readRebuild(pool(), cabinetId, opened.id))!);
    assert.equal(await statusNow(), 'completed');
  });

  it('are indexed between its slices, and the rebuild does not undo them', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertStocks(cabinetId, 2500);
    const first = await pool().query<{ id: string }>(
      'select id from wb_stocks where cabinet_id = $1 order by id limit 1',
      [cabinetId],
    );
    const id = Number(first.rows[0]!.id);
    let quantity = 100;
    await harness.rebuild(cabinetId, {
      async between() {
        quantity += 1;
        await pool().query('update wb_stocks set quantity = $2 where id = $1', [id, quantity]);
        await harness.run(cabinetId, { stocks: [id] });
        const status = await readIndexStatus(pool(), cabinetId);
        assert.equal(status?.indexingStatus, 'in_progress', 'the rebuild is not over');
      },
    });
    assert.ok(quantity > 101);
    await assertRight();
    const { rows } = await pool().query<{ mode: string; status: string }>(
      'select mode, status from rag_index_runs where cabinet_id = $1 order by id',
      [cabinetId],
    );
    assert.deepEqual(rows[0], { mode: 'full_rebuild', status: 'completed' });
    assert.ok(rows.slice(1).every(({ mode, status }) => mode === 'incremental' && status === 'completed'));
  });
});
