import type { Batches } from './batches.ts';
import { DAY_MS, HOUR_MS, wholeSecond, withinOpeningHours } from './days.ts';
import type { Random } from './random.ts';

/** What becomes of an order, and when. Moments that never come are Infinity. */
export interface Fate {
  cancelledAt: number;
  /** Not wanted at the pick-up point. */
  refusedAt: number;
  soldAt: number;
  returnedAt: number;
  /** Refused or returned, it lies in the warehouse again. */
  backAt: number;
}

/** 8 % are cancelled and 75 % bought, of which 6 % come back; the others are tried on and left at the pick-up point. */
export function decideFate(batches: Batches, orderedAt: number, random: Random): Fate {
  const never = Infinity;
  const fate: Fate = {
    cancelledAt: never,
    refusedAt: never,
    soldAt: never,
    returnedAt: never,
    backAt: never,
  };
  const lot = random.next();
  if (lot < 0.08) {
    const hours = random.chance(0.55) ? random.between(0.2, 12) : random.between(12, 80);
    fate.cancelledAt = wholeSecond(batches.eventually(orderedAt + hours * HOUR_MS, random));
    return fate;
  }
  if (lot >= 0.83) {
    const collected = withinOpeningHours(orderedAt + random.between(2, 8) * DAY_MS);
    fate.refusedAt = wholeSecond(batches.eventually(collected, random));
    fate.backAt = fate.refusedAt + random.between(2, 5) * DAY_MS;
    return fate;
  }
  // Half a day less than a week, as it may have to wait for the pick-up point to open.
  fate.soldAt = wholeSecond(
    batches.soon(withinOpeningHours(orderedAt + random.between(2, 6.4) * DAY_MS), random),
  );
  if (random.chance(0.06)) {
    fate.returnedAt = wholeSecond(
      batches.soon(withinOpeningHours(fate.soldAt + random.between(0.2, 13.4) * DAY_MS), random),
    );
    fate.backAt = fate.returnedAt + random.between(2, 5) * DAY_MS;
  }
  return fate;
}
