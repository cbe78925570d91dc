import type { Cards } from './cards.ts';
import { HOUR_MS, wholeSecond } from './days.ts';
import type { OrderLife, OrderLives } from './order-lives.ts';
import { createRandom, type Random } from './random.ts';
import { remember } from './remember.ts';
import { ASPECTS } from './review-aspects.ts';
import type { Review } from './shop.ts';

/** A review without its text: who wrote it, and when it was written, seen and answered. */
export interface ReviewLife {
  life: OrderLife;
  orderStatus: Review['orderStatus'];
  createdAt: number;
  viewedAt: number;
  answeredAt: number;
  rating: number;
  /** Which aspect of its topic the card is known to be bad in. */
  fault: number;
  /** Distinguishes it from all others. */
  key: string;
}

export interface ReviewLives {
  /** Those of the orders of a day, whenever they were written. */
  ofOrderDay(day: number): readonly ReviewLife[];
}

const DAYS_KEPT = 400;
/** How readily buyers write after each outcome, in relation to a buyout. */
const EAGERNESS = { buyout: 1, returned: 1.2, rejected: 0.12 } as const;
/** Over all orders: see `decideFate`. */
const MEAN_EAGERNESS =
  0.75 * 0.94 * EAGERNESS.buyout + 0.75 * 0.06 * EAGERNESS.returned + 0.17 * EAGERNESS.rejected;

export function createReviewLives(
  key: string,
  options: { ordersPerDay: number; reviewsPerDay: number },
  lives: OrderLives,
  cards: Cards,
): ReviewLives {
  const perOrder =
    options.ordersPerDay > 0 ? options.reviewsPerDay / options.ordersPerDay / MEAN_EAGERNESS : 0;
  const reputationOf = remember(4_000, (card: number) => {
    const random = createRandom(key, 'quality', card);
    const quality = random.chance(0.08) ? random.between(0.1, 0.45) : random.between(0.76, 1);
    return { quality, fault: random.int(0, ASPECTS[cards.subjectOf(card).topic].length - 1) };
  });

  const ofOrderDay = remember(DAYS_KEPT, (day: number): ReviewLife[] => {
    const random = createRandom(key, 'reviews', day);
    return lives.ofDay(day).flatMap((life) => {
      const outcome = outcomeOf(life);
      if (outcome === undefined) return [];
      const { orderStatus, since } = outcome;
      const { quality, fault } = reputationOf(life.card);
      const count = Math.floor(perOrder * EAGERNESS[orderStatus] + random.next());
      return Array.from({ length: count }, (_, index): ReviewLife => {
        const createdAt = wholeSecond(since + (2 + 238 * random.next() ** 2) * HOUR_MS);
        const rating = rate(quality, orderStatus, random);
        const viewedAt = createdAt + random.between(0.3, 36) * HOUR_MS;
        // Whoever is unhappy is answered more often.
        const isAnswered = random.chance(rating <= 3 ? 0.72 : 0.57);
        const answeredAt = isAnswered ? wholeSecond(viewedAt + 120 * random.next() ** 2 * HOUR_MS) : Infinity;
        const id = `${day}/${life.place}/${index}`;
        return { life, orderStatus, createdAt, viewedAt, answeredAt, rating, fault, key: id };
      });
    });
  });

  return { ofOrderDay };
}

/** How it ended for the buyer, and since when they can write about it. */
function outcomeOf(life: OrderLife): (Pick<ReviewLife, 'orderStatus'> & { since: number }) | undefined {
  if (life.returnedAt !== Infinity) return { orderStatus: 'returned', since: life.returnedAt };
  if (life.soldAt !== Infinity) return { orderStatus: 'buyout', since: life.soldAt };
  return life.refusedAt === Infinity ? undefined : { orderStatus: 'rejected', since: life.refusedAt };
}

function rate(quality: number, status: Review['orderStatus'], random: Random): number {
  const lot = random.next();
  // Who sent it back had a reason.
  if (status !== 'buyout') return lot < 0.34 ? 1 : lot < 0.6 ? 2 : lot < 0.84 ? 3 : 4;
  const delighted = quality * 0.94;
  if (lot < delighted) return 5;
  const rest = (lot - delighted) / (1 - delighted);
  return rest < 0.42 * quality ? 4 : rest < 0.62 ? 3 : rest < 0.8 ? 2 : 1;
}
