import type pg from 'pg';
import type { WbId } from '../../client/client.ts';
import { upsertRows, upsertStatement, type WriteCounts } from './upsert.ts';

const SAVE_PRODUCTS = upsertStatement({
  table: 'wb_products',
  key: 'nm_id',
  given: {
    nm_id: 'bigint',
    imt_id: 'bigint',
    name: 'text',
    vendor_code: 'text',
    brand: 'text',
    category: 'text',
    description: 'text',
    image_url: 'text',
    wb_updated_at: 'timestamptz',
  },
  // A card that is listed is not in the trash.
  derived: { is_active: 'true', trashed_at: 'null::timestamptz' },
});

export interface ProductRecord {
  nm_id: WbId;
  imt_id: WbId | null;
  name: string | null;
  vendor_code: string | null;
  brand: string | null;
  category: string | null;
  description: string | null;
  image_url: string | null;
  wb_updated_at: string | null;
}

export function saveProducts(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly ProductRecord[],
): Promise<WriteCounts> {
  return upsertRows(client, SAVE_PRODUCTS, cabinetId, rows, (row) => row.nm_id);
}

const DELETE_SIZES = `
delete from public.wb_product_sizes
where cabinet_id = $1::bigint and nm_id = any($2::bigint[]) and chrt_id <> all($3::bigint[])`;

const SAVE_SIZES = `
insert into public.wb_product_sizes as s (cabinet_id, nm_id, chrt_id, size, barcodes)
select $1::bigint, nm_id, chrt_id, size, array(select jsonb_array_elements_text(barcodes))
from jsonb_to_recordset($2::jsonb) as g (nm_id bigint, chrt_id bigint, size text, barcodes jsonb)
on conflict (cabinet_id, nm_id, chrt_id) do update set size = excluded.size, barcodes = excluded.barcodes
where (s.size, s.barcodes) is distinct from (excluded.size, excluded.barcodes)`;

/** Makes the sizes of these cards exactly the given ones; what is known of their prices stays. Idempotent. */
export async function saveSizes(
  client: pg.PoolClient,
  cabinetId: number,
  nmIds: readonly WbId[],
  sizes: readonly { nm_id: WbId; chrt_id: WbId; size: string | null; barcodes: readonly string[] }[],
): Promise<void> {
  const unique = [...new Map(sizes.map((size) => [`${size.nm_id}/${size.chrt_id}`, size])).values()];
  await client.query(DELETE_SIZES, [cabinetId, nmIds, unique.map(({ chrt_id }) => chrt_id)]);
  await client.query(SAVE_SIZES, [cabinetId, JSON.stringify(unique)]);
}

const RETIRE_TRASHED = `
with trashed as (
  select * from jsonb_to_recordset($2::jsonb) as g (nm_id bigint, trashed_at timestamptz)
), retired as (
  update public.wb_products p
  set is_active = false, trashed_at = t.trashed_at
  from trashed t
  where p.cabinet_id = $1::bigint and p.nm_id = t.nm_id
    and (p.is_active, p.trashed_at) is distinct from (false, t.trashed_at)
  returning 1
)
select 0 as created, count(*)::int as updated from retired`;

/** Makes products inactive whose card is in the trash; cards that were never seen otherwise are no products. Idempotent. */
export async function retireTrashedProducts(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly { nm_id: WbId; trashed_at: string | null }[],
): Promise<WriteCounts> {
  const unique = [...new Map(rows.map((row) => [row.nm_id, row])).values()];
  const result = await client.query<WriteCounts>(RETIRE_TRASHED, [cabinetId, JSON.stringify(unique)]);
  return result.rows[0]!;
}

const RETIRE_MISSING = `
with missing as (
  select nm_id from public.wb_products
  where cabinet_id = $1::bigint and is_active is distinct from false
    and wb_updated_at is not null and created_at < $3::timestamptz
  except
  select unnest($2::bigint[])
), retired as (
  update public.wb_products p
  set is_active = false
  from missing
  where p.cabinet_id = $1::bigint and p.nm_id = missing.nm_id
  returning 1
)
select 0 as created, count(*)::int as updated from retired`;

/** Makes inactive what came from Wildberries once and is not among all of its cards any more. Idempotent. */
export async function retireMissingProducts(
  client: pg.PoolClient,
  cabinetId: number,
  nmIds: readonly WbId[],
  listedAt: Date,
): Promise<WriteCounts> {
  return (await client.query<WriteCounts>(RETIRE_MISSING, [cabinetId, nmIds, listedAt])).rows[0]!;
}
