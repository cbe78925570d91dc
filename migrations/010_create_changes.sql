-- Up Migration
-- The outbox: what changed and is not yet handed to the job queue. Written by the capture triggers in the writer's own
-- transaction, claimed and deleted by the listener in the transaction that creates the jobs.
--
-- kind: 'orders', 'products', 'stocks', 'reviews', 'sales': ids are ids of rows of that table
--       'product_names': ids are nm_ids of products whose name changed; the rows that quote it are looked up later, so
--                        that the writer does not pay for them
--       'cabinet': the whole cabinet has to be compared (deleted, switched on or off, a table truncated); no ids
-- cabinet_id refers to nothing on purpose: the change outlives a deleted cabinet.
create table rag_changes (
  id bigint generated always as identity primary key,
  cabinet_id bigint not null,
  kind text not null check (
    kind in ('orders', 'products', 'stocks', 'reviews', 'sales', 'product_names', 'cabinet')
  ),
  ids bigint[] not null default '{}',
  captured_at timestamptz not null default clock_timestamp()
);

-- Every row is deleted moments after it was written: without eager vacuuming the dead ones at the head of the index
-- slow every claim down.
alter table rag_changes set (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 10000
);

-- Down Migration
drop table rag_changes;
