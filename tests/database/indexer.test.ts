import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readStoredByIds } from '../../src/indexing/queries.ts';
import { readChunksByIds } from '../../src/indexing/rows.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { assertIndexFollowsData } from '../helpers/oracle.ts';
import { MODEL, createIndexerHarness, readRecord, type IndexerHarness } from './indexer-harness.ts';

let harness: IndexerHarness;
before(async () => {
  harness = await createIndexerHarness({ batchSize: 2 });
});
after(() => harness.close());

const pool = () => harness.database.pool;

/** What would change if a row of the index were written again, even with the same values. */
async function versions(cabinetId: number): Promise<unknown[]> {
  const { rows } = await pool().query<Record<string, unknown>>(
    `select m.id, m.xmin::text, m.updated_at::text, e.xmin::text as vector_xmin, e.created_at::text
     from rag_metadata m join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id
     where m.cabinet_id = $1 order by m.id`,
    [cabinetId],
  );
  return rows;
}

describe('an incremental run', () => {
  it('makes chunks of rows of all five tables and says so in the log and in its record', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids = {
      orders: [await insertRow(pool(), 'orders', cabinetId), await insertRow(pool(), 'orders', cabinetId)],
      products: [await insertRow(pool(), 'products', cabinetId, { name: 'Кружка' })],
      stocks: [
        await insertRow(pool(), 'stocks', cabinetId, { quantity: 3 }),
        await insertRow(pool(), 'stocks', cabinetId, { quantity: 0 }),
      ],
      reviews: [await insertRow(pool(), 'reviews', cabinetId, { text: 'Отлично' })],
      sales: [await insertRow(pool(), 'sales', cabinetId, { type: 'buyout' })],
    };
    harness.lines.length = 0;
    const before = harness.provider.requests.length;
    await harness.run(cabinetId, ids);

    assert.deepEqual(harness.lines, [
      `Starting incremental RAG indexing for cabinet ${cabinetId} with 7 changed IDs`,
      `Extracted data by IDs for cabinet ${cabinetId}: orders=2, products=1, stocks=1, reviews=1, sales=1`,
      'Generating embeddings: batch 1/3 (2 chunks)',
      'Generating embeddings: batch 2/3 (2 chunks)',
      'Generating embeddings: batch 3/3 (2 chunks)',
      'Saved 6 records to vector DB',
      `Incremental indexing completed for cabinet ${cabinetId}: 6 chunks indexed`,
    ]);
    const tokens = harness.provider.requests
      .slice(before)
      .flatMap((request) => request.inputs)
      .reduce((sum, text) => sum + text.split(/\s+/).length, 0);
    const { run, status } = await readRecord(harness, cabinetId);
    assert.deepEqual(run, {
      ...{ mode: 'incremental', status: 'completed', error: null, changed_ids: 7, finished: true },
      ...{ chunks_new: 6, chunks_updated: 0, chunks_skipped: 0, chunks_deleted: 0, chunks_rejected: 0 },
      ...{ embedding_requests: 3, embeddings_reused: 0, tokens },
      cost_usd: Math.round(tokens * harness.embedder.usdPerMillionTokens! * 1e3) / 1e9,
    });
    assert.ok(tokens > 0);
    assert.deepEqual(status, {
      ...{ indexing_status: 'completed', total_chunks: 6, last_error: null, indexed: true },
    });
    await assertIndexFollowsData(pool(), pool(), {
      windowDays: 90,
      model: MODEL,
      embed: (texts) => texts.map((text) => harness.provider.vectorOf(text)),
    });
  });

  it('neither embeds nor writes a row again whose text is the same', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId, { name: 'Ложка' });
    await harness.run(cabinetId, { orders: [id] });
    const requests = harness.provider.requests.length;
    const before = await versions(cabinetId);
    await pool().query('update wb_orders set updated_at = now() where id = $1', [id]);
    await harness.run(cabinetId, { orders: [id] });
    await harness.run(cabinetId);

    assert.equal(harness.provider.requests.length, requests);
    assert.deepEqual(await versions(cabinetId), before);
    const { run } = await readRecord(harness, cabinetId);
    assert.deepEqual(
      [run['chunks_skipped'], run['chunks_new'], run['chunks_updated'], run['tokens'], run['cost_usd']],
      [1, 0, 0, 0, 0],
    );
  });

  it('embeds the same text once, in whichever rows, tables and cabinets it stands', async () => {
    const [first, second] = [await insertCabinet(pool()), await insertCabinet(pool())];
    const same = { order_id: 'одинаковый', name: 'Одинаковый заказ' };
    const one = await insertRow(pool(), 'orders', first, same);
    const other = await insertRow(pool(), 'orders', second, same);
    const reviews = [
      await insertRow(pool(), 'reviews', second, { text: 'Слово в слово' }),
      await insertRow(pool(), 'reviews', second, { text: 'Слово в слово' }),
      await insertRow(pool(), 'reviews', second, { text: 'Слово в слово' }),
    ];
    const embedded = harness.provider.embeddedTexts.length;
    await harness.run(first, { orders: [one] });
    await harness.run(second, { orders: [other], reviews });

    assert.equal(harness.provider.embeddedTexts.length - embedded, 2, 'one order text, one review text');
    assert.equal((await harness.chunks(second)).size, 4);
    const { run, status } = await readRecord(harness, second);
    assert.deepEqual(
      [run['embeddings_reused'], run['chunks_new'], status['total_chunks']],
      [1, 4, 4],
      'the order took the vector of the other cabinet',
    );
  });

  it('keeps the batches before a failing one, and does not pay for them again', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids: number[] = [];
    for (let i = 0; i < 6; i += 1) ids.push(await insertRow(pool(), 'sales', cabinetId));
    // Both of the second batch and of the harmless word that follows.
    const down = { kind: 'status', status: 503 } as const;
    harness.provider.respondWith({ kind: 'ok' }, down, down);
    await assert.rejects(harness.run(cabinetId, { sales: ids }), { code: 'embedding_unavailable' });

    const saved = [...(await harness.chunks(cabinetId)).values()];
    assert.equal(saved.length, 2, 'batch 1 of 3');
    const embedded = harness.provider.embeddedTexts.length;
    await harness.run(cabinetId, { sales: ids });
    const later = harness.provider.embeddedTexts.slice(embedded);
    assert.equal(later.length, 4);
    assert.deepEqual(
      later.filter((text) => saved.includes(text)),
      [],
    );
    assert.equal((await harness.chunks(cabinetId)).size, 6);
  });

  it('embeds again when the model is another one', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'products', cabinetId, { name: 'Модель' });
    await harness.run(cabinetId, { products: [id] });
    await pool().query(`update rag_embeddings set model = 'an-older-model' where cabinet_id = $1`, [
      cabinetId,
    ]);
    await harness.run(cabinetId, { products: [id] });
    const { rows } = await pool().query<{ model: string }>(
      'select model from rag_embeddings where cabinet_id = $1 and model = $2',
      [cabinetId, MODEL],
    );
    assert.equal(rows.length, 1);
  });
});

