import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Analytics } from '../analytics/analytics.ts';
import type { AnalyticsContext } from '../analytics/period.ts';
import { readVocabulary } from '../analytics/vocabulary.ts';
import type { Database } from '../database/pool.ts';
import { shareReads } from '../database/share-reads.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { createFairLine } from '../fair-line.ts';
import type { Log } from '../log.ts';
import { findAnalyticsIntent, type AnalyticsIntent } from '../retrieval/analytics-intent/intent.ts';
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

/** What figures a message asks for. */
export type ReadIntent = (
  message: string,
  context: AnalyticsContext,
  signal: AbortSignal,
) => Promise<AnalyticsIntent | undefined>;

/**
 * Holding a message against the names of a cabinet takes the process for some milliseconds, in which it does nothing else: so
 * one message is read at a time, cabinets take turns, and whatever else has arrived meanwhile is looked at in between.
 */
export function createIntentReader({ main }: { main: Database }): ReadIntent {
  const line = createFairLine<number>({ permits: 1 });
  const readNames = shareReads((cabinetId: number) => readVocabulary(main.pool, cabinetId));
  return async (message, context, signal) => {
    const vocabulary = await readNames(context.cabinetId).catch((error: unknown) => {
      throw toDatabaseError(error, main.label);
    });
    const read = async () => {
      await yieldToOthers();
      return findAnalyticsIntent(message, { ...context, vocabulary });
    };
    return line.run(context.cabinetId, read, signal);
  };
}

export interface LookUpDeps {
  readIntent: ReadIntent;
  search: Search;
  analytics: Analytics;
  log: Log;
}

/**
 * Searches for the message and computes the figures that it asks for, both at once. A part that fails is left out, and its
 * reason goes to the log: the other one may answer.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function lookUp(
  { readIntent, search, analytics, log }: LookUpDeps,
  message: string,
  context: AnalyticsContext,
  signal: AbortSignal,
): Promise<LookedUp> {
  const { cabinetId } = context;

  async function find(): Promise<SearchResult | undefined> {
    try {
      return await search.search({ cabinetId, query: message }, { signal });
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, cabinetId }, 'The chat answers without a search');
      return undefined;
    }
  }

  async function compute(): Promise<Omit<LookedUp, 'found'>> {
    try {
      const intent = await readIntent(message, context, signal);
      if (intent === undefined) return NO_FIGURES;
      const figures = await computeFigures(analytics, context, intent.function, intent.parameters);
      if (figures.error !== undefined)
        log.warn({ err: figures.error, cabinetId, tool: intent.function }, 'Figures for the chat failed');
      return { figures: [figures], isCertain: intent.isCertain, ignored: intent.ignored };
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, cabinetId }, 'The chat answers without figures');
      return NO_FIGURES;
    }
  }

  const [found, computed] = await Promise.all([find(), compute()]);
  signal.throwIfAborted();
  return { found, ...computed };
}
