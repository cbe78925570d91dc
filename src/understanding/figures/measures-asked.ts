import type { MeasureName } from '../../analytics/measures.ts';
import type { Shape } from './shape.ts';

/**
 * Which measures a question asks for, the first of them the one that counts; empty: none. The order of the rules is that of
 * how much a word says: `процент возвратов` is a rate, however much it speaks of returns.
 */
export function measuresAsked(shape: Shape): MeasureName[] {
  const { has } = shape;
  if (has('average') && (has('check') || (has('sum') && has('orders', 'buyouts'))))
    return has('orders') ? ['average_order'] : ['average_check'];
  if (has('check')) return ['average_check'];
  if (has('average') && has('orders') && !has('how-many')) return ['average_order'];
  // `на сколько процентов выросли продажи` asks for a difference in percent, not for a share.
  if (has('percent') && !has('fell', 'grew', 'changed', 'compare')) {
    if (has('negative')) return ['negative_share'];
    if (has('returns')) return ['return_rate'];
    if (has('cancellations')) return ['cancel_rate'];
    if (has('buyout') || shape.hasPhrase(/выкуп/)) return ['buyout_rate'];
  }
  // `из 10 заказов сколько выкупают`
  if (has('buyout', 'buyouts') && shape.hasPhrase(/из (?:\d+|ста|десяти|каждых \S+) заказ/))
    return ['buyout_rate'];
  if (has('complain') && !has('orders', 'buyouts', 'returns', 'revenue')) return ['negative_reviews'];
  if (has('unanswered') || (has('reviews') && has('not') && shape.hasPhrase(/(?:без|не) (?:ответ|отвеч)/)))
    return ['unanswered_reviews'];
  if (has('negative') && has('rating') && !has('reviews', 'how-many')) return ['average_rating'];
  if (has('negative') && has('buyout')) return ['buyout_rate'];
  if (has('negative') && (has('reviews', 'rating') || !has('orders', 'buyouts', 'returns', 'revenue')))
    return ['negative_reviews'];
  if (has('rating')) return ['average_rating'];
  if (has('reviews')) return ['reviews'];
  if (has('payout')) return ['payout'];
  if (has('revenue')) return ['revenue'];
  const asksMoney = has('sum') || shape.hasPhrase(/(?:^| )на (?:сколько|скока|скок|сколько)(?! дн)/);
  if (has('cancellations'))
    return asksMoney ? ['cancelled_amount', 'cancelled_orders'] : ['cancelled_orders'];
  if (has('returns')) return asksMoney ? ['returns_amount', 'returns'] : ['returns'];
  if (has('orders')) return asksMoney ? ['orders_amount', 'orders'] : ['orders'];
  if (has('buyouts')) {
    if (!asksMoney) return ['buyouts'];
    return shape.hasPhrase(/выкуп/) ? ['buyouts_amount', 'revenue'] : ['revenue', 'buyouts'];
  }
  if (has('buyout')) return has('how-many') ? ['buyouts'] : ['buyout_rate'];
  return [];
}
