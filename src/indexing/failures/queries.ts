import type { Executor } from '../../database/pool.ts';
import { MAX_REFUSALS } from '../comparison.ts';

/**
 * A row whose text a provider refused, or of which it takes the beginning alone: that has a vector, and is not tried again.
 * `bigint` keys are text.
 */
export interface RefusedRow {
  cabinetId: string;
  sourceTable: string;
  sourceId: string;
  model: string | null;
  /** Null: it was not refused. */
  attempts: number | null;
  parked: boolean;
  reason: string;
  createdAt: Date;
  updatedAt: Date;
}

/** The key of a row of `rag_index_failures`, in the order of its index. */
export type RefusedRowKey = Pick<RefusedRow, 'cabinetId' | 'sourceTable' | 'sourceId'>;

// What was cut counts while the chunk has this text and a vector of this model; a row is told of once, whichever models cut it.
// One look-up a row, which limit 1 makes sure of: they are few, and joined otherwise all chunks could be read for them.
const CUT_ROWS = `
from public.rag_cut_texts c
cross join lateral (
  select id from public.rag_metadata
  where cabinet_id = c.cabinet_id and source_table = c.source_table and source_id = c.source_id and chunk_hash = c.chunk_hash
  limit 1
) m
cross join lateral (
  select from public.rag_embeddings
  where cabinet_id = c.cabinet_id and metadata_id = m.id and model = c.model and chunk_hash = c.chunk_hash
  limit 1
) e
where ($1::bigint is null or c.cabinet_id = $1::bigint) and not exists (
  select from public.rag_index_failures f
  where f.cabinet_id = c.cabinet_id and f.source_table = c.source_table and f.source_id = c.source_id
)`;

// One that was recorded before models were told apart is never parked (comparison.ts).
const LIST_REFUSED_ROWS = `
select r.cabinet_id::text as "cabinetId", r.source_table as "sourceTable", r.source_id::text as "sourceId", r.model,
  r.attempts::float8 as attempts, r.parked, r.reason, r.created_at as "createdAt", r.updated_at as "updatedAt"
from (
  (
    select cabinet_id, source_table, source_id, model, attempts, model is not null and attempts >= $5::bigint as parked, reason,
      created_at, updated_at
    from public.rag_index_failures
    where ($1::bigint is null or cabinet_id = $1::bigint)
      and ($2::bigint is null or (cabinet_id, source_table, source_id) > ($2::bigint, $3::text, $4::bigint))
    order by cabinet_id, source_table, source_id
    limit $6::bigint
  )
  union all
  (
    select distinct on (c.cabinet_id, c.source_table, c.source_id) c.cabinet_id, c.source_table, c.source_id, c.model,
      null::bigint, true, c.reason, c.created_at, c.created_at
    ${CUT_ROWS}
      and ($2::bigint is null or (c.cabinet_id, c.source_table, c.source_id) > ($2::bigint, $3::text, $4::bigint))
    order by c.cabinet_id, c.source_table, c.source_id, c.model
    limit $6::bigint
  )
) r
order by r.cabinet_id, r.source_table, r.source_id
limit $6::bigint`;

/** Lists refused rows of all cabinets or of one, by key, after a given key. Reads only. */
export async function listRefusedRows(
  executor: Executor,
  cabinetId: number | undefined,
  after: RefusedRowKey | undefined,
  limit: number,
): Promise<RefusedRow[]> {
  const position = [after?.cabinetId ?? null, after?.sourceTable ?? null, after?.sourceId ?? null];
  const parameters = [cabinetId ?? null, ...position, MAX_REFUSALS, limit];
  return (await executor.query<RefusedRow>(LIST_REFUSED_ROWS, parameters)).rows;
}

