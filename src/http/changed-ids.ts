import { z } from '@hono/zod-openapi';
import { SOURCE_NAMES, type ChangedIds, type SourceName } from '../source-tables.ts';

/** Ids in one request, all sources together: a bigger delta is what a run over all rows is for. */
export const MAX_CHANGED_IDS = 100_000;

/** A body of a million wrong ids is told about the first few. */
const MAX_PROBLEMS = 20;

interface Problem {
  path: (string | number)[];
  message: string;
}

/**
 * `changed_ids` of an index request: `{ "orders": [1, 2], … }`, ids of rows of `wb_orders` and so on. Checked by hand
 * because zod would make an issue of every one of a million wrong elements. Null counts as absent; lists without ids are
 * dropped, so `{}` comes out as `{}`.
 */
export const changedIdsSchema = z
  .unknown()
  .transform((value, context): ChangedIds | undefined => {
    if (value === undefined || value === null) return undefined;
    const problems: Problem[] = [];
    const ids = readChangedIds(value, problems);
    for (const problem of problems) context.addIssue({ code: 'custom', ...problem });
    return problems.length === 0 ? ids : z.NEVER;
  })
  .openapi({
    type: 'object',
    properties: Object.fromEntries(
      SOURCE_NAMES.map((name) => [name, { type: 'array', items: { type: 'integer', minimum: 1 } }]),
    ),
    additionalProperties: false,
    example: { orders: [1, 2], sales: [7] },
    description: `Ids of changed rows, at most ${MAX_CHANGED_IDS}. Absent or null: all rows of the cabinet. Without a single id: nothing to do.`,
  });

function readChangedIds(value: unknown, problems: Problem[]): ChangedIds {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ path: [], message: 'must be an object such as {"orders": [1, 2]}' });
    return {};
  }
  const result: ChangedIds = {};
  let count = 0;
  for (const [name, list] of Object.entries(value) as [string, unknown][]) {
    if (!isSourceName(name)) {
      addProblem(problems, [name], `is not a source; the sources are ${SOURCE_NAMES.join(', ')}`);
    } else if (!Array.isArray(list)) {
      addProblem(problems, [name], 'must be a list of ids');
    } else {
      count += list.length;
      if (count <= MAX_CHANGED_IDS) {
        const ids = readIds(name, list, problems);
        if (ids.length > 0) result[name] = ids;
      }
    }
  }
  if (count > MAX_CHANGED_IDS) {
    addProblem(
      problems,
      [],
      `must have at most ${MAX_CHANGED_IDS} ids; leave changed_ids out to index all rows`,
    );
  }
  return result;
}

function readIds(name: SourceName, list: readonly unknown[], problems: Problem[]): number[] {
  const ids = new Set<number>();
  for (const [place, id] of list.entries()) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1) {
      addProblem(problems, [name, place], 'must be a positive whole number');
    } else if (ids.has(id)) {
      addProblem(problems, [name, place], `repeats an id of the list: ${id}`);
    }
    if (problems.length >= MAX_PROBLEMS) break;
    ids.add(id as number);
  }
  return [...ids];
}

function addProblem(problems: Problem[], path: (string | number)[], message: string): void {
  if (problems.length < MAX_PROBLEMS) problems.push({ path, message });
}

function isSourceName(name: string): name is SourceName {
  return (SOURCE_NAMES as readonly string[]).includes(name);
}
