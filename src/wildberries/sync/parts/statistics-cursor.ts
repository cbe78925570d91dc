import { z } from 'zod';
import { compareTimes, isMoment, timeBefore } from '../../client/compare-times.ts';
import type { StatisticsCursor } from '../../client/client.ts';
import { firstStatisticsCursor } from '../../client/statistics-paging.ts';
import { guardSchema } from './page-guard.ts';
import type { RefusedSince } from './refused-since.ts';

const moment = z.string().refine(isMoment);

/** `StatisticsCursor` of the client, as it comes back from jsonb. One that is no date would be refused again and again. */
const savedSchema = z
  .object({ dateFrom: moment, days: z.array(moment).optional() })
  .transform(({ dateFrom, days }) => (days === undefined ? { dateFrom } : { dateFrom, days }))
  .optional()
  .catch(undefined);

/**
 * Wildberries publishes changes every 30 minutes, and nobody says that a change which shows up later also bears a later
 * time. What is asked for twice makes an answer longer, not more of them, and is written once.
 */
const OVERLAP_MS = 60 * 60 * 1000;

/** The position of a run that has read a page: its cursor is its own, not that of the last run. */
export const positionSchema = z
  .object({
    goesOn: z.literal(true),
    /** It began early enough to see all again that was of no use before. */
    isWhole: z.boolean().catch(false),
    /** `lastChangeDate` of the oldest row of this run that was of no use. */
    oldestRefused: z.string().optional().catch(undefined),
    /** Every day was asked for once. */
    hasScanned: z.boolean().catch(false),
    guard: guardSchema,
  })
  .optional()
  .catch(undefined);
export type StatisticsPosition = NonNullable<z.output<typeof positionSchema>>;

/**
 * Where the first request of a sync begins: a little before the last sync ended, or with all that Wildberries keeps. A run
 * that goes on does so exactly where it was.
 */
export function beginStatistics(saved: unknown, goesOn: boolean): StatisticsCursor {
  const cursor = savedSchema.parse(saved ?? undefined);
  if (cursor === undefined) return firstStatisticsCursor(Date.now());
  return goesOn || 'days' in cursor ? cursor : { dateFrom: timeBefore(cursor.dateFrom, OVERLAP_MS) };
}

/** The same, or earlier: from the oldest row on that was of no use, when its turn has come. */
export function beginBeforeRefused(
  begin: StatisticsCursor,
  refused: RefusedSince | undefined,
  nowMs: number,
): { cursor: StatisticsCursor; isWhole: boolean } {
  if (begin.days !== undefined || refused === undefined) return { cursor: begin, isWhole: false };
  if (compareTimes(refused.dateFrom, begin.dateFrom) >= 0) return { cursor: begin, isWhole: true };
  const isDue = refused.nextAt.getTime() <= nowMs;
  return isDue
    ? { cursor: { dateFrom: refused.dateFrom }, isWhole: true }
    : { cursor: begin, isWhole: false };
}
