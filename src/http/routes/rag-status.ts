import { createRoute, z } from '@hono/zod-openapi';
import { shareReads } from '../../database/share-reads.ts';
import type { Rebuild } from '../../indexing/rebuild/queries.ts';
import { cabinetAccess } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { COMMON_PROBLEMS, cabinetIdParams, jsonAnswer, timestamp } from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const rebuildAnswer = z.object({
  id: z.number(),
  status: z.enum(['pending', 'running', 'waiting']).openapi({
    description: 'waiting: for the provider, a database or the budget; see error and next_attempt_at.',
  }),
  trigger: z.string().openapi({
    description:
      'Who asked for it: request, command, schedule, repair; model, texts: a change of these; rollback.',
  }),
  model: z.string().nullable().openapi({
    description: 'The embedding model that searches compare when it has ended; null: that of now.',
  }),
  rows_done: z.number(),
  rows_total: z.number().nullable().openapi({ description: 'null: not counted yet.' }),
  drift: z
    .record(z.string(), z.number())
    .openapi({ description: 'Differences found so far, by reason.', example: { changed: 12, row_gone: 1 } }),
  error: z.string().nullable(),
  next_attempt_at: timestamp,
  requested_at: timestamp,
  started_at: timestamp,
});

function toRebuildAnswer(rebuild: Rebuild): z.infer<typeof rebuildAnswer> {
  const isWaiting = rebuild.nextAttemptAt !== null;
  return {
    id: Number(rebuild.id),
    status: isWaiting ? 'waiting' : rebuild.status === 'pending' ? 'pending' : 'running',
    trigger: rebuild.trigger,
    model: rebuild.model,
    rows_done: rebuild.rowsDone,
    rows_total: rebuild.rowsTotal,
    drift: rebuild.drift,
    error: rebuild.error,
    next_attempt_at: formatTimestamp(rebuild.nextAttemptAt),
    requested_at: formatTimestamp(rebuild.requestedAt),
    started_at: formatTimestamp(rebuild.startedAt),
  };
}

const statusRoute = createRoute({
  ...cabinetAccess('path'),
  tags: ['rag'],
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
        last_error: z
          .string()
          .optional()
          .openapi({ description: 'Only when the last run had one, or something is paused: why.' }),
        rebuild: rebuildAnswer.optional().openapi({ description: 'Only while a full rebuild is open.' }),
        failures: z
          .number()
          .optional()
          .openapi({ description: 'Only when something failed: how much GET /v1/rag/failures lists.' }),
      }),
      'The status; also for a cabinet that was never indexed.',
      {
        status: 'success',
        cabinet_id: 1,
        indexing_status: 'completed',
        last_indexed_at: null,
        last_incremental_at: '2025-12-16T15:30:00Z',
        total_chunks: 150,
        updated_at: '2025-12-16T15:30:10Z',
      },
    ),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagStatusRoute(
  app: HttpApp,
  deps: Pick<HttpDeps, 'index' | 'rebuilds' | 'failures'>,
): void {
  // Whoever waits for the index asks again and again, and often several do.
  const readStatus = shareReads((cabinetId: number) =>
    Promise.all([
      deps.index.readStatus(cabinetId),
      deps.rebuilds.readOpen(cabinetId),
      deps.failures.count(cabinetId),
    ]),
  );

  app.openapi(statusRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const [row, rebuild, counts] = await readStatus(cabinetId);
    const failures = counts.rebuild + counts.job + counts.row;
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
        indexing_status: row.indexingStatus,
        last_indexed_at: formatTimestamp(row.lastIndexedAt),
        last_incremental_at: formatTimestamp(row.lastIncrementalAt),
        total_chunks: row.totalChunks,
        updated_at: formatTimestamp(row.updatedAt),
        ...(row.lastError === null ? {} : { last_error: row.lastError }),
        ...(rebuild === undefined ? {} : { rebuild: toRebuildAnswer(rebuild) }),
        ...(failures === 0 ? {} : { failures }),
      },
      200,
    );
  });
}
