import type { AnalyticsAnswer } from '../analytics.ts';
import type { Dimension } from '../dimensions.ts';
import type { MeasureName } from '../measures.ts';
import { amountOf, dativeOf, filterOf, groupOf, NAMED_GROUPS, periodOf, type Said } from './phrases.ts';
import { formatNumber, formatPercent } from '../../russian/formats.ts';

/** `ABC по выручке за октябрь 2036: A — 5 (80,2 %), B — 7 (14,9 %), C — 20 (4,9 %): A — «Плед» (ПЛ-1) — 12 345 ₽ (30,1 %); …` */
export function describeAbc({ parameters, rows, found, total }: AnalyticsAnswer): Said {
  const by = parameters['by'] as MeasureName;
  const dimension = parameters['group_by'] as Dimension;
  const classes = ['a', 'b', 'c'].map((name) => {
    const share = total![`class_${name}_share`];
    const percent = typeof share === 'number' ? ` (${formatPercent(share)})` : '';
    return `${name.toUpperCase()} — ${formatNumber(Number(total![`class_${name}`]))}${percent}`;
  });
  const head = `ABC по ${dativeOf(by)} ${periodOf(parameters)}${filterOf(parameters)}: ${classes.join(', ')}`;
  if (rows.length === 0) return `${head}.`;
  const shown = rows.slice(0, NAMED_GROUPS);
  const items = shown.map((row) => {
    const share = typeof row['share'] === 'number' ? ` (${formatPercent(row['share'])})` : '';
    return `${row['class']} — ${groupOf(dimension, row)}: ${amountOf(by, row[by] ?? null)}${share}`;
  });
  return { head: `${head}. По порядку`, items, more: found - shown.length };
}
