import { createRoute, z } from '@hono/zod-openapi';
import { parameterSchemaOf } from '../../analytics/tools.ts';
import { requireFunction } from '../../analytics/analytics.ts';
import { ANALYTICS_FUNCTIONS } from '../../analytics/functions.ts';
import { describeResult } from '../../analytics/describe/describe-result.ts';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import { API_KEY_SECURITY, CABINET_NOT_FOUND, COMMON_PROBLEMS, jsonAnswer, jsonBody } from '../schemas.ts';

const NAMES = ANALYTICS_FUNCTIONS.map(({ name }) => name) as [string, ...string[]];

/** Longer than any name, so that a path of a megabyte does not reach the look-up. */
const MAX_NAME_LENGTH = 100;

const value = z.union([z.string(), z.number(), z.null()]);
const row = z.record(z.string(), value);

const listRoute = createRoute({
  tags: ['analytics'],
  security: API_KEY_SECURITY,
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
    ),
    ...COMMON_PROBLEMS,
  },
});

const runRoute = createRoute({
  tags: ['analytics'],
  security: API_KEY_SECURITY,
  method: 'post',
  path: '/v1/analytics/{function}',
  summary: 'Sums, rankings, rates and comparisons from the source tables of a cabinet',
  request: {
    params: z.object({
      function: z.string(inPlainWords).max(MAX_NAME_LENGTH, inPlainWords).openapi({ enum: NAMES }),
    }),
    body: jsonBody(
      // The parameters differ by function; the function's own schema checks them, and refuses unknown ones.
      z
        .looseObject(
          { cabinet_id: z.int(inPlainWords).min(1, inPlainWords).openapi({ example: 1 }) },
          inPlainWords,
        )
        .openapi({ description: 'cabinet_id and the parameters that GET /v1/analytics describes.' }),
    ),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z.literal('success'),
        cabinet_id: z.number(),
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
          description: 'none: nothing is known of the period, which is something else than 0.',
        }),
        note: z.string().nullable().openapi({ description: 'What the reader has to know, in Russian.' }),
        text: z.string().openapi({ description: 'The answer as a sentence or a few, in Russian.' }),
      }),
      'The figures.',
    ),
    404: CABINET_NOT_FOUND[404],
    ...COMMON_PROBLEMS,
  },
});

export function registerAnalyticsRoutes(app: HttpApp, deps: HttpDeps): void {
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
    const answer = await deps.runAnalytics(name, cabinetId, parameters);
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
