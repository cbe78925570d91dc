import type { Executor } from '../database/pool.ts';
import {
  conditions,
  FILTER_PARAMETERS,
  FILTER_PARTS,
  filterParameters,
  filterSql,
  ownProducts,
  type ChunkFilter,
} from './filter-sql.ts';

export interface FoundChunk {
  chunk_id: number;
  source_table: string;
  source_id: number;
  chunk_type: string;
  text: string;
  /** Cosine similarity to the question, -1 to 1; null: there is no vector of this text to compare. */
  similarity: number | null;
  updated_at: Date;
  /** YYYY-MM-DD, of what it is about. */
  document_date: string | null;
}

interface Scope {
  cabinetId: number;
  filter: ChunkFilter;
}

interface VectorScope extends Scope {
  model: string;
  /** From `encodeVector`, 1536 wide; null: nothing is compared. */
  vector: Buffer | null;
}

export interface NearestQuery extends VectorScope {
  /** Cosine distance, 0 to 2. */
  maxDistance: number;
  limit: number;
}

/** $1 is the cabinet; statements that need fewer parameters than five before the filter's let the others be null. */
const FIRST_FILTER_PARAMETER = 6;
const NEXT_PARAMETER = FIRST_FILTER_PARAMETER + FILTER_PARAMETERS;
const FILTER = filterSql(FIRST_FILTER_PARAMETER);
const OWN = ownProducts(FIRST_FILTER_PARAMETER);

const HIT_COLUMNS = `m.id::float8 as chunk_id, m.source_table, m.source_id::float8 as source_id, m.chunk_type,
  m.chunk_text as text, m.updated_at, m.document_date`;
/** Cards of products have no day; where they are asked for together with what happened, they say first what it is about. */
const NEWEST_FIRST = `m.chunk_type = 'product' desc, m.document_date desc nulls last, m.id desc`;

/**
 * An exact scan of one cabinet, which its key makes cheap: recall is 1. Distances are computed and sorted first; `offset 0`
 * keeps the planner from joining before, which took three times as long. The lateral part then fetches texts in that order,
 * only until the limit is reached, and passes over what the filter leaves out, and over vectors of another text than the
 * chunk has now: they wait to be replaced and must not speak for it. `distance <= 2` also drops NaN, which Postgres sorts
 * above all numbers. One statement, so one snapshot: a chunk never appears with a vector of before. Reads only, locks nothing.
 */
