import { dayOf, HOUR_MS, startOfDay } from './days.ts';
import { createRandom, shuffle } from './random.ts';
import { remember } from './remember.ts';

/**
 * Whose turn it is to change, on which day: so many slots a day, each once before any comes again, in an order that is
 * new each round. So it can be told at once, without looking through the days, how often a slot has changed.
 */
export interface Rota {
  /** The moments in which a slot's turn came after `from`, up to and including `to`, oldest first. */
  turnsOf(slot: number, from: number, to: number): number[];
}

export function createRota(key: string, slots: number, turnsPerDay: number): Rota {
  /** Slot to its place in the round. */
  const placesIn = remember(40, (round: number): Int32Array => {
    const order = shuffle(slots, createRandom(key, 'round', round));
    const places = new Int32Array(slots);
    order.forEach((slot, place) => (places[slot] = place));
    return places;
  });
  const momentOf = remember(slots * 40, (turn: number): number => {
    const random = createRandom(key, 'turn', turn);
    return startOfDay(Math.floor(turn / turnsPerDay)) + Math.floor(random.between(9, 21) * HOUR_MS);
  });

  return {
    turnsOf(slot, from, to) {
      const moments: number[] = [];
      const firstRound = Math.floor((dayOf(from) * turnsPerDay) / slots);
      const lastRound = Math.floor((dayOf(to) * turnsPerDay + turnsPerDay - 1) / slots);
      for (let round = firstRound; round <= lastRound; round++) {
        const moment = momentOf(round * slots + placesIn(round)[slot]!);
        if (moment > from && moment <= to) moments.push(moment);
      }
      return moments.sort((a, b) => a - b);
    },
  };
}
