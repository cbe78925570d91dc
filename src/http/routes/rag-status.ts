import { createRoute, z } from '@hono/zod-openapi';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { API_KEY_SECURITY, COMMON_PROBLEMS, cabinetIdParams, jsonAnswer, timestamp } from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const statusRoute = createRoute({
  tags: ['rag'],
  security: API_KEY_SECURITY,
  method: 'get',
  path: '/v1/rag/status/{cabinet_id}',
  summary: 'What the index of a cabinet is doing',
  request: { params: cabinetIdParams },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z
          .enum(['success', 'not_found'])
          .openapi({ description: 'not_found: never indexed, or no such cabinet.' }),
        cabinet_id: z.number(),
        indexing_status: z.enum(['pending', 'in_progress', 'completed', 'failed']).nullable(),
        last_indexed_at: timestamp.openapi({ description: 'End of the last full rebuild.' }),
        last_incremental_at: timestamp.openapi({ description: 'End of the last incremental run.' }),
        total_chunks: z.number(),
        updated_at: timestamp,
        last_error: z.string().optional().openapi({ description: 'Only when the last run had one.' }),
      }),
      'The status; also for a cabinet that was never indexed.',
    ),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagStatusRoute(app: HttpApp, deps: HttpDeps): void {
  app.openapi(statusRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const row = await deps.readIndexStatus(cabinetId);
    if (row === undefined) {
      return context.json(
        {
          status: 'not_found' as const,
          cabinet_id: cabinetId,
          indexing_status: null,
          last_indexed_at: null,
          last_incremental_at: null,
          total_chunks: 0,
          updated_at: null,
        },
        200,
      );
    }
    return context.json(
      {
        status: 'success' as const,
        cabinet_id: cabinetId,
        indexing_status: row.indexing_status,
        last_indexed_at: formatTimestamp(row.last_indexed_at),
        last_incremental_at: formatTimestamp(row.last_incremental_at),
        total_chunks: row.total_chunks,
        updated_at: formatTimestamp(row.updated_at),
        ...(row.last_error === null ? {} : { last_error: row.last_error }),
      },
      200,
    );
  });
}
