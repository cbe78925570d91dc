import { availableParallelism } from 'node:os';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { shareReads } from '../database/share-reads.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { Embedders } from '../embedding/embedders.ts';
import { createSemaphore } from '../embedding/semaphore.ts';
import { encodeVector } from '../embedding/vector-codec.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Events, SearchOutcome } from '../events.ts';
import type { ChunkType } from '../source-tables.ts';
import { findNearestChunks, readSearchModels, type RankedChunk } from './queries.ts';

/** Characters of a question. Ten times the longest one that people ask, and far below the limit of any model. */
export const MAX_QUERY_LENGTH = 4_000;
export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 10;

/** A provider may retry for minutes, an asker will not wait as long. */
const EMBEDDING_TIMEOUT_MS = 30_000;
const MAX_COSINE_DISTANCE = 2;
/** Half the processors, for the database is often on the same machine: with all of them a status took three times as long. */
const DEFAULT_CONCURRENCY = Math.max(1, Math.floor(availableParallelism() / 2));
const NEVER = new AbortController().signal;

export interface SearchRequest {
  cabinetId: number;
  /** 1 to `MAX_QUERY_LENGTH` characters. */
  query: string;
  /** 1 to `MAX_LIMIT`, `DEFAULT_LIMIT` unless given. */
  limit?: number | undefined;
  /** Only chunks of these types. Absent or empty: all. */
  chunkTypes?: readonly ChunkType[] | undefined;
  /** Cosine similarity that a hit has at least, -1 to 1. Absent: any. */
  minSimilarity?: number | undefined;
}

export type SearchHit = RankedChunk;

export interface SearchResult {
  /** Identity of the vectors that were compared. */
  model: string;
  /** False: the local embedder compared words and parts of words, not meaning. */
  semantic: boolean;
  /** Milliseconds that embedding the question and comparing took. */
  tookMs: number;
  /** By similarity, most similar first; equals by id. */
  hits: SearchHit[];
}

export interface Search {
  /**
   * The chunks of one cabinet that are most similar to a question. A cabinet without chunks, an unknown one too, has no hits.
   *
   * @throws AppError `invalid_request` for a request out of bounds or a question that the provider refuses;
   *   `embedding_unavailable`; `database_*`.
   * @throws the signal's reason when it is aborted.
   */
  search(request: SearchRequest, options?: { signal?: AbortSignal | undefined }): Promise<SearchResult>;
}

export interface SearchDeps {
  vector: Database;
  embedders: Embedders;
  /** Comparisons in the database at once. Each takes a core of it for its whole time, so more of them only hold up the rest. */
  concurrency?: number | undefined;
  /** Is told of each search. */
  events?: Events | undefined;
}

export function createSearch(deps: SearchDeps): Search {
  const { vector, embedders, events, concurrency = DEFAULT_CONCURRENCY } = deps;
  const comparisons = createSemaphore(concurrency);
  const readModels = shareReads((cabinetId: number) => readSearchModels(vector.pool, cabinetId));

  /**
   * Of the vectors that the cabinet has. Where this process cannot make such, because the key is gone, those that are being
   * made find at least what is done.
   */
  async function embedderFor(cabinetId: number): Promise<Embedder> {
    const models = await readModels(cabinetId).catch((error: unknown) => {
      throw toDatabaseError(error, vector.label);
    });
    const available = models.map((model) => embedders.of(model)).find((embedder) => embedder !== undefined);
    return available ?? embedders.configured;
  }

  async function embedQuestion(
    embedder: Embedder,
    question: string,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const deadline = AbortSignal.timeout(EMBEDDING_TIMEOUT_MS);
    const { items } = await embedder
      .embed([question], { signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) })
      .catch((error: unknown) => {
        if (!deadline.aborted || signal?.aborted === true) throw error;
        throw new AppError(
          'embedding_unavailable',
          `The embedding provider did not answer within ${EMBEDDING_TIMEOUT_MS} ms.`,
          { cause: error },
        );
      });
    const item = items[0];
    if (item === undefined) throw new AppError('embedding_invalid', 'The embedding provider sent no vector.');
    if ('rejected' in item) {
      throw invalid('query', `is refused by the embedding provider: ${item.rejected}`);
    }
    return item.vector;
  }

  async function search(
    request: SearchRequest,
    { signal }: { signal?: AbortSignal | undefined },
  ): Promise<SearchResult> {
    checkRequest(request);
    const start = performance.now();
    const embedder = await embedderFor(request.cabinetId);
    const question = await embedQuestion(embedder, request.query.trim(), signal);
    signal?.throwIfAborted();
    const compare = async () => {
      // Whatever else has arrived meanwhile is looked at first: when much has, searches come less often.
      await yieldToOthers();
      return findNearestChunks(vector.pool, {
        cabinetId: request.cabinetId,
        model: embedder.model,
        vector: encodeVector(question),
        chunkTypes: request.chunkTypes?.length ? request.chunkTypes : null,
        maxDistance: request.minSimilarity === undefined ? MAX_COSINE_DISTANCE : 1 - request.minSimilarity,
        limit: request.limit ?? DEFAULT_LIMIT,
      }).catch((error: unknown) => {
        throw toDatabaseError(error, vector.label);
      });
    };
    const hits = await comparisons.run(compare, signal ?? NEVER);
    return {
      model: embedder.model,
      semantic: embedder.provider !== 'local',
      tookMs: performance.now() - start,
      hits,
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

/** The HTTP API has checked all this; the command line and other callers have not. */
function checkRequest({ cabinetId, query, limit = DEFAULT_LIMIT, minSimilarity = 0 }: SearchRequest): void {
  if (!(Number.isSafeInteger(cabinetId) && cabinetId > 0)) {
    throw invalid('cabinet_id', 'must be a positive whole number');
  }
  if (query.trim() === '') throw invalid('query', 'must not be empty');
  if (query.length > MAX_QUERY_LENGTH) {
    throw invalid('query', `must have at most ${MAX_QUERY_LENGTH} characters`);
  }
  if (!query.isWellFormed() || query.includes('\0')) {
    throw invalid('query', 'must not contain NUL characters or unpaired surrogates');
  }
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)) {
    throw invalid('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  if (!(minSimilarity >= -1 && minSimilarity <= 1)) {
    throw invalid('min_similarity', 'must be a number from -1 to 1');
  }
}

function invalid(field: string, reason: string): AppError {
  return new AppError('invalid_request', `${field} ${reason}.`, { details: { errors: [{ field, reason }] } });
}
