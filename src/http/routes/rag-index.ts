import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { AppError } from '../../errors.ts';
import { countChangedIds, type ChangedIds } from '../../source-tables.ts';
import { changedIdsSchema } from '../changed-ids.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import {
  API_KEY_SECURITY,
  CABINET_NOT_FOUND,
  COMMON_PROBLEMS,
  cabinetIdParams,
  jsonAnswer,
  jsonBody,
  problem,
} from '../schemas.ts';

const fullRebuild = z
  .string(inPlainWords)
  .transform((text, context) => {
    const word = text.toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    context.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  })
  .openapi({ type: 'boolean', description: 'true is not available yet and answers 501.' });

const indexRoute = createRoute({
  tags: ['rag'],
  security: API_KEY_SECURITY,
  method: 'post',
  path: '/v1/rag/index/{cabinet_id}',
  summary: 'Queue an incremental run',
  description:
    'Not needed for changes of the tables: those are indexed by themselves. With changed_ids, those rows; without, all rows of the cabinet.',
  request: {
    params: cabinetIdParams,
    query: z.strictObject({ full_rebuild: fullRebuild.optional() }, inPlainWords),
    body: jsonBody(z.strictObject({ changed_ids: changedIdsSchema.optional() }, inPlainWords), false),
  },
  responses: {
    202: jsonAnswer(
      z.object({
        status: z.literal('accepted'),
        cabinet_id: z.number(),
        job_id: z.string().nullable().openapi({
          description:
            'The first job; a long list makes several. null: changed_ids held no id, so there is none.',
        }),
        mode: z.literal('incremental'),
        changed_ids: z.number().nullable().openapi({ description: 'How many; null: all rows.' }),
        message: z.string(),
      }),
      'The run is queued.',
    ),
    501: jsonAnswer(problem, 'A full rebuild was asked for.'),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerRagIndexRoute(app: HttpApp, deps: HttpDeps): void {
  app.openapi(indexRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const changedIds = context.req.valid('json').changed_ids;
    if (!(await cabinetExists(deps.main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    if (context.req.valid('query').full_rebuild === true) {
      throw new AppError(
        'not_available',
        'A full rebuild is not available yet. Leave full_rebuild out: without changed_ids, all rows of the cabinet are compared and indexed.',
      );
    }
    const count = changedIds === undefined ? null : countChangedIds(changedIds);
    // An empty delta is what a caller has when nothing changed. It must not become a run over everything.
    const job = count === 0 ? undefined : await deps.requestIndexing(cabinetId, changedIds);
    return context.json(
      {
        status: 'accepted' as const,
        cabinet_id: cabinetId,
        job_id: job?.jobId ?? null,
        mode: 'incremental' as const,
        changed_ids: count,
        message: messageFor(changedIds, deps.ragEnabled),
      },
      202,
    );
  });
}

function messageFor(changedIds: ChangedIds | undefined, ragEnabled: boolean): string {
  const count = changedIds === undefined ? undefined : countChangedIds(changedIds);
  if (count === 0) return 'Nothing to index: changed_ids holds no id. Leave it out to index all rows.';
  const what =
    count === undefined
      ? 'Indexing of all rows is queued (no delta available)'
      : `Indexing of ${count} changed ids is queued`;
  return ragEnabled ? `${what}.` : `${what}. It waits until RAG_ENABLED is true.`;
}
