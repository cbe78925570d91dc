import type { Analytics } from '../analytics/analytics.ts';
import type { AnalyticsContext } from '../analytics/period.ts';
import { readVocabulary } from '../analytics/vocabulary.ts';
import type { Database } from '../database/pool.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { isAppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { RequestTimeout, withTimeLimit } from '../provider/time-limit.ts';
import { findAnalyticsIntent } from '../retrieval/analytics-intent/intent.ts';
import type { Search, SearchResult } from '../retrieval/search.ts';
import { computeFigures, type Figures } from './figures.ts';

/** What is known of a question before anybody words an answer. */
export interface LookedUp {
  /** Undefined: nothing could be searched for. */
  found: SearchResult | undefined;
  figures: Figures[];
  /** False: the message may as well ask to see the rows that the figures are of. */
  isCertain: boolean;
  /** Words of the question that the figures leave out of account. */
  ignored: string[];
}

const NO_FIGURES: Omit<LookedUp, 'found'> = { figures: [], isCertain: false, ignored: [] };

export interface LookUpDeps {
  main: Database;
  search: Search;
  analytics: Analytics;
  log: Log;
}

/**
 * How long the question may take to be embedded and compared. A provider that does not answer may be given half a minute
 * elsewhere; here the request would be over by then, with all that is known in spite of it.
 */
export const SEARCH_PATIENCE_MS = 8_000;

/**
 * Searches for the message and computes the figures that it asks for, both at once. A part that fails is left out, and its
 * reason goes to the log: the other one may answer.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function lookUp(
  { main, search, analytics, log }: LookUpDeps,
  message: string,
  context: AnalyticsContext,
  signal: AbortSignal,
  patienceMs = SEARCH_PATIENCE_MS,
): Promise<LookedUp> {
  const { cabinetId } = context;

  async function find(): Promise<SearchResult | undefined> {
    try {
      return await withTimeLimit(patienceMs, signal, (limited) =>
        search.search({ cabinetId, query: message }, { signal: limited }),
      );
    } catch (error) {
      signal.throwIfAborted();
      const isEmbedding = isAppError(error, 'embedding_unavailable') || error instanceof RequestTimeout;
      const what = isEmbedding ? 'The chat searches for words alone' : 'The chat answers without a search';
      log.warn({ err: error, cabinetId }, what);
      if (!isEmbedding) return undefined;
    }
    // The question cannot be embedded now; its words are there all the same. RAG_SIMILARITY_THRESHOLD would need its vector.
    const inWords = { cabinetId, query: message, mode: 'text', minSimilarity: -1 } as const;
    return search.search(inWords, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      log.warn({ err: error, cabinetId }, 'The chat answers without a search');
      return undefined;
    });
  }

  async function compute(): Promise<Omit<LookedUp, 'found'>> {
    try {
      const vocabulary = await readVocabulary(main.pool, cabinetId).catch((error: unknown) => {
        throw toDatabaseError(error, main.label);
      });
      const intent = findAnalyticsIntent(message, { ...context, vocabulary });
      if (intent === undefined) return NO_FIGURES;
      const figures = await computeFigures(analytics, context, intent.function, intent.parameters);
      if (figures.error !== undefined)
        log.warn({ err: figures.error, cabinetId, tool: intent.function }, 'Figures for the chat failed');
      return { figures: [figures], isCertain: intent.isCertain, ignored: intent.ignored };
    } catch (error) {
      log.warn({ err: error, cabinetId }, 'The chat answers without figures');
      return NO_FIGURES;
    }
  }

  const [found, computed] = await Promise.all([find(), compute()]);
  signal.throwIfAborted();
  return { found, ...computed };
}
