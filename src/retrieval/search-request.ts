import { AppError } from '../errors.ts';
import type { ChunkType } from '../source-tables.ts';
import { isDate, type LocalDate } from '../calendar.ts';
import type { MentionKind } from '../understanding/mention.ts';

/** Characters of a question. Ten times the longest one that people ask, and far below the limit of any model. */
export const MAX_QUERY_LENGTH = 4_000;
export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 10;

/** `hybrid`: by meaning and by words. */
export const SEARCH_MODES = ['hybrid', 'vector', 'text'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

export interface SearchRequest {
  cabinetId: number;
  /** 1 to `MAX_QUERY_LENGTH` characters. */
  query: string;
  /** 1 to `MAX_LIMIT`; absent: RAG_MAX_CHUNKS. */
  limit?: number | undefined;
  /** Only chunks of these types. Absent or empty: all. */
  chunkTypes?: readonly ChunkType[] | undefined;
  /** Cosine similarity that a hit has at least, -1 (any, or none) to 1. Absent: RAG_SIMILARITY_THRESHOLD. */
  minSimilarity?: number | undefined;
  /** `hybrid` unless given. */
  mode?: SearchMode | undefined;
  /** False: only the options below filter, the question ranks. True unless given. */
  understand?: boolean | undefined;
  /** Kinds of constraints that are not to be understood from the question. */
  ignore?: readonly MentionKind[] | undefined;
  /** First and last day, YYYY-MM-DD, of what the chunks are about. Chunks without a day are left out. */
  from?: LocalDate | undefined;
  to?: LocalDate | undefined;
  /** Only chunks of this product. */
  nmId?: number | undefined;
  /** With ranks and scores of each part, by hit. */
  explain?: boolean | undefined;
}

/** The HTTP API has checked all this; the command line and other callers have not. @throws AppError `invalid_request` */
export function checkRequest(request: SearchRequest): void {
  const { cabinetId, query, limit = DEFAULT_LIMIT, minSimilarity = 0, nmId = 1, mode = 'hybrid' } = request;
  if (!isId(cabinetId)) throw invalid('cabinet_id', 'must be a positive whole number');
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
  if (!SEARCH_MODES.includes(mode)) throw invalid('mode', `must be one of ${SEARCH_MODES.join(', ')}`);
  if (!isId(nmId)) throw invalid('nm_id', 'must be a positive whole number');
  for (const field of ['from', 'to'] as const) {
    const date = request[field];
    if (date !== undefined && !isDate(date)) throw invalid(field, 'must be a date, YYYY-MM-DD');
  }
  if (request.from !== undefined && request.to !== undefined && request.from > request.to) {
    throw invalid('to', 'must not be before from');
  }
}

export function invalid(field: string, reason: string): AppError {
  return new AppError('invalid_request', `${field} ${reason}.`, { details: { errors: [{ field, reason }] } });
}

const isId = (value: number) => Number.isSafeInteger(value) && value > 0;
