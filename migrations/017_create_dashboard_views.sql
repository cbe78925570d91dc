-- Up Migration
-- What dashboards read (docs/sql.md): views of a schema of their own, so that a role that may read that schema and nothing
-- else sees how the system does, and no key, text, payload or person. Error texts stay out, too: a server's or a provider's
-- words may quote the row that they were about.
--
-- The vector database has a schema of the same name with views of other names (rag-migrations/011). Both sets may live in
-- one database, so whoever comes first makes the schema, and whoever leaves last drops it.
do $$
begin
  -- Not `create schema if not exists`, which wants the right to create schemas also where somebody made it beforehand.
  if to_regnamespace('wb_dashboard') is null then
    create schema wb_dashboard;
    comment on schema wb_dashboard is 'Read-only views for dashboards: docs/sql.md';
  end if;
end
$$;

create view wb_dashboard.cabinets as
select id as cabinet_id, name as cabinet_name, is_active, coalesce(api_key, '') <> '' as has_api_key, last_sync_at, created_at
from public.wb_cabinets;

create view wb_dashboard.outbox_lag as
select count(*) as waiting_changes, coalesce(sum(cardinality(ids)), 0)::bigint as waiting_ids,
  min(captured_at) as oldest_captured_at,
  coalesce(greatest(extract(epoch from clock_timestamp() - min(captured_at)), 0), 0)::float8 as oldest_age_seconds
from public.rag_changes;

create view wb_dashboard.outbox_by_cabinet as
select cabinet_id, kind, count(*) as waiting_changes, sum(cardinality(ids))::bigint as waiting_ids,
  min(captured_at) as oldest_captured_at,
  greatest(extract(epoch from clock_timestamp() - min(captured_at)), 0)::float8 as oldest_age_seconds
from public.rag_changes
group by cabinet_id, kind;

-- pg-boss makes its tables when the program first starts, after these migrations, and alters them itself. A view over them
-- could not be created yet, and would then stand in the way of every upgrade of pg-boss. The body of a plpgsql function
-- depends on nothing until it runs. Definer, because readers may not read the jobs themselves: those carry payloads.
-- Execute stays with everybody, as a view needs it of its reader; whoever may not use the schema cannot name the function.

