import type { Batches } from './batches.ts';
import type { Cards } from './cards.ts';
import { sizeDemand, type Demand } from './demand.ts';
import { pickDestination } from './geography.ts';
import type { Identifiers } from './identifiers.ts';
import { decideFate, type Fate } from './order-fate.ts';
import { roundMoney, type Prices } from './prices.ts';
import { createRandom, pickWeighted, type Random } from './random.ts';
import { remember } from './remember.ts';
import type { Order } from './shop.ts';
import type { Succession } from './succession.ts';
import type { Supply } from './supply.ts';

/** An order with all that will ever become of it, decided when it was made. */
export interface OrderLife extends Fate {
  day: number;
  /** Which of the day's orders it is. */
  place: number;
  /** Numbers of its card and slot, and which of the card's sizes and warehouses it is from. */
  card: number;
  slot: number;
  size: number;
  warehouse: number;
  orderedAt: number;
  /** As it was when it was made; `orderAt` says what it looks like later. */
  order: Order;
}

export interface OrderLives {
  ofDay(day: number): readonly OrderLife[];
}

/** Half a year of reviews, what they are about, and room to move on. */
const DAYS_KEPT = 400;

interface Parts {
  succession: Succession;
  cards: Cards;
  prices: Prices;
  demand: Demand;
  supply: Supply;
  identifiers: Identifiers;
  batches: Batches;
}

export function createOrderLives(key: string, parts: Parts): OrderLives {
  const ofDay = remember(DAYS_KEPT, (day: number): OrderLife[] => {
    const random = createRandom(key, 'orders', day);
    const popularity = parts.demand.popularityOn(day);
    const count = parts.demand.ordersOn(day);
    const lives: OrderLife[] = [];
    while (lives.length < count) {
      const basket = {
        gNumber: random.digits(20),
        orderedAt: parts.demand.pickMoment(day, random),
        ...pickDestination(random),
      };
      const lot = random.next();
      const orders = Math.min(count - lives.length, lot < 0.85 ? 1 : lot < 0.96 ? 2 : 3);
      for (let i = 0; i < orders; i++) {
        lives.push(createLife(parts, basket, day, lives.length, pickWeighted(popularity, random), random));
      }
    }
    return lives;
  });
  return { ofDay };
}

type Basket = Pick<Order, 'gNumber' | 'countryName' | 'oblastOkrugName' | 'regionName'> & {
  orderedAt: number;
};

function createLife(
  parts: Parts,
  basket: Basket,
  day: number,
  place: number,
  slot: number,
  random: Random,
): OrderLife {
  const { supply, identifiers } = parts;
  const { orderedAt, ...destination } = basket;
  const number = parts.succession.cardIn(slot, orderedAt);
  const card = parts.cards.cardAt(number, orderedAt);
  const size = pickWeighted(sizeDemand(card.sizes.length), random);
  const warehouse = pickShare(supply.sharesOf(number), random);
  const price = parts.prices.priceAt(number, orderedAt);
  const totalPrice = price.sizes[size]!.price;
  const priceWithDisc = price.sizes[size]!.discountedPrice;
  const spp = random.int(5, 30);
  const moment = new Date(orderedAt);
  const order: Order = {
    srid: `11.r${random.hex(32)}.${place % 4}.0`,
    card,
    size: card.sizes[size]!,
    orderedAt: moment,
    cancelledAt: undefined,
    lastChangeAt: moment,
    warehouseName: supply.warehousesOf(number)[warehouse]!.name,
    ...destination,
    incomeId: identifiers.incomeId(number, supply.lastRestock(slot, orderedAt).number),
    sticker: String(identifiers.shkId(day, place)),
    totalPrice,
    discountPercent: price.discount,
    spp,
    priceWithDisc,
    finishedPrice: roundMoney((priceWithDisc * (100 - spp)) / 100),
  };
  return {
    day,
    place,
    card: number,
    slot,
    size,
    warehouse,
    orderedAt,
    order,
    ...decideFate(parts.batches, orderedAt, random),
  };
}

function pickShare(shares: readonly number[], random: Random): number {
  let target = random.next();
  for (const [index, share] of shares.entries()) {
    target -= share;
    if (target < 0) return index;
  }
  return 0;
}
