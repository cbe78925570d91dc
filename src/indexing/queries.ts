import type { Executor } from '../database/pool.ts';
import { encodeVectorArray } from '../embedding/vector-codec.ts';
import { CHUNK_TYPES, tableOf, type SourceName } from '../source-tables.ts';
import type { WantedChunk } from './rows.ts';

/** A chunk as the index holds it. */
export interface StoredChunk {
  sourceId: string;
  hash: string;
  /** Those of the models asked for that have a vector of this very text. */
  models: string[];
}

/** A row whose text a provider refused. */
export interface Refusal {
  sourceId: string;
  /** The hash of the text. */
  hash: string;
  /** `null`: not known which. */
  model: string | null;
  attempts: number;
}

/** What the index holds for some source rows. A refused row has no chunk, unless the model that refused is not searched yet. */
export interface StoredState {
  chunks: StoredChunk[];
  refusals: Refusal[];
}

const CHUNK_COLUMNS = `m.source_id::text as "sourceId", m.chunk_hash as hash, array(
  select e.model from public.rag_embeddings e
  where e.cabinet_id = m.cabinet_id and e.metadata_id = m.id and e.model = any ($3::text[]) and e.chunk_hash = m.chunk_hash
) as models, null::text as model, null::float8 as attempts`;

const REFUSAL_COLUMNS = 'f.source_id::text, f.chunk_hash, null, f.model, f.attempts::float8';

const REFUSALS = `
union all
select ${REFUSAL_COLUMNS} from public.rag_index_failures f
where f.cabinet_id = $1::bigint and f.source_table = $2::text`;

interface StoredRow {
  sourceId: string;
  hash: string;
  models: string[] | null;
  model: string | null;
  attempts: number | null;
}

function toStoredState(rows: readonly StoredRow[]): StoredState {
  const state: StoredState = { chunks: [], refusals: [] };
  for (const { sourceId, hash, models, model, attempts } of rows) {
    if (models !== null) state.chunks.push({ sourceId, hash, models });
    else state.refusals.push({ sourceId, hash, model, attempts: attempts ?? 0 });
  }
  return state;
}

// One look-up an id. `source_id = any (…)` was planned as a scan of all chunks of the cabinet's source wherever the
// statistics were old, which made loading many rows quadratic; limit 1 keeps the planner from joining any other way.
const STORED_BY_IDS = `
select ${CHUNK_COLUMNS}
from unnest($4::bigint[]) as given (id)
cross join lateral (
  select * from public.rag_metadata
  where cabinet_id = $1::bigint and source_table = $2::text and source_id = given.id
  limit 1
) m ${REFUSALS} and f.source_id = any ($4::bigint[])`;

/** The stored chunks, and the refusals, of these rows. Reads only. */
export async function readStoredByIds(
  executor: Executor,
  cabinetId: number,
  source: SourceName,
  models: readonly string[],
  ids: readonly number[],
): Promise<StoredState> {
  const { rows } = await executor.query<StoredRow>(STORED_BY_IDS, [cabinetId, tableOf(source), models, ids]);
  return toStoredState(rows);
}

const STORED_IN_RANGE = `
(
  select ${CHUNK_COLUMNS} from public.rag_metadata m
  where m.cabinet_id = $1::bigint and m.source_table = $2::text
    and m.source_id > $4::bigint and ($5::bigint is null or m.source_id <= $5::bigint)
  order by m.source_id
  limit $6::bigint
)
union all
(
  select ${REFUSAL_COLUMNS} from public.rag_index_failures f
  where f.cabinet_id = $1::bigint and f.source_table = $2::text
    and f.source_id > $4::bigint and ($5::bigint is null or f.source_id <= $5::bigint)
  order by f.source_id
  limit $6::bigint
)`;

/**
 * The stored chunks, and the refusals, of rows with ids above `after`, up to `upTo` or, if that is null, to the end; of each
 * the first `limit` in the order of ids. Reads only.
 */
