import { availableParallelism } from 'node:os';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { shareReads } from '../database/share-reads.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { Embedders } from '../embedding/embedders.ts';
import { isAppError } from '../errors.ts';
import type { Events, SearchOutcome } from '../events.ts';
import { createFairLine } from '../fair-line.ts';
import { chunkFilterOf, overruledKinds, withinChunkTypes } from './chunk-filter.ts';
import { createQueryEmbeddings } from './query-embeddings.ts';
import { readSearchState, type SearchState } from './cabinet-queries.ts';
import type { FoundChunk } from './queries.ts';
import { relaxConstraints } from './relaxing.ts';
import { rankChunks, type HitExplanation } from './rank-chunks.ts';
import { checkRequest, DEFAULT_LIMIT, type SearchRequest } from './search-request.ts';
import {
  asPlainWords,
  constraintsOf,
  type Constraint,
  type SearchTask,
} from '../understanding/constraints.ts';
import { read } from '../understanding/read.ts';
import { tokenize } from '../russian/words.ts';
import { createVocabularies } from './vocabularies.ts';

export type { SearchMode, SearchRequest } from './search-request.ts';

const MAX_COSINE_DISTANCE = 2;
/** Half the processors, for the database is often on the same machine: with all of them a status took three times as long. */
const DEFAULT_CONCURRENCY = Math.max(1, Math.floor(availableParallelism() / 2));

export interface SearchHit extends FoundChunk {
  /** What hits are ordered by: the fused ranks; comparable within one answer only. */
  score: number;
  /** With `explain`. */
  explanation?: HitExplanation;
}

export type UnderstoodConstraint = Omit<Constraint, 'filters' | 'relaxedTo' | 'excluded'> & {
  /** Rows of which it is true were left out. */
  excluded?: true;
};

export interface SearchResult {
  /** Identity of the vectors that were compared. */
  model: string;
  /** False: the local embedder compared words and parts of words, not meaning. */
  semantic: boolean;
  /** Milliseconds that understanding and embedding the question and ranking took. */
  tookMs: number;
  /** What was found in the question, and what it was used for. */
  understood: UnderstoodConstraint[];
  /** Those that were let go, in this order, because with them nothing was left. */
  relaxed: UnderstoodConstraint[];
  /** Why only words were compared, though vectors were to be, too; null: nothing is missing. Without the provider's words. */
  notice: string | null;
  /** The question was too long to be read to its end; what follows its first words made no filter. */
  isCut: boolean;
  /** Best first; equals by id. */
  hits: SearchHit[];
}

export interface Search {
  /**
   * The chunks of one cabinet that answer a question best. A cabinet without chunks, an unknown one too, has no hits.
   *
   * A question that cannot be embedded, or not soon, is searched for by its words, unless vectors alone are to be compared.
   *
   * @throws AppError `invalid_request` for a request out of bounds; `database_*`; in mode `vector` also `invalid_request` for a
   *   question that the provider refuses, and `embedding_unavailable`.
   * @throws the signal's reason when it is aborted.
   */
  search(request: SearchRequest, options?: { signal?: AbortSignal | undefined }): Promise<SearchResult>;
}

export interface SearchDeps {
  vector: Database;
  embedders: Embedders;
  /** What "сегодня" is counted from. */
  now?: () => Date;
  /** Is told of each search. */
  events?: Events | undefined;
}

/** A question as it is searched for. */
interface Understood extends SearchTask {
  /** As it was meant: typed on a Russian keyboard. */
  question: string;
  isCut: boolean;
}

export interface SearchOptions {
  /** Comparisons in the database at once. Each takes a core of it for its whole time, so more of them only hold up the rest. */
  concurrency?: number | undefined;
  /** IANA name: in which day it is for the seller. */
  timeZone?: string;
  /** RAG_MAX_CHUNKS */
  defaultLimit?: number;
  /** RAG_SIMILARITY_THRESHOLD */
  minSimilarity?: number | undefined;
  /** Milliseconds after which a question is searched for by its words alone. */
  embeddingPatienceMs?: number | undefined;
}

