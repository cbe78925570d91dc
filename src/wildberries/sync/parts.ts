import type { EndpointName } from '../endpoints.ts';
import type { TokenType } from '../token.ts';
import type { PartContext, PartResult } from './part.ts';
import { syncOrders } from './parts/orders.ts';
import { syncPrices } from './parts/prices.ts';
import { syncProducts } from './parts/products.ts';
import { syncRatings } from './parts/ratings.ts';
import { syncRemains } from './parts/remains.ts';
import { syncReviews } from './parts/reviews.ts';
import { syncSales } from './parts/sales.ts';
import { syncStocks } from './parts/stocks.ts';

/**
 * The parts of a sync, in the order in which they run: what others quote comes first (a stock its card's sizes and price,
 * an order's status its sales). A part that fails or waits does not hold up the others.
 */
export const PART_NAMES = ['products', 'prices', 'ratings', 'sales', 'orders', 'stocks', 'reviews'] as const;

export type PartName = (typeof PART_NAMES)[number];

interface Part {
  /** The first request that it makes. */
  endpoint: EndpointName;
  run: (context: PartContext) => Promise<PartResult>;
}

/** Each part for a kind of token: one that may not call the stock report has it made as a file instead. */
export function partFor(name: PartName, type: TokenType): Part {
  return name === 'stocks' && type === 'base' ? REMAINS : PARTS[name];
}

const REMAINS: Part = { endpoint: 'remainsCreate', run: syncRemains };

const PARTS: Readonly<Record<PartName, Part>> = {
  products: { endpoint: 'cardsList', run: syncProducts },
  prices: { endpoint: 'prices', run: syncPrices },
  ratings: { endpoint: 'salesFunnel', run: syncRatings },
  sales: { endpoint: 'sales', run: syncSales },
  orders: { endpoint: 'orders', run: syncOrders },
  stocks: { endpoint: 'stocks', run: syncStocks },
  reviews: { endpoint: 'feedbacks', run: syncReviews },
};
