import type { Executor } from '../database/pool.ts';
import { QUEUES } from '../jobs/queues.ts';

// Read at every scrape, several times a minute and for years: each statement reads a bounded number of rows, whatever has
// piled up, or one row a cabinet. None of them locks anything.

/** Counting stops here. Nobody needs to know a backlog more exactly, and the scrape has a second. */
const MAX_COUNTED = 100_000;

const LIMIT_STATEMENTS = `set local statement_timeout = '3s'`;

/** Has the server give up statements of this transaction, for instance before a locked table, so that others get their turn. */
export async function limitStatements(executor: Executor): Promise<void> {
  await executor.query(LIMIT_STATEMENTS);
}

// The lowest id is the oldest to within a transaction, and is found without reading the others.
const OUTBOX = `
select (select count(*) from (select from public.rag_changes limit ${MAX_COUNTED}) head)::float8 as changes,
  coalesce((
    select greatest(0, extract(epoch from clock_timestamp() - captured_at))
    from public.rag_changes order by id limit 1
  ), 0)::float8 as "oldestSeconds"`;

export interface OutboxState {
  changes: number;
  oldestSeconds: number;
}

/** Reads only. */
export async function readOutbox(executor: Executor): Promise<OutboxState> {
  return (await executor.query<OutboxState>(OUTBOX)).rows[0]!;
}

// pg-boss's own counts (pgboss.queue) are of the last look of a worker, and there may be none, which is when they matter.
// The list of states implies the predicate of pg-boss's index on them, so finished jobs are not read.
const JOBS = `
select q.name as queue, j.*
from unnest($1::text[]) as q (name)
cross join lateral (
  select (count(*) filter (where state <> 'active' and start_after <= now()))::float8 as waiting,
    (count(*) filter (where state <> 'active' and start_after > now()))::float8 as deferred,
    (count(*) filter (where state = 'active'))::float8 as active,
    coalesce(extract(epoch from now() -
      min(greatest(start_after, created_on)) filter (where state <> 'active' and start_after <= now())), 0)::float8
      as "oldestSeconds"
  from (
    select state, start_after, created_on from pgboss.job
    where name = q.name and state in ('created', 'retry', 'active')
    limit ${MAX_COUNTED}
  ) unfinished
) j`;

export interface QueueState {
  queue: string;
  waiting: number;
  deferred: number;
  active: number;
  oldestSeconds: number;
}

/** The jobs of each queue of the program. Reads only; call it only when pg-boss has its tables. */
export async function readJobs(executor: Executor): Promise<QueueState[]> {
  return (await executor.query<QueueState>(JOBS, [QUEUES.map(({ name }) => name)])).rows;
}

const CABINETS = `
select (count(*) filter (where is_active))::float8 as active, (count(*) filter (where not is_active))::float8 as inactive
from public.wb_cabinets`;

/** Reads only, a row a cabinet. */
export async function countCabinets(executor: Executor): Promise<{ active: number; inactive: number }> {
  return (await executor.query<{ active: number; inactive: number }>(CABINETS)).rows[0]!;
}

/** As many series as a Prometheus takes without noticing; the ones further behind come first. */
const MAX_CABINET_SERIES = 1000;

const LAST_SYNCS = `
select id::text as cabinet, extract(epoch from coalesce(last_sync_at, created_at))::float8 as at
from public.wb_cabinets
where is_active and coalesce(api_key, '') <> '' and isfinite(coalesce(last_sync_at, created_at))
order by coalesce(last_sync_at, created_at), id
limit ${MAX_CABINET_SERIES}`;

/** Unix times in seconds. Reads only, a row a cabinet. */
export async function readLastSyncs(executor: Executor): Promise<{ cabinet: string; at: number }[]> {
  return (await executor.query<{ cabinet: string; at: number }>(LAST_SYNCS)).rows;
}

// A cabinet without chunks has nothing to rebuild: it is switched off, or new.
const INDEX = `
select indexing_status as status, count(*)::float8 as cabinets, coalesce(sum(total_chunks), 0)::float8 as chunks,
  (extract(epoch from min(last_indexed_at) filter (where total_chunks > 0)))::float8 as "rebuiltAt"
from public.rag_index_status
group by indexing_status`;

export interface IndexState {
  status: string;
  cabinets: number;
  chunks: number;
  /** Unix time in seconds of the full rebuild that is longest ago; null: there was none. */
  rebuiltAt: number | null;
}

/** Reads only, a row a cabinet. */
export async function readIndex(executor: Executor): Promise<IndexState[]> {
  return (await executor.query<IndexState>(INDEX)).rows;
}

const OPEN_REBUILDS = `
select case when next_attempt_at is not null then 'waiting' else status end as state, count(*)::float8 as rebuilds
from public.rag_rebuilds
where finished_at is null
group by 1`;

/** Reads only, by the index of those that are open. */
export async function countOpenRebuilds(executor: Executor): Promise<{ state: string; rebuilds: number }[]> {
  return (await executor.query<{ state: string; rebuilds: number }>(OPEN_REBUILDS)).rows;
}

// A cabinet whose rebuild was given up has a status: it says so.
const FAILURES = `
select (
    (select count(*) from (select from public.rag_index_failures limit ${MAX_COUNTED}) head)
    + (select count(*) from (
      select from public.rag_cut_texts c
      cross join lateral (
        select from public.rag_metadata
        where cabinet_id = c.cabinet_id and source_table = c.source_table and source_id = c.source_id
          and chunk_hash = c.chunk_hash
        limit 1
      ) m
      limit ${MAX_COUNTED}
    ) head)
  )::float8 as rows,
  (
    select count(*) from public.rag_index_status s
    cross join lateral (
      select r.status from public.rag_rebuilds r where r.cabinet_id = s.cabinet_id order by r.id desc limit 1
    ) last
    where last.status = 'failed'
  )::float8 as rebuilds`;

/** Rows refused or embedded in part, and cabinets whose last rebuild was given up. Reads only, a row and a look into an index a cabinet. */
export async function countIndexFailures(executor: Executor): Promise<{ rows: number; rebuilds: number }> {
  return (await executor.query<{ rows: number; rebuilds: number }>(FAILURES)).rows[0]!;
}
