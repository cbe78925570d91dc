import { z } from 'zod';
import { defineFunction, limitParameter, noteOf } from './analytics-function.ts';
import { ratio, type Hundredths } from './decimal.ts';
import { groupFigures } from './figures.ts';
import { goodsParameters, placeParameters } from './filter-parameters.ts';
import { isOfProducts } from './filter-sql.ts';
import { measure, MEASURE_NAMES, type Figures, type MeasureName } from './measures.ts';
import { badParameter, periodParameters, resolvePeriod } from './period.ts';
import { readActiveProducts } from './product-queries.ts';
import { periodAsParameters, type Row } from './result.ts';
import { describeKeys, keyColumns, measureColumns, measureValues, valueOf } from './rows.ts';
import { sortGroups } from './totals.ts';

const ADDITIVE = MEASURE_NAMES.filter((name) => measure(name).additive) as [MeasureName, ...MeasureName[]];
const CLASSES = ['A', 'B', 'C'] as const;
type Class = (typeof CLASSES)[number];

interface Ranked {
  key: string | null;
  value: Hundredths;
  cumulative: Hundredths;
  class: Class;
}

const percent = (fallback: number) => z.int().min(1).max(99).default(fallback);

export const abc = defineFunction({
  name: 'abc',
  title: 'ABC-анализ',
  description: {
    ru: 'ABC-анализ по любому показателю, который складывается: какие товары (бренды, категории…) дают первые 80 % (A), следующие 15 % (B) и остальное (C), с долей и долей нарастающим итогом.',
    en: 'ABC classes by any measure that adds up: the groups that make the first a_percent (A), the next b_percent (B) and the rest (C), with share and cumulative share.',
  },
  parameters: z.strictObject({
    by: z.enum(ADDITIVE).default('revenue'),
    group_by: z
      .enum(['product', 'brand', 'category', 'subject', 'size', 'warehouse', 'region'])
      .default('product'),
    a_percent: percent(80),
    b_percent: percent(15),
    show: z
      .enum(['all', ...CLASSES])
      .default('all')
      .describe('Only groups of this class.'),
    ...periodParameters,
    ...goodsParameters,
    ...placeParameters,
    limit: limitParameter(50),
  }),
  async run(executor, context, { by, group_by: dimension, show, limit, ...rest }, { filter }) {
    const { a_percent: a, b_percent: b } = rest;
    if (a + b > 100) throw badParameter('b_percent', 'must be at most 100 together with a_percent');
    const period = resolvePeriod(rest, context, 'last_30_days');
    const figures = await groupFigures(executor, context, { measures: [by], period, dimension, filter });
    const isNone = figures.data === 'none';
    if (dimension === 'product') {
      figures.groups.delete(null);
      if (!isNone && isOfProducts(filter)) await addActive(figures.groups);
    }
    const ranked = isNone ? [] : classify(sortGroups(figures.groups, dimension, by, 'most'), by, { a, b });
    const found = ranked.filter((group) => show === 'all' || group.class === show);
    const shown = found.slice(0, limit);
    const keys = await describeKeys(
      executor,
      context.cabinetId,
      dimension,
      shown.map(({ key }) => key),
    );
    const whole = ranked.at(-1)?.cumulative ?? 0n;
    const share = (part: Hundredths) => valueOf('percent', ratio(part, whole, 100n));
    const { unit } = measure(by);
    return {
      parameters: {
        ...{ by, group_by: dimension, a_percent: a, b_percent: b, show, limit },
        ...periodAsParameters(period),
      },
      columns: [
        { name: 'place', unit: 'count', label: '№' },
        { name: 'class', unit: 'text', label: 'Класс' },
        ...keyColumns(dimension),
        ...measureColumns([by]),
        { name: 'share', unit: 'percent', label: 'Доля' },
        { name: 'cumulative_share', unit: 'percent', label: 'Нарастающим итогом' },
      ],
      rows: shown.map((group, index) => ({
        place: ranked.indexOf(group) + 1,
        class: group.class,
        ...keys[index],
        [by]: valueOf(unit, group.value),
        share: share(group.value),
        cumulative_share: share(group.cumulative),
      })),
      total: isNone ? null : { ...measureValues([by], figures.total), ...classTotals(ranked, share) },
      data: figures.data,
      found: found.length,
      note: noteOf(figures.notes),
    };

    /** What is on sale and did not sell at all is C as well. */
    async function addActive(groups: Map<string | null, Figures>): Promise<void> {
      for (const nmId of await readActiveProducts(executor, context.cabinetId, filter))
        if (!groups.has(String(nmId))) groups.set(String(nmId), {});
    }
  },
});

/** The class of a group is decided by what those before it have, so that the one that crosses a threshold is still in. */
function classify(
  groups: readonly (readonly [string | null, Figures])[],
  by: MeasureName,
  { a, b }: { a: number; b: number },
): Ranked[] {
  const values = groups.map(([key, sums]) => ({ key, value: measure(by).of(sums) ?? 0n }));
  // More returned than bought takes nothing away from the others' shares.
  const whole = values.reduce((sum, { value }) => sum + (value > 0n ? value : 0n), 0n);
  let cumulative = 0n;
  return values.map(({ key, value }) => {
    const before = cumulative * 100n;
    if (value > 0n) cumulative += value;
    const isIn = (share: number) => value > 0n && before < whole * BigInt(share);
    return { key, value, cumulative, class: isIn(a) ? 'A' : isIn(a + b) ? 'B' : 'C' };
  });
}

/** `class_a` counts groups, `class_a_share` is what they have of the whole. */
function classTotals(ranked: readonly Ranked[], share: (part: Hundredths) => Row[string]): Row {
  return Object.fromEntries(
    CLASSES.flatMap((name) => {
      const groups = ranked.filter((group) => group.class === name);
      const sum = groups.reduce((all, { value }) => all + (value > 0n ? value : 0n), 0n);
      const column = `class_${name.toLowerCase()}`;
      return [
        [column, groups.length],
        [`${column}_share`, share(sum)],
      ];
    }),
  );
}
