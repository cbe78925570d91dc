import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SOURCE_NAMES, tableOf } from '../../src/source-tables.ts';
import { insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

/** A column that the chunk quotes. */
const QUOTED = {
  orders: 'brand',
  products: 'brand',
  stocks: 'size',
  reviews: 'text',
  sales: 'size',
} as const;

/** Whatever a chunk quotes beside the keys of the row. */
const DROPPABLE = {
  orders: ['brand', 'status', 'price'],
  products: ['name', 'brand', 'in_stock'],
  stocks: ['brand', 'discount'],
  reviews: ['pros', 'bables', 'product_name'],
  sales: ['type', 'amount'],
} as const;

describe('a table that somebody has changed', () => {
  let withMore: TestDatabase;
  let withLess: TestDatabase;
  before(async () => {
    withMore = await createTestDatabase();
    withLess = await createTestDatabase();
  });
  after(async () => {
    await withMore.drop();
    await withLess.drop();
  });

  for (const source of SOURCE_NAMES) {
    const table = tableOf(source);

    it(`${table} with a column of json more is written, dated and captured as before`, async () => {
      const { pool, embedded } = withMore;
      const cabinet = await insertCabinet(pool);
      const id = await insertRow(pool, source, cabinet);
      for (const type of ['json', 'xml', 'point']) {
        if (type === 'xml' && embedded) continue; // that engine is built without it
        await pool.query(`alter table ${table} add column extra_${type} ${type}`);
      }
      await takeChanges(pool);
      const updatedAt = async () =>
        (await pool.query<{ at: Date }>(`select updated_at as at from ${table} where id = $1`, [id])).rows[0]!
          .at;
      await pool.query(`update ${table} set updated_at = '2020-01-01'`);
      await pool.query(`update ${table} set extra_json = '{"a": 1}', extra_point = '(1, 2)'`);
      if (source !== 'stocks') assert.ok((await updatedAt()).getUTCFullYear() > 2020);
      assert.deepEqual(await takeChanges(pool), [], 'no chunk quotes it');
      await pool.query(`update ${table} set ${QUOTED[source]} = 'новый'`);
      assert.deepEqual(await takeChanges(pool), [`${cabinet} ${source} ${id}`]);
      assert.ok((await updatedAt()).getUTCFullYear() > 2020);
    });

    it(`${table} without a column that chunks quote is written and captured`, async () => {
      const { pool } = withLess;
      const cabinet = await insertCabinet(pool);
      const id = await insertRow(pool, source, cabinet);
      const update = () =>
        pool.query(`update ${table} set nm_id = coalesce(nm_id, 0) + 1 where id = $1`, [id]);
      await update(); // planned while all columns are there, on some connection of the pool
      for (const column of DROPPABLE[source]) {
        await pool.query(`alter table ${table} drop column ${column} cascade`); // views of dashboards go with it
        await takeChanges(pool);
        await update();
        const changes = await takeChanges(pool);
        assert.ok(changes.includes(`${cabinet} ${source} ${id}`), `without ${column}: ${changes.join()}`);
        await pool.query(`update ${table} set updated_at = now()`);
        assert.deepEqual(await takeChanges(pool), [], 'nothing that a chunk quotes');
      }
      await insertRow(pool, source, cabinet);
      await pool.query(`delete from ${table} where id = $1`, [id]);
    });
  }
});
