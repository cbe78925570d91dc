import type { Executor } from '../database/pool.ts';
import type { StoredEvent } from './activity-event.ts';

export interface EventBatch {
  /** The process that writes, for as long as it runs. */
  writerId: string;
  /** Rises with each batch of a process. */
  number: number;
  events: readonly {
    type: string;
    cabinetId: number | null;
    data: object;
    /** Milliseconds since it happened. Times are the server's, so that processes with different clocks agree. */
    ageMs: number;
  }[];
}

const RECORD_EVENTS = `
with writer as (
  insert into public.rag_event_writers as w (id, last_batch) values ($1::uuid, $2::bigint)
  on conflict (id) do update set last_batch = excluded.last_batch, written_at = clock_timestamp()
  where w.last_batch < excluded.last_batch
  returning id
), counter as (
  update public.rag_event_counter set last_id = last_id + $3::bigint
  where exists (select from writer)
  returning last_id - $3::bigint as base
)
insert into public.rag_events (id, cabinet_id, type, data, occurred_at)
select counter.base + e.place, e.cabinet_id, e.type, e.data::jsonb,
  clock_timestamp() - make_interval(secs => e.age_ms / 1000)
from counter
cross join unnest($4::bigint[], $5::text[], $6::text[], $7::float8[])
  with ordinality as e (cabinet_id, type, data, age_ms, place)`;

/** A statement of a live view is not worth a longer wait, and a connection that hangs is given up. */
const TIMEOUT_MS = 5_000;

/**
 * Writes a batch with the next ids. One statement, so the lock of the counter, for which other processes wait, is held for
 * no round trip. May be repeated until it succeeds: a batch that is there already is not written again.
 */
export async function recordEvents(executor: Executor, batch: EventBatch): Promise<void> {
  const { writerId, number, events } = batch;
  const query = {
    text: RECORD_EVENTS,
    values: [
      writerId,
      number,
      events.length,
      events.map(({ cabinetId }) => cabinetId),
      events.map(({ type }) => type),
      events.map(({ data }) => JSON.stringify(data)),
      events.map(({ ageMs }) => ageMs),
    ],
    query_timeout: TIMEOUT_MS,
  };
  await executor.query(query);
}

const READ_LAST_EVENT_ID = `select last_id::float8 as "lastId" from public.rag_event_counter`;

/** The id of the newest event; 0 before the first. Reads only. */
export async function readLastEventId(executor: Executor): Promise<number> {
  const { rows } = await executor.query<{ lastId: number }>(READ_LAST_EVENT_ID);
  return rows[0]?.lastId ?? 0;
}

const READ_EVENTS_AFTER = `
select id::float8 as id, type, cabinet_id::float8 as "cabinetId", data, occurred_at as "occurredAt"
from public.rag_events
where id > $1::bigint
order by id
limit $2::bigint`;

/** The next events in their order, without gaps unless some were deleted. Reads only. */
export async function readEventsAfter(
  executor: Executor,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const { rows } = await executor.query<StoredEvent>(READ_EVENTS_AFTER, [after, limit]);
  return rows;
}

const PRUNE_EVENTS = `
delete from public.rag_events
using public.rag_event_counter as c
where id < greatest(
  c.last_id - $1::bigint + 1,
  coalesce(
    (select min(id) from public.rag_events where occurred_at > clock_timestamp() - make_interval(secs => $2::float8)),
    c.last_id + 1
  )
)`;

/**
 * Deletes all but the newest `keep` events, and what is older than `maxAgeSeconds` and before all that is not: always from
 * the front, so that what is left has no gaps. Harmless to repeat, and by several at once.
 */
export async function pruneEvents(executor: Executor, keep: number, maxAgeSeconds: number): Promise<void> {
  await executor.query(PRUNE_EVENTS, [keep, maxAgeSeconds]);
}

const PRUNE_WRITERS = `
delete from public.rag_event_writers where written_at < clock_timestamp() - make_interval(secs => $1::float8)`;

/** Forgets processes that have written nothing for so long. */
export async function pruneEventWriters(executor: Executor, maxAgeSeconds: number): Promise<void> {
  await executor.query(PRUNE_WRITERS, [maxAgeSeconds]);
}
