import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { compareIndex, type CompareOptions } from '../helpers/oracle.ts';
import { padVector } from '../helpers/pad-vector.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

/** The checker checked: each way in which an index can be wrong is put there by hand, and has to be found. */
describe('the oracle', () => {
  const MODEL = 'model of the test';
  /** A vector that tells texts apart by their length. */
  const vectorOf = (text: string) => padVector([text.length % 7, 1, -0.5]);
  const options: CompareOptions = {
    windowDays: 90,
    model: MODEL,
    embed: (texts) => texts.map(vectorOf),
  };
  const TEXT = 'Заказ\nНомер заказа: srid-1\nЦена: 1990.50 ₽';
  let database: TestDatabase;
  let pool: pg.Pool;
  let cabinet: number;
  let order: number;

  before(async () => {
    database = await createTestDatabase();
    pool = database.pool;
    cabinet = await insertCabinet(pool);
    order = await insertRow(pool, 'orders', cabinet, { order_id: 'srid-1', price: '1990.500' });
  });
  after(() => database.drop());

  /** Writes a chunk as the indexer would, save for what is wrong with it. */
  async function saveChunk(
    chunk: Partial<Record<'text' | 'hash' | 'vectorHash' | 'vectorText' | 'type' | 'model', string>> & {
      id?: number;
    },
  ) {
    const text = chunk.text ?? TEXT;
    const hash = chunk.hash ?? createHash('sha256').update(text).digest('hex');
    await pool.query(
      `with chunk as (
         insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
         values ($1, 'wb_orders', $2, $3, $4, $5) returning cabinet_id, id
       )
       insert into rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
       select cabinet_id, id, $6, $7, $8::halfvec from chunk`,
      [
        ...[cabinet, chunk.id ?? order, chunk.type ?? 'order', text, hash, chunk.model ?? MODEL],
        ...[chunk.vectorHash ?? hash, JSON.stringify([...vectorOf(chunk.vectorText ?? text)])],
      ],
    );
  }

  async function kindsFound(): Promise<string[]> {
    const differences = await compareIndex(pool, pool, options);
    await pool.query('delete from rag_metadata');
    return Object.entries(differences).flatMap(([kind, findings]) => (findings as unknown[]).map(() => kind));
  }

  it('finds nothing wrong with the chunk that the row calls for', async () => {
    await saveChunk({});
    assert.deepEqual(await kindsFound(), []);
  });

  it('finds a missing chunk', async () => {
    assert.deepEqual(await kindsFound(), ['missing']);
  });

  it('finds a chunk with another text, also when only a space differs', async () => {
    await saveChunk({ text: `${TEXT} ` });
    assert.deepEqual(await kindsFound(), ['stale']);
  });

  it('finds a chunk of another type', async () => {
    await saveChunk({ type: 'sale' });
    assert.deepEqual(await kindsFound(), ['stale']);
  });

  it('finds a chunk of a row that is gone', async () => {
    await saveChunk({});
    await saveChunk({ id: order + 1 });
    assert.deepEqual(await kindsFound(), ['orphaned']);
  });

  it('finds a chunk of a row that is out of the window, and one of a cabinet that is switched off', async () => {
    await saveChunk({});
    await pool.query(`update wb_orders set order_date = now() - interval '91 days'`);
    assert.deepEqual(await kindsFound(), ['orphaned']);
    await pool.query('update wb_orders set order_date = null');
    await saveChunk({});
    await pool.query('update wb_cabinets set is_active = false');
    assert.deepEqual(await kindsFound(), ['orphaned']);
    await pool.query('update wb_cabinets set is_active = true');
  });

  it('finds a row with two chunks', async () => {
    await pool.query(
      'alter table rag_metadata drop constraint rag_metadata_cabinet_id_source_table_source_id_key',
    );
    await saveChunk({});
    await saveChunk({});
    assert.deepEqual(await kindsFound(), ['doubled']);
  });

  it('finds a hash that is not that of the text', async () => {
    await saveChunk({ hash: 'f'.repeat(64) });
    assert.deepEqual(await kindsFound(), ['wrongVectors']);
  });

  it('finds a vector whose hash is that of another text', async () => {
    await saveChunk({ vectorHash: 'f'.repeat(64) });
    assert.deepEqual(await kindsFound(), ['wrongVectors']);
  });

  it('finds a chunk without a vector of the model', async () => {
    await saveChunk({ model: 'another model' });
    assert.deepEqual(await kindsFound(), ['wrongVectors']);
  });

  it('finds a vector that is that of another text, whatever its hash says', async () => {
    await saveChunk({ vectorText: `${TEXT}!` });
    assert.deepEqual(await kindsFound(), ['wrongVectors']);
  });

  it('finds a fact that is not what the row says', async () => {
    await saveChunk({});
    // The database works facts out itself, so nobody can write a wrong one before it is told not to.
    await pool.query('alter table rag_metadata alter column state drop expression');
    await pool.query("update rag_metadata set state = 'другое'");
    assert.deepEqual(await kindsFound(), ['wrongFacts']);
  });
});
