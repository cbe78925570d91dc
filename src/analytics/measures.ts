import { ratio, type Hundredths } from './decimal.ts';
import type { Unit } from './result.ts';

/** Which statement of figures-queries.ts brings a figure. */
export type FigureSource = 'orders' | 'sales' | 'reviews';

/** Sums of one group and period, in hundredths; null: no row had the value. */
export type Figures = Readonly<Record<string, Hundredths | null>>;

export interface Measure {
  unit: Unit;
  source: FigureSource;
  /** Russian, as a table's head says it. */
  label: string;
  /** Exactly what it is, in English, for docs/analytics.md and for a model that chooses among them. */
  formula: string;
  /** 0 where there is no row. Otherwise a rate, an average: null where there is nothing to divide by. */
  additive: boolean;
  /** Of a rate or an average: the figures that it is the quotient of. */
  madeOf?: { part: string; whole: readonly string[] };
  of: (figures: Figures) => Hundredths | null;
  /** Figures that count the rows which the measure speaks of. */
  rows: readonly string[];
}

const sum = (name: string) => ({
  additive: true,
  of: (figures: Figures) => figures[name] ?? 0n,
});

/** `part` over the sum of `whole`, times `factor`. */
const quotient = (part: string, whole: readonly string[], factor = 1n) => ({
  additive: false,
  madeOf: { part, whole },
  of: (figures: Figures) =>
    ratio(
      figures[part] ?? 0n,
      whole.reduce((all, name) => all + (figures[name] ?? 0n), 0n),
      factor,
    ),
});
const percent = (part: string, whole: readonly string[]) => quotient(part, whole, 100n);

/**
 * What can be asked for, each defined here once. `outcome` is what became of an order by now: `returned`, `cancelled`
 * (`is_cancel`, or that status), `bought`, otherwise `open`. Orders count on the day of `order_date`, sales on that of `sale_date`,
 * reviews on that of `created_date`; sales with `is_cancel` count nowhere.
 */
