-- Up Migration
-- One synchronisation of a cabinet with the Wildberries API. It may take hours: what a limit does not allow yet waits
-- (`waiting`), the rest is done meanwhile.
create table wb_sync_runs (
  id bigint generated always as identity primary key,
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  trigger text not null check (trigger in ('request', 'schedule', 'command')),
  status text not null check (status in ('running', 'waiting', 'completed', 'partial', 'failed')),
  error_message text,
  -- When a waiting run goes on.
  next_attempt_at timestamptz,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create index wb_sync_runs_cabinet_id_id_idx on wb_sync_runs (cabinet_id, id);
-- A cabinet has at most one run that is not finished; whoever finds it goes on with it.
create unique index wb_sync_runs_open_idx on wb_sync_runs (cabinet_id) where status in ('running', 'waiting');

-- A row a part of a run. `status`: pending, running, waiting, completed, failed, or skipped (the token does not permit it).
alter table wb_sync_logs
  add column run_id bigint references wb_sync_runs (id) on delete cascade,
  -- Failures in a row that a retry may mend.
  add column attempts integer not null default 0,
  add column next_attempt_at timestamptz,
  -- Where to go on inside this run, after the process died or a limit was reached.
  add column position jsonb;
create unique index wb_sync_logs_run_id_sync_type_idx on wb_sync_logs (run_id, sync_type);
-- What a part did last, whichever run that was.
create index wb_sync_logs_cabinet_id_sync_type_id_idx on wb_sync_logs (cabinet_id, sync_type, id);

-- Where the next run goes on: what was read up to there is stored. Saved in the transaction that stores it.
create table wb_sync_cursors (
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  name text not null,
  cursor jsonb not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (cabinet_id, name)
);

-- The right to synchronise a cabinet. Who has it renews it; a token that changed tells the one before to stop writing.
create sequence wb_sync_lease_tokens;
create table wb_sync_leases (
  cabinet_id bigint primary key references wb_cabinets (id) on delete cascade,
  token bigint not null,
  owner text not null,
  expires_at timestamptz not null
);

-- Rows of an answer that could not be used, each once however often it comes again. Never their content: it is personal.
create table wb_sync_rejects (
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  sync_type text not null,
  row_key text not null,
  field text not null,
  reason text not null,
  times bigint not null default 1,
  first_seen_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  primary key (cabinet_id, sync_type, row_key, field)
);

-- Down Migration
drop table wb_sync_rejects;
drop table wb_sync_leases;
drop sequence wb_sync_lease_tokens;
drop table wb_sync_cursors;
drop index wb_sync_logs_run_id_sync_type_idx;
drop index wb_sync_logs_cabinet_id_sync_type_id_idx;
alter table wb_sync_logs drop column run_id, drop column attempts, drop column next_attempt_at, drop column position;
drop table wb_sync_runs;
