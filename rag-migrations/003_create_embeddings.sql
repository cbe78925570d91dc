-- Up Migration
-- The vector of a chunk, by model. Cosine similarity; models narrower than 1536 are zero-padded, which keeps it exact.
create table rag_embeddings (
  cabinet_id bigint not null,
  metadata_id bigint not null,
  model text not null,
  embedding halfvec(1536) not null,
  created_at timestamptz not null default now(),
  primary key (cabinet_id, metadata_id, model),
  foreign key (cabinet_id, metadata_id) references rag_metadata (cabinet_id, id) on delete cascade
);
-- A halfvec(1536) has 3 080 bytes and would be moved out of line: an exact scan of 10 000 took 34 ms so, 11 ms plain.
alter table rag_embeddings alter column embedding set storage plain;

-- Down Migration
drop table rag_embeddings;
