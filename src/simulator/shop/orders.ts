import { DAY_MS, dayOf } from './days.ts';
import type { OrderLife, OrderLives } from './order-lives.ts';
import type { Order } from './shop.ts';

/** How far back Wildberries tells of orders and sales, from the time of the order. */
export const STATISTICS_DAYS = 90;

/** The orders made after `from`, up to and including `to`. */
export function* livesBetween(lives: OrderLives, from: number, to: number): Generator<OrderLife> {
  for (let day = dayOf(from); day <= dayOf(to); day++) {
    for (const life of lives.ofDay(day)) {
      if (life.orderedAt > from && life.orderedAt <= to) yield life;
    }
  }
}

/** An order with what had become of it by a moment. */
export function orderAt(life: OrderLife, at: number): Order {
  const { order } = life;
  const change = [life.returnedAt, life.soldAt, life.refusedAt, life.cancelledAt].find(
    (moment) => moment <= at,
  );
  if (change === undefined) return order;
  const lastChangeAt = new Date(change);
  return { ...order, lastChangeAt, cancelledAt: change === life.cancelledAt ? lastChangeAt : undefined };
}

export function listOrders(lives: OrderLives, at: number): Order[] {
  const orders: Order[] = [];
  for (const life of livesBetween(lives, at - STATISTICS_DAYS * DAY_MS, at)) orders.push(orderAt(life, at));
  return sortByChange(orders, ({ srid }) => srid);
}

export function sortByChange<Row extends { lastChangeAt: Date }>(
  rows: Row[],
  id: (row: Row) => string,
): Row[] {
  return rows
    .map((row) => ({ row, change: row.lastChangeAt.getTime(), id: id(row) }))
    .sort((a, b) => a.change - b.change || (a.id < b.id ? -1 : 1))
    .map(({ row }) => row);
}
