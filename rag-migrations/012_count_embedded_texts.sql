-- Up Migration
-- What a run embedded, and how large the index was when it ended: a full index would have embedded as many texts. Null for
-- runs of a version that did not count them.
alter table rag_index_runs
  add column texts_embedded bigint,
  add column index_chunks bigint,
  add column embedding_retries bigint not null default 0;

-- Down Migration
alter table rag_index_runs
  drop column texts_embedded,
  drop column index_chunks,
  drop column embedding_retries;
