import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { SOURCE_NAMES, type SourceName } from '../../src/source-tables.ts';
import { insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

/** Columns that the chunk quotes or that decide whether there is one (docs/chunks.md). */
const MEANINGFUL: Record<SourceName, string> = {
  orders: `order_id nm_id article name brand category subject size barcode quantity price total_price customer_price
    discount_percent spp_percent warehouse_from warehouse_to order_date status created_at`,
  products:
    'name nm_id vendor_code brand category price discount_price rating reviews_count in_stock is_active',
  stocks: `nm_id article name brand category subject size barcode warehouse_name quantity quantity_full
    in_way_to_client in_way_from_client price discount`,
  reviews:
    'nm_id product_name rating created_date color matching_size is_answered bables pros cons text created_at',
  sales: `sale_id order_id nm_id product_name brand size barcode amount sale_date type status is_cancel created_at`,
};

/** Columns that no chunk quotes. */
const MEANINGLESS: Record<SourceName, string> = {
  orders: `g_number is_cancel cancel_date warehouse_type country okrug last_change_date updated_at`,
  products: `image_url imt_id description discount_percent card_rating seller_stock wb_updated_at trashed_at created_at
    updated_at`,
  stocks: 'chrt_id warehouse_id last_updated source created_at updated_at',
  reviews:
    'review_id updated_date user_name was_viewed answer_text size order_status parent_review_id updated_at',
  sales: `g_number article category subject warehouse_from warehouse_to total_price price_with_discount for_pay
    payment_sale_amount discount_percent spp_percent last_change_date updated_at`,
};

/** Keys, which tests/database/capture.test.ts covers, and columns that nobody can write. */
const ELSEWHERE: Record<SourceName, string> = {
  orders: 'id cabinet_id',
  products: 'id cabinet_id',
  stocks: 'id cabinet_id size_key warehouse_key',
  reviews: 'id cabinet_id',
  sales: 'id cabinet_id',
};

/** Two different values by type. */
const VALUES: Record<string, readonly [string, string]> = {
  text: ['первое', 'второе'],
  bigint: ['41', '42'],
  numeric: ['10.5', '10.51'],
  boolean: ['false', 'true'],
  jsonb: ['["цвет"]', '["цвет", "размер"]'],
  'timestamp with time zone': ['2026-01-01 00:00+03', '2026-01-02 00:00+03'],
};

/** Of columns that take only certain values. */
const OWN_VALUES: Record<string, readonly [string, string]> = {
  source: ['wb-warehouses', 'warehouse-remains'],
};

const list = (columns: string) => columns.split(/\s+/);

let database: TestDatabase;
let pool: pg.Pool;
let cabinet: number;
let types: Map<string, { type: string; nullable: boolean }>;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  cabinet = await insertCabinet(pool);
  const { rows } = await pool.query<{ key: string; type: string; nullable: boolean }>(
    `select table_name || '.' || column_name as key, data_type as type, is_nullable = 'YES' as nullable
     from information_schema.columns where table_schema = 'public' and table_name like 'wb\\_%'`,
  );
  types = new Map(rows.map(({ key, ...rest }) => [key, rest]));
});
after(() => database.drop());

/** The changes of a row that each of the updates of one column leaves: to a value, to another one, and to and from null. */
async function changesOfUpdates(
  source: SourceName,
  column: string,
): Promise<{ step: string; changes: string[]; own: string }[]> {
  const id = await insertRow(pool, source, cabinet);
  const { type, nullable } = types.get(`wb_${source}.${column}`)!;
  const [first, second] = OWN_VALUES[column] ?? VALUES[type]!;
  const steps = [first, second, ...(nullable ? [null, first] : [])];
  const results = [];
  await takeChanges(pool);
  for (const value of steps) {
    await pool.query(`update wb_${source} set ${column} = $1 where id = $2`, [value, id]);
    const own = `${cabinet} ${source} ${id}`;
    results.push({ step: `${column} = ${String(value)}`, changes: await takeChanges(pool), own });
  }
  await pool.query(`delete from wb_${source}`);
  await takeChanges(pool);
  return results;
}

for (const source of SOURCE_NAMES) {
  describe(`wb_${source}`, () => {
    it('every column is known to this test', () => {
      const there = [...types.keys()]
        .filter((key) => key.startsWith(`wb_${source}.`))
        .map((key) => key.split('.')[1]!);
      const known = [MEANINGFUL[source], MEANINGLESS[source], ELSEWHERE[source]].flatMap(list);
      assert.deepEqual([...new Set(known)].sort(), there.sort());
      assert.equal(known.length, there.length, 'a column is listed twice');
    });

    for (const column of list(MEANINGFUL[source])) {
      it(`an update of ${column} leaves a change`, async () => {
        for (const { step, changes, own } of await changesOfUpdates(source, column)) {
          assert.ok(changes.includes(own), `${step}: ${changes.join(', ')}`);
        }
      });
    }

    for (const column of list(MEANINGLESS[source])) {
      it(`an update of ${column} leaves no change`, async () => {
        for (const { step, changes } of await changesOfUpdates(source, column))
          assert.deepEqual(changes, [], step);
      });
    }
  });
}

describe('wb_cabinets', () => {
  for (const [column, value] of Object.entries({
    name: 'Другое имя',
    api_key: 'другой ключ',
    last_sync_at: '2026-01-01',
    created_at: '2026-01-01',
    updated_at: '2026-01-01',
  })) {
    it(`an update of ${column} leaves no change`, async () => {
      await pool.query(`update wb_cabinets set ${column} = $1`, [value]);
      assert.deepEqual(await takeChanges(pool), []);
    });
  }
});

describe('numbers', () => {
  it('the same number written with more zeros leaves no change, for the chunk writes it without', async () => {
    await insertRow(pool, 'orders', cabinet, { price: '1990.5' });
    await takeChanges(pool);
    await pool.query('update wb_orders set price = 1990.500');
    assert.deepEqual(await takeChanges(pool), []);
  });
});