const COUNT_FAILURES_OF_INDEX = `
select
  (select count(*) from (
    select distinct on (cabinet_id) status from public.rag_rebuilds
    where $1::bigint is null or cabinet_id = $1::bigint
    order by cabinet_id, id desc
  ) last where status = 'failed')::float8 as rebuild,
  ((select count(*) from public.rag_index_failures where $1::bigint is null or cabinet_id = $1::bigint)
    + (select count(distinct (c.cabinet_id, c.source_table, c.source_id)) ${CUT_ROWS}))::float8 as row`;

/**
 * Cabinets, all or one, whose last rebuild was given up, and their rows that were refused or cut. In one statement, because every status asks
 * for it, and prepared: see `readIndexStatus`. Reads only.
 */
export async function countFailuresOfIndex(
  executor: Executor,
  cabinetId: number | undefined,
): Promise<{ rebuild: number; row: number }> {
  const { rows } = await executor.query<{ rebuild: number; row: number }>({
    name: 'count_failures_of_index',
    text: COUNT_FAILURES_OF_INDEX,
    values: [cabinetId ?? null],
  });
  return rows[0]!;
}

const LOCK_CABINET = `select from public.rag_index_status where cabinet_id = $1::bigint for update`;

/**
 * Keeps the runs of a cabinet from writing until the end of the transaction. They lock this row first, too, so that whoever
 * holds it meets none of them half-way through several rows.
 */
export async function lockIndexOfCabinet(executor: Executor, cabinetId: string): Promise<void> {
  await executor.query(LOCK_CABINET, [cabinetId]);
}

const UNPARK_ROWS = `
update public.rag_index_failures f
set attempts = 0, updated_at = now()
from unnest($2::text[], $3::bigint[]) as given (source_table, source_id)
where f.cabinet_id = $1::bigint and f.source_table = given.source_table and f.source_id = given.source_id
returning f.source_table as "sourceTable", f.source_id::text as "sourceId"`;

/**
 * Has refused rows of a cabinet count as never tried; resolves to those that are there still. Only where
 * `lockIndexOfCabinet` has come before. Repeating it changes nothing.
 */
export async function unparkRows(
  executor: Executor,
  cabinetId: string,
  keys: readonly Omit<RefusedRowKey, 'cabinetId'>[],
): Promise<Omit<RefusedRowKey, 'cabinetId'>[]> {
  const tables = keys.map(({ sourceTable }) => sourceTable);
  const ids = keys.map(({ sourceId }) => sourceId);
  const parameters = [cabinetId, tables, ids];
  return (await executor.query<Omit<RefusedRowKey, 'cabinetId'>>(UNPARK_ROWS, parameters)).rows;
}

const FORGET_CUT_VECTORS = `
with cut as (
  delete from public.rag_cut_texts c
  using unnest($2::text[], $3::bigint[]) as given (source_table, source_id)
  where c.cabinet_id = $1::bigint and c.source_table = given.source_table and c.source_id = given.source_id
  returning c.source_table, c.source_id, c.model
), gone as (
  delete from public.rag_embeddings e
  using cut c, public.rag_metadata m
  where m.cabinet_id = $1::bigint and m.source_table = c.source_table and m.source_id = c.source_id
    and e.cabinet_id = $1::bigint and e.metadata_id = m.id and e.model = c.model
)
select distinct source_table as "sourceTable", source_id::text as "sourceId" from cut`;

/**
 * Deletes the vectors of beginnings, so that the next run embeds the texts again; until then they are found by their words.
 * Resolves to the rows that had such. Only where `lockIndexOfCabinet` has come before. Repeating it changes nothing.
 */
export async function forgetCutVectors(
  executor: Executor,
  cabinetId: string,
  keys: readonly Omit<RefusedRowKey, 'cabinetId'>[],
): Promise<Omit<RefusedRowKey, 'cabinetId'>[]> {
  const parameters = [cabinetId, keys.map((key) => key.sourceTable), keys.map((key) => key.sourceId)];
  return (await executor.query<Omit<RefusedRowKey, 'cabinetId'>>(FORGET_CUT_VECTORS, parameters)).rows;
}
