import type { Figures } from './questions/asked-data.ts';
import type { AnalyticsQuestion } from './questions/question.ts';

/** A row of an analytics answer, the column that says what it is about first. */
export type AnswerRow = Readonly<Record<string, string | number | null>>;

/**
 * What is wrong with an answer; undefined: it has exactly the right figures. Columns that were not asked for are passed
 * over, and so are rows that say 0 or nothing: a day without orders may be there or not. The order of rows counts only where
 * the question asks for one, and not among rows with equal figures.
 */
export function findDifference(
  expected: readonly Figures[],
  answer: readonly AnswerRow[],
  top: AnalyticsQuestion['top'],
): string | undefined {
  const measures = Object.keys(expected[0] ?? {}).filter((name) => name !== 'key');
  for (const name of measures)
    if (answer.length > 0 && !answer.some((row) => name in row)) return `the answer has no ${name}`;
  if (!expected.some((row) => 'key' in row)) {
    if (answer.length !== 1) return `${answer.length} rows where one was asked for`;
    return differenceOf(expected[0]!, answer[0]!, measures);
  }
  if (top !== undefined) return differenceAtTheTop(expected, answer, measures, top);

  const wanted = new Map(expected.filter((row) => says(row, measures)).map((row) => [keyOf(row), row]));
  const given = answer.filter((row) => says(row, measures));
  for (const row of given) {
    const right = wanted.get(keyOf(row));
    if (right === undefined) return `${keyOf(row)} should not be there`;
    const difference = differenceOf(right, row, measures);
    if (difference !== undefined) return `${keyOf(row)}: ${difference}`;
    wanted.delete(keyOf(row));
  }
  const [missing] = wanted.keys();
  return missing === undefined ? undefined : `${missing} is missing`;
}

function differenceAtTheTop(
  expected: readonly Figures[],
  answer: readonly AnswerRow[],
  measures: readonly string[],
  top: NonNullable<AnalyticsQuestion['top']>,
): string | undefined {
  const count = Math.min('exactly' in top ? top.exactly : top.first, expected.length);
  if (answer.length < count) return `${answer.length} rows of ${count}`;
  if ('exactly' in top && answer.length > count) return `${answer.length} rows where ${count} were asked for`;
  const byKey = new Map(expected.map((row) => [keyOf(row), row]));
  const seen = new Set<string>();
  for (const [place, row] of answer.slice(0, count).entries()) {
    const key = keyOf(row);
    const own = byKey.get(key);
    if (own === undefined || seen.has(key)) return `${key} should not be in place ${place + 1}`;
    seen.add(key);
    // Right by its own figures, and in a place that these figures have: equals may stand in either order.
    const difference = differenceOf(own, row, measures) ?? differenceOf(expected[place]!, row, measures);
    if (difference !== undefined) return `place ${place + 1}, ${key}: ${difference}`;
  }
  return undefined;
}

function differenceOf(expected: Figures, row: AnswerRow, measures: readonly string[]): string | undefined {
  for (const name of measures) {
    const [right, given] = [hundredths(expected[name]), hundredths(row[name])];
    if (right !== given)
      return `${name} is ${String(row[name] ?? 'nothing')}, not ${expected[name] ?? 'nothing'}`;
  }
  return undefined;
}

function says(row: Figures | AnswerRow, measures: readonly string[]): boolean {
  return measures.some((name) => ![undefined, 0].includes(hundredths(row[name])));
}

function keyOf(row: Figures | AnswerRow): string {
  return String(row['key'] ?? 'nothing');
}

/** Money to the kopeck, rates to two decimals, as whole numbers. */
function hundredths(value: string | number | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Math.round(Number(value) * 100) + 0;
}
