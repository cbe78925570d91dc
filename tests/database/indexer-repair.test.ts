import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { emptyDatabase, insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { assertIndexFollowsData } from '../helpers/oracle.ts';
import { MODEL, createIndexerHarness, readRecord, type IndexerHarness } from './indexer-harness.ts';

let harness: IndexerHarness;
before(async () => {
  harness = await createIndexerHarness();
});
after(() => harness.close());
beforeEach(async () => {
  await emptyDatabase(pool());
  await pool().query(
    'truncate rag_metadata, rag_embeddings, rag_index_status, rag_index_runs, rag_index_failures',
  );
});

const pool = () => harness.database.pool;
const assertRight = () => assertIndexFollowsData(pool(), pool(), { windowDays: 90, model: MODEL });

async function insertOfEach(cabinetId: number): Promise<void> {
  await insertRow(pool(), 'orders', cabinetId, { name: 'Шапка' });
  await insertRow(pool(), 'products', cabinetId, { name: 'Шарф' });
  await insertRow(pool(), 'stocks', cabinetId, { quantity: 7 });
  await insertRow(pool(), 'reviews', cabinetId, { text: 'Тепло' });
  await insertRow(pool(), 'sales', cabinetId, { type: 'return' });
}

describe('a run without changed ids', () => {
  it('indexes every row and says so', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertOfEach(cabinetId);
    await insertRow(pool(), 'orders', cabinetId, { order_date: '2001-01-01' });
    harness.lines.length = 0;
    await harness.run(cabinetId);
    await assertRight();
    const told = harness.lines.filter((line) => !line.startsWith('Generating'));
    assert.deepEqual(told, [
      `Starting incremental RAG indexing for cabinet ${cabinetId} with all rows`,
      `Extracted data for cabinet ${cabinetId}: orders=1, products=1, stocks=1, reviews=1, sales=1`,
      'Saved 5 records to vector DB',
      `Incremental indexing completed for cabinet ${cabinetId}: 5 chunks indexed`,
    ]);
  });

  it('repairs an index that somebody meddled with, and counts it anew', async () => {
    const cabinetId = await insertCabinet(pool());
    const other = await insertCabinet(pool());
    for (let i = 0; i < 4; i += 1) await insertOfEach(cabinetId);
    await insertOfEach(other);
    await harness.run(cabinetId);
    await harness.run(other);
    const untouched = await harness.chunks(other);

    for (const statement of [
      `delete from rag_metadata where cabinet_id = $1 and source_table = 'wb_orders'`,
      `update rag_metadata set chunk_text = 'подделка', chunk_hash = repeat('0', 64)
       where cabinet_id = $1 and source_table = 'wb_products'`,
      `delete from rag_embeddings where cabinet_id = $1 and metadata_id in (
         select id from rag_metadata where source_table = 'wb_stocks')`,
      `update rag_embeddings set chunk_hash = repeat('0', 64) where cabinet_id = $1 and metadata_id in (
         select id from rag_metadata where source_table = 'wb_sales')`,
      // Before, between and behind the rows.
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       select $1::bigint, 'wb_reviews', id, 'review', 'лишний', repeat('1', 64)
       from unnest(array[-5, 0, 1000000, 9007199254740991]) as extra (id)
       union all
       select $1::bigint, 'wb_products', min(id) - 1, 'product', 'лишний', repeat('1', 64) from wb_products`,
      `update rag_index_status set total_chunks = 12345 where cabinet_id = $1`,
    ]) {
      const { rowCount } = await pool().query(statement, [cabinetId]);
      assert.ok(rowCount! > 0, statement);
    }
    await harness.run(cabinetId);

    await assertRight();
    assert.deepEqual(await harness.chunks(other), untouched);
    const { run, status } = await readRecord(harness, cabinetId);
    assert.equal(status['total_chunks'], 20);
    assert.deepEqual([run['chunks_new'], run['chunks_deleted'], run['chunks_skipped']], [4, 5, 4]);
  });

  it('reads a table of more than one page whole, also past rows that call for no chunk', async () => {
    const cabinetId = await insertCabinet(pool());
    await pool().query(
      `insert into wb_stocks (cabinet_id, nm_id, quantity)
       select $1, i, case when i % 7 = 0 then 0 else 5 end from generate_series(1, 2500) i`,
      [cabinetId],
    );
    await harness.run(cabinetId);
    await assertRight();
    await pool().query(`update wb_stocks set quantity = 0 where cabinet_id = $1 and nm_id > 1200`, [
      cabinetId,
    ]);
    await harness.run(cabinetId);
    await assertRight();
    const { status } = await readRecord(harness, cabinetId);
    assert.equal(status['total_chunks'], (await harness.chunks(cabinetId)).size);
  });
});

describe('odd rows', () => {
  const odd: readonly (readonly [string, Parameters<typeof insertRow>[1], Record<string, unknown>])[] = [
    ['a review of 1 MB', 'reviews', { text: 'Очень длинный отзыв. '.repeat(50_000) }],
    ['a review of nothing but blanks', 'reviews', { text: ' \n\t\u00a0', pros: '', cons: '  ' }],
    [
      'prices that are no numbers',
      'orders',
      { price: 'NaN', total_price: 'Infinity', customer_price: '-1e30' },
    ],
    ['a price with 300 digits', 'products', { price: `${'9'.repeat(300)}.10`, rating: 'NaN' }],
    ['the end of time', 'orders', { order_date: 'infinity' }],
    ['a year of five digits', 'sales', { sale_date: '20000-01-01', amount: '-Infinity' }],
    ['the beginning of time', 'orders', { order_date: '-infinity' }],
    ['the last instant there is', 'reviews', { created_date: '294276-12-31 23:59:59.999999+00' }],
    ['a negative stock', 'stocks', { quantity: '-5' }],
    ['the largest stock', 'stocks', { quantity: '9223372036854775807', price: '-0.005' }],
    ['emoji and quotes', 'products', { name: `Кружка 🐈 "O'Brien" \\ \u2028 {}` }],
    ['ticks that are no list', 'reviews', { bables: JSON.stringify({ a: 1 }), rating: '-3' }],
  ];

  it('are indexed sensibly, or not at all, and none loses another', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids: Partial<Record<(typeof odd)[number][1], number[]>> = {};
    for (const [, source, values] of odd) {
      (ids[source] ??= []).push(await insertRow(pool(), source, cabinetId, values));
      ids[source].push(
        await insertRow(pool(), source, cabinetId, { quantity: 1 }).catch(async () => {
          return insertRow(pool(), source, cabinetId);
        }),
      );
    }
    await harness.run(cabinetId, ids);
    await assertRight();
    const chunks = [...(await harness.chunks(cabinetId)).values()];
    assert.ok(
      chunks.some((text) => text.length > 1_000_000),
      'the long review is whole',
    );
    assert.ok(!chunks.some((text) => /NaN|Infinity|infinity/.test(text)));
    const before = harness.provider.requests.length;
    await harness.run(cabinetId);
    await assertRight();
    assert.equal(harness.provider.requests.length, before, 'and they are skipped the next time');
  });
});
