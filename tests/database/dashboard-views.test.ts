import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type pg from 'pg';
import { emptyDatabase, insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createFakeOpenAI } from '../helpers/fake-openai.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';
import { pick, readRow, readRows } from './dashboard-harness.ts';

let database: TestDatabase;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
after(() => database.drop());
beforeEach(() => emptyDatabase(pool));

const read = (from: string) => readRows(pool, from);
const readOne = (from: string) => readRow(pool, from);

describe('what waits', () => {
  it('is nothing, aged 0, when the outbox is empty', async () => {
    const nothing = {
      waiting_changes: 0,
      waiting_ids: 0,
      oldest_captured_at: null,
      oldest_age_seconds: 0,
    };
    assert.deepEqual(await readOne('outbox_lag'), nothing);
    assert.deepEqual(await read('outbox_by_cabinet'), []);
  });

  it('is counted in changes and rows, with the age of the oldest, in all and by cabinet', async () => {
    const [one, two] = [await insertCabinet(pool, 'один'), await insertCabinet(pool, 'два')];
    await pool.query(
      `insert into wb_orders (cabinet_id, order_id) select $1::bigint, 'srid-' || n from generate_series(1, 100) n`,
      [one],
    );
    await insertRow(pool, 'sales', two);
    await pool.query(
      `update rag_changes set captured_at = now() - interval '90 seconds' where cabinet_id = $1`,
      [one],
    );
    const lag = await readOne('outbox_lag');
    assert.equal(lag['waiting_ids'], 101);
    assert.ok(Number(lag['oldest_age_seconds']) >= 90);
    const byCabinet = await read('outbox_by_cabinet order by cabinet_id');
    assert.deepEqual(
      byCabinet.map((row) => pick(row, 'cabinet_id', 'kind', 'waiting_ids')),
      [
        { cabinet_id: one, kind: 'orders', waiting_ids: 100 },
        { cabinet_id: two, kind: 'sales', waiting_ids: 1 },
      ],
    );
    assert.ok(Number(byCabinet[1]!['oldest_age_seconds']) < Number(byCabinet[0]!['oldest_age_seconds']));
  });

  it('has cabinets with and without a key, which itself stays hidden', async () => {
    const id = await insertCabinet(pool);
    await pool.query(`insert into wb_cabinets (name, api_key, is_active) values ('без ключа', '', false)`);
    const rows = await read('cabinets order by cabinet_id');
    assert.deepEqual(
      rows.map((row) => pick(row, 'cabinet_name', 'is_active', 'has_api_key')),
      [
        { cabinet_name: 'Кабинет', is_active: true, has_api_key: true },
        { cabinet_name: 'без ключа', is_active: false, has_api_key: false },
      ],
    );
    assert.equal(rows[0]!['cabinet_id'], id);
    assert.ok(!('api_key' in rows[0]!));
  });
});

describe('what is synchronised', () => {
  it('is summed up from the parts of a sync', async () => {
    const cabinet = await insertCabinet(pool);
    await pool.query(
      `with run as (
         insert into wb_sync_runs (cabinet_id, trigger, status, started_at, finished_at)
         values ($1, 'request', 'partial', now() - interval '3 minutes', now() - interval '1 minute') returning id
       )
       insert into wb_sync_logs (run_id, cabinet_id, sync_type, status, records_processed, records_created, records_updated, records_errors)
       select id, $1, part, status, 10, 4, 3, 1 from run
       cross join (values ('orders', 'completed'), ('sales', 'completed'), ('reviews', 'failed'), ('stocks', 'deferred')) p (part, status)`,
      [cabinet],
    );
    const sync = await readOne('syncs');
    const { duration_seconds: duration } = sync;
    assert.ok(Math.abs(Number(duration) - 120) < 0.01, String(duration));
    assert.deepEqual(
      pick(sync, 'cabinet_id', 'requested_by', 'status', 'completed_parts', 'failed_parts', 'other_parts'),
      {
        cabinet_id: cabinet,
        requested_by: 'request',
        status: 'partial',
        completed_parts: 2,
        failed_parts: 1,
        other_parts: 1,
      },
    );
    assert.deepEqual(pick(sync, 'rows_read', 'rows_new', 'rows_changed', 'rows_unusable'), {
      rows_read: 40,
      rows_new: 16,
      rows_changed: 12,
      rows_unusable: 4,
    });
    assert.equal((await read(`sync_parts where sync_id = ${String(sync['sync_id'])}`)).length, 4);
  });

  it('leaves out rows that could not be used, which are counted by field', async () => {
    const cabinet = await insertCabinet(pool);
    await pool.query(
      `insert into wb_sync_rejects (cabinet_id, sync_type, row_key, field, reason, times)
       values ($1, 'orders', 'a', 'nmId', 'r', 2), ($1, 'orders', 'b', 'nmId', 'r', 3), ($1, 'sales', 'a', 'date', 'r', 1)`,
      [cabinet],
    );
    assert.deepEqual(
      (await read('unusable_rows order by part')).map((row) =>
        pick(row, 'part', 'field', 'row_count', 'times'),
      ),
      [
        { part: 'orders', field: 'nmId', row_count: 2, times: 5 },
        { part: 'sales', field: 'date', row_count: 1, times: 1 },
      ],
    );
  });
});

