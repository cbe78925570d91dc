/**
 * The figures that analytics questions ask for, as aggregates over the views. What a figure means is told in
 * docs/evaluation.md; here it is worked out independently of src/analytics.
 */

/** Over `sales`: what buyers paid for what they kept, less what they got back. */
export const REVENUE = `coalesce(sum(case x.type when 'buyout' then x.amount when 'return' then -x.amount end), 0)`;
/** Over `sales`. */
export const BUYOUTS = `count(*) filter (where x.type = 'buyout')`;
/** Over `sales`. */
export const RETURNS = `count(*) filter (where x.type = 'return')`;
/** Over `sales`: percent of those that were handed over that came back. */
export const RETURN_RATE = `round(100.0 * ${RETURNS} / nullif(${BUYOUTS}, 0), 2)`;
/** Over `orders`. */
export const ORDERS = 'count(*)';
/** Over `orders`: with the seller's discount. */
export const ORDER_SUM = 'coalesce(sum(x.total_price), 0)';
/** Over `orders`. */
export const CANCELLED = `count(*) filter (where x.status = 'cancelled')`;
/** Over `orders` of a period: percent that were kept, of those whose fate is known. */
export const BUYOUT_RATE = `round(100.0 * count(*) filter (where x.status = 'bought')
  / nullif(count(*) filter (where x.status in ('bought', 'cancelled', 'returned')), 0), 2)`;
/** Over `reviews`. */
export const RATING = 'round(avg(x.rating), 2)';