describe('what a run reads', () => {
  it('is the rows, chunks and products that it was asked for, also when the database has no statistics', async () => {
    const cabinetId = await insertCabinet(pool());
    for (const statement of [
      `insert into wb_orders (cabinet_id, order_id, nm_id) select $1, 'bulk-' || i, i from generate_series(1, 5000) i`,
      `insert into wb_products (cabinet_id, nm_id, name) select $1, i, 'Товар ' || i from generate_series(1, 5000) i`,
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       select cabinet_id, 'wb_orders', id, 'order', 'x', 'x' from wb_orders where cabinet_id = $1`,
    ]) {
      await pool().query(statement, [cabinetId]);
    }
    const client = await pool().connect();
    try {
      const { rows } = await client.query<{ id: number }>(
        'select id::float8 as id from wb_orders where cabinet_id = $1 order by id offset 100 limit 50',
        [cabinetId],
      );
      const ids = rows.map((row) => row.id);
      // What this session read, whether already reported to the statistics or not.
      const readSoFar = async (table: string) => {
        const { rows } = await client.query<{ touched: number }>(
          `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as touched
           from pg_stat_xact_user_tables where relname = $1`,
          [table],
        );
        return rows[0]!.touched;
      };
      await client.query('begin');
      const before = {
        chunks: await readSoFar('rag_metadata'),
        orders: await readSoFar('wb_orders'),
        products: await readSoFar('wb_products'),
      };
      const { chunks } = await readStoredByIds(client, cabinetId, 'orders', [MODEL], ids);
      assert.equal(chunks.length, 50);
      const wanted = await readChunksByIds(client, cabinetId, 90, 'orders', [...ids, ...ids]);
      assert.equal(wanted.length, 50, 'an id that stands there twice is one row');
      const read = {
        chunks: (await readSoFar('rag_metadata')) - before.chunks,
        orders: (await readSoFar('wb_orders')) - before.orders,
        products: (await readSoFar('wb_products')) - before.products,
      };
      await client.query('commit');
      assert.deepEqual(read, { chunks: 50, orders: 50, products: 50 });
    } finally {
      client.release();
      // The other tests, which may come after, compare the whole index with the data.
      await pool().query('delete from wb_cabinets where id = $1', [cabinetId]);
      await pool().query('delete from rag_metadata where cabinet_id = $1', [cabinetId]);
    }
  });
});
