import { nextHalfHour } from './batches.ts';
import { DAY_MS, HOUR_MS } from './days.ts';
import type { Identifiers } from './identifiers.ts';
import type { Cards } from './cards.ts';
import type { OrderLife, OrderLives } from './order-lives.ts';
import { livesBetween, orderAt, sortByChange, STATISTICS_DAYS } from './orders.ts';
import { roundMoney } from './prices.ts';
import { createRandom } from './random.ts';
import { remember } from './remember.ts';
import type { Sale } from './shop.ts';

export interface Sales {
  list(at: number): Sale[];
}

/** A sale or a return, before and after Wildberries has counted the money. */
interface SaleLife {
  happenedAt: number;
  filledAt: number;
  unfilled: Sale;
  filled: Sale;
}

const DAYS_KEPT = 100;

export function createSales(key: string, lives: OrderLives, cards: Cards, identifiers: Identifiers): Sales {
  const ofOrderDay = remember(DAYS_KEPT, (day: number): Map<OrderLife, SaleLife[]> => {
    const random = createRandom(key, 'sales', day);
    const all = new Map<OrderLife, SaleLife[]>();
    for (const life of lives.ofDay(day)) {
      if (life.soldAt === Infinity) continue;
      const { order } = life;
      const percent = 100 - cards.subjectOf(life.card).commission - random.int(0, 3);
      const money: Money = {
        forPay: roundMoney((order.priceWithDisc * percent) / 100),
        finishedPrice: order.finishedPrice,
        priceWithDisc: order.priceWithDisc,
        paymentSaleAmount: Math.floor(order.finishedPrice * random.pick([0, 0, 0.02, 0.03])),
      };
      const number = identifiers.saleNumber(day, life.place);
      const events = [
        createSale(life, `S${number}`, life.soldAt, money, random.next(), random.between(1, 19.4)),
      ];
      if (life.returnedAt !== Infinity) {
        events.push(
          createSale(life, `R${number}`, life.returnedAt, money, random.next(), random.between(1, 19.4)),
        );
      }
      all.set(life, events);
    }
    return all;
  });

  return {
    list(at) {
      const sales: Sale[] = [];
      for (const life of livesBetween(lives, at - STATISTICS_DAYS * DAY_MS, at)) {
        for (const event of ofOrderDay(life.day).get(life) ?? []) {
          if (event.happenedAt <= at) sales.push(event.filledAt <= at ? event.filled : event.unfilled);
        }
      }
      return sortByChange(sales, ({ saleId }) => saleId);
    },
  };
}

type Money = Pick<Sale, 'forPay' | 'finishedPrice' | 'priceWithDisc' | 'paymentSaleAmount'>;

function createSale(
  life: OrderLife,
  saleId: string,
  happenedAt: number,
  money: Money,
  lot: number,
  hours: number,
): SaleLife {
  // Half of the sums are there at once, the others come with a batch some hours later.
  const filledAt = lot < 0.5 ? happenedAt : nextHalfHour(happenedAt + hours * HOUR_MS);
  const soldAt = new Date(happenedAt);
  const filled: Sale = {
    saleId,
    // Not as it is when one asks: a sale does not change because the goods come back later.
    order: orderAt(life, happenedAt),
    soldAt,
    lastChangeAt: new Date(filledAt),
    ...money,
  };
  const nothing = { forPay: 0, finishedPrice: 0, priceWithDisc: 0, paymentSaleAmount: 0 };
  return { happenedAt, filledAt, filled, unfilled: { ...filled, lastChangeAt: soldAt, ...nothing } };
}
