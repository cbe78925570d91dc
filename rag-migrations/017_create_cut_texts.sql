-- Up Migration
-- Chunks whose vector is of the beginning of their text, because the model takes no more. Their whole text is there, and found
-- by its words. A row counts only while its chunk has this very text and a vector of this model: what replaces either of them
-- does not have to know of it, and neither do versions before this one.
create table rag_cut_texts (
  cabinet_id bigint not null,
  source_table text not null,
  source_id bigint not null,
  model text not null,
  chunk_hash varchar(64) not null,
  embedded_chars bigint not null,
  reason text not null,
  created_at timestamptz not null default now(),
  primary key (cabinet_id, source_table, source_id, model)
);
-- For vectors that are taken over from another chunk of the same text.
create index rag_cut_texts_text on rag_cut_texts (chunk_hash, model);

-- Down Migration
drop table rag_cut_texts;
