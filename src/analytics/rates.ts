import { z } from 'zod';
import { DIMENSIONS, type Dimension } from './dimensions.ts';
import { measure, type Figures, type MeasureName } from './measures.ts';
import type { Column, Row } from './result.ts';
import { valueOf } from './rows.ts';

/** What rates and averages are made of. Each counts rows. */
const COUNTED: ReadonlyMap<string, string> = new Map([
  ['orders', 'Заказы'],
  ['bought_orders', 'Выкуплено'],
  ['returned_orders', 'Возвращено'],
  ['cancelled_orders', 'Отменено'],
  ['orders_with_amount', 'Заказов с суммой'],
  ['buyouts_with_amount', 'Выкупов с суммой'],
  ['rated_reviews', 'Отзывов с оценкой'],
  ['negative_reviews', 'Негативных'],
]);

/** Counts that the measures are made of and that are none of them: a rate without them may rest on two orders. */
function countsBehind(measures: readonly MeasureName[]): string[] {
  const all = measures.flatMap((name) => {
    const { madeOf } = measure(name);
    return madeOf === undefined ? [] : [madeOf.part, ...madeOf.whole];
  });
  const shown: readonly string[] = measures;
  return [...new Set(all)].filter((name) => COUNTED.has(name) && !shown.includes(name));
}

export function countColumns(measures: readonly MeasureName[]): Column[] {
  return countsBehind(measures).map((name) => ({ name, unit: 'count', label: COUNTED.get(name)! }));
}

export function countValues(measures: readonly MeasureName[], figures: Figures): Row {
  return Object.fromEntries(
    countsBehind(measures).map((name) => [name, valueOf('count', figures[name] ?? 0n)]),
  );
}

export const minOrdersParameter = z
  .int()
  .min(1)
  .max(1_000_000)
  .default(5)
  .describe('A ranking by a rate of orders has only groups of so many orders or more.');

/** Whether groups by this dimension and measure are a ranking that a few orders would lead. Times are not: they follow one another. */
export function needsOrders(by: MeasureName, dimension: Dimension): boolean {
  const { unit, source } = measure(by);
  return unit === 'percent' && source === 'orders' && dimension !== 'none' && !DIMENSIONS[dimension].isTime;
}

export const hasOrders = (figures: Figures | undefined, minOrders: number): boolean =>
  (figures?.['orders'] ?? 0n) >= BigInt(minOrders) * 100n;

export function noteOnOrders(leftOut: number, minOrders: number): string {
  const others = leftOut === 0 ? '' : ` Меньше заказов ещё у ${leftOut}: их здесь нет.`;
  return `Сравниваются те, у кого за период заказов не меньше ${minOrders}.${others}`;
}
