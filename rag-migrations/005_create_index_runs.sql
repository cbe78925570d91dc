-- Up Migration
-- What each run did, a row a run.
create table rag_index_runs (
  id bigint generated always as identity,
  cabinet_id bigint not null,
  mode text not null,
  status text not null check (status in ('running', 'completed', 'waiting', 'failed', 'abandoned')),
  model text not null,
  changed_ids bigint not null default 0,
  chunks_new bigint not null default 0,
  chunks_updated bigint not null default 0,
  chunks_skipped bigint not null default 0,
  chunks_deleted bigint not null default 0,
  chunks_rejected bigint not null default 0,
  embedding_requests bigint not null default 0,
  embeddings_reused bigint not null default 0,
  tokens bigint not null default 0,
  cost_usd numeric not null default 0,
  read_ms double precision not null default 0,
  embed_ms double precision not null default 0,
  save_ms double precision not null default 0,
  error text,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  primary key (cabinet_id, id)
);
create index rag_index_runs_started_at_idx on rag_index_runs (started_at);
-- Each run looks for those of its cabinet that did not end well; there are few, among many that did.
create index rag_index_runs_unfinished_idx on rag_index_runs (cabinet_id) where status in ('running', 'waiting');

-- Down Migration
drop table rag_index_runs;
