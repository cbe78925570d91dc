import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Database } from '../../src/database/pool.ts';
import type { ChangedIds } from '../../src/source-tables.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createIndexerHarness, readRecord, type IndexerHarness } from './indexer-harness.ts';

let harness: IndexerHarness;
before(async () => {
  harness = await createIndexerHarness();
});
after(() => harness.close());
afterEach(() => harness.provider.respondAlways(undefined));

const pool = () => harness.database.pool;

interface Barrier {
  readonly database: Database;
  readonly arrived: Promise<void>;
  readonly release: () => void;
}

/** The database as a run sees it that is stopped, once, `when` it runs the first statement that matches. */
function holdAt(statement: RegExp, when: 'before' | 'after'): Barrier {
  const arrived = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  let armed = true;
  const query = async (text: string, values?: unknown[]) => {
    const holds = armed && statement.test(text);
    if (holds) armed = false;
    const wait = () => {
      arrived.resolve(undefined);
      return released.promise;
    };
    if (holds && when === 'before') await wait();
    const result = await harness.main.pool.query(text, values);
    if (holds && when === 'after') await wait();
    return result;
  };
  const held = { ...harness.main, pool: { query } as unknown as Database['pool'] };
  return { database: held, arrived: arrived.promise, release: () => released.resolve(undefined) };
}

/** Starts the run of a worker that will be taken for dead, and waits until it hangs in its call of the provider. */
async function startHeldByProvider(cabinetId: number, changedIds?: ChangedIds, text = '') {
  const held = harness.provider.hold((inputs) => inputs.join('').includes(text));
  const signal = new AbortController().signal;
  const outcome = harness
    .anotherIndexer()
    .run({ cabinetId, jobId: 'zombie', changedIds, signal })
    .then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code,
    );
  await held.arrived;
  return { release: held.release, outcome };
}

describe('a run that another one has replaced', () => {
  it('does not bring back B when a row went A, B, A while B was being embedded', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'products', cabinetId, { name: 'А' });
    await harness.run(cabinetId, { products: [id] });
    const chunkOfA = await harness.chunks(cabinetId);

    await pool().query(`update wb_products set name = 'Б' where id = $1`, [id]);
    const zombie = await startHeldByProvider(cabinetId, { products: [id] });
    await pool().query(`update wb_products set name = 'А' where id = $1`, [id]);
    await harness.run(cabinetId, { products: [id] });
    zombie.release();

    assert.equal(await zombie.outcome, 'lease_lost');
    assert.deepEqual(await harness.chunks(cabinetId), chunkOfA);
  });

  it('does not bring back the chunk of a row deleted while its text was being embedded', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'reviews', cabinetId, { text: 'Удалят' });
    const zombie = await startHeldByProvider(cabinetId, { reviews: [id] });
    await pool().query('delete from wb_reviews where id = $1', [id]);
    await harness.run(cabinetId, { reviews: [id] });
    zombie.release();

    assert.equal(await zombie.outcome, 'lease_lost');
    assert.equal((await harness.chunks(cabinetId)).size, 0);
  });

  it('does not delete a chunk that the run after it found to be right', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'products', cabinetId, { name: 'Вернут' });
    await harness.run(cabinetId, { products: [id] });
    await pool().query('update wb_products set is_active = false where id = $1', [id]);
    const barrier = holdAt(/from unnest.*rag_metadata/s, 'after');
    const { signal } = new AbortController();
    const zombie = harness
      .anotherIndexer({ vector: { ...harness.main, pool: barrier.database.pool } })
      .run({ cabinetId, jobId: 'zombie', changedIds: { products: [id] }, signal });
    const outcome = assert.rejects(zombie, { code: 'lease_lost' });
    await barrier.arrived;
    await pool().query('update wb_products set is_active = true where id = $1', [id]);
    await harness.run(cabinetId, { products: [id] });
    barrier.release();
    await outcome;
    assert.equal((await harness.chunks(cabinetId)).size, 1);
  });

  it('does not speak for the run that replaced it: status and records are those of the newer one', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'sales', cabinetId, { product_name: 'Первый текст' });
    // Of the texts, and of the harmless word that follows.
    harness.provider.respondWith({ kind: 'status', status: 503 }, { kind: 'status', status: 503 });
    const zombie = await startHeldByProvider(cabinetId, { sales: [id] });
    zombie.release();
    assert.equal(await zombie.outcome, 'embedding_unavailable', 'not replaced, it speaks');
    assert.equal((await readRecord(harness, cabinetId)).status['indexing_status'], 'pending');

    // After an outage the embedder lets one call go first and the others wait: this is that one.
    await harness.run(cabinetId, { reviews: [await insertRow(pool(), 'reviews', cabinetId)] });

    const replaced = await startHeldByProvider(cabinetId, { sales: [id] }, 'Первый');
    await pool().query(`update wb_sales set product_name = 'Второй текст' where id = $1`, [id]);
    const newer = await startHeldByProvider(cabinetId, undefined, 'Второй');
    replaced.release();
    assert.equal(await replaced.outcome, 'lease_lost');
    const { status } = await readRecord(harness, cabinetId);
    assert.deepEqual([status['indexing_status'], status['last_error']], ['in_progress', null]);
    newer.release();
    assert.equal(await newer.outcome, 'done');
    const { rows } = await pool().query<{ status: string }>(
      'select status from rag_index_runs where cabinet_id = $1 order by id',
      [cabinetId],
    );
    assert.deepEqual(
      rows.map((row) => row.status),
      ['completed', 'abandoned', 'completed'],
    );
    assert.equal((await readRecord(harness, cabinetId)).status['indexing_status'], 'completed');
  });

  it('leaves no record in a cabinet that was deleted and forgotten meanwhile', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'orders', cabinetId);
    const barrier = holdAt(/rag_index_runs/, 'before');
    const { signal } = new AbortController();
    const zombie = harness
      .anotherIndexer({ vector: { ...harness.main, pool: barrier.database.pool } })
      .run({ cabinetId, jobId: 'zombie', changedIds: { orders: [id] }, signal });
    const outcome = assert.rejects(zombie, { code: 'lease_lost' });
    await barrier.arrived;
    await pool().query('delete from wb_cabinets where id = $1', [cabinetId]);
    await harness.run(cabinetId);
    barrier.release();
    await outcome;
    assert.deepEqual(await readRecord(harness, cabinetId), { run: {}, status: {} });
  });
});

describe('a run whose rows change while it embeds', () => {
  it('is put right by the run of that change: the row deleted meanwhile has no chunk', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'reviews', cabinetId, { text: 'Пока жив' });
    const slow = await startHeldByProvider(cabinetId, { reviews: [id] });
    await pool().query('delete from wb_reviews where id = $1', [id]);
    slow.release();
    assert.equal(await slow.outcome, 'done');
    await harness.run(cabinetId, { reviews: [id] });
    assert.equal((await harness.chunks(cabinetId)).size, 0);
    assert.equal((await readRecord(harness, cabinetId)).status['total_chunks'], 0);
  });

  it('is put right by the run of that change: a cabinet deleted meanwhile leaves nothing', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'reviews', cabinetId, { text: 'Кабинет удалят' });
    const slow = await startHeldByProvider(cabinetId, { reviews: [id] });
    await pool().query('delete from wb_cabinets where id = $1', [cabinetId]);
    slow.release();
    assert.equal(await slow.outcome, 'done');
    await harness.run(cabinetId);
    assert.equal((await harness.chunks(cabinetId)).size, 0);
    assert.deepEqual(await readRecord(harness, cabinetId), { run: {}, status: {} });
  });
});
