import type pg from 'pg';
import type { WbId } from '../../client/client.ts';
import { findDoubtful, NO_DOUBT, type StocksDoubt } from './stocks-doubt.ts';
import { addCounts, type WriteCounts } from './upsert.ts';

export type StockSource = 'wb-warehouses' | 'warehouse-remains';

/** Pieces of one size in one warehouse. A size is named by chrt_id, or by its barcode alone. */
export interface StockRecord {
  nm_id: WbId;
  chrt_id: WbId | null;
  size: string | null;
  barcode: string | null;
  warehouse_id: WbId | null;
  warehouse_name: string | null;
  quantity: number;
  in_way_to_client: number;
  in_way_from_client: number;
  quantity_full: number;
}

/** What the report leaves out is looked up: the size by chrt_id or barcode, the rest in the product. */
const SAVE_STOCKS = `
with given as (
  select * from jsonb_to_recordset($2::jsonb) as g (nm_id bigint, chrt_id bigint, size text, barcode text,
    warehouse_id bigint, warehouse_name text, quantity bigint, in_way_to_client bigint, in_way_from_client bigint,
    quantity_full bigint)
), incoming as (
  select i.nm_id, coalesce(i.chrt_id, z.chrt_id) as chrt_id, coalesce(i.size, z.size) as size,
    coalesce(i.barcode, z.barcodes[1]) as barcode, i.warehouse_id, i.warehouse_name, i.quantity, i.in_way_to_client,
    i.in_way_from_client, i.quantity_full, p.vendor_code as article, p.name, p.brand, p.category,
    coalesce(z.price, p.price) as price, p.discount_percent as discount,
    case
      when coalesce(i.chrt_id, z.chrt_id) is not null then 'chrt:' || coalesce(i.chrt_id, z.chrt_id)::text
      when i.size is not null then 'size:' || i.size
      when i.barcode is not null then 'barcode:' || i.barcode
      else ''
    end as size_key,
    case
      when i.warehouse_id is not null then 'id:' || i.warehouse_id::text
      when i.warehouse_name is not null then 'name:' || i.warehouse_name
      else ''
    end as warehouse_key
  from given i
  left join lateral (
    select chrt_id, size, barcodes, price from public.wb_product_sizes
    where cabinet_id = $1::bigint and nm_id = i.nm_id
      and (chrt_id = i.chrt_id or (i.chrt_id is null and i.barcode = any(barcodes)))
    limit 1
  ) z on true
  left join lateral (
    select name, vendor_code, brand, category, price, discount_percent from public.wb_products
    where cabinet_id = $1::bigint and nm_id = i.nm_id limit 1
  ) p on true
), compared as (
  select distinct on (i.nm_id, i.size_key, i.warehouse_key) i.*, s.id as stored_id,
    s.id is null or (s.chrt_id, s.article, s.name, s.brand, s.size, s.barcode, s.quantity, s.quantity_full,
      s.in_way_to_client, s.in_way_from_client, s.warehouse_id, s.warehouse_name, s.category, s.price, s.discount,
      s.source)
    is distinct from (i.chrt_id, i.article, i.name, i.brand, i.size, i.barcode, i.quantity, i.quantity_full,
      i.in_way_to_client, i.in_way_from_client, i.warehouse_id, i.warehouse_name, i.category, i.price, i.discount,
      $3::text) as differs
  from incoming i
  left join lateral (
    select * from public.wb_stocks
    where cabinet_id = $1::bigint and nm_id = i.nm_id and size_key = i.size_key and warehouse_key = i.warehouse_key
    limit 1
  ) s on true
), written as (
  insert into public.wb_stocks as t (cabinet_id, nm_id, chrt_id, article, name, brand, size, barcode, quantity,
    quantity_full, in_way_to_client, in_way_from_client, warehouse_id, warehouse_name, category, price, discount,
    source, last_updated)
  select $1::bigint, nm_id, chrt_id, article, name, brand, size, barcode, quantity, quantity_full, in_way_to_client,
    in_way_from_client, warehouse_id, warehouse_name, category, price, discount, $3::text, now()
  from compared where differs
  on conflict (cabinet_id, nm_id, size_key, warehouse_key) do update
  set chrt_id = excluded.chrt_id, article = excluded.article, name = excluded.name, brand = excluded.brand,
    size = excluded.size, barcode = excluded.barcode, quantity = excluded.quantity,
    quantity_full = excluded.quantity_full, in_way_to_client = excluded.in_way_to_client,
    in_way_from_client = excluded.in_way_from_client, warehouse_id = excluded.warehouse_id,
    warehouse_name = excluded.warehouse_name, category = excluded.category, price = excluded.price,
    discount = excluded.discount, source = excluded.source, last_updated = excluded.last_updated
  returning id, xmax = 0 as inserted
)
select id::text as id, inserted from written
union all
select stored_id::text, null from compared where not differs`;

