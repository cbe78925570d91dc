-- Up Migration
-- The deployment check counts exactly these twenty:
--   select count(*) from pg_indexes where indexname like 'idx_%created_at' or indexname like 'idx_%updated_at';
-- so nothing else in the database may take such a name.
create index idx_wb_orders_created_at on wb_orders (created_at);
create index idx_wb_orders_updated_at on wb_orders (updated_at);
create index idx_wb_orders_cabinet_created_at on wb_orders (cabinet_id, created_at);
create index idx_wb_orders_cabinet_updated_at on wb_orders (cabinet_id, updated_at);

create index idx_wb_products_created_at on wb_products (created_at);
create index idx_wb_products_updated_at on wb_products (updated_at);
create index idx_wb_products_cabinet_created_at on wb_products (cabinet_id, created_at);
create index idx_wb_products_cabinet_updated_at on wb_products (cabinet_id, updated_at);

create index idx_wb_stocks_created_at on wb_stocks (created_at);
create index idx_wb_stocks_updated_at on wb_stocks (updated_at);
create index idx_wb_stocks_cabinet_created_at on wb_stocks (cabinet_id, created_at);
create index idx_wb_stocks_cabinet_updated_at on wb_stocks (cabinet_id, updated_at);

create index idx_wb_reviews_created_at on wb_reviews (created_at);
create index idx_wb_reviews_updated_at on wb_reviews (updated_at);
create index idx_wb_reviews_cabinet_created_at on wb_reviews (cabinet_id, created_at);
create index idx_wb_reviews_cabinet_updated_at on wb_reviews (cabinet_id, updated_at);

create index idx_wb_sales_created_at on wb_sales (created_at);
create index idx_wb_sales_updated_at on wb_sales (updated_at);
create index idx_wb_sales_cabinet_created_at on wb_sales (cabinet_id, created_at);
create index idx_wb_sales_cabinet_updated_at on wb_sales (cabinet_id, updated_at);

-- Down Migration
drop index idx_wb_orders_created_at;
drop index idx_wb_orders_updated_at;
drop index idx_wb_orders_cabinet_created_at;
drop index idx_wb_orders_cabinet_updated_at;
drop index idx_wb_products_created_at;
drop index idx_wb_products_updated_at;
drop index idx_wb_products_cabinet_created_at;
drop index idx_wb_products_cabinet_updated_at;
drop index idx_wb_stocks_created_at;
drop index idx_wb_stocks_updated_at;
drop index idx_wb_stocks_cabinet_created_at;
drop index idx_wb_stocks_cabinet_updated_at;
drop index idx_wb_reviews_created_at;
drop index idx_wb_reviews_updated_at;
drop index idx_wb_reviews_cabinet_created_at;
drop index idx_wb_reviews_cabinet_updated_at;
drop index idx_wb_sales_created_at;
drop index idx_wb_sales_updated_at;
drop index idx_wb_sales_cabinet_created_at;
drop index idx_wb_sales_cabinet_updated_at;
