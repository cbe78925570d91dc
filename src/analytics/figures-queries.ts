import type { Executor } from '../database/pool.ts';
import type { Period } from '../calendar.ts';
import type { Dimension } from './dimensions.ts';
import { finite, text } from './expressions.ts';
import type { FigureSource } from './measures.ts';
import {
  FILTER_VALUES,
  filterSql,
  filterValues,
  reviewSql,
  reviewValues,
  type RowFilter,
} from './filter-sql.ts';

// One statement a table: every figure that its rows make, by one dimension, and the total. The dimension is a parameter, so
// the statements are constants. Each reads one cabinet and one period, by the index on (cabinet_id, its date), in one pass;
// nothing is locked.

/** The period is half-open in time: from the first moment of its first day to that of the day after its last. */
const inPeriod = (column: string) => `(
      (r.${column} >= ($2::date)::timestamp at time zone $4::text
        and r.${column} < ($3::date + 1)::timestamp at time zone $4::text)
      or ($2::date = '-infinity'::date and r.${column} is null)
    )`;

/**
 * The key of the group that a row belongs to. The brand is the product's as it is called now, so that a renamed one is not
 * two; category and subject (предмет) are the row's own, because a card has only the subject, which it calls category.
 */
const keyOf = (column: string, own: Partial<Record<Dimension, string>>) => `case $5::text
      when 'day' then to_char(r.${column} at time zone $4::text, 'YYYY-MM-DD')
      when 'week' then to_char(date_trunc('week', r.${column} at time zone $4::text), 'YYYY-MM-DD')
      when 'month' then to_char(r.${column} at time zone $4::text, 'YYYY-MM')
      when 'weekday' then to_char(r.${column} at time zone $4::text, 'ID')
      when 'hour' then to_char(r.${column} at time zone $4::text, 'HH24')
      when 'product' then r.nm_id::text
${Object.entries(own)
  .map(([dimension, expression]) => `      when '${dimension}' then ${expression}`)
  .join('\n')}
    end`;

const PRODUCT = `left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = r.nm_id`;

const ROW_BRAND = `coalesce(${text('p.brand')}, ${text('r.brand')})`;

/** Orders and sales say the same of what was ordered or sold. */
const GROUPS_OF_GOODS = {
  brand: ROW_BRAND,
  category: `coalesce(${text('r.category')}, ${text('p.category')})`,
  subject: `coalesce(${text('r.subject')}, ${text('p.category')}, ${text('r.category')})`,
  size: text('r.size'),
  warehouse: text('r.warehouse_from'),
  region: text('r.warehouse_to'),
};
const FIRST_OF_FILTER = 6;
const FILTERS_OF_GOODS = filterSql(
  {
    ...{ brand: ROW_BRAND, categories: ['r.category', 'r.subject', 'p.category'] },
    ...{ size: 'r.size', warehouse: 'r.warehouse_from', region: 'r.warehouse_to' },
  },
  FIRST_OF_FILTER,
);

const ORDER_FIGURES = `
  with counted as (
    select ${keyOf('order_date', GROUPS_OF_GOODS)} as key,
      coalesce(r.quantity, 1) as pieces,
      ${finite('r.total_price')} as amount,
      case
        when r.status = 'returned' then 'returned'
        when r.is_cancel or r.status = 'cancelled' then 'cancelled'
        when r.status = 'bought' then 'bought'
        else 'open'
      end as outcome
    from wb_orders r ${PRODUCT}
    where r.cabinet_id = $1::bigint and ${inPeriod('order_date')}
    ${FILTERS_OF_GOODS}
  )
  select key, grouping(key) = 1 as is_total,
    count(*)::text as orders,
    sum(pieces)::text as ordered_pieces,
    round(sum(amount), 2)::text as orders_amount,
    count(amount)::text as orders_with_amount,
    count(*) filter (where outcome = 'cancelled')::text as cancelled_orders,
    round(sum(amount) filter (where outcome = 'cancelled'), 2)::text as cancelled_amount,
    count(*) filter (where outcome = 'bought')::text as bought_orders,
    count(*) filter (where outcome = 'returned')::text as returned_orders,
    count(*) filter (where outcome = 'open')::text as open_orders,
    count(*) filter (where amount is null)::text as orders_without_amount
  from counted
  group by grouping sets ((key), ())`;

