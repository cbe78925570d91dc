import type { Executor } from '../database/pool.ts';
import { fuseRankings, type Ranking } from './fusion.ts';
import { isOpen, type ChunkFilter } from './filter-sql.ts';
import {
  fetchChunks,
  findBestOfFew,
  findByWords,
  findNearestOfMany,
  findNewest,
  type FoundChunk,
} from './queries.ts';
import type { SearchMode } from './search-request.ts';
import { bitsOf, rankByWords, type RankedByWords, type TermBits } from './text-ranking.ts';
import type { Understanding } from './understanding/understand.ts';

export interface RankRequest {
  cabinetId: number;
  model: string;
  /** Null: nothing is compared by vectors. */
  vector: Buffer | null;
  mode: SearchMode;
  /** Cosine distance, 0 to 2. */
  maxDistance: number;
  limit: number;
  filter: ChunkFilter;
  terms: Understanding['terms'];
  prefers: Understanding['prefers'];
  recent: boolean;
  /** Vectors of a model, not of the local embedder. */
  semantic: boolean;
  /** Something of the question is a filter or a boost. */
  understood: boolean;
}

export interface HitExplanation {
  /** Place among the nearest vectors, from 1. */
  vector?: { rank: number; similarity: number; weight: number };
  /** Place by the words that it has; equals share one. `score`: the sum of the words' weights. */
  text?: { rank: number; score: number; weight: number };
  /** Place by date, newest first. */
  recency?: { rank: number; weight: number };
}

export interface RankedChunk {
  chunk: FoundChunk;
  score: number;
  explanation: HitExplanation;
}

/** Of so many chunks vectors are looked up one by one; of more, all of the cabinet are compared. */
const FEW_CHUNKS = 1_000;
/** Each list goes so deep, or three times as deep as what is asked for: what both have in the middle comes to the top. */
const LEAST_CANDIDATES = 60;

const WEIGHTS = {
  text: 1,
  /** Vectors of a model know what is meant; those of the local embedder compare words once more, and typing errors. */
  semanticVector: 1,
  lexicalVector: 1.5,
  /** What is left of an understood question are few telling words, which full text finds better. */
  lexicalVectorWhereUnderstood: 0.4,
  /** Where every word was understood, a vector has nothing to tell that the filter has not. */
  vectorWithoutWords: 0.2,
  recency: 0.5,
  /** Where the newest are asked for. */
  recencyAskedFor: 3,
};

/** The chunks that a filter leaves, by vector, by words, and by date where that is asked for, fused into one order. */
export async function rankChunks(executor: Executor, request: RankRequest): Promise<RankedChunk[]> {
  const { mode, limit } = request;
  if (mode === 'vector') return orderByVector(await findAllNearest(executor, request));
  const candidates = Math.max(LEAST_CANDIDATES, 3 * limit);
  const bits = bitsOf(request.terms);
  const ranksByWords = bits.texts.length > 0 || request.prefers !== undefined;
  const found =
    !ranksByWords && (mode === 'text' || !request.semantic) && !isOpen(request.filter)
      ? { nearest: [], byWords: [], newest: await findNewest(executor, { ...request, limit: candidates }) }
      : await findCandidates(executor, request, bits, candidates);
  const { nearest, byWords, newest } = found;

  const chunks = new Map([...nearest, ...newest].map((chunk) => [chunk.chunk_id, chunk]));
  const missing = byWords.map(({ id }) => id).filter((id) => !chunks.has(id));
  const fetched = missing.length === 0 ? [] : await fetchChunks(executor, request, missing);
  for (const chunk of fetched) chunks.set(chunk.chunk_id, chunk);
  for (const [id, chunk] of chunks) if (!isNearEnough(chunk, request)) chunks.delete(id);

  const { recent } = request;
  const byDate = newest.length > 0 ? rankByDate([...chunks.values()], recent) : new Map<number, number>();
  const rankings: Ranking[] = [
    {
      name: 'vector',
      weight: vectorWeight(request, ranksByWords),
      ranks: new Map(nearest.map(({ chunk_id: id }, place) => [id, place + 1])),
    },
    { name: 'text', weight: WEIGHTS.text, ranks: new Map(byWords.map(({ id, rank }) => [id, rank])) },
    { name: 'recency', weight: recent ? WEIGHTS.recencyAskedFor : WEIGHTS.recency, ranks: byDate },
  ];
  return order(chunks, rankings, byWords).slice(0, limit);
}

interface Candidates {
  /** Nearest first. */
  nearest: FoundChunk[];
  byWords: RankedByWords[];
  newest: FoundChunk[];
}

