-- Up Migration
-- updated_at is kept by the database, so that hand-written SQL cannot forget it. The WHEN clause spares statements that
-- change nothing the call of the function, and a value that the writer sets on purpose stays.
create function wb_touch_updated_at() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger wb_cabinets_touch_updated_at
  before update on wb_cabinets
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

create trigger wb_products_touch_updated_at
  before update on wb_products
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

create trigger wb_orders_touch_updated_at
  before update on wb_orders
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

-- A whole-row comparison may not see generated columns, so the columns are listed here.
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

create trigger wb_reviews_touch_updated_at
  before update on wb_reviews
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

create trigger wb_sales_touch_updated_at
  before update on wb_sales
  for each row
  when (old.* is distinct from new.* and old.updated_at is not distinct from new.updated_at)
  execute function wb_touch_updated_at();

-- Down Migration
drop trigger wb_sales_touch_updated_at on wb_sales;
drop trigger wb_reviews_touch_updated_at on wb_reviews;
drop trigger wb_stocks_touch_updated_at on wb_stocks;
drop trigger wb_orders_touch_updated_at on wb_orders;
drop trigger wb_products_touch_updated_at on wb_products;
drop trigger wb_cabinets_touch_updated_at on wb_cabinets;
drop function wb_touch_updated_at();
