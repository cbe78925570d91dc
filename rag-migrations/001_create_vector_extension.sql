-- Up Migration
create extension if not exists vector;

-- Down Migration
-- The extension stays: other schemas of the database may use it.
select 1;
