-- Up Migration
-- What the processes of the program did, for the live view: the last day of it, at most some 20 000 rows. Nothing depends
-- on it; a process writes what it has every 100 ms or so, in one statement.
--
-- Ids are taken from rag_event_counter under its row lock, which is held until the commit: so they have no gaps, and become
-- visible in their order. Who has read up to an id has therefore missed none, and who finds a gap knows what was deleted.
-- An identity column or a sequence promises neither.
create table rag_events (
  id bigint primary key,
  -- null: not of one cabinet. Refers to nothing on purpose: an event outlives a deleted cabinet.
  cabinet_id bigint,
  type text not null,
  -- Counts and ids of jobs and runs; never what rows say.
  data jsonb not null,
  occurred_at timestamptz not null
);

-- The id of the newest event, whether or not that is still there. One row, updated in place (HOT) by every batch.
create table rag_event_counter (
  only_row boolean primary key default true check (only_row),
  last_id bigint not null
) with (fillfactor = 10);
insert into rag_event_counter (last_id) values (0);

-- The last batch of each process, so that one that is sent again, because its answer was lost, is not written twice.
create table rag_event_writers (
  id uuid primary key,
  last_batch bigint not null,
  written_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

-- Down Migration
drop table rag_event_writers;
drop table rag_event_counter;
drop table rag_events;
