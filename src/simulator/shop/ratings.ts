import type { Cards } from './cards.ts';
import { createRandom } from './random.ts';
import type { Reviews } from './reviews.ts';
import type { CardRating } from './shop.ts';
import type { Stocks } from './stocks.ts';

export function listRatings(
  key: string,
  cards: Cards,
  reviews: Reviews,
  stocks: Stocks,
  at: number,
): CardRating[] {
  const stockOf = new Map<number, number>();
  for (const { nmId, quantity } of stocks.list(at)) stockOf.set(nmId, (stockOf.get(nmId) ?? 0) + quantity);
  const tallies = reviews.tally(at);
  return cards
    .list(at)
    .map(({ nmId }): CardRating => {
      const { sum, count } = tallies.get(nmId) ?? { sum: 0, count: 0 };
      const random = createRandom(key, 'rating', nmId);
      return {
        nmId,
        feedbackRating: count === 0 ? 0 : Math.round((sum / count) * 10) / 10,
        feedbackCount: count,
        productRating: random.int(72, 100) / 10,
        // Few sellers of this size also send from home.
        stockMp: random.chance(0.1) ? random.int(1, 30) : 0,
        stockWb: stockOf.get(nmId) ?? 0,
      };
    })
    .sort((a, b) => a.nmId - b.nmId);
}
