import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Analytics } from '../analytics/analytics.ts';
import type { AnalyticsContext } from '../analytics/period.ts';
import { readNames } from '../analytics/vocabulary.ts';
import type { Database } from '../database/pool.ts';
import { shareReads } from '../database/share-reads.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { createFairLine } from '../fair-line.ts';
import type { Log } from '../log.ts';
import type { Search, SearchResult } from '../retrieval/search.ts';
import { figuresOf, type FiguresAsked, type Obstacle } from '../understanding/figures/figures.ts';
import { read } from '../understanding/read.ts';
import { unknownWords } from '../understanding/reading.ts';
import { createVocabulary } from '../understanding/vocabulary.ts';
import { computeFigures, type Figures } from './figures.ts';

/** What is known of a question before anybody words an answer. */
export interface LookedUp {
  /** Undefined: nothing could be searched for. */
  found: SearchResult | undefined;
  figures: Figures[];
  /** False: the message may as well ask to see the rows that the figures are of. */
  isCertain: boolean;
  /** Why figures that the message asks for are not among these. */
  obstacles: Obstacle[];
  /** Words of the message that narrow it, and of which nothing is known. */
  unknown: string[];
}

const NO_FIGURES: Omit<LookedUp, 'found'> = { figures: [], isCertain: false, obstacles: [], unknown: [] };

/** What figures a message asks for. */
export type ReadFigures = (
  message: string,
  context: AnalyticsContext,
  signal: AbortSignal,
) => Promise<FiguresAsked & { unknown: string[] }>;

/**
 * Holding a message against the names of a cabinet takes the process for some milliseconds, in which it does nothing else: so
 * one message is read at a time, cabinets take turns, and whatever else has arrived meanwhile is looked at in between.
 */
export function createFigureReader({ main }: { main: Database }): ReadFigures {
  const line = createFairLine<number>({ permits: 1 });
  const namesOf = shareReads((cabinetId: number) => readNames(main.pool, cabinetId));
  return async (message, context, signal) => {
    const names = await namesOf(context.cabinetId).catch((error: unknown) => {
      throw toDatabaseError(error, main.label);
    });
    const readMessage = async () => {
      await yieldToOthers();
      const reading = read(message, { ...context, vocabulary: createVocabulary(names) });
      return { ...figuresOf(reading), unknown: unknownWords(reading) };
    };
    return line.run(context.cabinetId, readMessage, signal);
  };
}

export interface LookUpDeps {
  readFigures: ReadFigures;
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
  { readFigures, search, analytics, log }: LookUpDeps,
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
      const { requests, obstacles, unknown } = await readFigures(message, context, signal);
      const figures = await Promise.all(
        requests.map(({ function: name, parameters }) =>
          computeFigures(analytics, context, name, parameters),
        ),
      );
      for (const { error, use } of figures)
        if (error !== undefined)
          log.warn({ err: error, cabinetId, tool: use.name }, 'Figures for the chat failed');
      return { figures, isCertain: requests.some(({ isCertain }) => isCertain), obstacles, unknown };
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
