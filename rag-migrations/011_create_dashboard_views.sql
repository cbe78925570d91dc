-- Up Migration
-- What dashboards read of the vector database (docs/sql.md), in a schema of their own and without any text: no chunk, and no
-- error, whose words may quote one. The main database has a schema of the same name with views of other names
-- (migrations/017). Both sets may live in one database, so whoever comes first makes the schema, and whoever leaves last
-- drops it.
do $$
begin
  -- Not `create schema if not exists`, which wants the right to create schemas also where somebody made it beforehand.
  if to_regnamespace('wb_dashboard') is null then
    create schema wb_dashboard;
    comment on schema wb_dashboard is 'Read-only views for dashboards: docs/sql.md';
  end if;
end
$$;

create view wb_dashboard.index_status as
select cabinet_id, indexing_status, last_error is not null as has_error, last_incremental_at, last_indexed_at as last_rebuild_at,
  total_chunks, search_model, next_model, previous_model, switched_at, updated_at
from public.rag_index_status;

-- These three are answered by the tables' keys alone; texts and vectors are not read.
create view wb_dashboard.chunks as
select cabinet_id, source_table, count(*) as chunks
from public.rag_metadata
group by cabinet_id, source_table;

create view wb_dashboard.vectors as
select v.cabinet_id, v.model, v.vectors, coalesce(v.model = s.search_model, false) as is_searched
from (
  select cabinet_id, model, count(*) as vectors
  from public.rag_embeddings
  group by cabinet_id, model
) v
left join public.rag_index_status s on s.cabinet_id = v.cabinet_id;

create view wb_dashboard.chunks_without_vector as
select m.cabinet_id, m.source_table, s.search_model as model, count(*) as chunks
from public.rag_metadata m
left join public.rag_index_status s on s.cabinet_id = m.cabinet_id
where not exists (
  select from public.rag_embeddings e
  where e.cabinet_id = m.cabinet_id and e.metadata_id = m.id and e.model = s.search_model
)
group by m.cabinet_id, m.source_table, s.search_model;

-- After three refusals a row is left alone (MAX_REFUSALS in src/indexing/comparison.ts), unless it was recorded before
-- models were told apart.
create view wb_dashboard.refused_rows as
select cabinet_id, source_table, source_id, model, attempts, model is not null and attempts >= 3 as is_parked,
  created_at as first_refused_at, updated_at as last_refused_at
from public.rag_index_failures;

create view wb_dashboard.runs as
select id as run_id, cabinet_id, mode, status, model, changed_ids, chunks_new, chunks_updated, chunks_skipped, chunks_deleted,
  chunks_rejected, embedding_requests, embeddings_reused, tokens, cost_usd, read_ms, embed_ms, save_ms, started_at, finished_at,
  extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float8 as duration_seconds
from public.rag_index_runs;

create view wb_dashboard.rebuilds as
select r.id as rebuild_id, r.cabinet_id, r.status, r.trigger as requested_by, r.model, r.run_id, r.slice as slices_done, r.pass,
  r.rows_total, r.rows_done,
  case
    when r.status = 'completed' then 100
    when r.rows_total > 0 then least(round(100.0 * r.rows_done / r.rows_total, 1), 100)
  end as progress_percent,
  coalesce((select sum(reason.value::numeric) from jsonb_each_text(r.drift) reason), 0)::bigint as differences,
  r.drift as differences_by_reason, r.requested_at, r.started_at, r.finished_at, r.next_attempt_at,
  extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8 as duration_seconds,
  not exists (select from public.rag_rebuilds later where later.cabinet_id = r.cabinet_id and later.id > r.id) as is_last
from public.rag_rebuilds r;

create view wb_dashboard.cost_by_day as
select day, cabinet_id, model, requests, tokens, cost_usd
from public.rag_token_usage;

comment on view wb_dashboard.index_status is 'What the index of each cabinet is doing';
comment on column wb_dashboard.index_status.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.index_status.indexing_status is 'in_progress, completed, failed, or pending: it waits for something that is away';
comment on column wb_dashboard.index_status.has_error is 'Whether there is a reason on record why it failed or waits; which: wb-assist status';
comment on column wb_dashboard.index_status.last_incremental_at is 'When a change was last indexed';
comment on column wb_dashboard.index_status.last_rebuild_at is 'When a full rebuild last ended well';
comment on column wb_dashboard.index_status.total_chunks is 'Chunks, as the index keeps count of them';
comment on column wb_dashboard.index_status.search_model is 'Embedding model whose vectors searches compare';
comment on column wb_dashboard.index_status.next_model is 'Model that is being changed to; null: none';
comment on column wb_dashboard.index_status.previous_model is 'Model that was searched before, while there is a way back; null: none';
comment on column wb_dashboard.index_status.switched_at is 'When search_model was last changed';
comment on column wb_dashboard.index_status.updated_at is 'When the status was last written';