const NEAREST_OF_MANY = `
  ${OWN}
  select ${HIT_COLUMNS}, 1 - ranked.distance as similarity
  from (
    select e.metadata_id, e.chunk_hash, e.embedding <=> $3::vector(1536)::halfvec(1536) as distance
    from public.rag_embeddings e
    where e.cabinet_id = $1::bigint and e.model = $2::text
    order by distance, e.metadata_id
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
export async function findNearestOfMany(executor: Executor, query: NearestQuery): Promise<FoundChunk[]> {
  const { cabinetId, model, vector, maxDistance, limit, filter } = query;
  const parameters = [cabinetId, model, vector, maxDistance, limit, ...filterParameters(filter)];
  const { rows } = await executor.query<FoundChunk>(NEAREST_OF_MANY, parameters);
  return rows;
}

/**
 * Among few chunks, whose ids are $19, by look-ups: a join was planned as a hash table of all vectors of the cabinet. The
 * nearest and, with $20, the newest. The filter once more, as they may have changed since they were found. Reads only, locks
 * nothing.
 */
const BEST_OF_FEW = `
  ${OWN}
  select ${HIT_COLUMNS}, 1 - nullif(m.distance, 'NaN') as similarity,
    case when m.distance <= $4::double precision and m.nearness <= $5::integer then m.nearness::float8 end as rank
  from (
    select m.*, row_number() over (order by m.distance, m.id) as nearness, row_number() over (order by ${NEWEST_FIRST}) as newness
    from (
      select m.*, (
        select e.embedding <=> $3::vector(1536)::halfvec(1536) from public.rag_embeddings e
        where e.cabinet_id = $1::bigint and e.metadata_id = m.id and e.model = $2::text and e.chunk_hash = m.chunk_hash
        limit 1
      ) as distance
      from unnest($${NEXT_PARAMETER}::bigint[]) as given (id)
      cross join lateral (
        select * from public.rag_metadata m
        where m.cabinet_id = $1::bigint and m.id = given.id and ${FILTER}
        limit 1
      ) m
    ) m
  ) m
  where (m.distance <= $4::double precision and m.nearness <= $5::integer)
    or ($${NEXT_PARAMETER + 1}::boolean and m.newness <= $5::integer)
  order by m.nearness`;

/** `rank`: place among the nearest, from 1; null for one that is only new. */
export type BestChunk = FoundChunk & { rank: number | null };

/** The nearest of some chunks of one cabinet, nearest first, and, with `newest`, also the newest. */
export async function findBestOfFew(
  executor: Executor,
  { ids, newest, ...query }: NearestQuery & { ids: readonly number[]; newest: boolean },
): Promise<BestChunk[]> {
  const { cabinetId, model, vector, maxDistance, limit, filter } = query;
  const parameters = [cabinetId, model, vector, maxDistance, limit, ...filterParameters(filter), ids, newest];
  const { rows } = await executor.query<BestChunk>(BEST_OF_FEW, parameters);
  return rows;
}

const NEWEST = `
  ${OWN}
  select ${HIT_COLUMNS}, (
    select 1 - nullif(e.embedding <=> $3::vector(1536)::halfvec(1536), 'NaN') from public.rag_embeddings e
    where e.cabinet_id = $1::bigint and e.metadata_id = m.id and e.model = $2::text and e.chunk_hash = m.chunk_hash
    limit 1
  ) as similarity
  from (
    select m.* from public.rag_metadata m
    where m.cabinet_id = $1::bigint and $4::text is null and ${FILTER}
    order by ${NEWEST_FIRST}
    limit $5::integer
  ) m`;

/** The newest chunks of one cabinet that the filter leaves, by the day of what they are about. Reads only, locks nothing. */
export async function findNewest(
  executor: Executor,
  { cabinetId, model, vector, limit, filter }: VectorScope & { limit: number },
): Promise<FoundChunk[]> {
  const parameters = [cabinetId, model, vector, null, limit, ...filterParameters(filter)];
  const { rows } = await executor.query<FoundChunk>(NEWEST, parameters);
  return rows;
}

const FETCH = `
  ${OWN}
  select ${HIT_COLUMNS}, (
    select 1 - nullif(e.embedding <=> $3::vector(1536)::halfvec(1536), 'NaN') from public.rag_embeddings e
    where e.cabinet_id = $1::bigint and e.metadata_id = m.id and e.model = $2::text and e.chunk_hash = m.chunk_hash
    limit 1
  ) as similarity
  from unnest($4::bigint[]) as given (id)
  cross join lateral (
    select * from public.rag_metadata m
    where m.cabinet_id = $1::bigint and m.id = given.id and $5::text is null and ${FILTER}
    limit 1
  ) m`;

/**
 * These chunks of one cabinet, in no order. Those that are gone, or are by now what the filter leaves out, are missing.
 * Reads only, locks nothing.
 */
export async function fetchChunks(
  executor: Executor,
  { cabinetId, model, vector, filter }: VectorScope,
  ids: readonly number[],
): Promise<FoundChunk[]> {
  const parameters = [cabinetId, model, vector, ids, null, ...filterParameters(filter)];
  const { rows } = await executor.query<FoundChunk>(FETCH, parameters);
  return rows;
}

/** Words that one statement tells apart; the rest of a question is not looked for by full text. */
export const MAX_TEXT_TERMS = 20;
/** Bits above those of the words: it is a review, and one that gives few stars. */
export const REVIEW_BIT = MAX_TEXT_TERMS;
export const LOW_RATING_BIT = MAX_TEXT_TERMS + 1;

const term = (number: number) => `to_tsquery('pg_catalog.russian', $${NEXT_PARAMETER + number}::text)`;
const WORD_BITS = Array.from(
  { length: MAX_TEXT_TERMS },
  (_, number) => `(coalesce(m.words @@ ${term(number)}, false)::int << ${number})`,
).join(' | ');
const ANY_WORD = term(MAX_TEXT_TERMS);

/**
 * Chunks by which of the words they have, as a bit mask: how many have exactly these, and which, in no order. One pass over
 * the cabinet without sorting, however many chunks a word is in; who weighs the words (text-ranking.ts) needs only the masks.
 * Most chunks have none of the words, so one look for any comes before those for each, and their ids are not needed unless
 * $4 says so. Reads only, locks nothing.
 */
const MATCHES_BY_WORDS = `
  ${OWN}
  select mask, count(*)::float8 as chunks,
    coalesce((array_agg(id) filter (where mask <> 0 or $4::boolean))[1:$5::integer]::float8[], '{}') as ids
  from (
    select m.id, case when m.words @@ ${ANY_WORD} then ${WORD_BITS} else 0 end
      | (coalesce($2::boolean and m.chunk_type = 'review', false)::int << ${REVIEW_BIT})
      | (coalesce($3::boolean and m.chunk_type = 'review' and m.rating <= 3, false)::int << ${LOW_RATING_BIT}) as mask
    from public.rag_metadata m
    where m.cabinet_id = $1::bigint
      and ${FILTER}
    -- Keeps the planner from sorting all chunks by the mask: of a column that it knows nothing of it expects few values.
    offset 0
  ) matched
  group by mask`;

export interface WordMatches {
  /** Bit n: they have word n; the bits above are `REVIEW_BIT` and `LOW_RATING_BIT`. */
  mask: number;
  chunks: number;
  ids: number[];
}

export interface WordsQuery extends Scope {
  /** to_tsquery texts, at most `MAX_TEXT_TERMS`. */
  terms: readonly string[];
  /** Whether these bits are asked for. */
  reviews: boolean;
  lowRatings: boolean;
  /** Also ids of chunks that have none of the words. */
  others: boolean;
  /** Ids of each mask. */
  limit: number;
}

export async function findByWords(executor: Executor, query: WordsQuery): Promise<WordMatches[]> {
  const { cabinetId, terms, reviews, lowRatings, others, limit, filter } = query;
  const each = Array.from({ length: MAX_TEXT_TERMS }, (_, number) => terms[number] ?? null);
  // Each word once, however many terms it belongs to: this one look costs most of the statement.
  const words = new Set(terms.flatMap((text) => text.split(' | ')));
  const any = words.size === 0 ? null : [...words].join(' | ');
  const parameters = [
    cabinetId,
    reviews,
    lowRatings,
    others,
    limit,
    ...filterParameters(filter),
    ...each,
    any,
  ];
  const { rows } = await executor.query<WordMatches>(MATCHES_BY_WORDS, parameters);
  return rows;
}

const PARTS = conditions(FIRST_FILTER_PARAMETER);
const MISSED_BITS = [
  ...FILTER_PARTS.map((part, bit) => `((${PARTS[part]} is not true)::int << ${bit})`),
  `(($2::text[] is not null and m.chunk_type <> all ($2::text[]))::int << ${FILTER_PARTS.length})`,
].join(' | ');

/** By which parts of the filter a chunk misses, and of which types it is. One pass over the cabinet. Reads only. */
const MISSED = `
  ${OWN}
  select distinct ${MISSED_BITS} as missed
  from public.rag_metadata m
  where m.cabinet_id = $1::bigint and $3::text is null and $4::text is null and $5::text is null and ${PARTS.chunkTypes}`;

/**
 * In which ways chunks of a cabinet are not what the filter asks for: masks of the parts that they miss, bits as in
 * `FILTER_PARTS`; the bit above them: they are of none of these types. 0: there is one that misses nothing.
 */
export async function readMissed(
  executor: Executor,
  { cabinetId, filter }: Scope,
  types: readonly string[] | null,
): Promise<number[]> {
  // Without the last, the tables of the classes: those of other tables are what is asked about.
  const conditionsOnly = filterParameters(filter).slice(0, -1);
  const parameters = [cabinetId, types, null, null, null, ...conditionsOnly];
  const { rows } = await executor.query<{ missed: number }>(MISSED, parameters);
  return rows.map(({ missed }) => missed);
}
