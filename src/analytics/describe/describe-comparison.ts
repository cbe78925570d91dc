import type { AnalyticsAnswer } from '../analytics.ts';
import type { Dimension } from '../dimensions.ts';
import { MEASURES, type MeasureName } from '../measures.ts';
import type { Row, Value } from '../result.ts';
import { amountOf, countsOf, filterOf, groupOf, NAMED_GROUPS, nameOf, type Said } from './phrases.ts';
import { capitalize, formatMoney, formatNumber, formatPercent, formatPeriod } from '../../russian/formats.ts';

/** `С 17 по 20 ноября 2036, для сравнения с 10 по 16 ноября 2036: выручка 5 000 ₽, было 4 000 ₽ (+1 000 ₽, +25 %).` */
export function describeComparison({ parameters, rows, found, columns }: AnalyticsAnswer): Said {
  const { from, to, other_from: otherFrom, other_to: otherTo } = parameters as Record<string, string>;
  const dimension = parameters['group_by'] as Dimension;
  const measures = columns.flatMap(({ name }) =>
    Object.hasOwn(MEASURES, name) ? [name as MeasureName] : [],
  );
  const head = capitalize(
    `${formatPeriod({ from: from!, to: to! })}, для сравнения ${formatPeriod({ from: otherFrom!, to: otherTo! })}${filterOf(parameters)}`,
  );
  if (dimension === 'none') return `${head}: ${measures.map((name) => compared(name, rows[0]!)).join('; ')}.`;
  if (rows.length === 0) return `${head}: таких нет.`;
  const shown = rows.slice(0, NAMED_GROUPS);
  // Of groups the first measure, which they are sorted by; the rows have the others.
  const items = shown.map((row) => `${groupOf(dimension, row)} — ${compared(measures[0]!, row)}`);
  return { head, items, more: found - shown.length };
}

function compared(name: MeasureName, row: Row): string {
  const [now, before] = [row[name] ?? null, row[`${name}_before`] ?? null];
  const [change, percent] = [row[`${name}_change`] ?? null, row[`${name}_change_percent`] ?? null];
  const said = `${nameOf(name)} ${plain(name, now)}${countsOf(name, row)}, было ${plain(name, before)}${countsOf(name, row, '_before')}`;
  if (change === null) return said;
  if (Number(change) === 0) return `${said} (без изменений)`;
  const inPercent =
    typeof percent === 'number' && MEASURES[name].additive
      ? `, ${signed(percent, formatPercent(percent))}`
      : '';
  return `${said} (${signed(Number(change), difference(name, change))}${inPercent})`;
}

/** Without the noun, which has been said. */
function plain(name: MeasureName, value: Value): string {
  return typeof value === 'number' && MEASURES[name].unit !== 'percent'
    ? formatNumber(value)
    : amountOf(name, value);
}

/** The difference of two percentages is told in points, or it would be taken for a relative one. */
function difference(name: MeasureName, change: string | number): string {
  if (typeof change === 'string') return formatMoney(change);
  return MEASURES[name].unit === 'percent' ? `${formatNumber(change)} п. п.` : formatNumber(change);
}

const signed = (value: number, text: string) => (value > 0 ? `+${text}` : text);
