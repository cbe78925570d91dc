/**
 * The figures that analytics questions ask for, as aggregates over the views (`x`). What a figure is, and what is taken
 * where a question leaves it open, is the product's decision; how it comes about is worked out here a second time.
 */

/** Over `sales`: what buyers paid for what they kept, less what they got back. */
export const REVENUE = `coalesce(sum(case x.type when 'buyout' then x.amount when 'return' then -x.amount end), 0)`;
/** Over `sales`. */
export const BUYOUTS = `count(*) filter (where x.type = 'buyout')`;
/** Over `sales`. */
export const RETURNS = `count(*) filter (where x.type = 'return')`;
/** Over `orders`, cancelled ones included. */
export const ORDERS = 'count(*)';
/** Over `orders`: with the seller's discount. */
export const ORDERS_AMOUNT = 'coalesce(sum(x.total_price), 0)';
/** Over `orders`. */
export const CANCELLED_ORDERS = `count(*) filter (where x.status = 'cancelled')`;
/** Over `orders` of a period: percent that were kept, of those whose fate is known. */
export const BUYOUT_RATE = `round(100.0 * count(*) filter (where x.status = 'bought')
  / nullif(count(*) filter (where x.status in ('bought', 'cancelled', 'returned')), 0), 2)`;
/** Over `orders` of a period: percent that came back, of those that were taken. */
export const RETURN_RATE = `round(100.0 * count(*) filter (where x.status = 'returned')
  / nullif(count(*) filter (where x.status in ('bought', 'returned')), 0), 2)`;
/** Over `reviews`. */
export const AVERAGE_RATING = 'round(avg(x.rating), 2)';
