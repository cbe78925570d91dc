import { findDifference, type AnswerRow } from './compare-figures.ts';
import type { Figures } from './questions/asked-data.ts';
import type { AnalyticsQuestion } from './questions/question.ts';

export interface FiguresStanding {
  /** `partly`: true as far as it goes. `other`: figures of something else. */
  is: 'right' | 'partly' | 'wrong' | 'other';
  reason: string;
}

interface Expected {
  figures: readonly Figures[];
  top?: AnalyticsQuestion['top'];
}

/** How a result of analytics stands to the right figures: exactly right, a true part of them, in contradiction, or beside. */
export function standingOf({ figures, top }: Expected, rows: readonly AnswerRow[]): FiguresStanding {
  const difference = findDifference(figures, rows, top);
  if (difference === undefined) return { is: 'right', reason: 'the figures' };
  const measures = Object.keys(figures[0] ?? {}).filter((name) => name !== 'key');
  const shown = measures.filter((name) => rows.some((row) => name in row));
  if (shown.length === 0) return { is: 'other', reason: difference };
  const isPart =
    hasFewerMeasures(figures, rows, top, shown, measures) ||
    hasOtherLength(figures, rows, top) ||
    hasFewerRows(figures, rows, top) ||
    (top === undefined && isSum(figures, rows, shown));
  return { is: isPart ? 'partly' : 'wrong', reason: difference };
}

function hasFewerMeasures(
  figures: readonly Figures[],
  rows: readonly AnswerRow[],
  top: Expected['top'],
  shown: readonly string[],
  measures: readonly string[],
): boolean {
  if (shown.length === measures.length) return false;
  const kept = figures.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => name === 'key' || shown.includes(name))),
  );
  return findDifference(kept, rows, top) === undefined;
}

/** A ranking that begins rightly and is longer or shorter than the one that was asked for. */
function hasOtherLength(
  figures: readonly Figures[],
  rows: readonly AnswerRow[],
  top: Expected['top'],
): boolean {
  if (top === undefined || rows.length === 0) return false;
  const wanted = 'exactly' in top ? top.exactly : top.first;
  const first = Math.min(wanted, rows.length);
  return findDifference(figures, rows.slice(0, first), { first }) === undefined;
}

/** A table that lacks rows and has no wrong one. */
function hasFewerRows(
  figures: readonly Figures[],
  rows: readonly AnswerRow[],
  top: Expected['top'],
): boolean {
  if (top !== undefined || rows.length === 0) return false;
  const keys = new Set(rows.map((row) => String(row['key'] ?? '')));
  const part = figures.filter((row) => 'key' in row && keys.has(String(row['key'])));
  return part.length > 0 && findDifference(part, rows, undefined) === undefined;
}

/** Of counts and money: all in one where each was asked for, or each where all in one was. */
function isSum(
  figures: readonly Figures[],
  rows: readonly AnswerRow[],
  measures: readonly string[],
): boolean {
  if (figures.length === 1 && rows.length === 1) return false;
  if (figures.length > 1 && rows.length > 1) return false;
  return measures.every(
    (name) => isAdditive(name) && sumOf(figures, name) === sumOf(rows, name) && sumOf(rows, name) > 0,
  );
}

function isAdditive(name: string): boolean {
  return !/rate|share|rating|average|days|percent/.test(name);
}

function sumOf(rows: readonly (Figures | AnswerRow)[], name: string): number {
  return rows.reduce((sum, row) => sum + Math.round(Number(row[name] ?? 0) * 100), 0);
}