describe('what is indexed', () => {
  it('is as much as the rows call for, costs what the runs say, and shows what is missing', async (t) => {
    const provider = await createFakeOpenAI();
    t.after(() => provider.stop());
    const service = await startTestService({
      databaseUrl: database.connectionString,
      env: { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: provider.url },
    });
    t.after(() => service.stop());
    const cabinet = await insertCabinet(pool);
    const asleep = await insertCabinet(pool, 'выключен');
    const old = new Date(Date.now() - 100 * 24 * 60 * 60 * 1000);
    for (const n of [1, 2, 3]) await insertRow(pool, 'orders', cabinet, { name: `Товар ${n}` });
    await insertRow(pool, 'orders', cabinet, { order_date: old });
    await insertRow(pool, 'sales', cabinet, { sale_date: old });
    await insertRow(pool, 'reviews', cabinet, { text: 'Хорошо', created_date: new Date() });
    await insertRow(pool, 'reviews', cabinet, { text: 'Давно', created_date: old });
    await insertRow(pool, 'products', cabinet, { name: 'есть' });
    await insertRow(pool, 'products', cabinet, { name: 'снят', is_active: false });
    await insertRow(pool, 'stocks', cabinet, { quantity: 3 });
    await insertRow(pool, 'stocks', cabinet, { quantity: 0 });
    await insertRow(pool, 'orders', asleep, { name: 'не нужен' });
    await pool.query('update wb_cabinets set is_active = false where id = $1', [asleep]);
    await service.untilQuiet();

    const expected = await read(
      `select source_table, expected_chunks from wb_dashboard.expected_chunks(90) where cabinet_id = ${cabinet} order by 1`,
    );
    assert.deepEqual(expected, [
      { source_table: 'wb_orders', expected_chunks: 3 },
      { source_table: 'wb_products', expected_chunks: 1 },
      { source_table: 'wb_reviews', expected_chunks: 1 },
      { source_table: 'wb_sales', expected_chunks: 0 },
      { source_table: 'wb_stocks', expected_chunks: 1 },
    ]);
    const { sum } = await readOne(
      `select sum(expected_chunks) from wb_dashboard.expected_chunks(90) where cabinet_id = ${asleep}`,
    );
    assert.equal(sum, 0);
    const wider = await readOne(
      `select sum(expected_chunks) from wb_dashboard.expected_chunks(365) where cabinet_id = ${cabinet}`,
    );
    assert.equal(wider['sum'], 9);
    assert.deepEqual(
      await read(`select source_table, chunks from wb_dashboard.chunks order by 1`),
      expected
        .filter((row) => row['expected_chunks'] !== 0)
        .map((row) => ({ source_table: row['source_table'], chunks: row['expected_chunks'] })),
    );
    assert.deepEqual(
      await read(
        `select source_table, row_count from wb_dashboard.source_rows where cabinet_id = ${cabinet} order by 1`,
      ),
      [
        { source_table: 'wb_orders', row_count: 4 },
        { source_table: 'wb_products', row_count: 2 },
        { source_table: 'wb_reviews', row_count: 2 },
        { source_table: 'wb_sales', row_count: 1 },
        { source_table: 'wb_stocks', row_count: 2 },
      ],
    );

    const { search_model: model, total_chunks: total } = await readOne(
      `index_status where cabinet_id = ${cabinet}`,
    );
    assert.equal(total, 6);
    assert.deepEqual(await read('vectors'), [{ cabinet_id: cabinet, model, vectors: 6, is_searched: true }]);
    assert.deepEqual(await read('chunks_without_vector'), []);

    const runs = await readOne(
      `select sum(chunks_new) as chunks, sum(tokens) as tokens, sum(cost_usd) as cost, sum(embedding_requests) as requests
       from wb_dashboard.runs where cabinet_id = ${cabinet}`,
    );
    assert.ok(Number(runs['tokens']) > 0 && Number(runs['cost']) > 0);
    assert.ok(Number(runs['chunks']) >= 6);
    const counted = await readOne(
      `select sum(texts_embedded) as texts, sum(embedding_retries) as retries,
         (select index_chunks from wb_dashboard.runs where cabinet_id = ${cabinet} order by run_id desc limit 1) as index_chunks
       from wb_dashboard.runs where cabinet_id = ${cabinet}`,
    );
    assert.deepEqual(counted, { texts: provider.embeddedTexts.length, retries: 0, index_chunks: 6 });
    const cost = await readOne(
      `select sum(tokens) as tokens, sum(cost_usd) as cost, sum(requests) as requests
       from wb_dashboard.cost_by_day where cabinet_id = ${cabinet} and day >= (now() at time zone 'UTC')::date - 1`,
    );
    assert.deepEqual(cost, pick(runs, 'tokens', 'cost', 'requests'));

    // Somebody breaks it by hand.
    await pool.query(
      `delete from rag_embeddings where metadata_id = (select id from rag_metadata where source_table = 'wb_stocks')`,
    );
    assert.deepEqual(await read('chunks_without_vector'), [
      { cabinet_id: cabinet, source_table: 'wb_stocks', model, chunks: 1 },
    ]);
    await pool.query(`delete from rag_metadata where source_table = 'wb_products'`);
    const missing = await read(
      `select source_table from wb_dashboard.expected_chunks(90) e left join wb_dashboard.chunks c using (cabinet_id, source_table)
       where e.expected_chunks > coalesce(c.chunks, 0)`,
    );
    assert.deepEqual(missing, [{ source_table: 'wb_products' }]);
  });

  it('shows how far rebuilds are, and which is the last of its cabinet', async () => {
    await pool.query(
      `insert into rag_rebuilds (cabinet_id, status, trigger, rows_total, rows_done, drift, started_at, finished_at)
       values (5, 'failed', 'request', 100, 20, '{}', now() - interval '1 hour', now() - interval '50 minutes'),
         (5, 'running', 'schedule', 300, 100, '{"missing": 2, "changed": 3}', now() - interval '1 minute', null),
         (6, 'completed', 'command', 0, 0, '{}', now(), now())`,
    );
    const rows = await read('rebuilds where cabinet_id in (5, 6) order by rebuild_id');
    assert.deepEqual(
      rows.map((row) =>
        pick(row, 'cabinet_id', 'requested_by', 'progress_percent', 'differences', 'is_last'),
      ),
      [
        { cabinet_id: 5, requested_by: 'request', progress_percent: 20, differences: 0, is_last: false },
        { cabinet_id: 5, requested_by: 'schedule', progress_percent: 33.3, differences: 5, is_last: true },
        { cabinet_id: 6, requested_by: 'command', progress_percent: 100, differences: 0, is_last: true },
      ],
    );
    assert.deepEqual(rows[1]!['differences_by_reason'], { missing: 2, changed: 3 });
  });

  it('leaves out refused rows, which are parked from the third refusal on', async () => {
    await pool.query(
      `insert into rag_index_failures (cabinet_id, source_table, source_id, chunk_hash, reason, model, attempts)
       values (5, 'wb_orders', 1, 'h', 'r', 'model', 2), (5, 'wb_orders', 2, 'h', 'r', 'model', 3), (5, 'wb_orders', 3, 'h', 'r', null, 9)`,
    );
    const rows = await read('refused_rows where cabinet_id = 5 order by source_id');
    assert.deepEqual(
      rows.map((row) => row['is_parked']),
      [false, true, false],
    );
  });
});
