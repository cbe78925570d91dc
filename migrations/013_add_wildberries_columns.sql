-- Up Migration
-- What the Wildberries API gives beyond the columns of the original system. But for the product's name of a review, which
-- is captured below, no chunk quotes these columns; a change of one alone is no change for the index (011 compares named
-- columns).
alter table wb_products
  add column imt_id bigint,
  add column description text,
  add column discount_percent numeric,
  -- Quality of the card's content as Wildberries rates it, 0 to 10; `rating` is what buyers gave.
  add column card_rating numeric,
  -- Pieces in the seller's own warehouses, which the stock report of Wildberries' warehouses does not have.
  add column seller_stock bigint,
  -- When Wildberries says the card changed last. Null: the row was written by hand, and the sync never retires it.
  add column wb_updated_at timestamptz,
  add column trashed_at timestamptz;

alter table wb_orders
  add column g_number text,
  add column is_cancel boolean,
  add column cancel_date timestamptz,
  add column warehouse_type text,
  add column country text,
  add column okrug text,
  -- When Wildberries says the row changed last: an older answer never overwrites a newer one. Null: written by hand.
  add column last_change_date timestamptz;

alter table wb_sales
  add column article text,
  add column category text,
  add column subject text,
  add column warehouse_from text,
  add column warehouse_to text,
  add column total_price numeric,
  add column price_with_discount numeric,
  add column for_pay numeric,
  add column payment_sale_amount numeric,
  add column discount_percent numeric,
  add column spp_percent numeric;

alter table wb_reviews
  -- As Wildberries calls it: of a product whose card is long gone there may be no row.
  add column product_name text,
  add column answer_text text,
  add column size text,
  add column order_status text,
  add column parent_review_id text;

-- Which report a row came from; null: written by hand. A stock report is a snapshot: what is not in it any more is 0.
alter table wb_stocks add column source text check (source in ('wb-warehouses', 'warehouse-remains'));

-- The sizes of each card: the stock report names a size by chrt_id alone.
create table wb_product_sizes (
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  nm_id bigint not null,
  chrt_id bigint not null,
  size text,
  barcodes text[] not null default '{}',
  price numeric,
  discount_price numeric,
  primary key (cabinet_id, nm_id, chrt_id)
);
create index wb_product_sizes_cabinet_id_chrt_id_idx on wb_product_sizes (cabinet_id, chrt_id);

-- An order's status follows from its sales.
create index wb_sales_cabinet_id_order_id_idx on wb_sales (cabinet_id, order_id);

-- The list of 008, and the new column.
drop trigger wb_stocks_touch_updated_at on wb_stocks;
create trigger wb_stocks_touch_updated_at
  before update on wb_stocks
  for each row
  when (
    old.updated_at is not distinct from new.updated_at
    and (
      old.id, old.cabinet_id, old.nm_id, old.chrt_id, old.article, old.name, old.brand, old.size, old.barcode,
      old.quantity, old.quantity_full, old.in_way_to_client, old.in_way_from_client, old.warehouse_id,
      old.warehouse_name, old.last_updated, old.category, old.subject, old.price, old.discount, old.created_at,
      old.source
    ) is distinct from (
      new.id, new.cabinet_id, new.nm_id, new.chrt_id, new.article, new.name, new.brand, new.size, new.barcode,
      new.quantity, new.quantity_full, new.in_way_to_client, new.in_way_from_client, new.warehouse_id,
      new.warehouse_name, new.last_updated, new.category, new.subject, new.price, new.discount, new.created_at,
      new.source
    )
  )
  execute function wb_touch_updated_at();

-- The function of 011, and the new column.
create or replace function rag_capture_reviews_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'reviews', array_agg(distinct touched.id)
  from before b
  full join after a on a.id = b.id
  cross join lateral (values (b.cabinet_id, b.id), (a.cabinet_id, a.id)) as touched (cabinet_id, id)
  where touched.id is not null
    and (
      a.cabinet_id, a.nm_id, a.text, a.pros, a.cons, a.rating, a.is_answered, a.created_date, a.color,
      a.bables, a.matching_size, a.created_at, a.product_name
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.text, b.pros, b.cons, b.rating, b.is_answered, b.created_date, b.color,
      b.bables, b.matching_size, b.created_at, b.product_name
    )
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

-- Down Migration
create or replace function rag_capture_reviews_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'reviews', array_agg(distinct touched.id)
  from before b
  full join after a on a.id = b.id
  cross join lateral (values (b.cabinet_id, b.id), (a.cabinet_id, a.id)) as touched (cabinet_id, id)
  where touched.id is not null
    and (
      a.cabinet_id, a.nm_id, a.text, a.pros, a.cons, a.rating, a.is_answered, a.created_date, a.color,
      a.bables, a.matching_size, a.created_at
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.text, b.pros, b.cons, b.rating, b.is_answered, b.created_date, b.color,
      b.bables, b.matching_size, b.created_at
    )
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

drop trigger wb_stocks_touch_updated_at on wb_stocks;
create trigger wb_stocks_touch_updated_at
  before update on wb_stocks
  for each row
  when (
    old.updated_at is not distinct from new.updated_at
    and (
      old.id, old.cabinet_id, old.nm_id, old.chrt_id, old.article, old.name, old.brand, old.size, old.barcode,
      old.quantity, old.quantity_full, old.in_way_to_client, old.in_way_from_client, old.warehouse_id,
      old.warehouse_name, old.last_updated, old.category, old.subject, old.price, old.discount, old.created_at
    ) is distinct from (
      new.id, new.cabinet_id, new.nm_id, new.chrt_id, new.article, new.name, new.brand, new.size, new.barcode,
      new.quantity, new.quantity_full, new.in_way_to_client, new.in_way_from_client, new.warehouse_id,
      new.warehouse_name, new.last_updated, new.category, new.subject, new.price, new.discount, new.created_at
    )
  )
  execute function wb_touch_updated_at();
drop index wb_sales_cabinet_id_order_id_idx;
drop table wb_product_sizes;
alter table wb_stocks drop column source;
alter table wb_reviews drop column product_name, drop column answer_text, drop column size, drop column order_status, drop column parent_review_id;
alter table wb_sales
  drop column article, drop column category, drop column subject, drop column warehouse_from, drop column warehouse_to,
  drop column total_price, drop column price_with_discount, drop column for_pay, drop column payment_sale_amount,
  drop column discount_percent, drop column spp_percent;
alter table wb_orders
  drop column g_number, drop column is_cancel, drop column cancel_date, drop column warehouse_type, drop column country,
  drop column okrug, drop column last_change_date;
alter table wb_products
  drop column imt_id, drop column description, drop column discount_percent, drop column card_rating,
  drop column seller_stock, drop column wb_updated_at, drop column trashed_at;
