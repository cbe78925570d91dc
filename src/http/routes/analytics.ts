import { createRoute, z } from '@hono/zod-openapi';
import { parameterSchemaOf } from '../../analytics/tools.ts';
import { requireFunction } from '../../analytics/analytics.ts';
import { ANALYTICS_FUNCTIONS } from '../../analytics/functions.ts';
import { describeResult } from '../../analytics/describe/describe-result.ts';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { cabinetAccess, PUBLIC_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import { CABINET_NOT_FOUND, COMMON_PROBLEMS, jsonAnswer, jsonBody } from '../schemas.ts';

const NAMES = ANALYTICS_FUNCTIONS.map(({ name }) => name) as [string, ...string[]];

/** Longer than any name, so that a path of a megabyte does not reach the look-up. */
const MAX_NAME_LENGTH = 100;

const value = z.union([z.string(), z.number(), z.null()]);
const row = z.record(z.string(), value);

/** What a function answers. */
export const figures = z.object({
  function: z.string(),
  parameters: z
    .record(z.string(), z.unknown())
    .openapi({ description: 'As understood: defaults filled in, periods as days.' }),
  columns: z.array(
    z.object({
      name: z.string(),
      unit: z.enum(['RUB', 'count', 'pieces', 'percent', 'stars', 'days', 'date', 'id', 'text']),
      label: z.string(),
    }),
  ),
  rows: z.array(row).openapi({ description: 'Money is exact text with two decimals.' }),
  total: row.nullable().openapi({ description: 'Over all groups, shown or not.' }),
  found: z.number().openapi({ description: 'Groups before the limit.' }),
  data: z.enum(['complete', 'partial', 'none']).openapi({
    description:
      'none: nothing is known of the period, or of the names in a filter, which is something else than 0.',
  }),
  unknown: z
    .array(
      z.object({
        parameter: z.string(),
        value: z.union([z.string(), z.number()]),
        nearest: z.array(z.string()),
      }),
    )
    .openapi({
      description:
        'Names in the parameters that the cabinet does not have, each with up to five that are like it. When nothing that a filter names is known, data is none.',
    }),
  note: z.string().nullable().openapi({ description: 'What the reader has to know, in Russian.' }),
  periods: z
    .object({ days: z.number(), other_days: z.number(), same_length: z.boolean() })
    .optional()
    .openapi({ description: 'Of two periods that are compared: how many days each has.' }),
  next: z
    .string()
    .nullable()
    .optional()
    .openapi({ description: 'Of rows: `before` of the next page; null: there is none.' }),
});

const LIST_EXAMPLE = {
  status: 'success' as const,
  functions: [
    {
      name: 'top_products',
      title: 'Лучшие и худшие товары',
      description: 'The products with the most or the least of a measure in a period.',
      description_ru: 'Товары, у которых за период больше всего или меньше всего выбранного показателя.',
      parameters: { type: 'object', properties: { by: { type: 'string', default: 'revenue' } } },
    },
  ],
};

const RUN_EXAMPLE = {
  status: 'success' as const,
  cabinet_id: 1,
  function: 'totals',
  parameters: { measures: ['revenue'], from: '2025-12-15', to: '2025-12-15' },
  columns: [{ name: 'revenue', unit: 'RUB' as const, label: 'Выручка' }],
  rows: [{ revenue: '48210.50' }],
  total: null,
  found: 1,
  data: 'complete' as const,
  unknown: [],
  note: null,
  text: 'Выручка за 15 декабря 2025: 48 210,50 ₽.',
};

const listRoute = createRoute({
  ...PUBLIC_ACCESS, // the same for everybody, like the description of the API
  tags: ['analytics'],
  method: 'get',
  path: '/v1/analytics',
  summary: 'The analytics functions with the JSON Schema of their parameters',
  responses: {
    200: jsonAnswer(
      z.object({
        status: z.literal('success'),
        functions: z.array(
          z.object({
            name: z.string(),
            title: z.string(),
            description: z.string(),
            description_ru: z.string(),
            parameters: z.record(z.string(), z.unknown()),
          }),
        ),
      }),
      'What POST /v1/analytics/{function} takes, beside cabinet_id.',
      LIST_EXAMPLE,
    ),
  },
});

const runRoute = createRoute({
  ...cabinetAccess('body'),
  tags: ['analytics'],
  method: 'post',
  path: '/v1/analytics/{function}',
  summary: 'Sums, rankings, rates and comparisons from the source tables of a cabinet',
  request: {
    params: z.object({
      function: z
        .string(inPlainWords)
        .max(MAX_NAME_LENGTH, inPlainWords)
        .openapi({ enum: NAMES, example: 'top_products' }),
    }),
    body: jsonBody(
      // The parameters differ by function; the function's own schema checks them, and refuses unknown ones.
      z
        .looseObject(
          { cabinet_id: z.int(inPlainWords).min(1, inPlainWords).openapi({ example: 1 }) },
          inPlainWords,
        )
        .openapi({ description: 'cabinet_id and the parameters that GET /v1/analytics describes.' }),
      { example: { cabinet_id: 1, by: 'revenue', limit: 1 } },
    ),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z.literal('success'),
        cabinet_id: z.number(),
        ...figures.shape,
        text: z.string().openapi({ description: 'The answer as a sentence or a few, in Russian.' }),
      }),
      'The figures.',
      RUN_EXAMPLE,
    ),
    404: CABINET_NOT_FOUND[404],
    ...COMMON_PROBLEMS,
  },
});

export function registerAnalyticsRoutes(app: HttpApp, deps: Pick<HttpDeps, 'main' | 'analytics'>): void {
  app.openapi(listRoute, (context) =>
    context.json(
      {
        status: 'success' as const,
        functions: ANALYTICS_FUNCTIONS.map((definition) => ({
          name: definition.name,
          title: definition.title,
          description: definition.description.en,
          description_ru: definition.description.ru,
          parameters: parameterSchemaOf(definition),
        })),
      },
      200,
    ),
  );
  app.openapi(runRoute, async (context) => {
    const { name } = requireFunction(context.req.valid('param').function);
    const { cabinet_id: cabinetId, ...parameters } = context.req.valid('json');
    if (!(await cabinetExists(deps.main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    const answer = await deps.analytics.run(name, cabinetId, parameters);
    return context.json(
      {
        status: 'success' as const,
        cabinet_id: cabinetId,
        ...answer,
        text: describeResult(answer),
      },
      200,
    );
  });
}
