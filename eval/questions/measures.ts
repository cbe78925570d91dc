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
/** Over `orders`. */
export const CANCELLED_AMOUNT = `coalesce(sum(x.total_price) filter (where x.status = 'cancelled'), 0)`;
/** Over `orders`: percent of all orders of a period. */
export const CANCEL_RATE = `round(100.0 * count(*) filter (where x.status = 'cancelled') / nullif(count(*), 0), 2)`;
/** Over `sales`: what buyers paid for what they took. */
export const BUYOUTS_AMOUNT = `coalesce(sum(x.amount) filter (where x.type = 'buyout'), 0)`;
/** Over `sales`. */
export const RETURNS_AMOUNT = `coalesce(sum(abs(x.amount)) filter (where x.type = 'return'), 0)`;
/** Over `sales`: of buyouts whose amount is known. */
export const AVERAGE_CHECK = `round(avg(x.amount) filter (where x.type = 'buyout'), 2)`;
/** Over `sales`: what Wildberries transfers for buyouts, less what it takes back for returns. */
export const PAYOUT = `coalesce(sum(case x.type when 'buyout' then x.for_pay when 'return' then -abs(x.for_pay) end), 0)`;
/** Over `reviews`: one or two stars. */
export const NEGATIVE_REVIEWS = 'count(*) filter (where x.rating <= 2)';
/** Over `reviews`: percent of all. */
export const NEGATIVE_SHARE = `round(100.0 * count(*) filter (where x.rating <= 2) / nullif(count(*), 0), 2)`;
/** Over `reviews`. */
export const UNANSWERED_REVIEWS = 'count(*) filter (where x.is_answered is not true)';
