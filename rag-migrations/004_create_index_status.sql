-- Up Migration
-- One row a cabinet: what its index is doing, and the lease of the run that may write to it. lease_token only grows; a
-- run that finds another token than its own has been replaced and writes nothing more. Tokens come from a sequence, so that
-- none returns when the status of a deleted cabinet is removed.
create sequence rag_lease_tokens;
create table rag_index_status (
  cabinet_id bigint primary key,
  indexing_status text not null default 'pending' check (
    indexing_status in ('pending', 'in_progress', 'completed', 'failed')
  ),
  last_indexed_at timestamptz,
  last_incremental_at timestamptz,
  total_chunks bigint not null default 0,
  last_error text,
  lease_token bigint not null default 0,
  lease_owner text,
  updated_at timestamptz not null default now()
);

-- Down Migration
drop table rag_index_status;
drop sequence rag_lease_tokens;