const SALE_FIGURES = `
  with counted as (
    select ${keyOf('sale_date', GROUPS_OF_GOODS)} as key,
      r.type,
      ${finite('r.amount')} as amount,
      ${finite('r.for_pay')} as for_pay
    from wb_sales r ${PRODUCT}
    where r.cabinet_id = $1::bigint and ${inPeriod('sale_date')}
      and r.type in ('buyout', 'return') and r.is_cancel is not true
    ${FILTERS_OF_GOODS}
  )
  select key, grouping(key) = 1 as is_total,
    count(*) filter (where type = 'buyout')::text as buyouts,
    round(sum(amount) filter (where type = 'buyout'), 2)::text as buyouts_amount,
    count(*) filter (where type = 'return')::text as returns,
    round(sum(abs(amount)) filter (where type = 'return'), 2)::text as returns_amount,
    round(sum(case type when 'buyout' then amount else -abs(amount) end), 2)::text as revenue,
    count(amount) filter (where type = 'buyout')::text as buyouts_with_amount,
    round(sum(case type when 'buyout' then for_pay else -abs(for_pay) end), 2)::text as payout,
    count(*) filter (where amount is null)::text as sales_without_amount
  from counted
  group by grouping sets ((key), ())`;

/** A review knows its product only; the category of the statistics comes as products. */
const REVIEW_FIGURES = `
  with counted as (
    select ${keyOf('created_date', {
      brand: text('p.brand'),
      category: text('p.category'),
      subject: text('p.category'),
      size: text('r.size'),
      rating: 'r.rating::text',
      color: text('r.color'),
      matching_size: `case r.matching_size when 'ок' then 'ok' else ${text('r.matching_size')} end`,
    })} as key,
      case when r.rating between 1 and 5 then r.rating end as rating,
      r.is_answered
    from wb_reviews r ${PRODUCT}
    where r.cabinet_id = $1::bigint and ${inPeriod('created_date')}
    ${filterSql(
      {
        ...{ brand: text('p.brand'), categories: ['p.category'] },
        ...{
          size: 'r.size',
          warehouse: 'null::text',
          region: 'null::text',
          color: 'r.color',
          tags: 'r.bables',
        },
      },
      FIRST_OF_FILTER,
    )}
    ${reviewSql(FIRST_OF_FILTER + FILTER_VALUES)}
  )
  select key, grouping(key) = 1 as is_total,
    count(*)::text as reviews,
    count(rating)::text as rated_reviews,
    sum(rating)::text as rating_sum,
    count(*) filter (where rating <= 2)::text as negative_reviews,
    count(*) filter (where is_answered is not true)::text as unanswered_reviews
  from counted
  group by grouping sets ((key), ())`;

const STATEMENTS: Readonly<Record<FigureSource, string>> = {
  orders: ORDER_FIGURES,
  sales: SALE_FIGURES,
  reviews: REVIEW_FIGURES,
};

export interface FiguresQuery {
  cabinetId: number;
  timeZone: string;
  period: Period;
  dimension: Dimension;
  filter: RowFilter;
}

/** Sums as Postgres prints them; null where no row has the value. */
export type FiguresRow = { key: string | null; is_total: boolean } & Record<string, string | boolean | null>;

export async function readFigures(
  executor: Executor,
  source: FigureSource,
  { cabinetId, timeZone, period, dimension, filter }: FiguresQuery,
): Promise<FiguresRow[]> {
  const { rows } = await executor.query<FiguresRow>(STATEMENTS[source], [
    cabinetId,
    period.from,
    period.to,
    timeZone,
    dimension,
    ...filterValues(filter),
    ...(source === 'reviews' ? reviewValues(filter) : []),
  ]);
  return rows;
}

/**
 * The first local day of each kind of rows; null: there are none. One step down an index each. Times before Wildberries are
 * somebody's mistake and say nothing of since when the cabinet has data.
 */
const READ_FIRST_DAYS = `
  select
    (select to_char(min(order_date) at time zone $2::text, 'YYYY-MM-DD') from wb_orders
      where cabinet_id = $1::bigint and order_date >= timestamptz '2004-01-01') as orders,
    (select to_char(min(sale_date) at time zone $2::text, 'YYYY-MM-DD') from wb_sales
      where cabinet_id = $1::bigint and sale_date >= timestamptz '2004-01-01') as sales,
    (select to_char(min(created_date) at time zone $2::text, 'YYYY-MM-DD') from wb_reviews
      where cabinet_id = $1::bigint and created_date >= timestamptz '2004-01-01') as reviews`;

export async function readFirstDays(
  executor: Executor,
  cabinetId: number,
  timeZone: string,
): Promise<Record<FigureSource, string | null>> {
  const { rows } = await executor.query<Record<FigureSource, string | null>>(READ_FIRST_DAYS, [
    cabinetId,
    timeZone,
  ]);
  return rows[0]!;
}
