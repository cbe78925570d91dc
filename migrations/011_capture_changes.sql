-- Up Migration
-- Capture: whoever writes a row of the five tables leaves a change in the outbox, in the same transaction.
--
-- Statement-level triggers with transition tables, ids packed in arrays: an order of magnitude fewer outbox rows and no
-- function call a row. Every function is security definer with a fixed search_path, so that a role that may write
-- nothing but a wb_* table is captured too and nobody can slip in a table of the same name.

-- Rings the listener's doorbell. NOTIFY takes a database-wide lock at commit, so of overlapping transactions only the
-- one that holds the (transaction) advisory lock rings; the rows of the others are found by the listener's sweeps.
-- There are two such locks, or one long transaction would silence everybody until it ends.
create function rag_ring_doorbell() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_try_advisory_xact_lock(720165811, 1) or pg_try_advisory_xact_lock(720165811, 2) then
    perform pg_notify('rag_changes', '{}');
  end if;
end
$$;

-- INSERT and DELETE of any of the five tables; COPY, ON CONFLICT, MERGE and cascades come this way too.
-- Argument: the kind. The transition table is called `changed`. Ids that lie together share an outbox row of up to 512.
create function rag_capture_rows() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select cabinet_id, tg_argv[0], array_agg(id)
  from changed
  group by cabinet_id, id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

-- A product that comes or goes also changes the chunks of the rows that quote its name.
create function rag_capture_product_names() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select cabinet_id, 'product_names', array_agg(nm_id)
  from (
    select cabinet_id, nm_id, row_number() over (partition by cabinet_id) as place
    from changed
    where name is not null
  ) named
  group by cabinet_id, place >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

-- UPDATE: one function a table, because only the columns that the chunk quotes (docs/chunks.md), or that decide whether
-- there is a chunk, count. The full join also sees a changed primary key: the old id went, the new one came. A row that
-- moved to another cabinet is a change of both.

create function rag_capture_orders_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'orders', array_agg(distinct touched.id)
  from before b
  full join after a on a.id = b.id
  cross join lateral (values (b.cabinet_id, b.id), (a.cabinet_id, a.id)) as touched (cabinet_id, id)
  where touched.id is not null
    and (
      a.cabinet_id, a.order_id, a.nm_id, a.article, a.name, a.brand, a.size, a.barcode, a.category, a.subject,
      a.quantity, a.price, a.total_price, a.customer_price, a.discount_percent, a.spp_percent,
      a.warehouse_from, a.warehouse_to, a.order_date, a.status, a.created_at
    ) is distinct from (
      b.cabinet_id, b.order_id, b.nm_id, b.article, b.name, b.brand, b.size, b.barcode, b.category, b.subject,
      b.quantity, b.price, b.total_price, b.customer_price, b.discount_percent, b.spp_percent,
      b.warehouse_from, b.warehouse_to, b.order_date, b.status, b.created_at
    )
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create function rag_capture_stocks_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'stocks', array_agg(distinct touched.id)
  from before b
  full join after a on a.id = b.id
  cross join lateral (values (b.cabinet_id, b.id), (a.cabinet_id, a.id)) as touched (cabinet_id, id)
  where touched.id is not null
    and (
      a.cabinet_id, a.nm_id, a.article, a.name, a.brand, a.size, a.barcode, a.quantity, a.quantity_full,
      a.in_way_to_client, a.in_way_from_client, a.warehouse_name, a.category, a.subject, a.price, a.discount
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.article, b.name, b.brand, b.size, b.barcode, b.quantity, b.quantity_full,
      b.in_way_to_client, b.in_way_from_client, b.warehouse_name, b.category, b.subject, b.price, b.discount
    )
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create function rag_capture_reviews_update() returns trigger
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

