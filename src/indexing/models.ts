import type { Database, Executor } from '../database/pool.ts';

const BEGIN_MODEL_CHANGE = `
update public.rag_index_status
set next_model = $2::text, updated_at = now(),
  rolled_back_from = case when rolled_back_from = $2::text then null else rolled_back_from end
where cabinet_id = $1::bigint and search_model <> $2::text and next_model is distinct from $2::text`;

/** From now on every text of the cabinet is embedded by this model as well. Only under the lease; repeating it changes nothing. */
export async function beginModelChange(executor: Executor, cabinetId: number, model: string): Promise<void> {
  await executor.query(BEGIN_MODEL_CHANGE, [cabinetId, model]);
}

// One look-up a chunk, which limit 1 makes sure of: as an anti-join it was planned as a nested scan where the statistics
// were old, and took 20 s for 20 000 chunks.
const LACKS_VECTORS = `
select exists (
  select from public.rag_metadata m
  left join lateral (
    select true as there from public.rag_embeddings
    where cabinet_id = $1::bigint and metadata_id = m.id and model = $2::text and chunk_hash = m.chunk_hash
    limit 1
  ) e on true
  left join lateral (
    select true as there from public.rag_index_failures
    where cabinet_id = $1::bigint and source_table = m.source_table and source_id = m.source_id
      and chunk_hash = m.chunk_hash and model = $2::text
    limit 1
  ) f on true
  where m.cabinet_id = $1::bigint and e.there is null and f.there is null
) as lacks`;

/** Whether a chunk has no vector of this model, other than those that it refused. Reads only. */
export async function lacksVectors(executor: Executor, cabinetId: number, model: string): Promise<boolean> {
  const { rows } = await executor.query<{ lacks: boolean }>(LACKS_VECTORS, [cabinetId, model]);
  return rows[0]!.lacks;
}

const DELETE_REFUSED = `
delete from public.rag_metadata m
using public.rag_index_failures f
where m.cabinet_id = $1::bigint and f.cabinet_id = m.cabinet_id and f.source_table = m.source_table
  and f.source_id = m.source_id and f.chunk_hash = m.chunk_hash and f.model = $2::text`;

const SWITCH_MODEL = `
update public.rag_index_status
set previous_model = search_model, search_model = $2::text, next_model = null, switched_at = clock_timestamp()
where cabinet_id = $1::bigint and next_model = $2::text`;

/**
 * Searches compare vectors of the next model from the commit on. What it refused cannot be found any more, so those chunks
 * go. The vectors of the model before stay. Only under the lease, in one transaction with `lacksVectors`. Resolves to false,
 * with nothing done, when the change was given up meanwhile.
 */
export async function switchModel(executor: Executor, cabinetId: number, model: string): Promise<boolean> {
  const { rowCount } = await executor.query(SWITCH_MODEL, [cabinetId, model]);
  if (rowCount !== 1) return false;
  await executor.query(DELETE_REFUSED, [cabinetId, model]);
  return true;
}

const REFUSED_BY_OTHERS = `
select exists (
  select from public.rag_index_failures where cabinet_id = $1::bigint and model <> $2::text
) as refused`;

/** Whether a model other than this one has refused a text, which this one may never have been asked for. Reads only. */
export async function isRefusedByOthers(
  executor: Executor,
  cabinetId: number,
  model: string,
): Promise<boolean> {
  const { rows } = await executor.query<{ refused: boolean }>(REFUSED_BY_OTHERS, [cabinetId, model]);
  return rows[0]!.refused;
}

/** How long a way back is kept: the vectors of the previous model take as much room as those of the one that is searched. */
const KEEP_PREVIOUS_MODEL_DAYS = 30;

const FORGET_OLD_MODEL = `
update public.rag_index_status
set previous_model = null
where cabinet_id = $1::bigint and previous_model is not null and switched_at < now() - make_interval(days => $2::int)`;

/** Gives up the way back to a model that was switched from long ago. Only under the lease. */
export async function forgetOldModel(executor: Executor, cabinetId: number): Promise<void> {
  await executor.query(FORGET_OLD_MODEL, [cabinetId, KEEP_PREVIOUS_MODEL_DAYS]);
}

