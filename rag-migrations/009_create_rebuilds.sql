-- Up Migration
-- Full rebuilds: one row each, at most one open for a cabinet. It says how far the comparison of all rows has come, so that
-- whoever goes on begins there. What the work came to is in the run that belongs to it (rag_index_runs).
create table rag_rebuilds (
  id bigint generated always as identity,
  cabinet_id bigint not null,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed')),
  -- Who asked for it: request, command, schedule, model, texts, rollback, repair.
  trigger text not null,
  -- The model whose vectors it completes and which searches then compare; null: the models stay as they are.
  model text,
  run_id bigint,
  -- Slices done. A job that names another number comes too late and does nothing.
  slice bigint not null default 0,
  -- How often it began from the first row.
  pass bigint not null default 1,
  -- Up to which row it has come; null: nowhere yet.
  source_table text,
  source_id bigint,
  rows_total bigint,
  rows_done bigint not null default 0,
  -- Rows that call for a chunk, by source.
  row_counts jsonb not null default '{}',
  -- Differences found, by reason (docs/operations.md), and the slice that counted them last.
  drift jsonb not null default '{}',
  drift_slice bigint not null default -1,
  -- Version of the texts that all its slices wrote; null: of more than one.
  texts_version text,
  -- Why it waits, and until when.
  error text,
  next_attempt_at timestamptz,
  requested_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (cabinet_id, id)
);
create unique index rag_rebuilds_open_idx on rag_rebuilds (cabinet_id) where finished_at is null;

-- Down Migration
drop table rag_rebuilds;
