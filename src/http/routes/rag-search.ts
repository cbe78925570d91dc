import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { shareReads } from '../../database/share-reads.ts';
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY_LENGTH } from '../../retrieval/search.ts';
import { CHUNK_TYPES, type ChunkType } from '../../source-tables.ts';
import { cabinetAccess } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import {
  CABINET_NOT_FOUND,
  COMMON_PROBLEMS,
  jsonAnswer,
  jsonBody,
  storableText,
  timestamp,
} from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const chunkTypes = Object.values(CHUNK_TYPES) as [ChunkType, ...ChunkType[]];

const searchBody = z.strictObject(
  {
    cabinet_id: z.int(inPlainWords).min(1, inPlainWords).openapi({ example: 1 }),
    query: storableText(MAX_QUERY_LENGTH).openapi({ example: 'красные кроссовки' }),
    limit: z
      .int(inPlainWords)
      .min(1, inPlainWords)
      .max(MAX_LIMIT, inPlainWords)
      .optional()
      .openapi({ default: DEFAULT_LIMIT }),
    // The length first: zod would make an issue of every one of a million wrong elements.
    chunk_types: z
      .array(z.unknown(), inPlainWords)
      .max(chunkTypes.length, inPlainWords)
      .pipe(z.array(z.enum(chunkTypes, inPlainWords)))
      .optional()
      .openapi({
        type: 'array',
        items: { type: 'string', enum: chunkTypes },
        description: 'Only these types; absent or empty: all.',
      }),
    min_similarity: z.number(inPlainWords).min(-1, inPlainWords).max(1, inPlainWords).optional(),
  },
  inPlainWords,
);

const hit = z.object({
  chunk_id: z.number(),
  source_table: z.string(),
  source_id: z.number(),
  chunk_type: z.string(),
  text: z.string(),
  similarity: z.number().openapi({ description: 'Cosine similarity, -1 to 1.' }),
  updated_at: timestamp,
});

const searchRoute = createRoute({
  ...cabinetAccess('body'),
  tags: ['rag'],
  method: 'post',
  path: '/v1/rag/search',
  summary: 'Find the chunks of a cabinet that are most similar to a question',
  request: {
    body: jsonBody(searchBody, {
      example: { cabinet_id: 1, query: 'жалобы на брак и возврат', limit: 5, chunk_types: ['review'] },
    }),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z.literal('success'),
        cabinet_id: z.number(),
        query: z.string(),
        model: z.string(),
        semantic: z
          .boolean()
          .openapi({ description: 'false: words were compared, not meaning (no OPENAI_API_KEY).' }),
        took_ms: z.number(),
        results: z.array(hit),
      }),
      'The hits, most similar first.',
      {
        status: 'success',
        cabinet_id: 1,
        query: 'жалобы на брак и возврат',
        model: 'text-embedding-3-small',
        semantic: true,
        took_ms: 12.4,
        results: [
          {
            chunk_id: 91,
            source_table: 'wb_reviews',
            source_id: 17,
            chunk_type: 'review',
            text: 'Отзыв\nАртикул WB (nm_id): 145825942\nОценка: 2 из 5 (негативный)',
            similarity: 0.61,
            updated_at: '2025-12-16T15:30:00Z',
          },
        ],
      },
    ),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerRagSearchRoute(app: HttpApp, { main, search }: HttpDeps): void {
  const isThere = shareReads((cabinetId: number) => cabinetExists(main.pool, cabinetId));

  app.openapi(searchRoute, async (context) => {
    const body = context.req.valid('json');
    // First, so that nobody pays for the embedding of a question that has no answer.
    if (!(await isThere(body.cabinet_id))) throw cabinetNotFound(body.cabinet_id);
    const result = await search.search(
      {
        cabinetId: body.cabinet_id,
        query: body.query,
        limit: body.limit,
        chunkTypes: body.chunk_types,
        minSimilarity: body.min_similarity,
      },
      { signal: context.get('signal') },
    );
    return context.json(
      {
        status: 'success' as const,
        cabinet_id: body.cabinet_id,
        query: body.query,
        model: result.model,
        semantic: result.semantic,
        took_ms: Math.round(result.tookMs * 10) / 10,
        results: result.hits.map((chunk) => ({ ...chunk, updated_at: formatTimestamp(chunk.updated_at) })),
      },
      200,
    );
  });
}
