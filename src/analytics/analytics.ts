import { z } from 'zod';
import type { Database } from '../database/pool.ts';
import { AppError } from '../errors.ts';
import { createFairLine } from '../fair-line.ts';
import { noteOf, type AnalyticsFunction } from './analytics-function.ts';
import { sayUnknown } from './describe/say-unknown.ts';
import type { GivenFilter } from './filter-parameters.ts';
import { resolveFilter, type Selection } from './filters.ts';
import { ANALYTICS_FUNCTIONS, findAnalyticsFunction } from './functions.ts';
import type { AnalyticsContext } from './period.ts';
import type { AnalyticsResult, UnknownName } from './result.ts';

/**
 * The same snapshot for all statements of an answer, nothing that could write, and a time limit of its own, so that one
 * asker with a large cabinet does not keep a connection from everybody else.
 */
const BEGIN_READING = `
  set transaction isolation level repeatable read, read only;
  set local statement_timeout = '15s'`;

export interface AnalyticsAnswer extends AnalyticsResult {
  function: string;
  /** Names that the cabinet does not have. When a filter has no other, `data` is none. */
  unknown: UnknownName[];
}

export interface Analytics {
  /**
   * Answers from the source tables of one cabinet. `parameters` are checked here.
   *
   * @throws AppError `analytics_function_not_found`; `invalid_request` with the fields; `database_*`.
   */
  run(name: string, context: AnalyticsContext, parameters: unknown): Promise<AnalyticsAnswer>;
}

/** Each holds a connection for its time. Fewer than DATABASE_POOL_SIZE has, for the rest needs some, too. */
const AT_ONCE = 4;
const AT_ONCE_OF_CABINET = 2;

export function createAnalytics({ main }: { main: Database }): Analytics {
  const line = createFairLine<number>({ permits: AT_ONCE, permitsEach: AT_ONCE_OF_CABINET });
  return {
    async run(name, context, given) {
      const definition = requireFunction(name);
      const parameters = parseParameters(definition, given);
      const result = await line.run(context.cabinetId, () =>
        main.transaction(async (client) => {
          await client.query(BEGIN_READING);
          // Every function's parameters have some of these, each with the same meaning.
          const selection = await resolveFilter(client, context.cabinetId, parameters as GivenFilter);
          return answerOf(await definition.run(client, context, parameters, selection), selection);
        }),
      );
      return { function: definition.name, ...result };
    },
  };
}

/** What no name of a filter is known for has no figures, whichever function was asked: 0 would be a claim. */
function answerOf(
  result: AnalyticsResult,
  { parameters, unknown, isNone }: Selection,
): Omit<AnalyticsAnswer, 'function'> {
  const notes = unknown.map(sayUnknown);
  const all = { ...result, parameters: { ...result.parameters, ...parameters }, unknown };
  if (isNone) return { ...all, rows: [], total: null, data: 'none', found: 0, note: noteOf(notes) };
  return { ...all, note: noteOf([...notes, result.note ?? []].flat()) };
}

export function requireFunction(name: string): AnalyticsFunction {
  const definition = findAnalyticsFunction(name);
  if (definition !== undefined) return definition;
  throw new AppError(
    'analytics_function_not_found',
    `There is no such analytics function. Known: ${ANALYTICS_FUNCTIONS.map((known) => known.name).join(', ')}.`,
  );
}

/** Throws `invalid_request`, which names the fields and never repeats their values. */
export function parseParameters(definition: AnalyticsFunction, given: unknown): unknown {
  const parsed = definition.parameters.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const ofField = (field: string) =>
      issue.code === 'unrecognized_keys' ? notKnownHere(field) : reasonOf(issue.message);
    return paths
      .map((path) => path.map(String).join('.') || 'body')
      .map((field) => ({ field, reason: ofField(field) }));
  });
  const list = errors.map(({ field, reason }) => `${field} ${reason}`).join('; ');
  throw new AppError('invalid_request', `The request is not usable: ${list}.`, { details: { errors } });
}

/** Stocks have no region and reviews no warehouse: whoever asks hears where to ask instead. */
function notKnownHere(field: string): string {
  const knowing = ANALYTICS_FUNCTIONS.filter(
    ({ parameters }) => parameters instanceof z.ZodObject && Object.hasOwn(parameters.shape, field),
  );
  if (knowing.length === 0) return 'is not known here';
  return `is not known here, but to ${knowing.map(({ name }) => name).join(', ')}`;
}

/** zod's own words begin with a capital; ours go on from the name of the field. */
function reasonOf(message: string): string {
  return /^[A-Z]/.test(message) ? `is malformed (${message})` : message;
}
