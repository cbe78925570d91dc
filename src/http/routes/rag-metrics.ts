import { createRoute, z } from '@hono/zod-openapi';
import { snakeCased } from '../../snake-case.ts';
import { cabinetAccess } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { COMMON_PROBLEMS, cabinetIdParams, jsonAnswer, timestamp } from '../schemas.ts';
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

const COUNTS = {
  chunks_new: 3,
  chunks_updated: 2,
  chunks_skipped: 140,
  chunks_deleted: 0,
  chunks_rejected: 0,
};
const SPENT = {
  ...{ embedding_requests: 1, embedding_retries: 0, texts_embedded: 5, embeddings_reused: 0 },
  ...{ tokens: 412, cost_usd: 0.00000824 },
};
const TIMES = { read_ms: 18, embed_ms: 240, save_ms: 9, duration_ms: 271 };
const EXAMPLE = {
  status: 'success' as const,
  cabinet_id: 1,
  last_run: {
    id: 12,
    mode: 'incremental',
    status: 'completed' as const,
    model: 'text-embedding-3-small',
    changed_ids: 145,
    ...{ ...COUNTS, ...SPENT, ...TIMES },
    index_chunks: 150,
    share_saved: 0.97,
    error: null,
    started_at: '2025-12-16T15:29:59Z',
    finished_at: '2025-12-16T15:30:00Z',
  },
  totals: {
    ...{ runs: 12, failed_runs: 0, total_chunks: 150, rejected_rows: 0 },
    ...{ ...COUNTS, ...SPENT, ...TIMES },
    share_saved: 0.97,
  },
};

const metricsRoute = createRoute({
  ...cabinetAccess('path'),
  tags: ['rag'],
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
      EXAMPLE,
    ),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagMetricsRoute(app: HttpApp, { index }: Pick<HttpDeps, 'index'>): void {
  app.openapi(metricsRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    const { lastRun: run, totals } = await index.readMetrics(cabinetId);
    return context.json(
      {
        status: run === null ? ('not_found' as const) : ('success' as const),
        cabinet_id: cabinetId,
        last_run: run && {
          ...snakeCased(run),
          started_at: formatTimestamp(run.startedAt),
          finished_at: formatTimestamp(run.finishedAt),
        },
        totals: snakeCased(totals),
      },
      200,
    );
  });
}
