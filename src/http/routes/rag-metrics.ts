import { createRoute, z } from '@hono/zod-openapi';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { API_KEY_SECURITY, COMMON_PROBLEMS, cabinetIdParams, jsonAnswer, timestamp } from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const shareSaved = z.number().nullable().openapi({
  description:
    'What needed no embedding of what a full index would have embedded: 1 - texts_embedded / index_chunks; in sum, over the sums of both. null: there was no chunk, or nothing is known.',
  example: 0.98,
});

const lastRun = z.object({
  id: z.number(),
  mode: z.string(),
  status: z.enum(['running', 'completed', 'waiting', 'failed', 'abandoned']),
  model: z.string(),
  changed_ids: z.number(),
  chunks_new: z.number(),
  chunks_updated: z.number(),
  chunks_skipped: z.number(),
  chunks_deleted: z.number(),
  chunks_rejected: z.number(),
  embedding_requests: z.number(),
  embedding_retries: z.number(),
  texts_embedded: z.number().nullable(),
  embeddings_reused: z.number(),
  tokens: z.number(),
  cost_usd: z.number(),
  read_ms: z.number(),
  embed_ms: z.number().openapi({ description: 'Adds up over batches, which run side by side.' }),
  save_ms: z.number().openapi({ description: 'Likewise.' }),
  duration_ms: z.number().nullable().openapi({ description: 'From its start to its end; null: no end yet.' }),
  index_chunks: z.number().nullable().openapi({ description: 'Chunks of the cabinet when the run ended.' }),
  share_saved: shareSaved,
  error: z.string().nullable(),
  started_at: timestamp,
  finished_at: timestamp,
});

const totals = z.object({
  runs: z.number(),
  failed_runs: z.number(),
  total_chunks: z.number().openapi({ description: 'Chunks in the index now.' }),
  rejected_rows: z
    .number()
    .openapi({ description: 'Rows without a chunk because the provider refused them.' }),
  chunks_new: z.number(),
  chunks_updated: z.number(),
  chunks_skipped: z.number(),
  chunks_deleted: z.number(),
  chunks_rejected: z.number(),
  embedding_requests: z.number(),
  embedding_retries: z.number(),
  texts_embedded: z.number(),
  embeddings_reused: z.number(),
  tokens: z.number(),
  cost_usd: z.number(),
  read_ms: z.number(),
  embed_ms: z.number(),
  save_ms: z.number(),
  duration_ms: z.number(),
  share_saved: shareSaved,
});

const metricsRoute = createRoute({
  tags: ['rag'],
  security: API_KEY_SECURITY,
  method: 'get',
  path: '/v1/rag/metrics/{cabinet_id}',
  summary: 'What indexing a cabinet did and cost',
  request: { params: cabinetIdParams },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z
          .enum(['success', 'not_found'])
          .openapi({ description: 'not_found: no run is on record, or no such cabinet.' }),
        cabinet_id: z.number(),
        last_run: lastRun.nullable(),
        totals,
      }),
      'The last run and the sums of all runs.',
    ),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagMetricsRoute(app: HttpApp, deps: HttpDeps): void {
  app.openapi(metricsRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const { last_run: run, totals: sums } = await deps.readIndexMetrics(cabinetId);
    return context.json(
      {
        status: run === null ? ('not_found' as const) : ('success' as const),
        cabinet_id: cabinetId,
        last_run: run && {
          ...run,
          started_at: formatTimestamp(run.started_at),
          finished_at: formatTimestamp(run.finished_at),
        },
        totals: sums,
      },
      200,
    );
  });
}
