import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type pg from 'pg';
import { SOURCE_NAMES } from '../../src/source-tables.ts';
import { emptyDatabase, insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

let database: TestDatabase;
let pool: pg.Pool;
let cabinet: number;
let otherCabinet: number;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
after(() => database.drop());
beforeEach(async () => {
  await emptyDatabase(pool);
  cabinet = await insertCabinet(pool);
  otherCabinet = await insertCabinet(pool);
  await takeChanges(pool);
});

/** Inserts a row whose own change is out of the way. */
async function settledRow(
  source: (typeof SOURCE_NAMES)[number],
  values: Record<string, unknown> = {},
  of = cabinet,
) {
  const id = await insertRow(pool, source, of, values);
  await takeChanges(pool);
  return id;
}

async function idsOf(source: string): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(`select id::float8 as id from wb_${source} order by id`);
  return rows.map((row) => row.id);
}

async function assertChanges(expected: string[]): Promise<void> {
  assert.deepEqual(await takeChanges(pool), [...expected].sort());
}

for (const source of SOURCE_NAMES) {
  const table = `wb_${source}`;
  const key = {
    orders: 'order_id',
    products: 'nm_id',
    stocks: 'nm_id',
    reviews: 'review_id',
    sales: 'sale_id',
  }[source];
  const quoted = { orders: 'brand', products: 'brand', stocks: 'brand', reviews: 'text', sales: 'brand' }[
    source
  ];
  const conflict = source === 'stocks' ? 'cabinet_id, nm_id, size_key, warehouse_key' : `cabinet_id, ${key}`;
  const upsert = (keys: string, value: string) =>
    `insert into ${table} (cabinet_id, ${key}, ${quoted}) select ${cabinet}, k, '${value}' from unnest(array[${keys}]) k
     on conflict (${conflict}) do update set ${quoted} = excluded.${quoted}`;

  describe(table, () => {
    it('an insert leaves a change', async () => {
      const id = await insertRow(pool, source, cabinet);
      await assertChanges([`${cabinet} ${source} ${id}`]);
    });

    it('an insert of several rows leaves a change of each, under its own cabinet', async () => {
      await pool.query(
        `insert into ${table} (cabinet_id, ${key}) values (${cabinet}, '1'), (${otherCabinet}, '1'), (${cabinet}, '2')`,
      );
      const { rows } = await pool.query<{ change: string }>(
        `select cabinet_id || ' ${source} ' || id as change from ${table}`,
      );
      assert.equal(rows.length, 3);
      await assertChanges(rows.map((row) => row.change));
    });

    it('an insert … select of 2 000 rows leaves a change of each', async () => {
      await pool.query(
        `insert into ${table} (cabinet_id, ${key}) select ${cabinet}, n from generate_series(1, 2000) n`,
      );
      const ids = await idsOf(source);
      assert.equal(ids.length, 2000);
      await assertChanges(ids.map((id) => `${cabinet} ${source} ${id}`));
    });

    it('an upsert of a new row leaves a change', async () => {
      await pool.query(upsert('1', 'новое'));
      await assertChanges((await idsOf(source)).map((id) => `${cabinet} ${source} ${id}`));
    });

    it('an upsert that changes a row leaves a change', async () => {
      const id = await settledRow(source, { [key]: '1', [quoted]: 'старое' });
      await pool.query(upsert('1', 'новое'));
      await assertChanges([`${cabinet} ${source} ${id}`]);
    });

    it('an upsert that writes what is there leaves no change', async () => {
      await settledRow(source, { [key]: '1', [quoted]: 'то же' });
      await pool.query(upsert('1', 'то же'));
      await assertChanges([]);
    });

    it('an upsert of a new, a changed and an equal row leaves changes of the first two', async () => {
      const changed = await settledRow(source, { [key]: '1', [quoted]: 'старое' });
      const same = await settledRow(source, { [key]: '2', [quoted]: 'новое' });
      await pool.query(upsert('1, 2, 3', 'новое'));
      const fresh = (await idsOf(source)).find((id) => id !== changed && id !== same);
      await assertChanges([`${cabinet} ${source} ${changed}`, `${cabinet} ${source} ${fresh ?? NaN}`]);
    });

    it('on conflict do nothing leaves a change of the row that it inserts only', async () => {
      const there = await settledRow(source, { [key]: '1' });
      await pool.query(
        `insert into ${table} (cabinet_id, ${key}) values (${cabinet}, '1'), (${cabinet}, '2') on conflict do nothing`,
      );
      const fresh = (await idsOf(source)).filter((id) => id !== there);
      assert.equal(fresh.length, 1);
      await assertChanges([`${cabinet} ${source} ${fresh[0]!}`]);
    });

    it('an update that changes nothing leaves no change', async () => {
      await settledRow(source, { [quoted]: 'то же' });
      await pool.query(`update ${table} set ${quoted} = ${quoted}`);
      await assertChanges([]);
    });

    it('an update of many rows leaves changes of those that differ only', async () => {
      await settledRow(source, { [key]: '1', [quoted]: 'новое' });
      const old = await settledRow(source, { [key]: '2', [quoted]: 'старое' });
      await pool.query(`update ${table} set ${quoted} = 'новое'`);
      await assertChanges([`${cabinet} ${source} ${old}`]);
    });

    it('a changed primary key leaves changes of the old and the new id', async () => {
      const id = await settledRow(source, { [quoted]: 'текст' });
      await pool.query(`update ${table} set id = id + 5000 where id = $1`, [id]);
      const own = (await takeChanges(pool)).filter((change) => change.split(' ')[1] === source);
      assert.deepEqual(own, [`${cabinet} ${source} ${id}`, `${cabinet} ${source} ${id + 5000}`].sort());
    });

    it('two rows that swap their primary keys leave changes of both', async () => {
      const first = await settledRow(source, { [quoted]: 'один' });
      const second = await settledRow(source, { [quoted]: 'два' });
      await pool.query('begin; alter table ' + table + ' drop constraint ' + table + '_pkey; commit');
      await pool.query(`update ${table} set id = ${first} + ${second} - id`);
      const own = (await takeChanges(pool)).filter((change) => change.split(' ')[1] === source);
      await pool.query(`alter table ${table} add primary key (id)`);
      assert.deepEqual(own, [`${cabinet} ${source} ${first}`, `${cabinet} ${source} ${second}`].sort());
    });

    it('a row that moves to another cabinet leaves a change in both', async () => {
      const id = await settledRow(source, { [quoted]: 'текст' });
      await pool.query(`update ${table} set cabinet_id = ${otherCabinet}`);
      const own = (await takeChanges(pool)).filter((change) => change.split(' ')[1] === source);
      assert.deepEqual(own, [`${cabinet} ${source} ${id}`, `${otherCabinet} ${source} ${id}`].sort());
    });

    it('a delete leaves a change', async () => {
      const id = await settledRow(source);
      await settledRow(source);
      await pool.query(`delete from ${table} where id = $1`, [id]);
      await assertChanges([`${cabinet} ${source} ${id}`]);
    });

    it('a delete that finds nothing leaves no change', async () => {
      await settledRow(source);
      await pool.query(`delete from ${table} where id = -1`);
      await assertChanges([]);
    });

    it('a truncate leaves a change of every cabinet', async () => {
      await settledRow(source);
      await pool.query(`truncate ${table}`);
      await assertChanges([`${cabinet} cabinet`, `${otherCabinet} cabinet`]);
    });

    it('a merge leaves changes of what it inserts, updates and deletes', async () => {
      const updated = await settledRow(source, { [key]: '1', [quoted]: 'старое' });
      const deleted = await settledRow(source, { [key]: '2', [quoted]: 'лишнее' });
      await settledRow(source, { [key]: '3', [quoted]: 'новое' });
      await pool.query(
        `merge into ${table} t using (values ('1'), ('2'), ('3'), ('4')) as s (k)
           on t.cabinet_id = ${cabinet} and t.${key}::text = s.k
         when matched and s.k = '2' then delete
         when matched then update set ${quoted} = 'новое'
         when not matched then
           insert (cabinet_id, ${key}, ${quoted}) values (${cabinet}, ${key === 'nm_id' ? 's.k::bigint' : 's.k'}, 'новое')`,
      );
      const inserted = Math.max(...(await idsOf(source)));
      await assertChanges([updated, deleted, inserted].map((id) => `${cabinet} ${source} ${id}`));
    });

    it('a statement that deletes and inserts by a common table expression leaves changes of both', async () => {
      const id = await settledRow(source, { [key]: '1' });
      await pool.query(
        `with gone as (delete from ${table} where id = ${id} returning cabinet_id)
         insert into ${table} (cabinet_id, ${key}) select cabinet_id, '2' from gone`,
      );
      const [fresh] = await idsOf(source);
      await assertChanges([`${cabinet} ${source} ${id}`, `${cabinet} ${source} ${fresh!}`]);
    });

    it('10 000 rows inserted, updated and deleted by one statement each leave few outbox rows', async () => {
      const statements = [
        `insert into ${table} (cabinet_id, ${key}, ${quoted}) select ${cabinet}, n, 'a' from generate_series(1, 10000) n`,
        `update ${table} set ${quoted} = 'b'`,
        `delete from ${table}`,
      ];
      for (const statement of statements) {
        await pool.query(statement);
        const { rows } = await pool.query<{ count: number }>(
          'select count(*)::int as count from rag_changes',
        );
        assert.ok(rows[0]!.count <= 25, `${statement.slice(0, 6)}: ${rows[0]!.count} outbox rows`);
        assert.equal((await takeChanges(pool)).length, 10_000);
      }
    });
  });
}

