-- Up Migration
-- Rows whose text the embedding provider refused, with its reason. Such a row has no chunk: an old one would be a lie.
create table rag_index_failures (
  cabinet_id bigint not null,
  source_table text not null,
  source_id bigint not null,
  chunk_hash varchar(64) not null,
  reason text not null,
  attempts bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (cabinet_id, source_table, source_id)
);

-- Down Migration
drop table rag_index_failures;
