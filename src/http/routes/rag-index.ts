import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { countChangedIds, type ChangedIds } from '../../source-tables.ts';
import type { RequestedRebuild } from '../../indexing/rebuild/request-rebuild.ts';
import { changedIdsSchema } from '../changed-ids.ts';
import { maxBody, OPERATOR_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import { CABINET_NOT_FOUND, COMMON_PROBLEMS, cabinetIdParams, jsonAnswer, jsonBody } from '../schemas.ts';

const fullRebuild = z
  .string(inPlainWords)
  .transform((text, context) => {
    const word = text.toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    context.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  })
  .openapi({
    type: 'boolean',
    description:
      'true: every row is compared with its chunk, in the background; only differences are embedded. changed_ids are then part of it anyway.',
  });

const accepted = z.object({
  status: z.literal('accepted'),
  cabinet_id: z.number(),
  job_id: z.string().nullable().openapi({
    description: 'The first job; a long list makes several. null: changed_ids held no id, so there is none.',
  }),
  mode: z.enum(['incremental', 'full_rebuild']),
  rebuild_id: z.number().optional().openapi({ description: 'Only of a full rebuild.' }),
  joined: z.boolean().optional().openapi({
    description: 'Only of a full rebuild; true: one was under way, and this request is part of it.',
  }),
  changed_ids: z.number().nullable().openapi({ description: 'How many; null: all rows.' }),
  message: z.string(),
});

const indexRoute = createRoute({
  ...OPERATOR_ACCESS,
  tags: ['rag'],
  ...maxBody(10 * 1024 * 1024), // MAX_CHANGED_IDS of the longest ids are some 2 MB
  method: 'post',
  path: '/v1/rag/index/{cabinet_id}',
  summary: 'Queue an incremental run, or a full rebuild',
  description:
    'Not needed for changes of the tables: those are indexed by themselves. With changed_ids, those rows; without, all rows of the cabinet.',
  request: {
    params: cabinetIdParams,
    query: z.strictObject({ full_rebuild: fullRebuild.optional() }, inPlainWords),
    body: jsonBody(z.strictObject({ changed_ids: changedIdsSchema.optional() }, inPlainWords), {
      required: false,
      example: { changed_ids: { orders: [1, 2], sales: [7] } },
    }),
  },
  responses: {
    202: jsonAnswer(accepted, 'The run is queued.', {
      status: 'accepted',
      cabinet_id: 1,
      job_id: '9e7f9319-30b3-41b2-97a4-221e06b4c71a',
      mode: 'incremental',
      changed_ids: 3,
      message: 'Indexing of 3 changed ids is queued.',
    }),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerRagIndexRoute(
  app: HttpApp,
  deps: Pick<HttpDeps, 'main' | 'ragEnabled' | 'index' | 'rebuilds'>,
): void {
  app.openapi(indexRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const changedIds = context.req.valid('json').changed_ids;
    if (!(await cabinetExists(deps.main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    if (context.req.valid('query').full_rebuild === true) {
      const requested = await deps.rebuilds.request(cabinetId, false);
      return context.json(toRebuildAnswer(cabinetId, requested, deps.ragEnabled), 202);
    }
    const count = changedIds === undefined ? null : countChangedIds(changedIds);
    // An empty delta is what a caller has when nothing changed. It must not become a run over everything.
    const job = count === 0 ? undefined : await deps.index.request(cabinetId, changedIds);
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

function toRebuildAnswer(
  cabinetId: number,
  { rebuild, joined, jobId }: RequestedRebuild,
  ragEnabled: boolean,
): z.infer<typeof accepted> {
  return {
    status: 'accepted',
    cabinet_id: cabinetId,
    job_id: jobId ?? null,
    mode: 'full_rebuild',
    rebuild_id: Number(rebuild.id),
    joined,
    changed_ids: null,
    message: messageForRebuild(joined, ragEnabled),
  };
}

/** What the answer to a request for a rebuild says. */
export function messageForRebuild(joined: boolean, ragEnabled: boolean): string {
  const what = joined
    ? 'A full rebuild is under way; the request joins it.'
    : 'A full rebuild is queued; GET /v1/rag/status shows how far it is.';
  return ragEnabled ? what : `${what} It waits until RAG_ENABLED is true.`;
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
