import type { Executor } from '../database/pool.ts';
import type { Period } from '../calendar.ts';
import { text } from './expressions.ts';
import {
  FILTER_VALUES,
  filterSql,
  filterValues,
  reviewSql,
  reviewValues,
  type RowFilter,
} from './filter-sql.ts';

/** A review as its themes are counted. Without the buyer's name, which is nobody's business. */
export interface WrittenReview {
  reviewId: string;
  nmId: number | null;
  rating: number | null;
  /** Day in the cabinet's zone. */
  date: string | null;
  text: string | null;
  pros: string | null;
  cons: string | null;
}

const FIRST_OF_FILTER = 6;

/**
 * Reviews of a period ($2 to $3, days of the zone $4) in which something is written, the newest $5. By the index on
 * (cabinet_id, created_date); locks nothing.
 */
const READ_WRITTEN_REVIEWS = `
  select r.review_id as "reviewId", r.nm_id::float8 as "nmId", r.rating::int as rating,
    to_char(r.created_date at time zone $4::text, 'YYYY-MM-DD') as date,
    ${text('r.text')} as text, ${text('r.pros')} as pros, ${text('r.cons')} as cons
  from wb_reviews r left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = r.nm_id
  where r.cabinet_id = $1::bigint
    and (
      (r.created_date >= ($2::date)::timestamp at time zone $4::text
        and r.created_date < ($3::date + 1)::timestamp at time zone $4::text)
      or ($2::date = '-infinity'::date and r.created_date is null)
    )
    and coalesce(${text('r.text')}, ${text('r.pros')}, ${text('r.cons')}) is not null
    ${filterSql(
      {
        ...{ brand: text('p.brand'), categories: ['p.category'], size: 'r.size' },
        ...{ warehouse: 'null::text', region: 'null::text', color: 'r.color', tags: 'r.bables' },
      },
      FIRST_OF_FILTER,
    )}
    ${reviewSql(FIRST_OF_FILTER + FILTER_VALUES)}
  order by r.created_date desc nulls last, r.id desc
  limit $5::int`;

export async function readWrittenReviews(
  executor: Executor,
  query: { cabinetId: number; timeZone: string; period: Period; filter: RowFilter; limit: number },
): Promise<WrittenReview[]> {
  const { cabinetId, timeZone, period, filter, limit } = query;
  const { rows } = await executor.query<WrittenReview>(READ_WRITTEN_REVIEWS, [
    ...[cabinetId, period.from, period.to, timeZone, limit],
    ...filterValues(filter),
    ...reviewValues(filter),
  ]);
  return rows;
}