export function createSearch(
  { vector, embedders, events, now = () => new Date() }: SearchDeps,
  options: SearchOptions = {},
): Search {
  const { timeZone = 'Europe/Moscow', defaultLimit = DEFAULT_LIMIT, minSimilarity } = options;
  // By cabinet: a search waits for those that are under way, and not for all that somebody else has sent.
  const comparisons = createFairLine<number>({ permits: options.concurrency ?? DEFAULT_CONCURRENCY });
  /** Reading a question takes the process for some milliseconds, in which it does nothing else. */
  const readings = createFairLine<number>({ permits: 1 });
  const readState = shareReads((cabinetId: number) => readSearchState(vector.pool, cabinetId));
  const vocabularies = createVocabularies();
  const embeddings = createQueryEmbeddings(options.embeddingPatienceMs);
  const inDatabase = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw toDatabaseError(error, vector.label);
    });

  /**
   * Of the vectors that the cabinet has. Where this process cannot make such, because the key is gone, those that are being
   * made find at least what is done.
   */
  function embedderFor({ models }: SearchState): Embedder {
    const available = models.map((model) => embedders.of(model)).find((embedder) => embedder !== undefined);
    return available ?? embedders.configured;
  }

  async function understandQuestion(
    request: SearchRequest,
    state: SearchState,
    signal: AbortSignal | undefined,
  ): Promise<Understood> {
    const question = request.query.trim();
    if (request.understand === false)
      return { ...asPlainWords(tokenize(question).map(({ text }) => text)), question, isCut: false };
    const vocabulary = await inDatabase(vocabularies.of(vector.pool, request.cabinetId, state));
    const reading = await readings.run(
      request.cabinetId,
      async () => {
        await yieldToOthers();
        return read(question, { now: now(), timeZone, vocabulary });
      },
      signal,
    );
    const task = constraintsOf(reading, overruledKinds(request));
    const constraints = withinChunkTypes(task.constraints, request);
    return { ...task, constraints, question: reading.question, isCut: reading.isCut };
  }

  async function embedQuestion(
    embedder: Embedder,
    question: string,
    { mode }: SearchRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ embedded: Buffer | null; notice: string | null }> {
    try {
      return { embedded: await embeddings.embed(embedder, question, signal), notice: null };
    } catch (error) {
      signal?.throwIfAborted();
      if (mode === 'vector' || !isAppError(error)) throw error;
      const why = error.httpStatus < 500 ? 'does not take this question' : 'cannot be reached in time';
      return { embedded: null, notice: `The embedding provider ${why}: only words were compared.` };
    }
  }

  async function search(
    request: SearchRequest,
    { signal }: { signal?: AbortSignal | undefined },
  ): Promise<SearchResult> {
    checkRequest(request);
    const start = performance.now();
    const state = await inDatabase(readState(request.cabinetId));
    const embedder = embedderFor(state);
    const understanding = await understandQuestion(request, state, signal);
    const demanded = request.minSimilarity ?? minSimilarity;
    // Every similarity is at least -1: nothing needs to be embedded for that.
    const least = demanded === -1 ? undefined : demanded;
    const needsVector = request.mode !== 'text' || least !== undefined;
    const { embedded, notice } = needsVector
      ? await embedQuestion(embedder, understanding.question, request, signal)
      : { embedded: null, notice: null };
    signal?.throwIfAborted();
    const mode = notice === null ? (request.mode ?? 'hybrid') : 'text';
    const semantic = embedder.provider !== 'local' && notice === null;

    const compare = (constraints: readonly Constraint[]) =>
      inDatabase(
        rankChunks(vector.pool, {
          cabinetId: request.cabinetId,
          model: embedder.model,
          vector: embedded,
          mode,
          // Without a vector nothing is known of similarities.
          maxDistance: least === undefined || notice !== null ? MAX_COSINE_DISTANCE : 1 - least,
          limit: request.limit ?? defaultLimit,
          filter: chunkFilterOf(request, constraints, understanding.excludedWords),
          terms: understanding.terms,
          prefers: understanding.prefers,
          recent: understanding.recent,
          semantic,
          understood: constraints.length > 0,
        }),
      );
    const inLine = <T>(work: () => Promise<T>): Promise<T> =>
      comparisons.run(
        request.cabinetId,
        async () => {
          // Whatever else has arrived meanwhile is looked at first: when much has, searches come less often.
          await yieldToOthers();
          return work();
        },
        signal,
      );
    const rank = (constraints: readonly Constraint[]) => inLine(() => compare(constraints));
    let { constraints } = understanding;
    let ranked = await rank(constraints);
    if (ranked.length === 0 && constraints.some(({ used, excluded }) => used === 'filter' && !excluded)) {
      const found = constraints;
      constraints = await inLine(() =>
        inDatabase(relaxConstraints(vector.pool, request, found, understanding.excludedWords)),
      );
      if (constraints.some(({ used }) => used === 'relaxed')) ranked = await rank(constraints);
    }
    const shown = constraints.map(({ kind, value, words, used, excluded }): UnderstoodConstraint => ({
      ...{ kind, value, words, used },
      ...(excluded ? { excluded } : {}),
    }));
    return {
      model: embedder.model,
      semantic,
      tookMs: performance.now() - start,
      understood: shown,
      relaxed: shown.filter(({ used }) => used === 'relaxed'),
      notice,
      isCut: understanding.isCut,
      hits: ranked.map(({ chunk, score, explanation }) => ({
        ...chunk,
        score,
        ...(request.explain === true ? { explanation } : {}),
      })),
    };
  }

  return {
    async search(request, options = {}) {
      const start = performance.now();
      const report = (outcome: SearchOutcome, hits: number): void =>
        void events?.emit('searchEnded', { outcome, hits, durationMs: performance.now() - start });
      try {
        const result = await search(request, options);
        report('ok', result.hits.length);
        return result;
      } catch (error) {
        report(options.signal?.aborted === true ? 'aborted' : outcomeOf(error), 0);
        throw error;
      }
    },
  };
}

function outcomeOf(error: unknown): SearchOutcome {
  if (!isAppError(error)) return 'failed';
  if (error.httpStatus < 500) return 'refused';
  return error.httpStatus === 502 || error.httpStatus === 503 ? 'unavailable' : 'failed';
}
