import type { Executor } from '../database/pool.ts';

const ADD_TO_TOTAL = `
update public.rag_index_status set total_chunks = total_chunks + $2::bigint where cabinet_id = $1::bigint`;

/** Keeps the number of chunks in step with what the same transaction wrote. Only under the lease. */
export async function addToTotal(executor: Executor, cabinetId: number, difference: number): Promise<void> {
  if (difference !== 0) await executor.query(ADD_TO_TOTAL, [cabinetId, difference]);
}

const RECOUNT_TOTAL = `
update public.rag_index_status
set total_chunks = (select count(*) from public.rag_metadata where cabinet_id = $1::bigint)
where cabinet_id = $1::bigint`;

/** Counts the chunks anew, in case somebody deleted some by hand. Only under the lease. */
export async function recountTotal(executor: Executor, cabinetId: number): Promise<void> {
  await executor.query(RECOUNT_TOTAL, [cabinetId]);
}

const DELETE_SOME_OF_CABINET = `
delete from public.rag_metadata
where cabinet_id = $1::bigint and ctid = any (array(
  select ctid from public.rag_metadata where cabinet_id = $1::bigint order by id limit $2::bigint
))`;

/** Deletes up to `limit` chunks of a cabinet; resolves to how many. Only under the lease. */
export async function deleteSomeOfCabinet(
  executor: Executor,
  cabinetId: number,
  limit: number,
): Promise<number> {
  const { rowCount } = await executor.query(DELETE_SOME_OF_CABINET, [cabinetId, limit]);
  return rowCount ?? 0;
}

const FORGET_CABINET = `
with failures as (delete from public.rag_index_failures where cabinet_id = $1::bigint),
cuts as (delete from public.rag_cut_texts where cabinet_id = $1::bigint),
runs as (delete from public.rag_index_runs where cabinet_id = $1::bigint),
rebuilds as (delete from public.rag_rebuilds where cabinet_id = $1::bigint),
usage as (delete from public.rag_token_usage where cabinet_id = $1::bigint)
delete from public.rag_index_status where cabinet_id = $1::bigint`;

/** Removes what is left of a cabinet that has no chunks any more, its lease included. Only under the lease. */
export async function forgetCabinet(executor: Executor, cabinetId: number): Promise<void> {
  await executor.query(FORGET_CABINET, [cabinetId]);
}

const READ_TOTALS = `
select coalesce(s.cabinet_id, m.cabinet_id)::float8 as "cabinetId", s.total_chunks::float8 as recorded,
  coalesce(m.chunks, 0)::float8 as counted
from public.rag_index_status s
full join (select cabinet_id, count(*) as chunks from public.rag_metadata group by cabinet_id) m
  on m.cabinet_id = s.cabinet_id
order by 1`;

export interface CabinetTotal {
  cabinetId: number;
  /** `null`: the cabinet has chunks and no status. */
  recorded: number | null;
  counted: number;
}

/** How many chunks each cabinet that has an index is said to have, and how many it has, at one moment. Reads only. */
export async function readTotals(executor: Executor): Promise<CabinetTotal[]> {
  const { rows } = await executor.query<CabinetTotal>(READ_TOTALS);
  return rows;
}
