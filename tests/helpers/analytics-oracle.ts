import type { CabinetRows, OrderRow, ReviewRow, SaleRow } from './analytics-rows.ts';

/**
 * What analytics have to say of rows, worked out from docs/analytics.md by plain arithmetic over all of them. Nothing of
 * src/analytics is used. Money is in kopecks.
 */
export type Key = string | null;
export type Measured = Record<string, number | bigint | null>;
export interface Bounds {
  from: string;
  to: string;
}

/** Moscow has no summer time since 2014: three hours ahead, always. */
function moscowDay(time: string): string {
  return new Date(Date.parse(time) + 3 * 3_600_000).toISOString().slice(0, 10);
}

const within = (time: string | null, { from, to }: Bounds): boolean =>
  time !== null && moscowDay(time) >= from && moscowDay(time) <= to;

const kopecks = (text: string | null): bigint | null =>
  text === null || text === 'NaN' ? null : BigInt(text.replace('.', ''));
const absolute = (value: bigint) => (value < 0n ? -value : value);
const said = (text: string | null | undefined): string | null =>
  (text ?? '').trim() === '' ? null : text!.trim();
const sumOf = (values: readonly (bigint | null)[]): bigint =>
  values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n);

/** Half away from zero; null when there is nothing to divide by. */
function quotient(part: bigint, whole: bigint): bigint | null {
  if (whole === 0n) return null;
  const half = absolute(part) * 2n + whole;
  return (part < 0n ? -1n : 1n) * (half / (whole * 2n));
}

/** Percent or stars with two decimals. */
function rate(part: number, whole: number, factor: number): number | null {
  const hundredths = quotient(BigInt(part) * BigInt(factor) * 100n, BigInt(whole));
  return hundredths === null ? null : Number(hundredths) / 100;
}

function averageMoney(values: readonly (bigint | null)[]): bigint | null {
  const known = values.filter((value) => value !== null);
  return quotient(sumOf(known), BigInt(known.length));
}

export function outcomeOf({ status, is_cancel: isCancel }: OrderRow): string {
  if (status === 'returned') return 'returned';
  if (isCancel === true || status === 'cancelled') return 'cancelled';
  return status === 'bought' ? 'bought' : 'open';
}

export function measureOrders(orders: readonly OrderRow[]): Measured {
  const of = (outcome: string) => orders.filter((order) => outcomeOf(order) === outcome);
  const [bought, returned, cancelled] = [of('bought'), of('returned'), of('cancelled')].map(
    (list) => list.length,
  ) as [number, number, number];
  return {
    orders: orders.length,
    ordered_pieces: orders.reduce((sum, { quantity }) => sum + (quantity ?? 1), 0),
    orders_amount: sumOf(orders.map(({ total_price: price }) => kopecks(price))),
    average_order: averageMoney(orders.map(({ total_price: price }) => kopecks(price))),
    cancelled_orders: cancelled,
    cancelled_amount: sumOf(of('cancelled').map(({ total_price: price }) => kopecks(price))),
    cancel_rate: rate(cancelled, orders.length, 100),
    buyout_rate: rate(bought, bought + returned + cancelled, 100),
    return_rate: rate(returned, bought + returned, 100),
  };
}

export function measureSales(all: readonly SaleRow[]): Measured {
  const counted = all.filter(({ is_cancel: isCancel }) => isCancel !== true);
  const buyouts = counted.filter(({ type }) => type === 'buyout');
  const returns = counted.filter(({ type }) => type === 'return');
  const money = (rows: readonly SaleRow[], column: 'amount' | 'for_pay') =>
    rows.map((row) => kopecks(row[column]));
  const back = (column: 'amount' | 'for_pay') =>
    sumOf(money(returns, column).map((value) => (value === null ? null : absolute(value))));
  return {
    buyouts: buyouts.length,
    buyouts_amount: sumOf(money(buyouts, 'amount')),
    returns: returns.length,
    returns_amount: back('amount'),
    revenue: sumOf(money(buyouts, 'amount')) - back('amount'),
    average_check: averageMoney(money(buyouts, 'amount')),
    payout: sumOf(money(buyouts, 'for_pay')) - back('for_pay'),
  };
}

export function measureReviews(reviews: readonly ReviewRow[]): Measured {
  const rated = reviews.flatMap(({ rating }) =>
    rating !== null && rating >= 1 && rating <= 5 ? [rating] : [],
  );
  const negative = rated.filter((rating) => rating <= 2).length;
  return {
    reviews: reviews.length,
    average_rating: rate(
      rated.reduce((sum, rating) => sum + rating, 0),
      rated.length,
      1,
    ),
    negative_reviews: negative,
    negative_share: rate(negative, rated.length, 100),
    unanswered_reviews: reviews.filter(({ is_answered: isAnswered }) => isAnswered !== true).length,
  };
}

export const ordersIn = (rows: CabinetRows, bounds: Bounds) =>
  rows.orders.filter((order) => within(order.order_date, bounds));
export const salesIn = (rows: CabinetRows, bounds: Bounds) =>
  rows.sales.filter((sale) => within(sale.sale_date, bounds));
export const reviewsIn = (rows: CabinetRows, bounds: Bounds) =>
  rows.reviews.filter((review) => within(review.created_date, bounds));

/** The group of a row, by dimension. */
function keyOf(
  rows: CabinetRows,
  dimension: string,
  row: { nm_id: number | null; brand?: string | null; category?: string | null; size?: string | null },
  time: string | null,
): Key {
  const product = rows.products.find((candidate) => candidate.nm_id === row.nm_id);
  switch (dimension) {
    case 'day':
      return time === null ? null : moscowDay(time);
    case 'product':
      return row.nm_id === null ? null : String(row.nm_id);
    case 'brand':
      return said(product?.brand) ?? said(row.brand);
    case 'category':
      return said(row.category) ?? said(product?.category);
    case 'size':
      return said(row.size);
    default:
      throw new Error(`no such dimension here: ${dimension}`);
  }
}

/** The measures of each group that a row of the period belongs to. */
export function groupsOf(rows: CabinetRows, dimension: string, bounds: Bounds): Map<Key, Measured> {
  const orders = Map.groupBy(ordersIn(rows, bounds), (row) => keyOf(rows, dimension, row, row.order_date));
  const sales = Map.groupBy(salesIn(rows, bounds), (row) => keyOf(rows, dimension, row, row.sale_date));
  return new Map(
    [...new Set([...orders.keys(), ...sales.keys()])].map((key) => [
      key,
      { ...measureOrders(orders.get(key) ?? []), ...measureSales(sales.get(key) ?? []) },
    ]),
  );
}