export const MEASURES = {
  orders: {
    unit: 'count',
    source: 'orders',
    label: 'Заказы',
    formula: 'rows of wb_orders, cancelled ones included',
    rows: ['orders'],
    ...sum('orders'),
  },
  ordered_pieces: {
    unit: 'pieces',
    source: 'orders',
    label: 'Заказано, шт.',
    formula: 'sum of quantity of these rows, 1 where it is null',
    rows: ['orders'],
    ...sum('ordered_pieces'),
  },
  orders_amount: {
    unit: 'RUB',
    source: 'orders',
    label: 'Сумма заказов',
    formula: 'sum of total_price (after the seller’s discount), cancelled ones included',
    rows: ['orders'],
    ...sum('orders_amount'),
  },
  average_order: {
    unit: 'RUB',
    source: 'orders',
    label: 'Средний заказ',
    formula: 'average of total_price over orders that have one',
    rows: ['orders_with_amount'],
    ...quotient('orders_amount', ['orders_with_amount']),
  },
  cancelled_orders: {
    unit: 'count',
    source: 'orders',
    label: 'Отмены',
    formula: 'orders of the period whose outcome is cancelled, whenever that happened',
    rows: ['cancelled_orders'],
    ...sum('cancelled_orders'),
  },
  cancelled_amount: {
    unit: 'RUB',
    source: 'orders',
    label: 'Сумма отмен',
    formula: 'sum of total_price of cancelled_orders',
    rows: ['cancelled_orders'],
    ...sum('cancelled_amount'),
  },
  cancel_rate: {
    unit: 'percent',
    source: 'orders',
    label: 'Доля отмен',
    formula: 'cancelled_orders / orders',
    rows: ['orders'],
    ...percent('cancelled_orders', ['orders']),
  },
  buyout_rate: {
    unit: 'percent',
    source: 'orders',
    label: 'Выкуп',
    formula: 'of the orders of the period: bought / (bought + returned + cancelled); open ones are left out',
    rows: ['bought_orders', 'returned_orders', 'cancelled_orders'],
    ...percent('bought_orders', ['bought_orders', 'returned_orders', 'cancelled_orders']),
  },
  return_rate: {
    unit: 'percent',
    source: 'orders',
    label: 'Доля возвратов',
    formula: 'of the orders of the period: returned / (bought + returned)',
    rows: ['bought_orders', 'returned_orders'],
    ...percent('returned_orders', ['bought_orders', 'returned_orders']),
  },
  buyouts: {
    unit: 'count',
    source: 'sales',
    label: 'Выкупы',
    formula: 'rows of wb_sales with type buyout',
    rows: ['buyouts'],
    ...sum('buyouts'),
  },
  buyouts_amount: {
    unit: 'RUB',
    source: 'sales',
    label: 'Сумма выкупов',
    formula: 'sum of their amount (what the buyer paid)',
    rows: ['buyouts'],
    ...sum('buyouts_amount'),
  },
  returns: {
    unit: 'count',
    source: 'sales',
    label: 'Возвраты',
    formula: 'rows of wb_sales with type return',
    rows: ['returns'],
    ...sum('returns'),
  },
  returns_amount: {
    unit: 'RUB',
    source: 'sales',
    label: 'Сумма возвратов',
    formula: 'sum of the absolute values of their amount',
    rows: ['returns'],
    ...sum('returns_amount'),
  },
  revenue: {
    unit: 'RUB',
    source: 'sales',
    label: 'Выручка',
    formula: 'buyouts_amount − returns_amount',
    rows: ['buyouts', 'returns'],
    ...sum('revenue'),
  },
  average_check: {
    unit: 'RUB',
    source: 'sales',
    label: 'Средний чек',
    formula: 'average amount of buyouts that have one',
    rows: ['buyouts_with_amount'],
    ...quotient('buyouts_amount', ['buyouts_with_amount']),
  },
  payout: {
    unit: 'RUB',
    source: 'sales',
    label: 'К перечислению',
    formula: 'for_pay of buyouts − absolute for_pay of returns',
    rows: ['buyouts', 'returns'],
    ...sum('payout'),
  },
  reviews: {
    unit: 'count',
    source: 'reviews',
    label: 'Отзывы',
    formula: 'rows of wb_reviews',
    rows: ['reviews'],
    ...sum('reviews'),
  },
  average_rating: {
    unit: 'stars',
    source: 'reviews',
    label: 'Средняя оценка',
    formula: 'average of their rating, where it is 1 to 5',
    rows: ['rated_reviews'],
    ...quotient('rating_sum', ['rated_reviews']),
  },
  negative_reviews: {
    unit: 'count',
    source: 'reviews',
    label: 'Негативные отзывы',
    formula: 'those with a rating of 1 or 2',
    rows: ['negative_reviews'],
    ...sum('negative_reviews'),
  },
  negative_share: {
    unit: 'percent',
    source: 'reviews',
    label: 'Доля негативных',
    formula: 'negative_reviews / reviews with a rating of 1 to 5',
    rows: ['rated_reviews'],
    ...percent('negative_reviews', ['rated_reviews']),
  },
  unanswered_reviews: {
    unit: 'count',
    source: 'reviews',
    label: 'Без ответа',
    formula: 'those whose is_answered is not true',
    rows: ['unanswered_reviews'],
    ...sum('unanswered_reviews'),
  },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as [MeasureName, ...MeasureName[]];

export const measure = (name: MeasureName): Measure => MEASURES[name];

export function sourcesOf(names: readonly MeasureName[]): FigureSource[] {
  return [...new Set(names.map((name) => MEASURES[name].source))];
}

/** Whether a group has a row that one of the measures speaks of. */
export function speaksOf(figures: Figures, names: readonly MeasureName[]): boolean {
  return names.some((name) => measure(name).rows.some((row) => (figures[row] ?? 0n) > 0n));
}
