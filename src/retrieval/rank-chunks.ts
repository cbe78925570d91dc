import type { Executor } from '../database/pool.ts';
import { fuseRankings, type Ranking } from './fusion.ts';
import { isOpen, type ChunkFilter } from './filter-sql.ts';
import {
  fetchChunks,
  findByWords,
  findMatchesAndBest,
  findNewest,
  type Candidate,
  type FoundChunk,
  type WordMatches,
} from './queries.ts';
import { findNearest, findNearestOfMany } from './nearest-queries.ts';
import type { SearchMode } from './search-request.ts';
import { bitsOf, rankByWords, wordBits, type RankedByWords, type TermBits } from './text-ranking.ts';
import type { SearchTask } from '../understanding/constraints.ts';

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
  terms: SearchTask['terms'];
  prefers: SearchTask['prefers'];
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

const MAX_DISTANCE = 2;
/** Of so many chunks vectors are looked up one by one; of more, all of the cabinet are compared. */
const FEW_CHUNKS = 1_000;
/** Of chunks that have the same words so many are told apart. */
const MOST_OF_MASK = 1_000;
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
  const { mode, limit, recent } = request;
  if (mode === 'vector') {
    const ranks = placesOf(await findAllNearest(executor, request));
    return readBest(executor, request, fuse(ranks.keys(), [{ name: 'vector', weight: 1, ranks }], []));
  }
  const candidates = Math.max(LEAST_CANDIDATES, 3 * limit);
  const bits = bitsOf(request.terms);
  const ranksByWords = bits.texts.length > 0 || request.prefers !== undefined;
  const { nearest, byWords, newest } =
    !ranksByWords && (mode === 'text' || !request.semantic) && !isOpen(request.filter)
      ? { nearest: [], byWords: [], newest: await findNewest(executor, { ...request, limit: candidates }) }
      : await findCandidates(executor, request, bits, candidates);

  const ranksByDate = newest.length > 0;
  let chunks = new Map<number, Candidate>([...nearest, ...newest].map((chunk) => [chunk.chunkId, chunk]));
  const ids = [...new Set([...chunks.keys(), ...byWords.map(({ id }) => id)])];
  let read: Map<number, FoundChunk> | undefined;
  if (request.maxDistance < MAX_DISTANCE || (ranksByDate && ids.length > chunks.size)) {
    // Which of them are near enough, or of which day they are, has its part in the order.
    chunks = read = await readChunks(executor, request, ids);
  }
  const rankings: Ranking[] = [
    { name: 'vector', weight: vectorWeight(request, ranksByWords), ranks: placesOf(nearest) },
    { name: 'text', weight: WEIGHTS.text, ranks: new Map(byWords.map(({ id, rank }) => [id, rank])) },
    {
      name: 'recency',
      weight: recent ? WEIGHTS.recencyAskedFor : WEIGHTS.recency,
      ranks: ranksByDate ? rankByDate([...chunks.values()], recent) : new Map<number, number>(),
    },
  ];
  return readBest(executor, request, fuse(read?.keys() ?? ids, rankings, byWords), read);
}

interface Candidates {
  /** Nearest first. */
  nearest: Candidate[];
  byWords: RankedByWords[];
  newest: Candidate[];
}

async function findCandidates(
  executor: Executor,
  request: RankRequest,
  bits: TermBits,
  candidates: number,
): Promise<Candidates> {
  const { vector, mode, recent, prefers } = request;
  const query = { ...request, limit: candidates };
  const usesVector = mode === 'hybrid' && vector !== null;
  const words = {
    ...query,
    terms: bits.texts,
    reviews: prefers !== undefined,
    lowRatings: prefers === 'complaints',
    limitOfMask: MOST_OF_MASK,
  };
  if (isOpen(request.filter)) {
    // Nothing is known of how many there are, and all vectors are compared in any case: both at once.
    const [matches, nearest, newest] = await Promise.all([
      findByWords(executor, words),
      usesVector ? findNearest(executor, query) : [],
      recent ? findNewest(executor, query) : [],
    ]);
    return { nearest, byWords: rankByWords(matches, bits, candidates), newest };
  }
  const few = usesVector ? FEW_CHUNKS : 0;
  const { matches, best } = await findMatchesAndBest(executor, {
    ...words,
    few,
    newest: recent,
    unlessBits: wordBits(bits),
  });
  const byWords = rankByWords(matches, bits, candidates);
  const wantsNewest = recent || byWords.length === 0;
  const count = countOf(matches);
  if (count <= few) {
    const nearest = best.filter(({ rank }) => rank !== null);
    return { nearest, byWords, newest: wantsNewest ? best : [] };
  }
  const [nearest, newest] = await Promise.all([
    usesVector ? findNearestOfMany(executor, query) : [],
    wantsNewest ? findNewest(executor, query) : [],
  ]);
  return { nearest, byWords, newest };
}

