import type { Dimension } from '../../analytics/dimensions.ts';
import {
  ALWAYS_A_FIGURE,
  comparedPeriods,
  WHOLE_LIST,
  wantsFigure,
  type Asked,
  type Found,
} from './asked.ts';

export function ratingChangeOf(asked: Asked): Found | undefined {
  const { shape, filters, periods, measures } = asked;
  const { has } = shape;
  const changes = has('fell', 'grew', 'changed');
  if (measures[0] !== 'average_rating' || !changes) return undefined;
  const group = shape.groupBy ?? (has('which', 'each') ? shape.entity : undefined);
  const direction = has('fell') ? 'fell' : has('grew') ? 'grew' : undefined;
  const isGrouped = group === 'product' || group === 'brand' || group === 'category';
  return {
    function: 'rating_change',
    parameters: {
      ...(isGrouped ? { group_by: group, limit: shape.count ?? WHOLE_LIST } : {}),
      ...(isGrouped && direction !== undefined
        ? { show: direction, order: direction === 'grew' ? 'growth' : 'fall' }
        : {}),
      ...comparedPeriods(periods),
      ...filters,
    },
  };
}

/** By what rows are told apart when brands, categories or products are to be compared: two brands are two groups of one period. */
export function sideBySide({
  shape,
  filters,
  periods,
}: Pick<Asked, 'shape' | 'filters' | 'periods'>): Dimension | undefined {
  if (!shape.has('compare') || periods.length > 1) return undefined;
  const isSeveral = (values: readonly unknown[] | undefined) => (values?.length ?? 0) > 1;
  if (isSeveral(filters.brand)) return 'brand';
  if (isSeveral(filters.category)) return 'subject';
  return isSeveral(filters.nm_id) ? 'product' : undefined;
}

export function comparisonOf(asked: Asked): Found | undefined {
  const { shape, filters, periods, measures } = asked;
  const { has } = shape;
  const isSideBySide =
    periods.length === 2 &&
    (wantsFigure(asked) ||
      measures.some((name) => ALWAYS_A_FIGURE.has(name)) ||
      has('most', 'least', 'previous'));
  const isComparison = has('compare', 'changed', 'fell', 'grew') || isSideBySide;
  if (!isComparison || (periods.length === 0 && measures.length === 0)) return undefined;
  if (sideBySide(asked) !== undefined) return undefined;
  const asksWhich = (has('which') || shape.hasPhrase(/^(?:че|чо|шо|что) /)) && has('fell', 'grew');
  const group = shape.groupBy ?? (asksWhich ? (shape.entity ?? 'product') : undefined);
  const isGrouped = group !== undefined && !['day', 'week', 'month', 'none'].includes(group);
  const direction = has('fell') ? 'fell' : has('grew') ? 'grew' : undefined;
  return {
    function: 'compare_periods',
    parameters: {
      ...(measures.length === 0 ? {} : { measures }),
      ...(isGrouped ? { group_by: group, limit: shape.count ?? WHOLE_LIST } : {}),
      ...(asksWhich && isGrouped && direction !== undefined
        ? { show: direction, order: direction === 'grew' ? 'growth' : 'fall' }
        : {}),
      ...comparedPeriods(periods),
      ...filters,
    },
  };
}
