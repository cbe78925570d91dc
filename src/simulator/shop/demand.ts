import { DAY_MS, HOUR_MS, startOfDay, weekdayOf } from './days.ts';
import { accumulate, createRandom, pickWeighted, type Random } from './random.ts';
import { remember } from './remember.ts';
import type { Succession } from './succession.ts';

/** What is bought when: best sellers and a long tail, weekends and evenings. */
export interface Demand {
  ordersOn(day: number): number;
  /** A moment of the day, to the second. */
  pickMoment(day: number, random: Random): number;
  /** Running sums over the slots, to pick from with `pickWeighted`. */
  popularityOn(day: number): Float64Array;
  /** What part of a shop's orders a card has on average, once it is known. */
  shareOf(card: number): number;
}

/** Monday to Sunday, 1 on average. */
const WEEK = [0.95, 0.92, 0.92, 0.93, 0.98, 1.12, 1.18];
const WORKDAY_HOURS = accumulate([
  8, 5, 3, 2, 2, 3, 7, 14, 24, 34, 40, 43, 45, 44, 42, 41, 42, 46, 54, 62, 68, 66, 50, 24,
]);
const WEEKEND_HOURS = accumulate([
  12, 7, 4, 3, 2, 3, 5, 9, 17, 30, 42, 48, 50, 50, 49, 49, 52, 58, 68, 80, 90, 88, 66, 34,
]);
/** Of the logarithm: one card in fifty sells ten times as much as the middle one. */
const SPREAD = 1.1;
const MEAN_WEIGHT = Math.exp(SPREAD ** 2 / 2);

export function createDemand(key: string, ordersPerDay: number, succession: Succession): Demand {
  const { slots, createdAt } = succession;
  const weightOf = remember(slots * 6, (card: number) =>
    Math.exp(SPREAD * Math.max(-3, Math.min(3, createRandom(key, 'popularity', card).normal()))),
  );

  return {
    ordersOn(day) {
      const random = createRandom(key, 'demand', day);
      // Up in the run-up to New Year, down in early summer.
      const season = 1 + 0.04 * Math.cos((2 * Math.PI * (day - 340)) / 365.25);
      const expected = ordersPerDay * WEEK[weekdayOf(day)]! * season * random.between(0.94, 1.06);
      return Math.floor(expected + random.next());
    },
    pickMoment(day, random) {
      const hour = pickWeighted(weekdayOf(day) < 5 ? WORKDAY_HOURS : WEEKEND_HOURS, random);
      return startOfDay(day) + hour * HOUR_MS + random.int(0, 3_599) * 1_000;
    },
    popularityOn(day) {
      const noon = startOfDay(day) + DAY_MS / 2;
      return accumulate(
        Array.from({ length: slots }, (_, slot) => {
          const card = succession.cardIn(slot, noon);
          // A new card is not found at once.
          const known = Math.min(1, 0.25 + (0.75 * (noon - createdAt(card))) / (21 * DAY_MS));
          return weightOf(card) * Math.max(0.25, known);
        }),
      );
    },
    shareOf: (card) => weightOf(card) / (MEAN_WEIGHT * slots),
  };
}

/** Middle sizes are bought more often than those at the ends. Running sums over so many sizes. */
export const sizeDemand = remember(40, (sizes: number): Float64Array => {
  const middle = (sizes - 1) / 2;
  return accumulate(
    Array.from({ length: sizes }, (_, size) => 0.15 + Math.exp(-(((size - middle) / (sizes / 3)) ** 2))),
  );
});
