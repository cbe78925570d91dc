-- Up Migration
-- A chunk: the text made from one source row (docs/chunks.md). Every key contains cabinet_id, so that the tables can be
-- distributed by it.
create table rag_metadata (
  id bigint generated always as identity,
  cabinet_id bigint not null,
  source_table text not null,
  source_id bigint not null,
  chunk_type text not null,
  chunk_text text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (cabinet_id, id),
  unique (cabinet_id, source_table, source_id)
);

-- Down Migration
drop table rag_metadata;
