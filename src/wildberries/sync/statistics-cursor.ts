import { z } from 'zod';
import { timeBefore } from '../client/compare-times.ts';
import type { StatisticsCursor } from '../client/client.ts';
import { firstStatisticsCursor } from '../client/statistics-paging.ts';

/** `StatisticsCursor` of the client, as it comes back from jsonb. */
const savedSchema = z
  .object({ dateFrom: z.string(), days: z.array(z.string()).optional() })
  .transform(({ dateFrom, days }) => (days === undefined ? { dateFrom } : { dateFrom, days }))
  .optional()
  .catch(undefined);

/**
 * Wildberries publishes changes every 30 minutes, and nobody says that a change which shows up later also bears a later
 * time. What is asked for twice makes an answer longer, not more of them, and is written once.
 */
const OVERLAP_MS = 60 * 60 * 1000;

/** The position of a run that has read a page: its cursor is its own, not that of the last run. */
export const GOES_ON = { goesOn: true };

/**
 * Where the first request of a sync begins: a little before the last sync ended, or with all that Wildberries keeps. A run
 * that goes on does so exactly where it was.
 */
export function beginStatistics(saved: unknown, goesOn: boolean): StatisticsCursor {
  const cursor = savedSchema.parse(saved);
  if (cursor === undefined) return firstStatisticsCursor(Date.now());
  return goesOn || 'days' in cursor ? cursor : { dateFrom: timeBefore(cursor.dateFrom, OVERLAP_MS) };
}
