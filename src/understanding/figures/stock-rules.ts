import type { LocalDate } from '../../calendar.ts';
import { WHOLE_LIST, wantsFigure, type Asked, type Found } from './asked.ts';

export function stockCoverOf({ shape, filters, horizon, periods, today }: Asked): Found | undefined {
  const { has } = shape;
  const answer = (show: string, more: Record<string, unknown> = {}): Found => {
    const limit = shape.count ?? WHOLE_LIST;
    const bySize = shape.groupBy === 'size' || shape.entity === 'size' ? { group_by: 'size' } : {};
    return { function: 'stock_cover', parameters: { show, ...more, ...bySize, ...filters, limit } };
  };
  if (has('overstock')) return answer(shape.hasPhrase(/неликвид|пылит|залеж/) ? 'not_selling' : 'overstock');
  if (
    has('not') &&
    has('buyouts', 'orders') &&
    has('which', 'product', 'slang') &&
    shape.hasPhrase(/не (?:прода|заказыва|покупа|купил)/)
  )
    return answer('not_selling', windowOf(periods, today));
  if (has('lasts'))
    return answer(
      filters.nm_id === undefined && horizon !== undefined ? 'ending' : 'all',
      horizon === undefined ? {} : { within_days: horizon },
    );
  if (has('ended') && has('which', 'slang', 'product', 'how-many', 'stock')) return answer('out_of_stock');
  if (has('stock') && has('not') && shape.hasPhrase(/(?:нет|нету|не) (?:\S+ )?(?:в )?налич/))
    return answer('out_of_stock');
  if (
    has('ends') &&
    (has('which', 'slang', 'product', 'first', 'how-many', 'stock') || horizon !== undefined)
  ) {
    if (horizon !== undefined) return answer('ending', { within_days: horizon });
    return answer('ending', has('first') ? { within_days: 365, limit: 10 } : {});
  }
  return undefined;
}

const DAY_MS = 86_400_000;
const MAX_WINDOW_DAYS = 365;

/** `не продавались неделю`: orders of so many days count. Only of a period that lasts until now. */
function windowOf([period, ...others]: Asked['periods'], today: LocalDate): Record<string, unknown> {
  if (period === undefined || period.to !== today || others.length > 0) return {};
  const days = (Date.parse(period.to) - Date.parse(period.from)) / DAY_MS + 1;
  return days > MAX_WINDOW_DAYS ? {} : { window_days: days };
}

/** `сколько довезти, чтобы хватило на месяц`, `что дозаказать`. */
export function reorderOf({ shape, filters, horizon }: Asked): Found | undefined {
  if (!shape.has('reorder')) return undefined;
  const days = shape.coverDays ?? horizon;
  const byProduct =
    shape.groupBy === 'product' || (shape.groupBy === undefined && filters.nm_id === undefined);
  return {
    function: 'reorder',
    parameters: {
      ...(days === undefined ? {} : { cover_days: days }),
      ...(byProduct ? { group_by: 'product' } : {}),
      ...filters,
      limit: shape.count ?? WHOLE_LIST,
    },
  };
}

export function stockLevelsOf(asked: Asked): Found | undefined {
  const { shape, filters, measures, quantity } = asked;
  const { has } = shape;
  const asksWhere = has('how-many') && (has('warehouse') || filters.warehouse !== undefined);
  if (!(has('stock') || asksWhere) || measures.length > 0) return undefined;
  const named = Object.keys(filters).length > 0;
  if (!(wantsFigure(asked) || named || has('show') || quantity !== undefined)) return undefined;
  const below = quantity?.under ?? (quantity?.to === undefined ? undefined : quantity.to + 1);
  if (below !== undefined && quantity?.from === undefined)
    return {
      function: 'stock_levels',
      parameters: {
        ...{ group_by: shape.groupBy ?? ['product', 'size'], below, order: 'least' },
        ...{ ...filters, limit: shape.count ?? WHOLE_LIST },
      },
    };
  const group = shape.groupBy;
  const isKnown =
    group !== undefined && ['product', 'brand', 'category', 'subject', 'size', 'warehouse'].includes(group);
  return {
    function: 'stock_levels',
    parameters: { ...(isKnown ? { group_by: group, limit: shape.count ?? WHOLE_LIST } : {}), ...filters },
  };
}
