import type pg from 'pg';
import type { WbId } from '../../client/client.ts';
import type { WriteCounts } from './upsert.ts';

/** Money and percentages as exact decimal text. */
export interface PriceRecord {
  nm_id: WbId;
  price: string | null;
  discount_price: string | null;
  discount_percent: string | null;
  sizes: { chrt_id: WbId | null; price: string | null; discount_price: string | null }[];
}

const SAVE_PRICES = `
with given as (
  select * from jsonb_to_recordset($2::jsonb)
    as g (nm_id bigint, price numeric, discount_price numeric, discount_percent numeric, sizes jsonb)
), size_prices as (
  update public.wb_product_sizes s
  set price = z.price, discount_price = z.discount_price
  from given g
  cross join lateral jsonb_to_recordset(g.sizes) as z (chrt_id bigint, price numeric, discount_price numeric)
  where s.cabinet_id = $1::bigint and s.nm_id = g.nm_id and s.chrt_id = z.chrt_id
    and (s.price, s.discount_price) is distinct from (z.price, z.discount_price)
), changed as (
  update public.wb_products p
  set price = g.price, discount_price = g.discount_price, discount_percent = g.discount_percent
  from given g
  where p.cabinet_id = $1::bigint and p.nm_id = g.nm_id
    and (p.price, p.discount_price, p.discount_percent)
      is distinct from (g.price, g.discount_price, g.discount_percent)
  returning 1
)
select 0 as created, count(*)::int as updated from changed`;

/** Sets the prices of products that are there, where they differ. Idempotent. */
export async function savePrices(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly PriceRecord[],
): Promise<WriteCounts> {
  const unique = [...new Map(rows.map((row) => [row.nm_id, row])).values()];
  return (await client.query<WriteCounts>(SAVE_PRICES, [cabinetId, JSON.stringify(unique)])).rows[0]!;
}
