import type { Executor } from '../database/pool.ts';
import { filterParameters, NO_FILTER } from './filter-sql.ts';
import { CANDIDATE, FILTER, OWN, type Candidate, type NearestQuery } from './queries.ts';

const RANKED = `
    select e.metadata_id, e.chunk_hash, e.embedding <=> $3::vector(1536)::halfvec(1536) as distance
    from public.rag_embeddings e
    where e.cabinet_id = $1::bigint and e.model = $2::text
    order by distance, e.metadata_id`;

/**
 * An exact scan of one cabinet, which its key makes cheap: recall is 1. Distances are computed and sorted first; the limit
 * keeps the planner from joining before, which took three times as long, and lets it keep only so many of them while it
 * sorts, a sixth of the time of the scan. `chunkId` is null where the vector is of another text than the chunk has now: it
 * waits to be replaced and must not speak for it. `distance <= 2` also drops NaN, which Postgres sorts above all numbers. One
 * statement, so one snapshot: a chunk is never compared by a vector of before. Reads only, locks nothing.
 */
const NEAREST_OF_ALL = `
  select ${CANDIDATE}
  from (${RANKED}
    limit $5::integer
  ) ranked
  left join lateral (
    select * from public.rag_metadata m
    where m.cabinet_id = $1::bigint and m.id = ranked.metadata_id and m.chunk_hash = ranked.chunk_hash
    limit 1
  ) m on true
  where ranked.distance <= $4::double precision
  order by ranked.distance, ranked.metadata_id`;

/** Looked at besides as many as are asked for: for those whose vector waits to be replaced. */
const SPARE_SHARE = 2;

/** The nearest chunks of one cabinet, nearest first, equals by id. */
export async function findNearest(
  executor: Executor,
  query: Omit<NearestQuery, 'filter'>,
): Promise<Candidate[]> {
  const { cabinetId, model, vector, maxDistance, limit } = query;
  const looked = SPARE_SHARE * limit;
  const parameters = [cabinetId, model, vector, maxDistance, looked];
  const { rows } = await executor.query<Candidate | { chunkId: null }>(NEAREST_OF_ALL, parameters);
  const found = rows.filter((row): row is Candidate => row.chunkId !== null).slice(0, limit);
  if (found.length === limit || rows.length < looked) return found;
  // Most of a cabinet is being embedded anew.
  return findNearestOfMany(executor, { ...query, filter: NO_FILTER });
}

/** As above, but passes over what the filter leaves out, in the order of distances, until the limit is reached. */
const NEAREST_OF_MANY = `
  ${OWN}
  select ${CANDIDATE}
  from (${RANKED}
    offset 0
  ) ranked
  cross join lateral (
    select * from public.rag_metadata m
    where m.cabinet_id = $1::bigint and m.id = ranked.metadata_id and m.chunk_hash = ranked.chunk_hash
      and ${FILTER}
    offset 0
  ) m
  where ranked.distance <= $4::double precision
  order by ranked.distance, ranked.metadata_id
  limit $5::integer`;

/** The nearest chunks of one cabinet that the filter leaves, nearest first, equals by id. */
export async function findNearestOfMany(executor: Executor, query: NearestQuery): Promise<Candidate[]> {
  const { cabinetId, model, vector, maxDistance, limit, filter } = query;
  const parameters = [cabinetId, model, vector, maxDistance, limit, ...filterParameters(filter)];
  const { rows } = await executor.query<Candidate>(NEAREST_OF_MANY, parameters);
  return rows;
}