export async function readStoredInRange(
  executor: Executor,
  cabinetId: number,
  source: SourceName,
  models: readonly string[],
  range: { after: string; upTo: string | null; limit: number },
): Promise<StoredState> {
  const parameters = [cabinetId, tableOf(source), models, range.after, range.upTo, range.limit];
  const { rows } = await executor.query<StoredRow>(STORED_IN_RANGE, parameters);
  return toStoredState(rows);
}

const GIVEN = `given (source_table, source_id, chunk_type, chunk_text, chunk_hash) as (
  select * from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::varchar[])
)`;

const UPSERT_METADATA = `
  insert into public.rag_metadata as m (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
  select $1::bigint, g.source_table, g.source_id, g.chunk_type, g.chunk_text, g.chunk_hash
  from given g join vectors v using (chunk_hash)
  on conflict (cabinet_id, source_table, source_id) do update
  set chunk_type = excluded.chunk_type, chunk_text = excluded.chunk_text, chunk_hash = excluded.chunk_hash,
    updated_at = case when m.chunk_hash = excluded.chunk_hash then m.updated_at else now() end
  returning m.id, m.source_table, m.source_id, m.chunk_hash, m.xmax = 0 as is_new`;

const UPSERT_EMBEDDINGS = `
  insert into public.rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
  select $1::bigint, w.id, $7::text, w.chunk_hash, v.embedding
  from written w join vectors v using (chunk_hash)
  on conflict (cabinet_id, metadata_id, model) do update
  set chunk_hash = excluded.chunk_hash, embedding = excluded.embedding, created_at = now()`;

const FORGET_FAILURES = `
  delete from public.rag_index_failures f using written w
  where f.cabinet_id = $1::bigint and f.source_table = w.source_table and f.source_id = w.source_id`;

/** Whatever is written now is whole, until `recordCuts` or `copyCuts` says otherwise. */
const FORGET_CUTS = `
  delete from public.rag_cut_texts c using written w
  where c.cabinet_id = $1::bigint and c.source_table = w.source_table and c.source_id = w.source_id and c.model = $7::text`;

const saveWith = (vectors: string) => `
with ${GIVEN},
vectors (chunk_hash, embedding) as (${vectors}),
written as (${UPSERT_METADATA}),
embedded as (${UPSERT_EMBEDDINGS}),
forgotten as (${FORGET_FAILURES}),
uncut as (${FORGET_CUTS})
select source_table as "table", source_id::text as "sourceId", is_new as "isNew" from written`;

const SAVE_CHUNKS = saveWith(
  `select h, v::halfvec(1536) from unnest($8::varchar[], $9::vector[]) as u (h, v)`,
);

const REUSE_EMBEDDINGS = saveWith(`
  select distinct on (e.chunk_hash) e.chunk_hash, e.embedding
  from public.rag_embeddings e
  where e.model = $7::text and e.chunk_hash = any ($6::varchar[])
  order by e.chunk_hash`);

export interface SavedChunk {
  table: string;
  sourceId: string;
  isNew: boolean;
}

function chunkParameters(cabinetId: number, chunks: readonly WantedChunk[], model: string): unknown[] {
  return [
    cabinetId,
    chunks.map((chunk) => tableOf(chunk.source)),
    chunks.map((chunk) => chunk.sourceId),
    chunks.map((chunk) => CHUNK_TYPES[chunk.source]),
    chunks.map((chunk) => chunk.text),
    chunks.map((chunk) => chunk.hash),
    model,
  ];
}

/**
 * Writes chunks whose text is embedded already, for whichever row of whichever cabinet, with that vector. Resolves to
 * those it wrote; the others have to be embedded. Only under the lease; repeating it changes nothing.
 */
export async function saveWithKnownVectors(
  executor: Executor,
  cabinetId: number,
  chunks: readonly WantedChunk[],
  model: string,
): Promise<SavedChunk[]> {
  const { rows } = await executor.query<SavedChunk>(
    REUSE_EMBEDDINGS,
    chunkParameters(cabinetId, chunks, model),
  );
  return rows;
}