comment on view wb_dashboard.chunks is 'Chunks, by cabinet and table; counts them when asked';
comment on column wb_dashboard.chunks.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.chunks.source_table is 'wb_orders, wb_products, wb_stocks, wb_reviews or wb_sales';
comment on column wb_dashboard.chunks.chunks is 'How many rows of that table are indexed';

comment on view wb_dashboard.vectors is 'Vectors, by cabinet and embedding model; counts them when asked';
comment on column wb_dashboard.vectors.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.vectors.model is 'Embedding model';
comment on column wb_dashboard.vectors.vectors is 'How many vectors';
comment on column wb_dashboard.vectors.is_searched is 'Whether searches compare them';

comment on view wb_dashboard.chunks_without_vector is 'Chunks that a search by meaning cannot find, because they have no vector of the model that is searched; none, unless something is wrong';
comment on column wb_dashboard.chunks_without_vector.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.chunks_without_vector.source_table is 'wb_orders, wb_products, wb_stocks, wb_reviews or wb_sales';
comment on column wb_dashboard.chunks_without_vector.model is 'The model that is searched; null: none is on record';
comment on column wb_dashboard.chunks_without_vector.chunks is 'How many chunks';

comment on view wb_dashboard.refused_rows is 'Rows whose text the embedding provider refused: they are not indexed; why: wb-assist failures';
comment on column wb_dashboard.refused_rows.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.refused_rows.source_table is 'wb_orders, wb_products, wb_stocks, wb_reviews or wb_sales';
comment on column wb_dashboard.refused_rows.source_id is 'id of the row in that table';
comment on column wb_dashboard.refused_rows.model is 'Model whose provider refused it; null: recorded before models were told apart';
comment on column wb_dashboard.refused_rows.attempts is 'How often it was refused';
comment on column wb_dashboard.refused_rows.is_parked is 'true: not tried again until its text changes or somebody retries it';
comment on column wb_dashboard.refused_rows.first_refused_at is 'When it was refused first';
comment on column wb_dashboard.refused_rows.last_refused_at is 'When it was refused last';

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

comment on view wb_dashboard.rebuilds is 'Full rebuilds: comparisons of all rows of a cabinet with its chunks';
comment on column wb_dashboard.rebuilds.rebuild_id is 'Id of the rebuild; wb-assist failures retry rebuild:<rebuild_id> tries one that failed again';
comment on column wb_dashboard.rebuilds.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.rebuilds.status is 'pending, running, completed or failed';
comment on column wb_dashboard.rebuilds.requested_by is 'request, command, schedule, model, texts, rollback or repair';
comment on column wb_dashboard.rebuilds.model is 'Model whose vectors it completes; null: models stay as they are';
comment on column wb_dashboard.rebuilds.run_id is 'The run that says what it did and cost (runs)';
comment on column wb_dashboard.rebuilds.slices_done is 'Slices that are done';
comment on column wb_dashboard.rebuilds.pass is 'How often it began from the first row';
comment on column wb_dashboard.rebuilds.rows_total is 'Rows to compare; null: not counted yet';
comment on column wb_dashboard.rebuilds.rows_done is 'Rows that are compared';
comment on column wb_dashboard.rebuilds.progress_percent is 'rows_done of rows_total in percent; null: not counted yet';
comment on column wb_dashboard.rebuilds.differences is 'Chunks that were not as their row called for';
comment on column wb_dashboard.rebuilds.differences_by_reason is 'The same by reason, as a JSON object (docs/operations.md)';
comment on column wb_dashboard.rebuilds.requested_at is 'When it was asked for';
comment on column wb_dashboard.rebuilds.started_at is 'When it began; null: it has not';
comment on column wb_dashboard.rebuilds.finished_at is 'When it ended; null: it has not';
comment on column wb_dashboard.rebuilds.next_attempt_at is 'When one that waits goes on';
comment on column wb_dashboard.rebuilds.duration_seconds is 'From beginning to end, or until now; null: it has not begun';
comment on column wb_dashboard.rebuilds.is_last is 'Whether it is the last one of its cabinet: an older one that failed is no failure any more';

comment on view wb_dashboard.cost_by_day is 'What embedding cost, by day, cabinet and model, of the last 400 days; what the provider billed, whatever became of its answer';
comment on column wb_dashboard.cost_by_day.day is 'Day in UTC';
comment on column wb_dashboard.cost_by_day.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.cost_by_day.model is 'Embedding model';
comment on column wb_dashboard.cost_by_day.requests is 'Requests to the embedding provider';
comment on column wb_dashboard.cost_by_day.tokens is 'Tokens that it billed';
comment on column wb_dashboard.cost_by_day.cost_usd is 'What they cost, in USD';

-- Down Migration
drop view wb_dashboard.cost_by_day;
drop view wb_dashboard.rebuilds;
drop view wb_dashboard.runs;
drop view wb_dashboard.refused_rows;
drop view wb_dashboard.chunks_without_vector;
drop view wb_dashboard.vectors;
drop view wb_dashboard.chunks;
drop view wb_dashboard.index_status;
do $$
begin
  drop schema wb_dashboard;
exception when dependent_objects_still_exist then
  null; -- the views of the main database live here as well
end
$$;