async function findAllNearest(executor: Executor, request: RankRequest): Promise<Candidate[]> {
  if (isOpen(request.filter)) return findNearest(executor, request);
  const noWords = { terms: [], reviews: false, lowRatings: false, limitOfMask: 0 };
  const { matches, best } = await findMatchesAndBest(executor, {
    ...request,
    ...noWords,
    few: FEW_CHUNKS,
    newest: false,
    unlessBits: 0,
  });
  if (countOf(matches) > FEW_CHUNKS) return findNearestOfMany(executor, request);
  // Without bits to look for the newest come, too.
  return best.filter(({ rank }) => rank !== null);
}

function countOf(matches: readonly WordMatches[]): number {
  return matches.reduce((sum, { chunks }) => sum + chunks, 0);
}

function placesOf(nearest: readonly Candidate[]): Map<number, number> {
  return new Map(nearest.map(({ chunkId: id }, place) => [id, place + 1]));
}

function vectorWeight({ semantic, understood }: RankRequest, ranksByWords: boolean): number {
  if (!ranksByWords) return WEIGHTS.vectorWithoutWords;
  if (semantic) return WEIGHTS.semanticVector;
  return understood ? WEIGHTS.lexicalVectorWhereUnderstood : WEIGHTS.lexicalVector;
}

interface RankedId {
  id: number;
  score: number;
  /** Each with the similarity of a hit still to come. */
  explain: (similarity: number | null) => HitExplanation;
}

/** Best first, equals by id. */
function fuse(
  ids: Iterable<number>,
  rankings: readonly Ranking[],
  byWords: readonly RankedByWords[],
): RankedId[] {
  const scores = fuseRankings(rankings);
  const explain = (id: number, similarity: number | null): HitExplanation => {
    const explanation: HitExplanation = {};
    for (const { name, weight, ranks } of rankings) {
      const rank = ranks.get(id);
      if (rank === undefined) continue;
      if (name === 'vector') explanation.vector = { rank, weight, similarity: similarity ?? 0 };
      else if (name === 'text') {
        const score = byWords.find((word) => word.id === id)?.score ?? 0;
        explanation.text = { rank, weight, score };
      } else explanation.recency = { rank, weight };
    }
    return explanation;
  };
  return Array.from(ids, (id) => ({
    id,
    score: scores.get(id) ?? 0,
    explain: (similarity: number | null) => explain(id, similarity),
  })).sort((a, b) => b.score - a.score || a.id - b.id);
}

/** The texts of the first ones; in the place of one that is gone since it was ranked comes the next. */
async function readBest(
  executor: Executor,
  request: RankRequest,
  order: readonly RankedId[],
  read?: ReadonlyMap<number, FoundChunk>,
): Promise<RankedChunk[]> {
  const best: RankedChunk[] = [];
  for (let next = 0; best.length < request.limit && next < order.length;) {
    const taken = order.slice(next, next + request.limit - best.length);
    next += taken.length;
    const ids = taken.map(({ id }) => id);
    const chunks = read ?? (await readChunks(executor, request, ids));
    for (const { id, score, explain } of taken) {
      const chunk = chunks.get(id);
      if (chunk !== undefined) best.push({ chunk, score, explanation: explain(chunk.similarity) });
    }
  }
  return best;
}

/** Those that are there and near enough. */
async function readChunks(
  executor: Executor,
  request: RankRequest,
  ids: readonly number[],
): Promise<Map<number, FoundChunk>> {
  const chunks = ids.length === 0 ? [] : await fetchChunks(executor, request, ids);
  return new Map(
    chunks.filter((chunk) => isNearEnough(chunk, request)).map((chunk) => [chunk.chunkId, chunk]),
  );
}

/** Ranks by day, newest first; of one day all are equal. What has no day comes last, cards of products first unless `recent`. */
function rankByDate(chunks: readonly Candidate[], recent: boolean): Map<number, number> {
  const dayOf = ({ chunkType: type, documentDate: day }: Candidate) =>
    type === 'product' && !recent ? '9999' : (day ?? '');
  const sorted = chunks.map((chunk) => ({ id: chunk.chunkId, day: dayOf(chunk) }));
  sorted.sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0));
  const ranks = new Map<number, number>();
  sorted.forEach(({ id, day }, place) => {
    const before = sorted[place - 1];
    ranks.set(id, before?.day === day ? ranks.get(before.id)! : place + 1);
  });
  return ranks;
}

function isNearEnough({ similarity }: FoundChunk, { maxDistance, vector }: RankRequest): boolean {
  return (
    vector === null || maxDistance >= MAX_DISTANCE || (similarity !== null && 1 - similarity <= maxDistance)
  );
}
