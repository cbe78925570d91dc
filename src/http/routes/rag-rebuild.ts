import { createRoute, z } from '@hono/zod-openapi';
import { OPERATOR_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import { COMMON_PROBLEMS, jsonAnswer, jsonBody } from '../schemas.ts';
import { messageForRebuild } from './rag-index.ts';

const rebuildRoute = createRoute({
  ...OPERATOR_ACCESS,
  tags: ['rag'],
  method: 'post',
  path: '/v1/rag/rebuild',
  summary: 'Queue a full rebuild of every active cabinet',
  description:
    'What the weekly schedule does, now. Of one cabinet: POST /v1/rag/index/{cabinet_id}?full_rebuild=true. Rows whose chunk is right cost nothing. What is left of cabinets that are gone or switched off is removed.',
  request: {
    body: jsonBody(
      z.strictObject(
        {
          reembed: z.boolean().optional().openapi({
            description:
              'true: every text is embedded anew, by the configured model, which is paid for; searches go on with the vectors of now until a cabinet is complete.',
          }),
        },
        inPlainWords,
      ),
      { required: false, example: { reembed: false } },
    ),
  },
  responses: {
    202: jsonAnswer(
      z.object({
        status: z.literal('accepted'),
        cabinets: z.array(
          z.object({
            cabinet_id: z.number(),
            rebuild_id: z.number(),
            joined: z
              .boolean()
              .openapi({ description: 'One was under way, and this request is part of it.' }),
          }),
        ),
        message: z.string(),
      }),
      'The rebuilds are queued.',
      {
        status: 'accepted',
        cabinets: [{ cabinet_id: 1, rebuild_id: 7, joined: false }],
        message: 'A full rebuild is queued; GET /v1/rag/status shows how far it is.',
      },
    ),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagRebuildRoute(app: HttpApp, deps: Pick<HttpDeps, 'rebuilds' | 'ragEnabled'>): void {
  app.openapi(rebuildRoute, async (context) => {
    const { reembed = false } = context.req.valid('json');
    const requested = await deps.rebuilds.requestOfAll(reembed);
    const cabinets = requested.map(({ rebuild, joined }) => ({
      cabinet_id: rebuild.cabinetId,
      rebuild_id: Number(rebuild.id),
      joined,
    }));
    const allJoined = cabinets.length > 0 && cabinets.every(({ joined }) => joined);
    const message =
      cabinets.length === 0
        ? 'There is no active cabinet, so nothing is to be rebuilt.'
        : messageForRebuild(allJoined, deps.ragEnabled);
    return context.json({ status: 'accepted' as const, cabinets, message }, 202);
  });
}