-- Both laterals are answered by pg-boss's own indexes on unfinished jobs and on times of completion, queue by queue: finished
-- jobs, most of the table, are not read.
create function wb_dashboard.read_queues()
returns table (
  queue text, is_dead_letter boolean, waiting_jobs bigint, deferred_jobs bigint, active_jobs bigint, silent_jobs bigint,
  oldest_waiting_at timestamptz, completed_jobs_last_hour bigint, failed_jobs_last_hour bigint
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass('pgboss.queue') is null or to_regclass('pgboss.job') is null then
    return;
  end if;
  return query
  select q.name, exists (select from pgboss.queue other where other.dead_letter = q.name),
    live.waiting, live.deferred, live.active, live.silent, live.oldest, ended.completed, ended.failed
  from pgboss.queue q
  cross join lateral (
    select count(*) filter (where j.state <> 'active' and j.start_after <= now()) as waiting,
      count(*) filter (where j.state <> 'active' and j.start_after > now()) as deferred,
      count(*) filter (where j.state = 'active') as active,
      count(*) filter (
        where j.state = 'active' and coalesce(j.heartbeat_on, j.started_on) <= now() - interval '1 minute'
      ) as silent,
      min(j.start_after) filter (where j.state <> 'active' and j.start_after <= now()) as oldest
    from pgboss.job j
    where j.name = q.name and j.state in ('created', 'retry', 'active')
  ) live
  cross join lateral (
    select count(*) filter (where j.state = 'completed') as completed, count(*) filter (where j.state = 'failed') as failed
    from pgboss.job j
    where j.name = q.name and j.completed_on > now() - interval '1 hour'
  ) ended
  where not starts_with(q.name, '__pgboss__'); -- its own
end
$$;

create view wb_dashboard.queues as
select queue, is_dead_letter, waiting_jobs, deferred_jobs, active_jobs, silent_jobs, oldest_waiting_at,
  coalesce(greatest(extract(epoch from now() - oldest_waiting_at), 0), 0)::float8 as oldest_waiting_seconds,
  completed_jobs_last_hour, failed_jobs_last_hour
from wb_dashboard.read_queues();

-- The key of a job is the cabinet that it is for.
create function wb_dashboard.read_jobs_by_cabinet()
returns table (
  queue text, cabinet_id bigint, waiting_jobs bigint, deferred_jobs bigint, active_jobs bigint, oldest_waiting_at timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass('pgboss.job') is null then
    return;
  end if;
  return query
  select j.name, j.singleton_key::bigint,
    count(*) filter (where j.state <> 'active' and j.start_after <= now()),
    count(*) filter (where j.state <> 'active' and j.start_after > now()),
    count(*) filter (where j.state = 'active'),
    min(j.start_after) filter (where j.state <> 'active' and j.start_after <= now())
  from pgboss.job j
  where j.state in ('created', 'retry', 'active') and j.singleton_key ~ '^\d{1,18}$'
  group by 1, 2;
end
$$;

create view wb_dashboard.jobs_by_cabinet as
select queue, cabinet_id, waiting_jobs, deferred_jobs, active_jobs, oldest_waiting_at,
  coalesce(greatest(extract(epoch from now() - oldest_waiting_at), 0), 0)::float8 as oldest_waiting_seconds
from wb_dashboard.read_jobs_by_cabinet();

-- Of a payload only ids of the cabinet and the rebuild and the number of rows come out. Nothing is known of its form: that
-- may be why the job died.
create function wb_dashboard.read_failed_jobs()
returns table (
  job_id uuid, queue text, failed_queue text, cabinet_id bigint, rebuild_id bigint, changed_ids bigint, attempts bigint,
  failed_at timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass('pgboss.queue') is null or to_regclass('pgboss.job') is null then
    return;
  end if;
  return query
  select j.id, j.name, j.source_name,
    case when j.data ->> 'cabinet_id' ~ '^\d{1,18}$' then (j.data ->> 'cabinet_id')::bigint end,
    case when j.data #>> '{rebuild,id}' ~ '^\d{1,18}$' then (j.data #>> '{rebuild,id}')::bigint end,
    case when jsonb_typeof(j.data -> 'changed_ids') = 'object' then (
      select coalesce(sum(case when jsonb_typeof(ids.value) = 'array' then jsonb_array_length(ids.value) end), 0)::bigint
      from jsonb_each(case when jsonb_typeof(j.data -> 'changed_ids') = 'object' then j.data -> 'changed_ids' end) ids
    ) end,
    case when j.data ->> 'failures' ~ '^\d{1,9}$' then (j.data ->> 'failures')::bigint else 0 end + 1,
    j.created_on
  from pgboss.job j
  where j.name in (select q.dead_letter from pgboss.queue q) and j.state in ('created', 'retry', 'active');
end
$$;

create view wb_dashboard.failed_jobs as
select job_id, queue, failed_queue, cabinet_id, rebuild_id, changed_ids, attempts, failed_at
from wb_dashboard.read_failed_jobs();

create function wb_dashboard.read_workers()
returns table (worker text, is_alive boolean, started_at timestamptz, last_heartbeat_at timestamptz, stopped_at timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass('pgboss.instance') is null then
    return;
  end if;
  return query
  select i.host || ':' || i.pid,
    i.stopped_on is null and i.heartbeat_on > now() - make_interval(secs => 3 * i.heartbeat_seconds),
    i.started_on, i.heartbeat_on, i.stopped_on
  from pgboss.instance i
  where i.supervise;
end
$$;

create view wb_dashboard.workers as
select worker, is_alive, started_at, last_heartbeat_at, stopped_at
from wb_dashboard.read_workers();

create view wb_dashboard.syncs as
select r.id as sync_id, r.cabinet_id, r.trigger as requested_by, r.status, r.started_at, r.finished_at,
  extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8 as duration_seconds,
  r.next_attempt_at, p.completed_parts, p.failed_parts, p.other_parts, p.rows_read, p.rows_new, p.rows_changed, p.rows_unusable
from public.wb_sync_runs r
cross join lateral (
  select count(*) filter (where l.status = 'completed') as completed_parts,
    count(*) filter (where l.status = 'failed') as failed_parts,
    count(*) filter (where l.status not in ('completed', 'failed')) as other_parts,
    coalesce(sum(l.records_processed), 0)::bigint as rows_read, coalesce(sum(l.records_created), 0)::bigint as rows_new,
    coalesce(sum(l.records_updated), 0)::bigint as rows_changed, coalesce(sum(l.records_errors), 0)::bigint as rows_unusable
  from public.wb_sync_logs l
  where l.run_id = r.id
) p;

create view wb_dashboard.sync_parts as
select run_id as sync_id, cabinet_id, sync_type as part, status, attempts as failed_attempts, records_processed as rows_read,
  records_created as rows_new, records_updated as rows_changed, records_errors as rows_unusable, started_at,
  completed_at as finished_at, extract(epoch from coalesce(completed_at, clock_timestamp()) - started_at)::float8 as duration_seconds,
  next_attempt_at
from public.wb_sync_logs;

create view wb_dashboard.unusable_rows as
select cabinet_id, sync_type as part, field, count(*) as row_count, sum(times)::bigint as times,
  min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at
from public.wb_sync_rejects
group by cabinet_id, sync_type, field;

-- One look-up in an index for each figure, so that a filter by cabinet or table reads no others.
create view wb_dashboard.source_rows as
select c.id as cabinet_id, t.source_table, t.row_count, t.last_created_at, t.last_updated_at
from public.wb_cabinets c
cross join lateral (
  select 'wb_orders'::text as source_table, (select count(*) from public.wb_orders where cabinet_id = c.id) as row_count,
    (select max(created_at) from public.wb_orders where cabinet_id = c.id) as last_created_at,
    (select max(updated_at) from public.wb_orders where cabinet_id = c.id) as last_updated_at
  union all
  select 'wb_products', (select count(*) from public.wb_products where cabinet_id = c.id),
    (select max(created_at) from public.wb_products where cabinet_id = c.id),
    (select max(updated_at) from public.wb_products where cabinet_id = c.id)
  union all
  select 'wb_stocks', (select count(*) from public.wb_stocks where cabinet_id = c.id),
    (select max(created_at) from public.wb_stocks where cabinet_id = c.id),
    (select max(updated_at) from public.wb_stocks where cabinet_id = c.id)
  union all
  select 'wb_reviews', (select count(*) from public.wb_reviews where cabinet_id = c.id),
    (select max(created_at) from public.wb_reviews where cabinet_id = c.id),
    (select max(updated_at) from public.wb_reviews where cabinet_id = c.id)
  union all
  select 'wb_sales', (select count(*) from public.wb_sales where cabinet_id = c.id),
    (select max(created_at) from public.wb_sales where cabinet_id = c.id),
    (select max(updated_at) from public.wb_sales where cabinet_id = c.id)
) t;

-- A function, because how far the window reaches is configuration of the program (RAG_WINDOW_DAYS), which the database does
-- not know. The conditions are those of docs/chunks.md. Definer: a function that is called by itself, not by a view, would
-- read the tables with the rights of whoever calls it.
create function wb_dashboard.expected_chunks(window_days integer default 90)
returns table (cabinet_id bigint, source_table text, expected_chunks bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.id, t.source_table, t.expected
  from public.wb_cabinets c
  cross join (select now() - make_interval(days => window_days) as since) w
  cross join lateral (
    select 'wb_orders'::text as source_table, (
      select count(*) from public.wb_orders s
      where s.cabinet_id = c.id and c.is_active and coalesce(s.order_date, s.created_at) >= w.since
    ) as expected
    union all
    select 'wb_products', (
      select count(*) from public.wb_products s
      where s.cabinet_id = c.id and c.is_active and s.is_active is distinct from false
    )
    union all
    select 'wb_stocks', (
      select count(*) from public.wb_stocks s where s.cabinet_id = c.id and c.is_active and s.quantity > 0
    )
    union all
    select 'wb_reviews', (
      select count(*) from public.wb_reviews s
      where s.cabinet_id = c.id and c.is_active and coalesce(s.created_date, s.created_at) >= w.since
    )
    union all
    select 'wb_sales', (
      select count(*) from public.wb_sales s
      where s.cabinet_id = c.id and c.is_active and coalesce(s.sale_date, s.created_at) >= w.since
    )
  ) t
$$;

comment on view wb_dashboard.cabinets is 'Seller accounts, without their keys';
comment on column wb_dashboard.cabinets.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.cabinets.cabinet_name is 'As whoever created it called it';
comment on column wb_dashboard.cabinets.is_active is 'false: neither synchronised nor indexed';
comment on column wb_dashboard.cabinets.has_api_key is 'Whether there is a token for Wildberries; what it is stays hidden';
comment on column wb_dashboard.cabinets.last_sync_at is 'When a sync with Wildberries last ended well, or in part';
comment on column wb_dashboard.cabinets.created_at is 'When it was created';

comment on view wb_dashboard.outbox_lag is 'Captured changes that no job carries yet: always one row';
comment on column wb_dashboard.outbox_lag.waiting_changes is 'Rows of the outbox, each of up to 512 changed rows';
comment on column wb_dashboard.outbox_lag.waiting_ids is 'Changed rows that they name';
comment on column wb_dashboard.outbox_lag.oldest_captured_at is 'When the oldest was captured; null: none waits';
comment on column wb_dashboard.outbox_lag.oldest_age_seconds is 'Age of the oldest in seconds; 0: none waits';

comment on view wb_dashboard.outbox_by_cabinet is 'The same by cabinet and kind of change';
comment on column wb_dashboard.outbox_by_cabinet.cabinet_id is 'Id of the seller account, which may be deleted by now';
comment on column wb_dashboard.outbox_by_cabinet.kind is 'orders, products, stocks, reviews, sales; product_names: renamed products; cabinet: all of it is to be compared';
comment on column wb_dashboard.outbox_by_cabinet.waiting_changes is 'Rows of the outbox, each of up to 512 changed rows';
comment on column wb_dashboard.outbox_by_cabinet.waiting_ids is 'Changed rows, or renamed products, that they name; 0 for kind cabinet';
comment on column wb_dashboard.outbox_by_cabinet.oldest_captured_at is 'When the oldest was captured';
comment on column wb_dashboard.outbox_by_cabinet.oldest_age_seconds is 'Age of the oldest in seconds';

comment on view wb_dashboard.queues is 'Job queues, counted now; empty until the program has started once';
comment on column wb_dashboard.queues.queue is 'Name: rag-index (chunks), wb-sync (Wildberries), and those of the schedules';
comment on column wb_dashboard.queues.is_dead_letter is 'true: what waits here was given up and is for a person (failed_jobs)';
comment on column wb_dashboard.queues.waiting_jobs is 'Jobs that may start now';
comment on column wb_dashboard.queues.deferred_jobs is 'Jobs that are put off until later';
comment on column wb_dashboard.queues.active_jobs is 'Jobs under way';
comment on column wb_dashboard.queues.silent_jobs is 'Of these, jobs whose worker has given no sign of life for a minute';
comment on column wb_dashboard.queues.oldest_waiting_at is 'Since when the one that waits longest could have started; null: none waits';
comment on column wb_dashboard.queues.oldest_waiting_seconds is 'The same as an age in seconds; 0: none waits';
comment on column wb_dashboard.queues.completed_jobs_last_hour is 'Jobs that ended well within the last hour';
comment on column wb_dashboard.queues.failed_jobs_last_hour is 'Jobs that failed for good within the last hour';

comment on view wb_dashboard.jobs_by_cabinet is 'Unfinished jobs that are for one cabinet, by queue and cabinet';
comment on column wb_dashboard.jobs_by_cabinet.queue is 'Name of the queue';
comment on column wb_dashboard.jobs_by_cabinet.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.jobs_by_cabinet.waiting_jobs is 'Jobs that may start as soon as the one before them has ended';
comment on column wb_dashboard.jobs_by_cabinet.deferred_jobs is 'Jobs that are put off until later';
comment on column wb_dashboard.jobs_by_cabinet.active_jobs is 'Jobs under way';
comment on column wb_dashboard.jobs_by_cabinet.oldest_waiting_at is 'Since when the one that waits longest could have started; null: none waits';
comment on column wb_dashboard.jobs_by_cabinet.oldest_waiting_seconds is 'The same as an age in seconds; 0: none waits';

comment on view wb_dashboard.failed_jobs is 'Jobs that were given up and wait for a person; why: wb-assist failures';
comment on column wb_dashboard.failed_jobs.job_id is 'wb-assist failures retry job:<job_id> tries it again';
comment on column wb_dashboard.failed_jobs.queue is 'The queue of dead letters that it lies in';
comment on column wb_dashboard.failed_jobs.failed_queue is 'The queue in which it failed';
comment on column wb_dashboard.failed_jobs.cabinet_id is 'Id of the seller account; null: the job cannot be read';
comment on column wb_dashboard.failed_jobs.rebuild_id is 'The full rebuild that it was a slice of; null: of none';
comment on column wb_dashboard.failed_jobs.changed_ids is 'How many rows it names; null: all of the cabinet, or a slice of a rebuild';
comment on column wb_dashboard.failed_jobs.attempts is 'How often it was tried';
comment on column wb_dashboard.failed_jobs.failed_at is 'When it was given up';

comment on view wb_dashboard.workers is 'Processes that work jobs, also those that ended lately';
comment on column wb_dashboard.workers.worker is 'Host and process id';
comment on column wb_dashboard.workers.is_alive is 'Gave a sign of life lately; one that was killed counts for a minute and a half';
comment on column wb_dashboard.workers.started_at is 'When it started';
comment on column wb_dashboard.workers.last_heartbeat_at is 'Its last sign of life';
comment on column wb_dashboard.workers.stopped_at is 'When it was stopped; null: it runs, or was killed';

comment on view wb_dashboard.syncs is 'Synchronisations with Wildberries, of the last 90 days';
comment on column wb_dashboard.syncs.sync_id is 'Id of the synchronisation';
comment on column wb_dashboard.syncs.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.syncs.requested_by is 'request, schedule or command';
comment on column wb_dashboard.syncs.status is 'running, waiting (for a limit), completed, partial or failed';
comment on column wb_dashboard.syncs.started_at is 'When it began';
comment on column wb_dashboard.syncs.finished_at is 'When it ended; null: it has not';
comment on column wb_dashboard.syncs.duration_seconds is 'From beginning to end, or until now, its waiting included';
comment on column wb_dashboard.syncs.next_attempt_at is 'When one that waits goes on';
comment on column wb_dashboard.syncs.completed_parts is 'Parts that ended well';
comment on column wb_dashboard.syncs.failed_parts is 'Parts that failed';
comment on column wb_dashboard.syncs.other_parts is 'Parts that are not done, were left to a later sync, or are not permitted to the token';
comment on column wb_dashboard.syncs.rows_read is 'Rows that Wildberries gave';
comment on column wb_dashboard.syncs.rows_new is 'Of these, rows that were new';
comment on column wb_dashboard.syncs.rows_changed is 'Of these, rows that were changed';
comment on column wb_dashboard.syncs.rows_unusable is 'Of these, rows that could not be used (unusable_rows)';

comment on view wb_dashboard.sync_parts is 'The parts of each synchronisation';
comment on column wb_dashboard.sync_parts.sync_id is 'The synchronisation; null: recorded before parts were told apart';
comment on column wb_dashboard.sync_parts.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.sync_parts.part is 'products, prices, ratings, sales, orders, stocks or reviews';
comment on column wb_dashboard.sync_parts.status is 'pending, running, waiting, completed, failed, deferred (to a later sync) or skipped (the token does not permit it)';
comment on column wb_dashboard.sync_parts.failed_attempts is 'Failures in a row that a retry may mend';
comment on column wb_dashboard.sync_parts.rows_read is 'Rows that Wildberries gave';
comment on column wb_dashboard.sync_parts.rows_new is 'Of these, rows that were new';
comment on column wb_dashboard.sync_parts.rows_changed is 'Of these, rows that were changed';
comment on column wb_dashboard.sync_parts.rows_unusable is 'Of these, rows that could not be used (unusable_rows)';
comment on column wb_dashboard.sync_parts.started_at is 'When it began';
comment on column wb_dashboard.sync_parts.finished_at is 'When it ended; null: it has not';
comment on column wb_dashboard.sync_parts.duration_seconds is 'From beginning to end, or until now';
comment on column wb_dashboard.sync_parts.next_attempt_at is 'When one that waits goes on';

comment on view wb_dashboard.unusable_rows is 'Rows of Wildberries that could not be used, by the field that was the reason';
comment on column wb_dashboard.unusable_rows.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.unusable_rows.part is 'Part of the sync that met them';
comment on column wb_dashboard.unusable_rows.field is 'The field that was missing or of another form';
comment on column wb_dashboard.unusable_rows.row_count is 'How many rows';
comment on column wb_dashboard.unusable_rows.times is 'How often they came, all together';
comment on column wb_dashboard.unusable_rows.first_seen_at is 'When the first came first';
comment on column wb_dashboard.unusable_rows.last_seen_at is 'When the last came last';

comment on view wb_dashboard.source_rows is 'Rows that there are, by cabinet and table; counts them when asked';
comment on column wb_dashboard.source_rows.cabinet_id is 'Id of the seller account';
comment on column wb_dashboard.source_rows.source_table is 'wb_orders, wb_products, wb_stocks, wb_reviews or wb_sales';
comment on column wb_dashboard.source_rows.row_count is 'All rows, also those that call for no chunk (expected_chunks)';
comment on column wb_dashboard.source_rows.last_created_at is 'When the youngest was written first; null: there is none';
comment on column wb_dashboard.source_rows.last_updated_at is 'When one was last written; null: there is none';

comment on function wb_dashboard.read_queues() is 'What the view queues shows';
comment on function wb_dashboard.read_jobs_by_cabinet() is 'What the view jobs_by_cabinet shows';
comment on function wb_dashboard.read_failed_jobs() is 'What the view failed_jobs shows';
comment on function wb_dashboard.read_workers() is 'What the view workers shows';
comment on function wb_dashboard.expected_chunks(integer) is 'Rows that call for a chunk now, by cabinet and table, with a window of so many days (RAG_WINDOW_DAYS); reads all of them';

-- Down Migration
drop view wb_dashboard.source_rows;
drop view wb_dashboard.unusable_rows;
drop view wb_dashboard.sync_parts;
drop view wb_dashboard.syncs;
drop view wb_dashboard.workers;
drop view wb_dashboard.failed_jobs;
drop view wb_dashboard.jobs_by_cabinet;
drop view wb_dashboard.queues;
drop view wb_dashboard.outbox_by_cabinet;
drop view wb_dashboard.outbox_lag;
drop view wb_dashboard.cabinets;
drop function wb_dashboard.expected_chunks(integer);
drop function wb_dashboard.read_workers();
drop function wb_dashboard.read_failed_jobs();
drop function wb_dashboard.read_jobs_by_cabinet();
drop function wb_dashboard.read_queues();
do $$
begin
  drop schema wb_dashboard;
exception when dependent_objects_still_exist then
  null; -- the views of the vector database live here as well
end
$$;
