import type pg from 'pg';
import type { WbId } from '../../client/client.ts';
import type { WriteCounts } from './upsert.ts';

const SAVE_RATINGS = `
with given as (
  select * from jsonb_to_recordset($2::jsonb)
    as g (nm_id bigint, rating numeric, card_rating numeric, seller_stock bigint)
), changed as (
  update public.wb_products p
  set rating = g.rating, card_rating = g.card_rating, seller_stock = g.seller_stock
  from given g
  where p.cabinet_id = $1::bigint and p.nm_id = g.nm_id
    and (p.rating, p.card_rating, p.seller_stock) is distinct from (g.rating, g.card_rating, g.seller_stock)
  returning 1
)
select 0 as created, count(*)::int as updated from changed`;

export interface RatingRecord {
  nm_id: WbId;
  rating: string | null;
  card_rating: string | null;
  seller_stock: number | null;
}

/** Sets the ratings of products that are there, where they differ. Idempotent. */
export async function saveRatings(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly RatingRecord[],
): Promise<WriteCounts> {
  const unique = [...new Map(rows.map((row) => [row.nm_id, row])).values()];
  return (await client.query<WriteCounts>(SAVE_RATINGS, [cabinetId, JSON.stringify(unique)])).rows[0]!;
}
