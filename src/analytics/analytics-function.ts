import { z } from 'zod';
import type { Executor } from '../database/pool.ts';
import type { Selection } from './filters.ts';
import type { AnalyticsContext } from './period.ts';
import type { AnalyticsResult } from './result.ts';

/** One question that the source tables answer. Reads only, and only rows of `context.cabinetId`. */
export interface AnalyticsFunction<Schema extends z.ZodType = z.ZodType> {
  name: string;
  /** A title of a few words, and what it answers. */
  title: string;
  description: { ru: string; en: string };
  parameters: Schema;
  /** `selection`: what the parameters' filters mean in this cabinet. */
  run(
    executor: Executor,
    context: AnalyticsContext,
    parameters: z.output<Schema>,
    selection: Selection,
  ): Promise<AnalyticsResult>;
}

/** Keeps the parameters of `run` as narrow as the schema makes them. */
export function defineFunction<Schema extends z.ZodType>(
  definition: AnalyticsFunction<Schema>,
): AnalyticsFunction<Schema> {
  return definition;
}

export const limitParameter = (fallback: number) =>
  z.int().min(1).max(500).default(fallback).describe('Rows, at most.');

export const orderParameter = (fallback: 'most' | 'least') =>
  z.enum(['most', 'least']).default(fallback).describe('most: the largest first; least: the smallest first.');

/** Sentences that belong together, or null. */
export function noteOf(notes: readonly string[]): string | null {
  return notes.length === 0 ? null : [...new Set(notes)].join(' ');
}
