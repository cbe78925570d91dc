import { createRoute, z } from '@hono/zod-openapi';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import { API_KEY_SECURITY, COMMON_PROBLEMS, jsonAnswer, jsonBody } from '../schemas.ts';
import { messageForRebuild } from './rag-index.ts';

const rebuildRoute = createRoute({
  tags: ['rag'],
  security: API_KEY_SECURITY,
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
      false,
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
    ),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagRebuildRoute(app: HttpApp, deps: HttpDeps): void {
  app.openapi(rebuildRoute, async (context) => {
    const { reembed = false } = context.req.valid('json');
    const requested = await deps.requestRebuildOfAll(reembed);
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