// By ctid: as `(metadata_id, model) in (…)` it was planned as a nested scan where the statistics were old, and took a minute
// for 10 000 vectors.
const DELETE_OTHER_VECTORS = `
delete from public.rag_embeddings
where cabinet_id = $1::bigint and ctid = any (array(
  select o.ctid from public.rag_embeddings o
  where o.cabinet_id = $1::bigint and o.model <> all (array(
    select unnest(array_remove(array[search_model, next_model, previous_model], null))
    from public.rag_index_status where cabinet_id = $1::bigint
  ))
  limit $2::bigint
))`;

/** Deletes up to `limit` vectors of models that the cabinet has no use for; resolves to how many. Only under the lease. */
export async function deleteOtherVectors(
  executor: Executor,
  cabinetId: number,
  limit: number,
): Promise<number> {
  const { rowCount } = await executor.query(DELETE_OTHER_VECTORS, [cabinetId, limit]);
  return rowCount ?? 0;
}

const LOCK_MODELS = `
select from public.rag_index_status where cabinet_id = $1::bigint for update`;

const CANCEL_MODEL_CHANGE = `
with rebuild as (
  update public.rag_rebuilds set model = null where cabinet_id = $1::bigint and finished_at is null
), requested as (
  select model from public.rag_rebuilds where cabinet_id = $1::bigint and finished_at is null and model is not null
)
update public.rag_index_status
set next_model = null, updated_at = now(),
  rolled_back_from = case when $2::boolean then coalesce(next_model, (select model from requested)) else rolled_back_from end
where cabinet_id = $1::bigint and (next_model is not null or exists (select from requested))`;

/**
 * Stays with the model that is searched. `refused`: by a person's will, so the other is not taken up again by itself. Takes
 * no lease: a run that still embeds by the other model writes vectors that the next rebuild deletes. Resolves to false, with
 * nothing done, when no change is under way or requested: it may just have been completed.
 */
export async function cancelModelChange(
  vector: Database,
  cabinetId: number,
  refused: boolean,
): Promise<boolean> {
  return vector.transaction(async (client) => {
    // First, and by itself: a rebuild that completes the change meanwhile is waited for, and then seen.
    await client.query(LOCK_MODELS, [cabinetId]);
    return (await client.query(CANCEL_MODEL_CHANGE, [cabinetId, refused])).rowCount === 1;
  });
}

const REMEMBER_ROLLBACK = `
update public.rag_index_status
set rolled_back_from = search_model, updated_at = now()
where cabinet_id = $1::bigint and previous_model is not null
returning previous_model as "previousModel"`;

/** Notes which model is gone back from, and resolves to the one that is gone back to; undefined: there is none. */
export async function rememberRollback(executor: Executor, cabinetId: number): Promise<string | undefined> {
  const { rows } = await executor.query<{ previousModel: string }>(REMEMBER_ROLLBACK, [cabinetId]);
  return rows[0]?.previousModel;
}

export interface CabinetModelState {
  cabinetId: number;
  searchModel: string | null;
  /** Under way, or requested by a rebuild that has not begun. */
  nextModel: string | null;
  previousModel: string | null;
  rolledBackFrom: string | null;
  textsVersion: string | null;
  textsMixedAt: Date | null;
  /** Since `textsMixedAt`, by the clock of the database. */
  mixedSeconds: number | null;
  hasOpenRebuild: boolean;
}

const READ_MODEL_STATES = `
select s.cabinet_id::float8 as "cabinetId", s.search_model as "searchModel",
  coalesce(s.next_model, nullif(r.model, s.search_model)) as "nextModel",
  s.previous_model as "previousModel", s.rolled_back_from as "rolledBackFrom", s.texts_version as "textsVersion",
  s.texts_mixed_at as "textsMixedAt", extract(epoch from now() - s.texts_mixed_at)::float8 as "mixedSeconds",
  r.id is not null as "hasOpenRebuild"
from public.rag_index_status s
left join public.rag_rebuilds r on r.cabinet_id = s.cabinet_id and r.finished_at is null
where $1::bigint is null or s.cabinet_id = $1::bigint
order by s.cabinet_id`;

/** Which models the cabinets have, and which texts; of all, or of one. Reads only. */
export async function readModelStates(executor: Executor, cabinetId?: number): Promise<CabinetModelState[]> {
  const { rows } = await executor.query<CabinetModelState>(READ_MODEL_STATES, [cabinetId ?? null]);
  return rows;
}