create function rag_capture_sales_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'sales', array_agg(distinct touched.id)
  from before b
  full join after a on a.id = b.id
  cross join lateral (values (b.cabinet_id, b.id), (a.cabinet_id, a.id)) as touched (cabinet_id, id)
  where touched.id is not null
    and (
      a.cabinet_id, a.sale_id, a.order_id, a.nm_id, a.product_name, a.brand, a.size, a.barcode, a.amount,
      a.sale_date, a.type, a.status, a.is_cancel, a.created_at
    ) is distinct from (
      b.cabinet_id, b.sale_id, b.order_id, b.nm_id, b.product_name, b.brand, b.size, b.barcode, b.amount,
      b.sale_date, b.type, b.status, b.is_cancel, b.created_at
    )
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create function rag_capture_products_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'products', array_agg(distinct touched.id)
  from before b
  full join after a on a.id = b.id
  cross join lateral (values (b.cabinet_id, b.id), (a.cabinet_id, a.id)) as touched (cabinet_id, id)
  where touched.id is not null
    and (
      a.cabinet_id, a.nm_id, a.name, a.vendor_code, a.brand, a.category, a.price, a.discount_price, a.rating,
      a.reviews_count, a.in_stock, a.is_active
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.name, b.vendor_code, b.brand, b.category, b.price, b.discount_price, b.rating,
      b.reviews_count, b.in_stock, b.is_active
    )
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  insert into public.rag_changes (cabinet_id, kind, ids)
  select cabinet_id, 'product_names', array_agg(nm_id)
  from (
    select cabinet_id, nm_id, row_number() over (partition by cabinet_id) as place
    from (
      select b.cabinet_id, b.nm_id
      from before b left join after a on a.id = b.id
      where (a.cabinet_id, a.nm_id, a.name) is distinct from (b.cabinet_id, b.nm_id, b.name)
      union
      select a.cabinet_id, a.nm_id
      from after a left join before b on b.id = a.id
      where (a.cabinet_id, a.nm_id, a.name) is distinct from (b.cabinet_id, b.nm_id, b.name)
    ) renamed
  ) numbered
  group by cabinet_id, place >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

-- A deleted cabinet, and one switched on or off: everything of it has to be compared.
create function rag_capture_cabinets() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    insert into public.rag_changes (cabinet_id, kind)
    select id, 'cabinet' from before;
  else
    insert into public.rag_changes (cabinet_id, kind)
    select distinct touched.id, 'cabinet'
    from before b
    full join after a on a.id = b.id
    cross join lateral (values (b.id), (a.id)) as touched (id)
    where touched.id is not null and a.is_active is distinct from b.is_active;
  end if;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

-- TRUNCATE has no transition table. Before it runs, wb_cabinets still says whose rows are about to go, also when it is
-- itself among the tables: all BEFORE triggers of a TRUNCATE fire before the first table is emptied. TRUNCATE empties rows
-- that an old snapshot (REPEATABLE READ) does not see, so there the sequence says which cabinets there may be.
create function rag_capture_truncate() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind)
  select id, 'cabinet' from public.wb_cabinets
  union
  select generate_series(1, last_value), 'cabinet' from public.wb_cabinets_id_seq
  where current_setting('transaction_isolation') <> 'read committed';
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create trigger rag_capture_insert after insert on wb_orders
  referencing new table as changed for each statement execute function rag_capture_rows('orders');
create trigger rag_capture_delete after delete on wb_orders
  referencing old table as changed for each statement execute function rag_capture_rows('orders');
create trigger rag_capture_update after update on wb_orders
  referencing old table as before new table as after for each statement execute function rag_capture_orders_update();
create trigger rag_capture_truncate before truncate on wb_orders
  for each statement execute function rag_capture_truncate();

create trigger rag_capture_insert after insert on wb_products
  referencing new table as changed for each statement execute function rag_capture_rows('products');
create trigger rag_capture_delete after delete on wb_products
  referencing old table as changed for each statement execute function rag_capture_rows('products');
create trigger rag_capture_update after update on wb_products
  referencing old table as before new table as after for each statement execute function rag_capture_products_update();
