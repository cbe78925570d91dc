import { dayOf, MINUTE_MS, modulo, startOfDay } from './days.ts';
import { sizeDemand, type Demand } from './demand.ts';
import { pickWarehouses, type Warehouse } from './geography.ts';
import { createRandom } from './random.ts';
import { remember } from './remember.ts';
import type { Succession } from './succession.ts';

/** Where a card's goods lie, and how many each delivery brings them up to. */
export interface Supply {
  /** One to three, the one that holds most first. */
  warehousesOf(card: number): Warehouse[];
  /** What part of a size lies in each, adding up to 1. */
  sharesOf(card: number): readonly number[];
  /** The last delivery for a slot before a moment. */
  lastRestock(slot: number, at: number): Restock;
  /** Units of each size right after a delivery. */
  levelsAfter(card: number, restock: number): Int32Array;
}

export interface Restock {
  number: number;
  moment: number;
}

/** Longer than any slot waits for its goods. */
export const LONGEST_CYCLE_DAYS = 35;
const SHARES = [[1], [0.65, 0.35], [0.55, 0.3, 0.15]] as const;

export function createSupply(
  key: string,
  ordersPerDay: number,
  succession: Succession,
  demand: Demand,
  sizesOf: (card: number) => number,
): Supply {
  const { slots, slotOf } = succession;
  const rhythmOf = remember(slots, (slot: number) => {
    const random = createRandom(key, 'restocks', slot);
    const days = random.int(21, LONGEST_CYCLE_DAYS);
    return { days, phase: random.int(0, days - 1), timeOfDay: random.int(6 * 60, 12 * 60) * MINUTE_MS };
  });
  const warehousesOf = remember(slots * 6, (card: number) =>
    pickWarehouses(createRandom(key, 'warehouses', card)),
  );

  const levelsOf = remember(slots * 6, (id: string): Int32Array => {
    const [card, restock] = id.split('/').map(Number) as [number, number];
    const random = createRandom(key, 'levels', card, restock);
    const sums = sizeDemand(sizesOf(card));
    const expected = ordersPerDay * rhythmOf(slotOf(card)).days * demand.shareOf(card);
    return Int32Array.from(sums, (sum, size) => {
      const ofSize = (expected * (sum - (sums[size - 1] ?? 0))) / sums[sums.length - 1]!;
      // Some deliveries are too small: those sizes run low or out before the next.
      if (random.chance(0.12)) return Math.max(1, Math.round(ofSize * random.between(0.5, 0.9)));
      return Math.round(ofSize * random.between(1.1, 1.9)) + random.int(2, 24);
    });
  });

  return {
    warehousesOf,
    sharesOf: (card) => SHARES[warehousesOf(card).length - 1]!,
    lastRestock(slot, at) {
      const { days, phase, timeOfDay } = rhythmOf(slot);
      const day = dayOf(at - timeOfDay);
      const number = Math.floor((day - phase) / days);
      return { number, moment: startOfDay(day - modulo(day - phase, days)) + timeOfDay };
    },
    levelsAfter: (card, restock) => levelsOf(`${card}/${restock}`),
  };
}