async function findCandidates(
  executor: Executor,
  request: RankRequest,
  bits: TermBits,
  candidates: number,
): Promise<Candidates> {
  const { vector, mode, recent, prefers } = request;
  const query = { ...request, limit: candidates };
  const open = isOpen(request.filter);
  const matching = findByWords(executor, {
    ...request,
    terms: bits.texts,
    reviews: prefers !== undefined,
    lowRatings: prefers === 'complaints',
    others: !open,
    limit: FEW_CHUNKS,
  });
  const usesVector = mode === 'hybrid' && vector !== null;
  if (open) {
    // Nothing is known of how many there are, and all vectors are compared in any case: both at once.
    const [matches, nearest, newest] = await Promise.all([
      matching,
      usesVector ? findNearestOfMany(executor, query) : [],
      recent ? findNewest(executor, query) : [],
    ]);
    return { nearest, byWords: rankByWords(matches, bits, candidates), newest };
  }
  const matches = await matching;
  const byWords = rankByWords(matches, bits, candidates);
  const wantsNewest = recent || byWords.length === 0;
  const count = matches.reduce((sum, { chunks }) => sum + chunks, 0);
  if (usesVector && count <= FEW_CHUNKS) {
    const ids = matches.flatMap((match) => match.ids);
    const best = await findBestOfFew(executor, { ...query, ids, newest: wantsNewest });
    const nearest = best.filter(({ rank }) => rank !== null);
    return { nearest, byWords, newest: wantsNewest ? best : [] };
  }
  const [nearest, newest] = await Promise.all([
    usesVector ? findNearestOfMany(executor, query) : [],
    wantsNewest ? findNewest(executor, query) : [],
  ]);
  return { nearest, byWords, newest };
}

async function findAllNearest(executor: Executor, request: RankRequest): Promise<FoundChunk[]> {
  if (isOpen(request.filter)) return findNearestOfMany(executor, request);
  const all = { ...request, terms: [], reviews: false, lowRatings: false, others: true, limit: FEW_CHUNKS };
  const matches = await findByWords(executor, all);
  const count = matches.reduce((sum, { chunks }) => sum + chunks, 0);
  if (count > FEW_CHUNKS) return findNearestOfMany(executor, request);
  return findBestOfFew(executor, { ...request, ids: matches.flatMap(({ ids }) => ids), newest: false });
}

function orderByVector(nearest: readonly FoundChunk[]): RankedChunk[] {
  const ranks = new Map(nearest.map(({ chunk_id: id }, place) => [id, place + 1]));
  const chunks = new Map(nearest.map((chunk) => [chunk.chunk_id, chunk]));
  return order(chunks, [{ name: 'vector', weight: 1, ranks }], []);
}

function vectorWeight({ semantic, understood }: RankRequest, ranksByWords: boolean): number {
  if (!ranksByWords) return WEIGHTS.vectorWithoutWords;
  if (semantic) return WEIGHTS.semanticVector;
  return understood ? WEIGHTS.lexicalVectorWhereUnderstood : WEIGHTS.lexicalVector;
}

function order(
  chunks: ReadonlyMap<number, FoundChunk>,
  rankings: readonly Ranking[],
  byWords: readonly RankedByWords[],
): RankedChunk[] {
  const scores = fuseRankings(rankings);
  const wordScores = new Map(byWords.map(({ id, score }) => [id, score]));
  return [...chunks.values()]
    .map((chunk): RankedChunk => {
      const id = chunk.chunk_id;
      const explanation: HitExplanation = {};
      for (const { name, weight, ranks } of rankings) {
        const rank = ranks.get(id);
        if (rank === undefined) continue;
        if (name === 'vector') explanation.vector = { rank, weight, similarity: chunk.similarity ?? 0 };
        else if (name === 'text') explanation.text = { rank, weight, score: wordScores.get(id) ?? 0 };
        else explanation.recency = { rank, weight };
      }
      return { chunk, score: scores.get(id) ?? 0, explanation };
    })
    .sort((a, b) => b.score - a.score || a.chunk.chunk_id - b.chunk.chunk_id);
}

/** Ranks by day, newest first; of one day all are equal. What has no day comes last, cards of products first unless `recent`. */
function rankByDate(chunks: readonly FoundChunk[], recent: boolean): Map<number, number> {
  const dayOf = ({ chunk_type: type, document_date: day }: FoundChunk) =>
    type === 'product' && !recent ? '9999' : (day ?? '');
  const sorted = chunks.map((chunk) => ({ id: chunk.chunk_id, day: dayOf(chunk) }));
  sorted.sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0));
  const ranks = new Map<number, number>();
  sorted.forEach(({ id, day }, place) => {
    const before = sorted[place - 1];
    ranks.set(id, before?.day === day ? ranks.get(before.id)! : place + 1);
  });
  return ranks;
}

function isNearEnough({ similarity }: FoundChunk, { maxDistance, vector }: RankRequest): boolean {
  return vector === null || maxDistance >= 2 || (similarity !== null && 1 - similarity <= maxDistance);
}