create trigger rag_capture_truncate before truncate on wb_products
  for each statement execute function rag_capture_truncate();

create trigger rag_capture_insert after insert on wb_stocks
  referencing new table as changed for each statement execute function rag_capture_rows('stocks');
create trigger rag_capture_delete after delete on wb_stocks
  referencing old table as changed for each statement execute function rag_capture_rows('stocks');
create trigger rag_capture_update after update on wb_stocks
  referencing old table as before new table as after for each statement execute function rag_capture_stocks_update();
create trigger rag_capture_truncate before truncate on wb_stocks
  for each statement execute function rag_capture_truncate();

create trigger rag_capture_insert after insert on wb_reviews
  referencing new table as changed for each statement execute function rag_capture_rows('reviews');
create trigger rag_capture_delete after delete on wb_reviews
  referencing old table as changed for each statement execute function rag_capture_rows('reviews');
create trigger rag_capture_update after update on wb_reviews
  referencing old table as before new table as after for each statement execute function rag_capture_reviews_update();
create trigger rag_capture_truncate before truncate on wb_reviews
  for each statement execute function rag_capture_truncate();

create trigger rag_capture_insert after insert on wb_sales
  referencing new table as changed for each statement execute function rag_capture_rows('sales');
create trigger rag_capture_delete after delete on wb_sales
  referencing old table as changed for each statement execute function rag_capture_rows('sales');
create trigger rag_capture_update after update on wb_sales
  referencing old table as before new table as after for each statement execute function rag_capture_sales_update();
create trigger rag_capture_truncate before truncate on wb_sales
  for each statement execute function rag_capture_truncate();

create trigger rag_capture_insert_names after insert on wb_products
  referencing new table as changed for each statement execute function rag_capture_product_names();
create trigger rag_capture_delete_names after delete on wb_products
  referencing old table as changed for each statement execute function rag_capture_product_names();

create trigger rag_capture_delete after delete on wb_cabinets
  referencing old table as before for each statement execute function rag_capture_cabinets();
create trigger rag_capture_update after update on wb_cabinets
  referencing old table as before new table as after for each statement execute function rag_capture_cabinets();
create trigger rag_capture_truncate before truncate on wb_cabinets
  for each statement execute function rag_capture_truncate();

-- Down Migration
drop trigger rag_capture_delete on wb_cabinets;
drop trigger rag_capture_update on wb_cabinets;
drop trigger rag_capture_truncate on wb_cabinets;
drop trigger rag_capture_insert on wb_orders;
drop trigger rag_capture_delete on wb_orders;
drop trigger rag_capture_update on wb_orders;
drop trigger rag_capture_truncate on wb_orders;
drop trigger rag_capture_insert on wb_products;
drop trigger rag_capture_delete on wb_products;
drop trigger rag_capture_update on wb_products;
drop trigger rag_capture_truncate on wb_products;
drop trigger rag_capture_insert_names on wb_products;
drop trigger rag_capture_delete_names on wb_products;
drop trigger rag_capture_insert on wb_stocks;
drop trigger rag_capture_delete on wb_stocks;
drop trigger rag_capture_update on wb_stocks;
drop trigger rag_capture_truncate on wb_stocks;
drop trigger rag_capture_insert on wb_reviews;
drop trigger rag_capture_delete on wb_reviews;
drop trigger rag_capture_update on wb_reviews;
drop trigger rag_capture_truncate on wb_reviews;
drop trigger rag_capture_insert on wb_sales;
drop trigger rag_capture_delete on wb_sales;
drop trigger rag_capture_update on wb_sales;
drop trigger rag_capture_truncate on wb_sales;
drop function rag_capture_truncate();
drop function rag_capture_cabinets();
drop function rag_capture_orders_update();
drop function rag_capture_stocks_update();
drop function rag_capture_reviews_update();
drop function rag_capture_sales_update();
drop function rag_capture_products_update();
drop function rag_capture_product_names();
drop function rag_capture_rows();
drop function rag_ring_doorbell();
