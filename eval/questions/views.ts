/**
 * The rows of one cabinet that have a chunk, as the statements of the questions see them: `$1` is the cabinet, `$2` the
 * time at which all questions are asked. `day` is a date in Moscow, `age` how many days ago it was (0: today). Written from
 * docs/chunks.md and docs/wildberries.md; nothing of src/retrieval or src/analytics is used.
 */
export const VIEWS = `
clock as (
  select ($2::timestamptz at time zone 'Europe/Moscow')::date as today
),
products as (
  select id, nm_id, vendor_code, name, brand, category, price, discount_price, rating, reviews_count, in_stock,
         lower(split_part(name, ' ', 1)) as thing, substring(name from ' ([А-ЯЁ][а-яё]+)') as model
  from wb_products where cabinet_id = $1::bigint and is_active
),
orders as (
  select o.id, o.nm_id, o.article, coalesce(p.name, o.name) as name, o.brand, o.category, o.subject, o.size, o.price,
         o.total_price, o.customer_price, o.quantity, o.status, o.warehouse_from, o.warehouse_to, o.order_id,
         (o.order_date at time zone 'Europe/Moscow')::date as day, o.okrug,
         extract(hour from o.order_date at time zone 'Europe/Moscow')::int as hour,
         c.today - (o.order_date at time zone 'Europe/Moscow')::date as age
  from wb_orders o cross join clock c left join products p on p.nm_id = o.nm_id
  where o.cabinet_id = $1::bigint
),
sales as (
  select s.id, s.nm_id, s.article, coalesce(p.name, s.product_name) as name, s.brand, s.category, s.subject, s.size,
         s.amount, s.for_pay, s.type, s.sale_id, s.order_id, s.warehouse_from, s.warehouse_to,
         extract(hour from s.sale_date at time zone 'Europe/Moscow')::int as hour,
         (s.sale_date at time zone 'Europe/Moscow')::date as day,
         c.today - (s.sale_date at time zone 'Europe/Moscow')::date as age
  from wb_sales s cross join clock c left join products p on p.nm_id = s.nm_id
  where s.cabinet_id = $1::bigint
),
reviews as (
  select r.id, r.nm_id, coalesce(p.name, r.product_name) as name, p.brand, p.category, r.rating, r.is_answered, r.color,
         r.matching_size, r.text, r.pros, r.cons, concat_ws(' ', r.pros, r.cons, r.text) as said,
         (r.created_date at time zone 'Europe/Moscow')::date as day,
         c.today - (r.created_date at time zone 'Europe/Moscow')::date as age
  from wb_reviews r cross join clock c left join products p on p.nm_id = r.nm_id
  where r.cabinet_id = $1::bigint
),
stocks as (
  select s.id, s.nm_id, s.article, coalesce(p.name, s.name) as name, s.brand, s.category, s.size, s.quantity,
         s.quantity_full, s.in_way_to_client, s.in_way_from_client, s.warehouse_name
  from wb_stocks s left join products p on p.nm_id = s.nm_id
  where s.cabinet_id = $1::bigint and s.quantity > 0
),
-- For how many days the pieces that are there last at the orders of the last 30 whole days.
cover as (
  select s.nm_id::text as key, round(s.pieces * 30 / o.pieces, 1) as cover_days
  from (select nm_id, sum(quantity) as pieces from stocks group by nm_id) s
  join (select nm_id, sum(quantity) as pieces from orders
        where age between 1 and 30 and status is distinct from 'cancelled' group by nm_id) o on o.nm_id = s.nm_id
),
-- Also what is under way, of places where nothing lies.
shelves as (
  select s.id, s.nm_id, s.size, s.quantity, s.in_way_to_client, s.in_way_from_client
  from wb_stocks s where s.cabinet_id = $1::bigint
),
-- Every product on sale: what is left of it, and how much of it was ordered in the last 30 whole days.
supply as (
  select p.nm_id, p.vendor_code, p.name, p.brand, p.category, coalesce(s.pieces, 0)::int as stock,
         coalesce(o.pieces, 0)::int as ordered, round(s.pieces * 30 / o.pieces, 1) as cover_days
  from products p
  left join (select nm_id, sum(quantity) as pieces from stocks group by nm_id) s on s.nm_id = p.nm_id
  left join (select nm_id, sum(quantity) as pieces from orders
             where age between 1 and 30 and status is distinct from 'cancelled' group by nm_id) o on o.nm_id = p.nm_id
)`;

export type View = 'products' | 'orders' | 'sales' | 'reviews' | 'stocks';
/** Views that are no source of a chunk. */
export type Tally = View | 'shelves' | 'supply';

/** The rows of a view that fulfil a condition over its columns and those of `given g`, as a relevance statement. */
export function rowsOf(view: View, condition: string): string {
  return `select 'wb_${view}' as source_table, x.id from ${view} x cross join given g where ${condition}`;
}

/** The rows of every view, where the question does not say of which type. */
export function rowsOfAll(condition: string): string[] {
  return (['products', 'orders', 'sales', 'reviews', 'stocks'] as const).map((view) =>
    rowsOf(view, condition),
  );
}
