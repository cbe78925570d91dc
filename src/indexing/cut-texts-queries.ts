import type { Executor } from '../database/pool.ts';
import { tableOf } from '../source-tables.ts';
import type { WantedChunk } from './rows.ts';

/** A chunk whose vector is of the beginning of its text. */
export interface CutChunk {
  chunk: WantedChunk;
  embeddedChars: number;
  /** For the person who wonders why it is not found by what stands at its end. */
  reason: string;
}

const UPDATE_CUT = `
on conflict (cabinet_id, source_table, source_id, model) do update
set chunk_hash = excluded.chunk_hash, embedded_chars = excluded.embedded_chars, reason = excluded.reason, created_at = now()`;

const RECORD_CUTS = `
insert into public.rag_cut_texts (cabinet_id, source_table, source_id, model, chunk_hash, embedded_chars, reason)
select $1::bigint, u.source_table, u.source_id, $2::text, u.chunk_hash, u.embedded_chars, u.reason
from unnest($3::text[], $4::bigint[], $5::varchar[], $6::bigint[], $7::text[])
  as u (source_table, source_id, chunk_hash, embedded_chars, reason)
${UPDATE_CUT}`;

/** Records chunks that were just saved with vectors of their beginnings. Only under the lease; repeating it changes nothing. */
export async function recordCuts(
  executor: Executor,
  cabinetId: number,
  model: string,
  cuts: readonly CutChunk[],
): Promise<void> {
  if (cuts.length === 0) return;
  await executor.query(RECORD_CUTS, [
    cabinetId,
    model,
    ...keysOf(cuts.map(({ chunk }) => chunk)),
    cuts.map(({ embeddedChars }) => embeddedChars),
    cuts.map(({ reason }) => reason),
  ]);
}

// One look-up a chunk, which limit 1 makes sure of: most texts are not in this table at all.
const COPY_CUTS = `
insert into public.rag_cut_texts (cabinet_id, source_table, source_id, model, chunk_hash, embedded_chars, reason)
select $1::bigint, u.source_table, u.source_id, $2::text, u.chunk_hash, k.embedded_chars, k.reason
from unnest($3::text[], $4::bigint[], $5::varchar[]) as u (source_table, source_id, chunk_hash)
cross join lateral (
  select c.embedded_chars, c.reason from public.rag_cut_texts c
  where c.chunk_hash = u.chunk_hash and c.model = $2::text
  limit 1
) k
${UPDATE_CUT}`;

/**
 * Records the same of chunks that were just saved with the vector of another chunk, of whichever cabinet. Only under the lease;
 * repeating it changes nothing.
 */
export async function copyCuts(
  executor: Executor,
  cabinetId: number,
  model: string,
  chunks: readonly WantedChunk[],
): Promise<void> {
  if (chunks.length > 0) await executor.query(COPY_CUTS, [cabinetId, model, ...keysOf(chunks)]);
}

function keysOf(chunks: readonly WantedChunk[]): unknown[] {
  return [
    chunks.map(({ source }) => tableOf(source)),
    chunks.map(({ sourceId }) => sourceId),
    chunks.map(({ hash }) => hash),
  ];
}