describe('cabinets', () => {
  it('deleting a cabinet leaves a change of it and of every row that goes with it', async () => {
    const gone: string[] = [`${cabinet} cabinet`];
    for (const source of SOURCE_NAMES) {
      gone.push(`${cabinet} ${source} ${await settledRow(source)}`);
      await settledRow(source, {}, otherCabinet);
    }
    await pool.query('delete from wb_cabinets where id = $1', [cabinet]);
    await assertChanges(gone);
  });

  it('switching a cabinet off and on again leaves a change of it each time', async () => {
    await pool.query('update wb_cabinets set is_active = false where id = $1', [cabinet]);
    await assertChanges([`${cabinet} cabinet`]);
    await pool.query('update wb_cabinets set is_active = true where id = $1', [cabinet]);
    await assertChanges([`${cabinet} cabinet`]);
  });

  it('an upsert that switches a cabinet off leaves a change of it', async () => {
    await pool.query(
      `insert into wb_cabinets (id, name, is_active) values (${cabinet}, 'Кабинет', false), (${otherCabinet}, 'Кабинет', true)
       on conflict (id) do update set is_active = excluded.is_active`,
    );
    await assertChanges([`${cabinet} cabinet`]);
  });

  it('a new cabinet leaves no change, for it has no rows yet', async () => {
    await insertCabinet(pool);
    await assertChanges([]);
  });

  it('a cabinet whose id changes leaves a change of the old and the new one', async () => {
    await pool.query('update wb_cabinets set id = id + 5000 where id = $1', [cabinet]);
    await assertChanges([`${cabinet} cabinet`, `${cabinet + 5000} cabinet`]);
  });

  it('one truncate of several tables leaves a change of every cabinet', async () => {
    await settledRow('orders');
    await pool.query('truncate wb_orders, wb_sales, wb_products');
    await assertChanges([`${cabinet} cabinet`, `${otherCabinet} cabinet`]);
  });

  it('truncating the cabinets with everything below leaves a change of every cabinet', async () => {
    await settledRow('orders');
    await settledRow('products', {}, otherCabinet);
    await pool.query('truncate wb_cabinets cascade');
    await assertChanges([`${cabinet} cabinet`, `${otherCabinet} cabinet`]);
  });

  it('a truncate in an old snapshot leaves a change of a cabinet that is newer than the snapshot', async (t) => {
    if (database.embedded) {
      t.skip('the embedded Postgres serves one transaction at a time');
      return;
    }
    const client = await pool.connect();
    try {
      await client.query('begin isolation level repeatable read');
      await client.query('select from wb_cabinets');
      const newer = await insertCabinet(pool);
      await insertRow(pool, 'orders', newer);
      await takeChanges(pool);
      await client.query('truncate wb_orders');
      await client.query('commit');
      assert.ok((await takeChanges(pool)).includes(`${newer} cabinet`));
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe('product names', () => {
  it('a new name of a product leaves a change of the product and of its nm_id', async () => {
    const id = await settledRow('products', { nm_id: 77, name: 'Кружка' });
    await pool.query(`update wb_products set name = 'Чашка'`);
    await assertChanges([`${cabinet} products ${id}`, `${cabinet} product_names 77`]);
  });

  it('a product that gets its first name, or loses its last, leaves a change of its nm_id', async () => {
    await settledRow('products', { nm_id: 77 });
    await pool.query(`update wb_products set name = 'Чашка'`);
    assert.ok((await takeChanges(pool)).includes(`${cabinet} product_names 77`));
    await pool.query(`update wb_products set name = null`);
    assert.ok((await takeChanges(pool)).includes(`${cabinet} product_names 77`));
  });

  it('a product that comes with a name leaves a change of its nm_id', async () => {
    const id = await insertRow(pool, 'products', cabinet, { nm_id: 77, name: 'Кружка' });
    await assertChanges([`${cabinet} products ${id}`, `${cabinet} product_names 77`]);
  });

  it('a product that comes without a name leaves no change of its nm_id', async () => {
    const id = await insertRow(pool, 'products', cabinet, { nm_id: 77 });
    await assertChanges([`${cabinet} products ${id}`]);
  });

  it('a deleted product leaves a change of its nm_id', async () => {
    const id = await settledRow('products', { nm_id: 77, name: 'Кружка' });
    await pool.query('delete from wb_products');
    await assertChanges([`${cabinet} products ${id}`, `${cabinet} product_names 77`]);
  });

  it('a product that gets another nm_id leaves a change of the old and the new one', async () => {
    const id = await settledRow('products', { nm_id: 77, name: 'Кружка' });
    await pool.query('update wb_products set nm_id = 78');
    await assertChanges([
      `${cabinet} products ${id}`,
      `${cabinet} product_names 77`,
      `${cabinet} product_names 78`,
    ]);
  });

  it('a product that moves to another cabinet leaves a change of its nm_id in both', async () => {
    const id = await settledRow('products', { nm_id: 77, name: 'Кружка' });
    await pool.query(`update wb_products set cabinet_id = ${otherCabinet}`);
    const changes = [cabinet, otherCabinet].flatMap((of) => [
      `${of} products ${id}`,
      `${of} product_names 77`,
    ]);
    await assertChanges(changes);
  });

  it('two products that swap their names leave changes of both nm_ids', async () => {
    await settledRow('products', { nm_id: 77, name: 'Кружка' });
    await settledRow('products', { nm_id: 78, name: 'Чашка' });
    await pool.query(`update wb_products set name = case nm_id when 77 then 'Чашка' else 'Кружка' end`);
    const names = (await takeChanges(pool)).filter((change) => change.includes('product_names'));
    assert.deepEqual(names, [`${cabinet} product_names 77`, `${cabinet} product_names 78`]);
  });

  it('any other column of a product leaves no change of its nm_id', async () => {
    const id = await settledRow('products', { nm_id: 77, name: 'Кружка' });
    await pool.query(
      `update wb_products set price = 5, brand = 'Б', rating = 4.9, in_stock = false, is_active = false`,
    );
    await assertChanges([`${cabinet} products ${id}`]);
  });

  it('10 000 renamed products leave few outbox rows', async () => {
    await pool.query(
      `insert into wb_products (cabinet_id, nm_id) select ${cabinet}, n * 1000 from generate_series(1, 10000) n`,
    );
    await takeChanges(pool);
    await pool.query(`update wb_products set name = 'Кружка'`);
    const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from rag_changes');
    assert.ok(rows[0]!.count <= 50, `${rows[0]!.count} outbox rows`);
    assert.equal((await takeChanges(pool)).length, 20_000);
  });
});