/** Rows of this source that the snapshot does not have; $3: those that it has, $4: articles that may have more. */
const EMPTY_MISSING = `
with missing as (
  select id from public.wb_stocks
  where cabinet_id = $1::bigint and source = $2::text
    and (quantity, quantity_full, in_way_to_client, in_way_from_client) is distinct from (0, 0, 0, 0)
    and nm_id not in (select unnest($4::bigint[]))
  except
  select unnest($3::bigint[])
), emptied as (
  update public.wb_stocks s
  set quantity = 0, quantity_full = 0, in_way_to_client = 0, in_way_from_client = 0, last_updated = now()
  from missing
  where s.id = missing.id
  returning 1
)
select 0 as created, count(*)::int as updated from emptied`;

/**
 * A token of another kind gets another report: what the one before said would count twice. $3: articles that are in this
 * one; $4: articles that may be, of which it stays otherwise; null: any may be.
 */
const DELETE_OTHER_SOURCE = `
with deleted as (
  delete from public.wb_stocks
  where cabinet_id = $1::bigint and source <> $2::text
    and (nm_id in (select unnest($3::bigint[]))
      or $4::bigint[] is not null and nm_id not in (select unnest($4::bigint[])))
  returning 1
)
select 0 as created, count(*)::int as updated from deleted`;

const REFRESH_IN_STOCK = `
update public.wb_products p
set in_stock = derived.in_stock
from (
  select p.id,
    coalesce(p.seller_stock, 0) > 0 or exists (
      select from public.wb_stocks s where s.cabinet_id = p.cabinet_id and s.nm_id = p.nm_id and s.quantity > 0
    ) as in_stock
  from public.wb_products p
  -- One that was written by hand keeps what was written.
  where p.cabinet_id = $1::bigint and p.wb_updated_at is not null
) derived
where p.id = derived.id and p.in_stock is distinct from derived.in_stock`;

const BATCH_ROWS = 2_000;

/**
 * Puts a whole snapshot in the place of the one before: rows that it does not have any more hold nothing (they stay, so
 * that what ran out can be told), but for the articles that rows of no use may be of (see stocks-doubt.ts): of them only
 * what another report said goes, where this one has them. Rows written by hand are left alone. Idempotent; locks rows that
 * differ.
 */
export async function replaceStocks(
  client: pg.PoolClient,
  cabinetId: number,
  source: StockSource,
  rows: readonly StockRecord[],
  doubt: StocksDoubt = NO_DOUBT,
): Promise<WriteCounts> {
  const present: string[] = [];
  let created = 0;
  let updated = 0;
  for (let start = 0; start < rows.length; start += BATCH_ROWS) {
    const batch = JSON.stringify(rows.slice(start, start + BATCH_ROWS));
    const parameters = [cabinetId, batch, source];
    const saved = await client.query<{ id: string; inserted: boolean | null }>(SAVE_STOCKS, parameters);
    for (const { id, inserted } of saved.rows) {
      present.push(id);
      if (inserted === true) created++;
      if (inserted === false) updated++;
    }
  }
  const doubtful = await findDoubtful(client, cabinetId, doubt);
  const articles = [...new Set(rows.map((row) => row.nm_id))];
  const deleted = await client.query<WriteCounts>(DELETE_OTHER_SOURCE, [
    ...[cabinetId, source, articles],
    doubtful ?? null,
  ]);
  let written = addCounts({ created, updated }, deleted.rows[0]!);
  if (doubtful !== undefined) {
    const emptied = await client.query<WriteCounts>(EMPTY_MISSING, [cabinetId, source, present, doubtful]);
    written = addCounts(written, emptied.rows[0]!);
  }
  await client.query(REFRESH_IN_STOCK, [cabinetId]);
  return written;
}
