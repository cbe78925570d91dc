import type { Dimension } from '../../analytics/dimensions.ts';
import type { AnalyticsName } from '../../analytics/functions.ts';
import type { MeasureName } from '../../analytics/measures.ts';
import { addDays, type LocalDate } from '../../calendar.ts';
import type { NumberRange } from '../mention.ts';
import type { FilterParameters } from './filter-parameters.ts';
import type { Shape } from './shape.ts';

/** A function with its parameters, as a rule finds them. */
export interface Found {
  function: AnalyticsName;
  /** As the function takes them; what the question leaves open is left to its defaults. */
  parameters: Record<string, unknown>;
}

/** Days inclusive, with the words that name them. */
export interface Period {
  from: LocalDate;
  to: LocalDate;
  words: string;
}

/** Takes a question for one of its own, or leaves it to the rules behind. */
export type Rule = (asked: Asked) => Found | undefined;

/** Everything that rules decide by. */
export interface Asked {
  shape: Shape;
  measures: MeasureName[];
  filters: FilterParameters;
  periods: Period[];
  /** Stars that are named, `ниже 4`. */
  rating: NumberRange | undefined;
  /** Pieces that are named, `меньше 5 штук`. */
  quantity: NumberRange | undefined;
  /** `товары без отзывов`. */
  without: 'reviews' | 'orders' | 'sales' | 'stock' | undefined;
  /** Days ahead. */
  horizon: number | undefined;
  today: LocalDate;
}

/** A list of which every row is asked for, as far as an answer goes. */
export const WHOLE_LIST = 500;
/** Nothing older is in any cabinet. */
const EARLIEST = '2000-01-01';
export const RATES: ReadonlySet<MeasureName> = new Set(['buyout_rate', 'return_rate', 'cancel_rate']);
export const OF_REVIEWS: ReadonlySet<MeasureName> = new Set([
  'reviews',
  'average_rating',
  'negative_reviews',
  'negative_share',
  'unanswered_reviews',
]);

/** What is money is never a row to look at; of the rest a figure has to be asked for. */
export const ALWAYS_A_FIGURE: ReadonlySet<MeasureName> = new Set([
  'revenue',
  'average_check',
  'average_order',
  'payout',
  'orders_amount',
]);

/** Weeks and months of the last 30 days would be few, and cut off. */
const OPEN_PERIOD: Partial<Record<Dimension, string>> = { week: 'last_90_days', month: 'all' };

export function periodParameters(
  { periods, shape }: Asked,
  dimension = shape.groupBy,
): Record<string, unknown> {
  const first = joined(periods) ?? periods[0];
  if (first !== undefined) return boundsOf(first);
  const open = dimension === undefined ? undefined : OPEN_PERIOD[dimension];
  return open === undefined ? {} : { period: open };
}

type Bounds = Pick<Period, 'from' | 'to'>;

const boundsOf = ({ from, to }: Bounds): Bounds => ({ from: from < EARLIEST ? EARLIEST : from, to });

/** `вчера и сегодня`, `в сентябре и октябре`: days that follow one another without a gap are one period. */
function joined(periods: readonly Period[]): Bounds | undefined {
  const [first, ...others] = periods.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  if (first === undefined) return undefined;
  let { to } = first;
  for (const next of others) {
    if (next.from !== addDays(to, 1)) return undefined;
    to = next.to;
  }
  return { from: first.from, to };
}

/** Those of the question that the parameters say nothing of. */
export function unusedPeriods(periods: readonly Period[], parameters: Found['parameters']): Period[] {
  const { from, to, other_from: otherFrom, other_to: otherTo, window_days: window } = parameters;
  const isOf = (first: unknown, last: unknown) => (period: Bounds) => {
    const bounds = boundsOf(period);
    return bounds.from === first && bounds.to === last;
  };
  const whole = joined(periods);
  if (window !== undefined || (whole !== undefined && isOf(from, to)(whole))) return [];
  return periods.filter((period) => !isOf(from, to)(period) && !isOf(otherFrom, otherTo)(period));
}

/** Stars as reviews are filtered by them: `rating_below` and `rating_above` do not count themselves. */
export function ratingParameters(rating: NumberRange | undefined): Record<string, unknown> {
  if (rating === undefined) return {};
  const { from, to, over, under } = rating;
  if (from !== undefined && from === to && Number.isInteger(from)) return { rating: from };
  const below = under ?? (to === undefined ? undefined : Math.floor(to) + 1);
  const above = over ?? (from === undefined ? undefined : Math.ceil(from) - 1);
  return {
    ...(below === undefined || below > 5 ? {} : { rating_below: below }),
    ...(above === undefined || above < 1 ? {} : { rating_above: above }),
  };
}

/** A question that wants a figure, and not to see the rows. */
export function wantsFigure({ shape, periods }: Asked): boolean {
  const { has } = shape;
  return (
    has('how-many', 'sum', 'percent', 'average') ||
    shape.asksHowItIs ||
    shape.groupBy !== undefined ||
    (has('which') && periods.length > 0)
  );
}

/** The later one is the one that is asked about, whichever is named first. */
export function comparedPeriods(periods: readonly Period[]): Record<string, unknown> {
  const [first, second] = periods;
  if (first === undefined) return {};
  if (second === undefined) return boundsOf(first);
  const [now, before] = first.from >= second.from ? [first, second] : [second, first];
  const { from, to } = boundsOf(before);
  return { ...boundsOf(now), other_from: from, other_to: to };
}

export function grouped(shape: Shape): Record<string, unknown> {
  return shape.groupBy === undefined ? {} : { group_by: shape.groupBy, limit: shape.count ?? WHOLE_LIST };
}
