import { dayOf, HOUR_MS, modulo, startOfDay } from './days.ts';
import { createRandom, shuffle } from './random.ts';
import { remember } from './remember.ts';

/** A shop of 500 cards loses one and gains one each day; a smaller one as often a card. */
const CARDS_A_DAILY_CHANGE = 500;

/**
 * Which card holds which slot, when. Cards are numbered in the order in which they come; the one that is `slots` further
 * takes the place of a card that goes to the trash, in that moment.
 */
export interface Succession {
  readonly slots: number;
  readonly cardIn: (slot: number, at: number) => number;
  readonly slotOf: (card: number) => number;
  readonly createdAt: (card: number) => number;
  readonly trashedAt: (card: number) => number;
  /** Cards that went to the trash after `from`, up to and including `to`, oldest first. */
  readonly trashedWithin: (from: number, to: number) => number[];
}

export function createSuccession(key: string, slots: number): Succession {
  const daysBetween = Math.max(1, Math.round(CARDS_A_DAILY_CHANGE / slots));
  const phase = createRandom(key, 'phase').int(0, daysBetween - 1);
  const slotAt = shuffle(slots, createRandom(key, 'slots'));
  const placeOf = new Int32Array(slots);
  slotAt.forEach((slot, place) => (placeOf[slot] = place));

  const createdAt = remember(slots * 6, (card: number): number => {
    const timeOfDay = createRandom(key, 'card', card).between(9, 20) * HOUR_MS;
    return startOfDay(phase + card * daysBetween) + Math.floor(timeOfDay);
  });
  const newestOn = (day: number): number => Math.floor((day - phase) / daysBetween);

  return {
    slots,
    cardIn(slot, at) {
      const newest = newestOn(dayOf(at));
      const card = newest - modulo(newest - placeOf[slot]!, slots);
      // Only the newest can be of today, and so of later than now.
      return card === newest && createdAt(card) > at ? card - slots : card;
    },
    slotOf: (card) => slotAt[modulo(card, slots)]!,
    createdAt,
    trashedAt: (card) => createdAt(card + slots),
    trashedWithin(from, to) {
      const cards: number[] = [];
      for (let successor = newestOn(dayOf(from)); successor <= newestOn(dayOf(to)); successor++) {
        const moment = createdAt(successor);
        if (moment > from && moment <= to) cards.push(successor - slots);
      }
      return cards;
    },
  };
}