/**
 * Writes chunks with their vectors, given by hash of the text, text and vector in one statement. Vectors travel in binary
 * (`vectorOid` is the type's oid in this database). Only under the lease; repeating it changes nothing.
 */
export async function saveChunks(
  executor: Executor,
  cabinetId: number,
  chunks: readonly WantedChunk[],
  model: string,
  vectors: ReadonlyMap<string, Float32Array>,
  vectorOid: number,
): Promise<SavedChunk[]> {
  const parameters = [
    ...chunkParameters(cabinetId, chunks, model),
    [...vectors.keys()],
    encodeVectorArray([...vectors.values()], vectorOid),
  ];
  const { rows } = await executor.query<SavedChunk>(SAVE_CHUNKS, parameters);
  return rows;
}

/** The oid of pgvector's type, which differs from database to database; binary arrays have to name it. */
export async function readVectorOid(executor: Executor): Promise<number> {
  const { rows } = await executor.query<{ oid: number }>(`select 'vector'::regtype::oid::int4 as oid`);
  return rows[0]!.oid;
}

const DELETE_CHUNKS = `
with forgotten as (
  delete from public.rag_index_failures
  where cabinet_id = $1::bigint and source_table = $2::text and source_id = any ($3::bigint[])
), uncut as (
  delete from public.rag_cut_texts
  where cabinet_id = $1::bigint and source_table = $2::text and source_id = any ($3::bigint[])
)
delete from public.rag_metadata
where cabinet_id = $1::bigint and source_table = $2::text and source_id = any ($3::bigint[])`;

/** Deletes the chunks of rows that call for none, vectors included. Resolves to how many there were. Only under the lease. */
export async function deleteChunks(
  executor: Executor,
  cabinetId: number,
  source: SourceName,
  sourceIds: readonly string[],
): Promise<number> {
  const { rowCount } = await executor.query(DELETE_CHUNKS, [cabinetId, tableOf(source), sourceIds]);
  return rowCount ?? 0;
}

const RECORD_FAILURE = `
with old as (
  delete from public.rag_metadata
  where cabinet_id = $1::bigint and source_table = $2::text and source_id = $3::bigint
    and ($7::boolean or chunk_hash <> $4::varchar)
  returning id
)
insert into public.rag_index_failures as f (cabinet_id, source_table, source_id, chunk_hash, reason, model)
values ($1::bigint, $2::text, $3::bigint, $4::varchar, $5::text, $6::text)
on conflict (cabinet_id, source_table, source_id) do update
set chunk_hash = excluded.chunk_hash, reason = excluded.reason, model = excluded.model, updated_at = now(),
  attempts = case when f.chunk_hash = excluded.chunk_hash and f.model = excluded.model then f.attempts + 1 else 1 end
returning (select count(*) from old)::int4 as deleted`;

/**
 * Records that the provider of a model refused the text of a row. With `searched`, the chunk goes: it could not be found.
 * Without, the model is not searched yet, and only a chunk goes that no longer says what the row says. Resolves to how many
 * there were. Only under the lease.
 */
export async function recordFailure(
  executor: Executor,
  cabinetId: number,
  chunk: WantedChunk,
  { reason, model, searched }: { reason: string; model: string; searched: boolean },
): Promise<number> {
  const { source, sourceId, hash } = chunk;
  const parameters = [cabinetId, tableOf(source), sourceId, hash, reason, model, searched];
  const { rows } = await executor.query<{ deleted: number }>(RECORD_FAILURE, parameters);
  return rows[0]!.deleted;
}

const COUNT_PARKED_ROWS = `
select count(*)::float8 as rows from public.rag_index_failures
where attempts >= $1::bigint and ($2::bigint is null or cabinet_id = $2::bigint)`;

/** Rows whose text was refused at least so often; of all cabinets, or of one. Reads only. */
export async function countParkedRows(
  executor: Executor,
  attempts: number,
  cabinetId?: number,
): Promise<number> {
  const { rows } = await executor.query<{ rows: number }>(COUNT_PARKED_ROWS, [attempts, cabinetId ?? null]);
  return rows[0]!.rows;
}
