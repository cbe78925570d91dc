import { createBatches } from './batches.ts';
import { createCards } from './cards.ts';
import { createDemand } from './demand.ts';
import { createIdentifiers } from './identifiers.ts';
import { createOrderLives } from './order-lives.ts';
import { listOrders } from './orders.ts';
import { createPrices } from './prices.ts';
import { listRatings } from './ratings.ts';
import { createReviewLives } from './review-lives.ts';
import { createReviews } from './reviews.ts';
import { createSales } from './sales.ts';
import { createSeller } from './seller.ts';
import type { Shop, ShopOptions } from './shop.ts';
import { createStocks } from './stocks.ts';
import { createSuccession } from './succession.ts';
import { createSupply } from './supply.ts';

/**
 * Rows may be shared between answers, so whoever reads them must not change them; the lists themselves are the caller's.
 * Reviews are written by those who ordered: without orders there are none.
 */
export function createShop(options: ShopOptions): Shop {
  const { seed, sellerId, products, ordersPerDay, reviewsPerDay } = options;
  if (!Number.isInteger(products) || products < 1) throw new RangeError('A shop needs at least one product.');
  if (!(ordersPerDay >= 0 && reviewsPerDay >= 0))
    throw new RangeError('Orders and reviews cannot be negative.');
  const key = `${seed}|${sellerId}`;

  const identifiers = createIdentifiers(seed, sellerId);
  const succession = createSuccession(`${key}|succession`, products);
  const cards = createCards(`${key}|cards`, succession, identifiers);
  const prices = createPrices(`${key}|prices`, succession, cards);
  const demand = createDemand(`${key}|demand`, ordersPerDay, succession);
  const sizesOf = (card: number): number => cards.subjectOf(card).sizes.sizes.length;
  const supply = createSupply(`${key}|supply`, ordersPerDay, succession, demand, sizesOf);
  const batches = createBatches(`${key}|batches`);
  const lives = createOrderLives(`${key}|orders`, {
    succession,
    cards,
    prices,
    demand,
    supply,
    identifiers,
    batches,
  });
  const sales = createSales(`${key}|sales`, lives, cards, identifiers);
  const stocks = createStocks(succession, cards, supply, lives);
  const reviewLives = createReviewLives(`${key}|reviews`, { ordersPerDay, reviewsPerDay }, lives, cards);
  const reviews = createReviews(`${key}|reviews`, reviewLives, cards, identifiers);

  return {
    seller: createSeller(seed, sellerId),
    cards: (at) => cards.list(at.getTime()),
    trashedCards: (at) => cards.listTrashed(at.getTime()),
    prices: (at) => prices.list(at.getTime()),
    orders: (at) => listOrders(lives, at.getTime()),
    sales: (at) => sales.list(at.getTime()),
    stocks: (at) => stocks.list(at.getTime()),
    reviews: (at) => reviews.list(at.getTime()),
    ratings: (at) => listRatings(key, cards, reviews, stocks, at.getTime()),
  };
}
