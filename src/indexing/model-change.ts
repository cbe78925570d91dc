import type { Database, Executor } from '../database/pool.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';

const CABINETS_WITHOUT_MODEL = `
select s.cabinet_id::float8 as "cabinetId"
from public.rag_index_status s
where exists (
  select from public.rag_metadata m
  where m.cabinet_id = s.cabinet_id
    and not exists (
      select from public.rag_embeddings e
      where e.cabinet_id = m.cabinet_id and e.metadata_id = m.id and e.model = $1::text
    )
)
order by s.cabinet_id`;

/** Cabinets with a chunk that has no vector of this model: a search by it does not find that chunk. Reads only. */
async function findCabinetsWithoutModel(executor: Executor, model: string): Promise<number[]> {
  const { rows } = await executor.query<{ cabinetId: number }>(CABINETS_WITHOUT_MODEL, [model]);
  return rows.map((row) => row.cabinetId);
}

/**
 * After a change of the embedding model, has every cabinet compared whose chunks have vectors of another. Doing it twice
 * costs a comparison and embeds nothing twice.
 */
export async function followModelChange(
  { vector, jobs, log }: { vector: Database; jobs: Jobs; log: Log },
  model: string,
): Promise<void> {
  const cabinets = await findCabinetsWithoutModel(vector.pool, model);
  if (cabinets.length === 0) return;
  await jobs.sendRagIndex(cabinets.map((cabinetId) => ({ cabinet_id: cabinetId, mode: 'incremental' })));
  log.warn(
    { model, cabinets },
    `${cabinets.length} cabinets have chunks without a vector of the model ${model}; they are embedded now and found when that is done`,
  );
}
