-- Up Migration
-- What 012 counts, at the end of the view, so that it can be replaced: what was granted on it stays, and so do views that
-- somebody made of it.
create or replace view wb_dashboard.runs as
select id as run_id, cabinet_id, mode, status, model, changed_ids, chunks_new, chunks_updated, chunks_skipped, chunks_deleted,
  chunks_rejected, embedding_requests, embeddings_reused, tokens, cost_usd, read_ms, embed_ms, save_ms, started_at, finished_at,
  extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float8 as duration_seconds,
  texts_embedded, index_chunks, embedding_retries
from public.rag_index_runs;

comment on column wb_dashboard.runs.texts_embedded is 'Texts of which vectors were made; null: a run of a version that did not count them';
comment on column wb_dashboard.runs.index_chunks is 'Chunks of the cabinet when the run, or its last slice, ended; a full index would have embedded as many texts. null: none has ended, or a run of a version that did not count them';
comment on column wb_dashboard.runs.embedding_retries is 'Requests that were made again after a fault';

-- Down Migration
-- A view that is replaced may not lose columns.
drop view wb_dashboard.runs;
create view wb_dashboard.runs as
select id as run_id, cabinet_id, mode, status, model, changed_ids, chunks_new, chunks_updated, chunks_skipped, chunks_deleted,
  chunks_rejected, embedding_requests, embeddings_reused, tokens, cost_usd, read_ms, embed_ms, save_ms, started_at, finished_at,
  extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float8 as duration_seconds
from public.rag_index_runs;

comment on view wb_dashboard.runs is 'Runs of the indexer, of the last 90 days';
comment on column wb_dashboard.runs.run_id is 'Id of the run';
comment on column wb_dashboard.runs.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.runs.mode is 'incremental or full_rebuild';
comment on column wb_dashboard.runs.status is 'running, completed, waiting (for something that is away), failed, or abandoned: another worker took over';
comment on column wb_dashboard.runs.model is 'Embedding model';
comment on column wb_dashboard.runs.changed_ids is 'Changed rows that it was given';
comment on column wb_dashboard.runs.chunks_new is 'Chunks that it added';
comment on column wb_dashboard.runs.chunks_updated is 'Chunks whose text or vector it changed';
comment on column wb_dashboard.runs.chunks_skipped is 'Chunks that were as they should be';
comment on column wb_dashboard.runs.chunks_deleted is 'Chunks that it deleted';
comment on column wb_dashboard.runs.chunks_rejected is 'Rows whose text the provider refused';
comment on column wb_dashboard.runs.embedding_requests is 'Requests to the embedding provider';
comment on column wb_dashboard.runs.embeddings_reused is 'Vectors that were known already and cost nothing';
comment on column wb_dashboard.runs.tokens is 'Tokens that the provider billed';
comment on column wb_dashboard.runs.cost_usd is 'What they cost, in USD';
comment on column wb_dashboard.runs.read_ms is 'Milliseconds spent reading and comparing';
comment on column wb_dashboard.runs.embed_ms is 'Milliseconds spent waiting for vectors';
comment on column wb_dashboard.runs.save_ms is 'Milliseconds spent writing';
comment on column wb_dashboard.runs.started_at is 'When it began';
comment on column wb_dashboard.runs.finished_at is 'When it ended; null: it has not';
comment on column wb_dashboard.runs.duration_seconds is 'From beginning to end, or until now';
