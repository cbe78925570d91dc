-- Up Migration
-- Where goods went is said by orders and sales alone, so the list of a cabinet's regions comes from them: one step down the
-- index each, instead of a scan of all that the cabinet ever had.
create index wb_orders_cabinet_id_warehouse_to_idx on wb_orders (cabinet_id, warehouse_to);
create index wb_sales_cabinet_id_warehouse_to_idx on wb_sales (cabinet_id, warehouse_to);

-- Down Migration
drop index wb_sales_cabinet_id_warehouse_to_idx;
drop index wb_orders_cabinet_id_warehouse_to_idx;
