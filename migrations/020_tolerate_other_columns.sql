-- Up Migration
-- Tables are their owners': somebody adds a column, of a type that cannot be compared (json), or drops one. No UPDATE may fail
-- for it.
--
-- Whole rows are compared by their stored form (*<>), for which any type will do.
drop trigger wb_cabinets_touch_updated_at on wb_cabinets;
create trigger wb_cabinets_touch_updated_at
  before update on wb_cabinets
  for each row
  when (old.* *<> new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_products_touch_updated_at on wb_products;
create trigger wb_products_touch_updated_at
  before update on wb_products
  for each row
  when (old.* *<> new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_orders_touch_updated_at on wb_orders;
create trigger wb_orders_touch_updated_at
  before update on wb_orders
  for each row
  when (old.* *<> new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_reviews_touch_updated_at on wb_reviews;
create trigger wb_reviews_touch_updated_at
  before update on wb_reviews
  for each row
  when (old.* *<> new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_sales_touch_updated_at on wb_sales;
create trigger wb_sales_touch_updated_at
  before update on wb_sales
  for each row
  when (old.* *<> new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

-- The functions of 011 and 013. Columns are named without their table where `before` and `after` are read: one that was dropped
-- is then found in `absent`, where it is null. Postgres plans a statement anew when its table was altered. What is there costs
-- nothing more, for all of this is gone from the plan.
create or replace function rag_capture_orders_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'orders', array_agg(distinct touched.id)
  from (
    select
      null as order_id, null as article, null as name, null as brand, null as size, null as barcode, null as category,
      null as subject, null as quantity, null as price, null as total_price, null as customer_price,
      null as discount_percent, null as spp_percent, null as warehouse_from, null as warehouse_to, null as order_date,
      null as status, null as created_at
  ) absent
  cross join lateral (
    select b.id as old_id, b.cabinet_id as old_cabinet_id, a.id as new_id, a.cabinet_id as new_cabinet_id
    from (
      select
        id, cabinet_id, nm_id, order_id, article, name, brand, size, barcode, category, subject, quantity, price,
        total_price, customer_price, discount_percent, spp_percent, warehouse_from, warehouse_to, order_date, status,
        created_at
      from before
    ) b
    full join (
      select
        id, cabinet_id, nm_id, order_id, article, name, brand, size, barcode, category, subject, quantity, price,
        total_price, customer_price, discount_percent, spp_percent, warehouse_from, warehouse_to, order_date, status,
        created_at
      from after
    ) a on a.id = b.id
    where (
      a.cabinet_id, a.order_id, a.nm_id, a.article, a.name, a.brand, a.size, a.barcode, a.category, a.subject, a.quantity,
      a.price, a.total_price, a.customer_price, a.discount_percent, a.spp_percent, a.warehouse_from, a.warehouse_to,
      a.order_date, a.status, a.created_at
    ) is distinct from (
      b.cabinet_id, b.order_id, b.nm_id, b.article, b.name, b.brand, b.size, b.barcode, b.category, b.subject, b.quantity,
      b.price, b.total_price, b.customer_price, b.discount_percent, b.spp_percent, b.warehouse_from, b.warehouse_to,
      b.order_date, b.status, b.created_at
    )
  ) changed
  cross join lateral (values (old_cabinet_id, old_id), (new_cabinet_id, new_id)) as touched (cabinet_id, id)
  where touched.id is not null
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create or replace function rag_capture_stocks_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'stocks', array_agg(distinct touched.id)
  from (
    select
      null as article, null as name, null as brand, null as size, null as barcode, null as quantity, null as quantity_full,
      null as in_way_to_client, null as in_way_from_client, null as warehouse_name, null as category, null as subject,
      null as price, null as discount
  ) absent
  cross join lateral (
    select b.id as old_id, b.cabinet_id as old_cabinet_id, a.id as new_id, a.cabinet_id as new_cabinet_id
    from (
      select
        id, cabinet_id, nm_id, article, name, brand, size, barcode, quantity, quantity_full, in_way_to_client,
        in_way_from_client, warehouse_name, category, subject, price, discount
      from before
    ) b
    full join (
      select
        id, cabinet_id, nm_id, article, name, brand, size, barcode, quantity, quantity_full, in_way_to_client,
        in_way_from_client, warehouse_name, category, subject, price, discount
      from after
    ) a on a.id = b.id
    where (
      a.cabinet_id, a.nm_id, a.article, a.name, a.brand, a.size, a.barcode, a.quantity, a.quantity_full, a.in_way_to_client,
      a.in_way_from_client, a.warehouse_name, a.category, a.subject, a.price, a.discount
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.article, b.name, b.brand, b.size, b.barcode, b.quantity, b.quantity_full, b.in_way_to_client,
      b.in_way_from_client, b.warehouse_name, b.category, b.subject, b.price, b.discount
    )
  ) changed
  cross join lateral (values (old_cabinet_id, old_id), (new_cabinet_id, new_id)) as touched (cabinet_id, id)
  where touched.id is not null
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create or replace function rag_capture_reviews_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'reviews', array_agg(distinct touched.id)
  from (
    select
      null as text, null as pros, null as cons, null as rating, null as is_answered, null as created_date, null as color,
      null as bables, null as matching_size, null as created_at, null as product_name
  ) absent
  cross join lateral (
    select b.id as old_id, b.cabinet_id as old_cabinet_id, a.id as new_id, a.cabinet_id as new_cabinet_id
    from (
      select
        id, cabinet_id, nm_id, text, pros, cons, rating, is_answered, created_date, color, bables, matching_size, created_at,
        product_name
      from before
    ) b
    full join (
      select
        id, cabinet_id, nm_id, text, pros, cons, rating, is_answered, created_date, color, bables, matching_size, created_at,
        product_name
      from after
    ) a on a.id = b.id
    where (
      a.cabinet_id, a.nm_id, a.text, a.pros, a.cons, a.rating, a.is_answered, a.created_date, a.color, a.bables,
      a.matching_size, a.created_at, a.product_name
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.text, b.pros, b.cons, b.rating, b.is_answered, b.created_date, b.color, b.bables,
      b.matching_size, b.created_at, b.product_name
    )
  ) changed
  cross join lateral (values (old_cabinet_id, old_id), (new_cabinet_id, new_id)) as touched (cabinet_id, id)
  where touched.id is not null
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create or replace function rag_capture_sales_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'sales', array_agg(distinct touched.id)
  from (
    select
      null as sale_id, null as order_id, null as product_name, null as brand, null as size, null as barcode, null as amount,
      null as sale_date, null as type, null as status, null as is_cancel, null as created_at
  ) absent
  cross join lateral (
    select b.id as old_id, b.cabinet_id as old_cabinet_id, a.id as new_id, a.cabinet_id as new_cabinet_id
    from (
      select
        id, cabinet_id, nm_id, sale_id, order_id, product_name, brand, size, barcode, amount, sale_date, type, status,
        is_cancel, created_at
      from before
    ) b
    full join (
      select
        id, cabinet_id, nm_id, sale_id, order_id, product_name, brand, size, barcode, amount, sale_date, type, status,
        is_cancel, created_at
      from after
    ) a on a.id = b.id
    where (
      a.cabinet_id, a.sale_id, a.order_id, a.nm_id, a.product_name, a.brand, a.size, a.barcode, a.amount, a.sale_date,
      a.type, a.status, a.is_cancel, a.created_at
    ) is distinct from (
      b.cabinet_id, b.sale_id, b.order_id, b.nm_id, b.product_name, b.brand, b.size, b.barcode, b.amount, b.sale_date,
      b.type, b.status, b.is_cancel, b.created_at
    )
  ) changed
  cross join lateral (values (old_cabinet_id, old_id), (new_cabinet_id, new_id)) as touched (cabinet_id, id)
  where touched.id is not null
  group by touched.cabinet_id, touched.id >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create or replace function rag_capture_products_update() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select touched.cabinet_id, 'products', array_agg(distinct touched.id)
  from (
    select
      null as name, null as vendor_code, null as brand, null as category, null as price, null as discount_price,
      null as rating, null as reviews_count, null as in_stock, null as is_active
  ) absent
  cross join lateral (
    select b.id as old_id, b.cabinet_id as old_cabinet_id, a.id as new_id, a.cabinet_id as new_cabinet_id
    from (
      select
        id, cabinet_id, nm_id, name, vendor_code, brand, category, price, discount_price, rating, reviews_count, in_stock,
        is_active
      from before
    ) b
    full join (
      select
        id, cabinet_id, nm_id, name, vendor_code, brand, category, price, discount_price, rating, reviews_count, in_stock,
        is_active
      from after
    ) a on a.id = b.id
    where (
      a.cabinet_id, a.nm_id, a.name, a.vendor_code, a.brand, a.category, a.price, a.discount_price, a.rating,
      a.reviews_count, a.in_stock, a.is_active
    ) is distinct from (
      b.cabinet_id, b.nm_id, b.name, b.vendor_code, b.brand, b.category, b.price, b.discount_price, b.rating,
      b.reviews_count, b.in_stock, b.is_active
    )
  ) changed
  cross join lateral (values (old_cabinet_id, old_id), (new_cabinet_id, new_id)) as touched (cabinet_id, id)
  where touched.id is not null
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
      from (select null as name) absent
      cross join lateral (
        select b.cabinet_id, b.nm_id
        from (select id, cabinet_id, nm_id, name from before) b
        left join (select id, cabinet_id, nm_id, name from after) a on a.id = b.id
        where (a.cabinet_id, a.nm_id, a.name) is distinct from (b.cabinet_id, b.nm_id, b.name)
      ) b
      union
      select a.cabinet_id, a.nm_id
      from (select null as name) absent
      cross join lateral (
        select a.cabinet_id, a.nm_id
        from (select id, cabinet_id, nm_id, name from after) a
        left join (select id, cabinet_id, nm_id, name from before) b on b.id = a.id
        where (a.cabinet_id, a.nm_id, a.name) is distinct from (b.cabinet_id, b.nm_id, b.name)
      ) a
    ) renamed
  ) numbered
  group by cabinet_id, place >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

create or replace function rag_capture_product_names() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.rag_changes (cabinet_id, kind, ids)
  select cabinet_id, 'product_names', array_agg(nm_id)
  from (
    select c.cabinet_id, c.nm_id, row_number() over (partition by c.cabinet_id) as place
    from (select null as name) absent
    cross join lateral (select cabinet_id, nm_id, name from changed) c
    where c.name is not null
  ) named
  group by cabinet_id, place >> 9;
  if found then
    perform public.rag_ring_doorbell();
  end if;
  return null;
end
$$;

-- Down Migration
drop trigger wb_sales_touch_updated_at on wb_sales;
create trigger wb_sales_touch_updated_at
  before update on wb_sales
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_reviews_touch_updated_at on wb_reviews;
create trigger wb_reviews_touch_updated_at
  before update on wb_reviews
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_orders_touch_updated_at on wb_orders;
create trigger wb_orders_touch_updated_at
  before update on wb_orders
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_products_touch_updated_at on wb_products;
create trigger wb_products_touch_updated_at
  before update on wb_products
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

drop trigger wb_cabinets_touch_updated_at on wb_cabinets;
create trigger wb_cabinets_touch_updated_at
  before update on wb_cabinets
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

create or replace function rag_capture_orders_update() returns trigger
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

create or replace function rag_capture_stocks_update() returns trigger
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

create or replace function rag_capture_sales_update() returns trigger
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

create or replace function rag_capture_products_update() returns trigger
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

create or replace function rag_capture_product_names() returns trigger
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
