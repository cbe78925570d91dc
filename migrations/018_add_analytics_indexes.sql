-- Up Migration
-- Analytics sum one cabinet's orders, sales and reviews of a period. The keys alone leave a scan of all that the cabinet
-- ever had.
create index wb_orders_cabinet_id_order_date_idx on wb_orders (cabinet_id, order_date);
create index wb_sales_cabinet_id_sale_date_idx on wb_sales (cabinet_id, sale_date);
create index wb_reviews_cabinet_id_created_date_idx on wb_reviews (cabinet_id, created_date);

-- Down Migration
drop index wb_reviews_cabinet_id_created_date_idx;
drop index wb_sales_cabinet_id_sale_date_idx;
drop index wb_orders_cabinet_id_order_date_idx;
