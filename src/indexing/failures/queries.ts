import type { Executor } from '../../database/pool.ts';
import { MAX_REFUSALS } from '../comparison.ts';

/** A row whose text a provider refused. `bigint` keys are text. */
export interface RefusedRow {
  cabinetId: string;
  sourceTable: string;
  sourceId: string;
  model: string | null;
  attempts: number;
  parked: boolean;
  reason: string;
  createdAt: Date;
  updatedAt: Date;
}

/** The key of a row of `rag_index_failures`, in the order of its index. */
export type RefusedRowKey = Pick<RefusedRow, 'cabinetId' | 'sourceTable' | 'sourceId'>;

// One that was recorded before models were told apart is never parked (comparison.ts).
const LIST_REFUSED_ROWS = `
select cabinet_id::text as "cabinetId", source_table as "sourceTable", source_id::text as "sourceId", model,
  attempts::float8 as attempts, model is not null and attempts >= $5::bigint as parked, reason,
  created_at as "createdAt", updated_at as "updatedAt"
from public.rag_index_failures
where ($1::bigint is null or cabinet_id = $1::bigint)
  and ($2::bigint is null or (cabinet_id, source_table, source_id) > ($2::bigint, $3::text, $4::bigint))
order by cabinet_id, source_table, source_id
limit $6::bigint`;

/** Of all cabinets, or of one, by key, after a given one. Reads only. */
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
  (select count(*) from public.rag_index_failures
    where $1::bigint is null or cabinet_id = $1::bigint)::float8 as row`;

/**
 * Cabinets, all or one, whose last rebuild was given up, and their refused rows. In one statement, because every status asks
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
