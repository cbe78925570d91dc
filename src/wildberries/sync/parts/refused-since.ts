import { z } from 'zod';
import { compareTimes, isMoment } from '../../client/compare-times.ts';

/**
 * Orders and sales come once, when they change: a row that could not be used would be lost when the cursor passes it. So the
 * oldest such change is kept in a cursor of its own, and asked for again from there on.
 */
const savedSchema = z
  .object({
    /** `lastChangeDate` of the oldest, as Wildberries wrote it. */
    dateFrom: z.string().refine(isMoment),
    /** How often it came again without being of use. */
    tries: z.int().nonnegative(),
    nextAt: z.coerce.date(),
  })
  .optional()
  .catch(undefined);
export type RefusedSince = NonNullable<z.output<typeof savedSchema>>;

/** Under which name it is kept beside the cursor of the part. */
export const refusedCursorOf = (name: string): string => `${name}-refused`;

export function readRefusedSince(saved: unknown): RefusedSince | undefined {
  return savedSchema.parse(saved ?? undefined);
}

const FIRST_PAUSE_MS = 15 * 60 * 1000;
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000;

/** Whatever comes again makes every answer longer, so what stays of no use is asked for less and less often. */
function pauseAfter(tries: number): number {
  return tries === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** (tries - 1));
}

export function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareTimes(b, a) < 0 ? b : a;
}

/**
 * What is to be kept after rows were read, `oldest` being the oldest that was of no use. `isWhole`: everything since `before`
 * was read again, so nothing older is of no use any more.
 */
export function refusedAfter(
  before: RefusedSince | undefined,
  { oldest, isWhole, nowMs }: { oldest: string | undefined; isWhole: boolean; nowMs: number },
): RefusedSince | undefined {
  if (!isWhole || before === undefined) {
    const dateFrom = earlier(before?.dateFrom, oldest);
    if (dateFrom === undefined) return undefined;
    return { dateFrom, tries: before?.tries ?? 0, nextAt: before?.nextAt ?? new Date(nowMs) };
  }
  if (oldest === undefined) return undefined;
  const tries = before.tries + 1;
  return { dateFrom: oldest, tries, nextAt: new Date(nowMs + pauseAfter(tries)) };
}
