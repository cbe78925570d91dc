import type { Executor } from '../database/pool.ts';
import type { Period } from '../calendar.ts';
import { finite, text } from './expressions.ts';
import {
  FILTER_VALUES,
  filterSql,
  filterValues,
  reviewSql,
  reviewValues,
  type RowFilter,
} from './filter-sql.ts';

// Rows of one table, the newest first; those without a date come last. `$5` says which, `$6` and `$7` are bounds of the
// amount, `$8` (microseconds since 1970, null: no date) and `$9` the row after which a page begins, `$10` how many. By the
// index on (cabinet_id, its date); nothing is locked.

const FIRST_OF_FILTER = 11;

const inPeriod = (column: string) => `(
      (r.${column} >= ($2::date)::timestamp at time zone $4::text
        and r.${column} < ($3::date + 1)::timestamp at time zone $4::text)
      or ($2::date = '-infinity'::date and r.${column} is null)
    )`;

const PRODUCT = `left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = r.nm_id`;

const FILTERS_OF_GOODS = filterSql(
  {
    ...{ brand: `coalesce(${text('p.brand')}, ${text('r.brand')})` },
    ...{ categories: ['r.category', 'r.subject', 'p.category'] },
    ...{ size: 'r.size', warehouse: 'r.warehouse_from', region: 'r.warehouse_to' },
  },
  FIRST_OF_FILTER,
);

const moment = (column: string) => `case when isfinite(r.${column}) then r.${column} end as at`;

const ORDERS = `
    select r.id, ${moment('order_date')}, r.order_id as key, null::text as other_key, r.nm_id, r.size,
      coalesce(r.quantity, 1) as pieces, ${finite('r.total_price')} as amount, null::numeric as payout,
      case
        when r.status = 'returned' then 'returned'
        when r.is_cancel or r.status = 'cancelled' then 'cancelled'
        when r.status = 'bought' then 'bought'
        else 'open'
      end as state,
      ${text('r.warehouse_from')} as warehouse, ${text('r.warehouse_to')} as region,
      null::bigint as stars, null::text as color, null::text as written
    from wb_orders r ${PRODUCT}
    where r.cabinet_id = $1::bigint and ${inPeriod('order_date')}
    ${FILTERS_OF_GOODS}`;

const SALES = `
    select r.id, ${moment('sale_date')}, r.sale_id as key, r.order_id as other_key, r.nm_id, r.size,
      1::bigint as pieces, ${finite('r.amount')} as amount, ${finite('r.for_pay')} as payout, r.type as state,
      ${text('r.warehouse_from')} as warehouse, ${text('r.warehouse_to')} as region,
      null::bigint as stars, null::text as color, null::text as written
    from wb_sales r ${PRODUCT}
    where r.cabinet_id = $1::bigint and ${inPeriod('sale_date')}
      and r.type in ('buyout', 'return') and r.is_cancel is not true
    ${FILTERS_OF_GOODS}`;

const REVIEWS = `
    select r.id, ${moment('created_date')}, r.review_id as key, null::text as other_key, r.nm_id, r.size,
      1::bigint as pieces, null::numeric as amount, null::numeric as payout,
      case when r.is_answered then 'answered' else 'unanswered' end as state,
      null::text as warehouse, null::text as region, r.rating as stars, r.color,
      nullif(concat_ws(' / ', ${text('r.text')}, ${text('r.pros')}, ${text('r.cons')}), '') as written
    from wb_reviews r ${PRODUCT}
    where r.cabinet_id = $1::bigint and ${inPeriod('created_date')}
    ${filterSql(
      {
        ...{ brand: text('p.brand'), categories: ['p.category'], size: 'r.size' },
        ...{ warehouse: 'null::text', region: 'null::text', color: 'r.color', tags: 'r.bables' },
      },
      FIRST_OF_FILTER,
    )}
    ${reviewSql(FIRST_OF_FILTER + FILTER_VALUES)}`;

const page = (source: string) => `
  with chosen as (
    select * from (${source}) listed
    where ($5::text is null or state = $5::text)
      and ($6::numeric is null or abs(amount) >= $6::numeric)
      and ($7::numeric is null or abs(amount) <= $7::numeric)
  ), counted as (select count(*) as found, round(sum(amount), 2) as amount from chosen)
  select c.found::float8 as "allFound", c.amount::text as "allAmount",
    r.id::text as id, (extract(epoch from r.at) * 1000000)::bigint::text as at,
    to_char(r.at at time zone $4::text, 'YYYY-MM-DD') as date, to_char(r.at at time zone $4::text, 'HH24:MI') as time,
    r.key, r.other_key as "otherKey", r.nm_id::float8 as "nmId", r.size, r.pieces::float8 as pieces,
    round(r.amount, 2)::text as amount, round(r.payout, 2)::text as payout, r.state, r.warehouse, r.region,
    r.stars::float8 as stars, r.color, r.written
  from counted c
  left join lateral (
    select * from chosen
    where $9::bigint is null
      or (at is null and id < $9::bigint and $8::bigint is null)
      or (at is null and $8::bigint is not null)
      or at < timestamptz 'epoch' + $8::bigint * interval '1 microsecond'
      or (at = timestamptz 'epoch' + $8::bigint * interval '1 microsecond' and id < $9::bigint)
    order by at desc nulls last, id desc
    limit $10::int
  ) r on true
  order by r.at desc nulls last, r.id desc`;

const STATEMENTS = { orders: page(ORDERS), sales: page(SALES), reviews: page(REVIEWS) };
export type ListedTable = keyof typeof STATEMENTS;

export interface ListedRow {
  id: string;
  /** Microseconds since 1970. */
  at: string | null;
  date: string | null;
  time: string | null;
  key: string;
  otherKey: string | null;
  nmId: number | null;
  size: string | null;
  pieces: number;
  amount: string | null;
  payout: string | null;
  state: string;
  warehouse: string | null;
  region: string | null;
  stars: number | null;
  color: string | null;
  written: string | null;
}

export interface RowsQuery {
  cabinetId: number;
  timeZone: string;
  period: Period;
  filter: RowFilter;
  /** Null: any. */
  state: string | null;
  amountFrom: number | null;
  amountTo: number | null;
  /** Rows that come after this one; null: the first page. */
  after: { at: string | null; id: string } | null;
  limit: number;
}

/** A page of rows, and how many there are in all with the sum of their amounts. */
export async function readRows(
  executor: Executor,
  table: ListedTable,
  query: RowsQuery,
): Promise<{ rows: ListedRow[]; found: number; amount: string | null }> {
  const { period, filter, after } = query;
  const { rows } = await executor.query<
    { allFound: number; allAmount: string | null } & (ListedRow | { id: null })
  >(STATEMENTS[table], [
    ...[
      query.cabinetId,
      period.from,
      period.to,
      query.timeZone,
      query.state,
      query.amountFrom,
      query.amountTo,
    ],
    ...[after?.at ?? null, after?.id ?? null, query.limit],
    ...filterValues(filter),
    ...(table === 'reviews' ? reviewValues(filter) : []),
  ]);
  const [first] = rows;
  return {
    rows: rows.flatMap((row) => (row.id === null ? [] : [row])),
    found: first!.allFound,
    amount: first!.allAmount,
  };
}
