import { abc } from './abc.ts';
import type { AnalyticsFunction } from './analytics-function.ts';
import { buyoutRate } from './buyout-rate.ts';
import { comparePeriods } from './compare-periods.ts';
import { listRows } from './list-rows.ts';
import { products } from './products.ts';
import { ratingChange } from './rating-change.ts';
import { reorder } from './reorder.ts';
import { reviewThemes } from './review-themes.ts';
import { reviews } from './reviews.ts';
import { stockCover } from './stock-cover.ts';
import { stockLevels } from './stock-levels.ts';
import { topProducts } from './top-products.ts';
import { totals } from './totals.ts';
import { values } from './values.ts';

const NAMED = {
  totals,
  top_products: topProducts,
  compare_periods: comparePeriods,
  buyout_rate: buyoutRate,
  stock_levels: stockLevels,
  stock_cover: stockCover,
  reorder,
  reviews,
  review_themes: reviewThemes,
  rating_change: ratingChange,
  products,
  abc,
  rows: listRows,
  values,
};

export type AnalyticsName = keyof typeof NAMED;

/** Everything that can be asked; a question outside of it has no answer here. */
export const ANALYTICS_FUNCTIONS = Object.values(NAMED) as readonly AnalyticsFunction[];

export function findAnalyticsFunction(name: string): AnalyticsFunction | undefined {
  return Object.hasOwn(NAMED, name) ? NAMED[name as AnalyticsName] : undefined;
}
