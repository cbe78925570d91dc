import type pg from 'pg';
import type { WbId } from '../../client/client.ts';
import { upsertRows, upsertStatement, type WriteCounts } from './upsert.ts';

export interface ReviewRecord {
  review_id: string;
  nm_id: WbId | null;
  product_name: string | null;
  text: string | null;
  pros: string | null;
  cons: string | null;
  rating: number | null;
  is_answered: boolean;
  answer_text: string | null;
  created_date: string | null;
  user_name: string | null;
  color: string | null;
  bables: readonly string[];
  matching_size: string | null;
  was_viewed: boolean | null;
  size: string | null;
  order_status: string | null;
  parent_review_id: string | null;
}

const SAVE_REVIEWS = upsertStatement({
  table: 'wb_reviews',
  key: 'review_id',
  given: {
    review_id: 'text',
    nm_id: 'bigint',
    product_name: 'text',
    text: 'text',
    pros: 'text',
    cons: 'text',
    rating: 'bigint',
    is_answered: 'boolean',
    answer_text: 'text',
    created_date: 'timestamptz',
    user_name: 'text',
    color: 'text',
    bables: 'jsonb',
    matching_size: 'text',
    was_viewed: 'boolean',
    size: 'text',
    order_status: 'text',
    parent_review_id: 'text',
  },
});

/** How many rows one statement takes: reviews may be long. */
const BATCH_ROWS = 1_000;

/** Idempotent; locks rows that differ. */
export async function saveReviews(
  client: pg.PoolClient,
  cabinetId: number,
  rows: readonly ReviewRecord[],
): Promise<WriteCounts> {
  let created = 0;
  let updated = 0;
  for (let start = 0; start < rows.length; start += BATCH_ROWS) {
    const batch = rows.slice(start, start + BATCH_ROWS);
    const written = await upsertRows(client, SAVE_REVIEWS, cabinetId, batch, (row) => row.review_id);
    created += written.created;
    updated += written.updated;
  }
  return { created, updated };
}

const REFRESH_REVIEW_COUNTS = `
update public.wb_products p
set reviews_count = derived.reviews_count
from (
  select p.id, (
      select count(*) from public.wb_reviews r where r.cabinet_id = p.cabinet_id and r.nm_id = p.nm_id
    ) as reviews_count
  from public.wb_products p
  -- One that was written by hand keeps what was written.
  where p.cabinet_id = $1::bigint and p.wb_updated_at is not null
) derived
where p.id = derived.id and p.reviews_count is distinct from derived.reviews_count`;

/**
 * How many reviews each product has: Wildberries tells their number for a period only, and all of them are here.
 * Idempotent; locks rows that differ.
 */
export async function refreshReviewCounts(client: pg.PoolClient, cabinetId: number): Promise<void> {
  await client.query(REFRESH_REVIEW_COUNTS, [cabinetId]);
}
