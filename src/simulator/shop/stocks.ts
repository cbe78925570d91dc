import type { Cards } from './cards.ts';
import { DAY_MS } from './days.ts';
import type { OrderLife, OrderLives } from './order-lives.ts';
import { livesBetween } from './orders.ts';
import type { Stock } from './shop.ts';
import type { Succession } from './succession.ts';
import { LONGEST_CYCLE_DAYS, type Supply } from './supply.ts';

export interface Stocks {
  list(at: number): Stock[];
}

/** What has gone from a size since its last delivery, and what is on the road, by warehouse. */
interface Tally {
  taken: number;
  toClient: number[];
  fromClient: number[];
}

/** 7 days to the buyer, 14 to change their mind, 5 back, and the hours that pick-up points are closed. */
const LONGEST_JOURNEY_DAYS = 28;
const LOOK_BACK_MS = (Math.max(LONGEST_CYCLE_DAYS, LONGEST_JOURNEY_DAYS) + 1) * DAY_MS;

export function createStocks(
  succession: Succession,
  cards: Cards,
  supply: Supply,
  lives: OrderLives,
): Stocks {
  return {
    list(at) {
      const present = Array.from({ length: succession.slots }, (_, slot) => {
        const number = succession.cardIn(slot, at);
        const restock = supply.lastRestock(slot, at);
        // A new card comes with its first goods.
        return {
          number,
          restock: restock.number,
          since: Math.max(restock.moment, succession.createdAt(number)),
        };
      });
      // One pass over the orders: looking for those of each size would be 3000 passes in a large shop.
      const tallies = new Map<number, Tally>();
      for (const life of livesBetween(lives, at - LOOK_BACK_MS, at)) {
        const { number, since } = present[life.slot]!;
        if (life.card === number) count(tallies, life, since, at);
      }
      return present.flatMap(({ number, restock }) => listCard(cards, supply, tallies, number, restock, at));
    },
  };
}

function keyOf(card: number, size: number): number {
  return card * 32 + size;
}

function count(tallies: Map<number, Tally>, life: OrderLife, since: number, at: number): void {
  if (life.cancelledAt <= at) return;
  const key = keyOf(life.card, life.size);
  let tally = tallies.get(key);
  if (!tally) tallies.set(key, (tally = { taken: 0, toClient: [0, 0, 0], fromClient: [0, 0, 0] }));
  if (life.orderedAt > since) tally.taken++;
  if (life.soldAt > at && life.refusedAt > at) tally.toClient[life.warehouse]!++;
  else if (life.backAt !== Infinity && life.backAt > at && Math.min(life.refusedAt, life.returnedAt) <= at) {
    tally.fromClient[life.warehouse]!++;
  }
}

function listCard(
  cards: Cards,
  supply: Supply,
  tallies: Map<number, Tally>,
  number: number,
  restock: number,
  at: number,
): Stock[] {
  const { nmId, sizes } = cards.cardAt(number, at);
  const warehouses = supply.warehousesOf(number);
  const levels = supply.levelsAfter(number, restock);
  return sizes.flatMap(({ chrtId, techSize, skus }, size) => {
    const tally = tallies.get(keyOf(number, size));
    const quantities = divide(Math.max(0, levels[size]! - (tally?.taken ?? 0)), supply.sharesOf(number));
    return warehouses.flatMap((warehouse, index) => {
      const quantity = quantities[index]!;
      const inWayToClient = tally?.toClient[index] ?? 0;
      const inWayFromClient = tally?.fromClient[index] ?? 0;
      if (quantity + inWayToClient + inWayFromClient === 0) return [];
      return {
        nmId,
        chrtId,
        techSize,
        barcode: skus[0]!,
        warehouseId: warehouse.id,
        warehouseName: warehouse.name,
        regionName: warehouse.regionName,
        quantity,
        inWayToClient,
        inWayFromClient,
      };
    });
  });
}

/** By shares, what does not divide to the first. */
function divide(quantity: number, shares: readonly number[]): number[] {
  const parts = shares.map((share) => Math.floor(quantity * share));
  parts[0]! += quantity - parts.reduce((sum, part) => sum + part, 0);
  return parts;
}
