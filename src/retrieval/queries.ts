import type { Executor } from '../database/pool.ts';
import {
  FILTER_PARAMETERS,
  filterParameters,
  filterSql,
  ownProducts,
  type ChunkFilter,
} from './filter-sql.ts';

/** What a chunk is ranked by. Of a hundred of them ten are answered, so only those are read whole. */
export interface Candidate {
  chunkId: number;
  chunkType: string;
  /** YYYY-MM-DD, of what it is about. */
  documentDate: string | null;
}

export interface FoundChunk extends Candidate {
  sourceTable: string;
  sourceId: number;
  text: string;
  /** Cosine similarity to the question, -1 to 1; null: there is no vector of this text to compare. */
  similarity: number | null;
  updatedAt: Date;
}

export interface Scope {
  cabinetId: number;
  filter: ChunkFilter;
}

export interface VectorScope extends Scope {
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
export const FIRST_FILTER_PARAMETER = 6;
const NEXT_PARAMETER = FIRST_FILTER_PARAMETER + FILTER_PARAMETERS;
export const FILTER = filterSql(FIRST_FILTER_PARAMETER);
export const OWN = ownProducts(FIRST_FILTER_PARAMETER);

export const CANDIDATE = `m.id::float8 as "chunkId", m.chunk_type as "chunkType", m.document_date as "documentDate"`;
/** Cards of products have no day; where they are asked for together with what happened, they say first what it is about. */
const NEWEST_FIRST = `m.chunk_type = 'product' desc, m.document_date desc nulls last, m.id desc`;

const NEWEST = `
  ${OWN}
  select ${CANDIDATE}
  from public.rag_metadata m
  where m.cabinet_id = $1::bigint and $2::text is null and $3::text is null and $4::text is null and ${FILTER}
  order by ${NEWEST_FIRST}
  limit $5::integer`;

/** The newest chunks of one cabinet that the filter leaves, by the day of what they are about. Reads only, locks nothing. */
export async function findNewest(
  executor: Executor,
  { cabinetId, limit, filter }: Scope & { limit: number },
): Promise<Candidate[]> {
  const parameters = [cabinetId, null, null, null, limit, ...filterParameters(filter)];
  const { rows } = await executor.query<Candidate>(NEWEST, parameters);
  return rows;
}

const FETCH = `
  ${OWN}
  select m.id::float8 as "chunkId", m.source_table as "sourceTable", m.source_id::float8 as "sourceId",
    m.chunk_type as "chunkType", m.chunk_text as text, m.updated_at as "updatedAt", m.document_date as "documentDate", (
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
 * These chunks of one cabinet, in no order. Those that are gone, or are by now what the filter leaves out, are missing. One
 * statement, so one snapshot: a text never comes with the similarity of another. Reads only, locks nothing.
 */
export async function fetchChunks(
  executor: Executor,
  { cabinetId, model, vector, filter }: VectorScope,
  ids: readonly number[],
): Promise<FoundChunk[]> {
  const parameters = [cabinetId, model, vector, ids, null, ...filterParameters(filter)];
  // Prepared: each search ends with it, and what it reads by key has one plan, whatever the filter is. The others have not.
  const { rows } = await executor.query<FoundChunk>({
    name: 'fetch_chunks',
    text: FETCH,
    values: parameters,
  });
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
/** Most chunks have none of the words, so one look for any comes before those for each. */
const MASK = `case when m.words @@ ${ANY_WORD} then ${WORD_BITS} else 0 end
      | (coalesce($2::boolean and m.chunk_type = 'review', false)::int << ${REVIEW_BIT})
      | (coalesce($3::boolean and m.chunk_type = 'review' and m.rating <= 3, false)::int << ${LOW_RATING_BIT}) as mask`;
/** How many have exactly these words, and which, of those that have any. */
const BY_MASK = `mask, count(*)::float8 as chunks,
    coalesce((array_agg(id) filter (where mask <> 0))[1:$4::integer]::float8[], '{}') as ids`;
const WITH_MASK = `from public.rag_metadata m
    where m.cabinet_id = $1::bigint and $5::text is null
      and ${FILTER}`;

/**
 * Chunks by which of the words they have, as a bit mask, in no order. One pass over the cabinet without sorting, however many
 * chunks a word is in; who weighs the words (text-ranking.ts) needs only the masks. Reads only, locks nothing.
 */
const MATCHES_BY_WORDS = `
  ${OWN}
  select ${BY_MASK}
  from (
    select m.id, ${MASK}
    ${WITH_MASK}
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
  /** Ids of each mask. */
  limitOfMask: number;
}

function wordsParameters({
  cabinetId,
  terms,
  reviews,
  lowRatings,
  limitOfMask,
  filter,
}: WordsQuery): unknown[] {
  const each = Array.from({ length: MAX_TEXT_TERMS }, (_, number) => terms[number] ?? null);
  // Each word once, however many terms it belongs to: this one look costs most of the statement.
  const words = new Set(terms.flatMap((text) => text.split(' | ')));
  const any = words.size === 0 ? null : [...words].join(' | ');
  return [cabinetId, reviews, lowRatings, limitOfMask, null, ...filterParameters(filter), ...each, any];
}

export async function findByWords(executor: Executor, query: WordsQuery): Promise<WordMatches[]> {
  const { rows } = await executor.query<WordMatches>(MATCHES_BY_WORDS, wordsParameters(query));
  return rows;
}

const [MODEL, VECTOR, MAX_DISTANCE, LIMIT, FEW, NEWEST_TOO, WORDS] = Array.from(
  { length: 7 },
  (_, number) => `$${NEXT_PARAMETER + MAX_TEXT_TERMS + 1 + number}`,
) as [string, string, string, string, string, string, string];

/**
 * The same of what a filter leaves and, where that is few, the nearest and the newest of them at once. Vectors of few are
 * looked up one by one: a join was planned as a hash table of all vectors of the cabinet. One statement, so one snapshot.
 * Reads only, locks nothing.
 */
const MATCHES_AND_BEST = `
  ${OWN},
  matched as materialized (
    select m.id, m.chunk_type, m.document_date, m.chunk_hash, ${MASK}
    ${WITH_MASK}
  ),
  compared as materialized (
    select m.id, m.chunk_type, m.document_date, (
      select e.embedding <=> ${VECTOR}::vector(1536)::halfvec(1536) from public.rag_embeddings e
      where e.cabinet_id = $1::bigint and e.metadata_id = m.id and e.model = ${MODEL}::text and e.chunk_hash = m.chunk_hash
      limit 1
    ) as distance
    from matched m
    where (select count(*) from matched) <= ${FEW}::integer
  )
  select ${BY_MASK}, null::float8 as "chunkId", null::text as "chunkType", null::text as "documentDate",
    null::float8 as rank
  from matched
  group by mask
  union all
  (
    select null, null, null, ${CANDIDATE},
      case when m.distance <= ${MAX_DISTANCE}::double precision and m.nearness <= ${LIMIT}::integer then m.nearness::float8 end
    from (
      select m.*, row_number() over (order by m.distance, m.id) as nearness, row_number() over (order by ${NEWEST_FIRST}) as newness
      from compared m
    ) m
    where (m.distance <= ${MAX_DISTANCE}::double precision and m.nearness <= ${LIMIT}::integer)
      or (m.newness <= ${LIMIT}::integer
        and (${NEWEST_TOO}::boolean or not exists (select from matched where mask & ${WORDS}::integer <> 0)))
  )`;

/** `rank`: place among the nearest, from 1; null for one that is only new. */
export type BestCandidate = Candidate & { rank: number | null };

export interface BestQuery extends NearestQuery, WordsQuery {
  /** Of more chunks than these none is compared. */
  few: number;
  /** The newest, too: whenever asked for, or else where no chunk has one of these bits. */
  newest: boolean;
  unlessBits: number;
}

/** `best`: nearest first, then the newest. */
export async function findMatchesAndBest(
  executor: Executor,
  query: BestQuery,
): Promise<{ matches: WordMatches[]; best: BestCandidate[] }> {
  const { model, vector, maxDistance, limit, few, newest, unlessBits } = query;
  const parameters = [model, vector, maxDistance, limit, few, newest, unlessBits];
  const { rows } = await executor.query<WordMatches | (BestCandidate & { mask: null })>(MATCHES_AND_BEST, [
    ...wordsParameters(query),
    ...parameters,
  ]);
  const isMatch = (row: (typeof rows)[number]): row is WordMatches => row.mask !== null;
  const best = rows.filter((row) => !isMatch(row));
  // Nothing says in which order rows of two parts come.
  best.sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0);
  return { matches: rows.filter(isMatch), best };
}
