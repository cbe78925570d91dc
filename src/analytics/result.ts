import type { Period } from '../calendar.ts';

/**
 * What a value is. `RUB` is exact text with two decimals; `count`, `pieces`, `days` are numbers; `percent` and `stars` are
 * numbers with up to two decimals; `date` is `YYYY-MM-DD`; `id` is a number.
 */
export type Unit = 'RUB' | 'count' | 'pieces' | 'percent' | 'stars' | 'days' | 'date' | 'id' | 'text';

export interface Column {
  name: string;
  unit: Unit;
  /** Russian, for a table's head. */
  label: string;
}

export type Value = string | number | null;
export type Row = Record<string, Value>;

/** A name in a request that nothing of the cabinet has. */
export interface UnknownName {
  /** The parameter that named it. */
  parameter: string;
  value: string | number;
  /** Up to five known names that are like it, the likest first. */
  nearest: string[];
}

/** `none`: there is nothing to say of the period, which is something else than 0. `partial`: of a part of it. */
export type DataState = 'complete' | 'partial' | 'none';

/** What a function works out; its filter's part of the answer is added by whoever calls it. */
export interface AnalyticsResult {
  /** As understood: defaults filled in, periods as days. Given back to the function they ask for the same. */
  parameters: Record<string, unknown>;
  columns: Column[];
  rows: Row[];
  /** Over everything that the filters let through, however many rows are shown; null where a sum says nothing. */
  total: Row | null;
  data: DataState;
  /** Groups found before the limit. */
  found: number;
  /** What the reader has to know to understand the figures, in Russian; null: nothing. */
  note: string | null;
  /** Of two periods that are compared: how many days each has. */
  periods?: { days: number; other_days: number; same_length: boolean };
  /** Of rows that come by pages: what `before` has to be for the next one; null: there is none. */
  next?: string | null;
}

/** Periods as parameters say them. */
export function periodAsParameters(period: Period): Record<string, unknown> {
  return period.from === '-infinity' ? { period: 'all' } : { from: period.from, to: period.to };
}
