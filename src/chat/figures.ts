import type { Analytics } from '../analytics/analytics.ts';
import { describeResult } from '../analytics/describe/describe-result.ts';
import type { AnalyticsContext } from '../analytics/period.ts';
import { isAppError } from '../errors.ts';
import type { ToolUse } from './chat-answer.ts';

export interface Figures {
  use: ToolUse;
  /** Why there are none; undefined: there are. */
  error: unknown;
  /** The parameters were wrong: whoever made them up may try others. */
  isMistake: boolean;
}

/** Has one analytics function answer. Never rejects: figures that cannot be had are a part of an answer too. */
export async function computeFigures(
  analytics: Analytics,
  context: AnalyticsContext,
  name: string,
  parameters: Record<string, unknown>,
): Promise<Figures> {
  try {
    const result = await analytics.run(name, context, parameters);
    const use = { name, parameters: result.parameters, status: 'ok' as const, result };
    return { use: { ...use, text: describeResult(result) }, error: undefined, isMistake: false };
  } catch (error) {
    const isMistake = isAppError(error) && error.httpStatus < 500;
    // What is wrong with the database is for the log; it may name hosts and tables.
    const text = isMistake ? error.message : 'The figures could not be had just now.';
    return { use: { name, parameters, status: 'failed', result: null, text }, error, isMistake };
  }
}
