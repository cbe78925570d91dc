import { createRoute, z } from '@hono/zod-openapi';
import { isDate } from '../../calendar.ts';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { shareReads } from '../../database/share-reads.ts';
import { MAX_LIMIT, MAX_QUERY_LENGTH, SEARCH_MODES } from '../../retrieval/search-request.ts';
import { MENTION_KINDS } from '../../understanding/mention.ts';
import { MAX_READ_TOKENS } from '../../understanding/read-part.ts';
import { snakeCased } from '../../snake-case.ts';
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

const date = z
  .string(inPlainWords)
  .refine(isDate, { message: 'must be a date, YYYY-MM-DD' })
  .openapi({ type: 'string', format: 'date', example: '2026-11-01' });

const searchBody = z.strictObject(
  {
    cabinet_id: z.int(inPlainWords).min(1, inPlainWords).openapi({ example: 1 }),
    query: storableText(MAX_QUERY_LENGTH).openapi({ example: 'красные кроссовки' }),
    limit: z
      .int(inPlainWords)
      .min(1, inPlainWords)
      .max(MAX_LIMIT, inPlainWords)
      .optional()
      .openapi({ description: 'Absent: RAG_MAX_CHUNKS.' }),
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
    min_similarity: z
      .number(inPlainWords)
      .min(-1, inPlainWords)
      .max(1, inPlainWords)
      .optional()
      .openapi({ description: 'Cosine similarity. Absent: RAG_SIMILARITY_THRESHOLD.' }),
    mode: z
      .enum(SEARCH_MODES, inPlainWords)
      .optional()
      .openapi({ description: 'hybrid (default): by meaning and by words.' }),
    understand: z.boolean(inPlainWords).optional().openapi({
      description: 'false: types, products, periods and the like in the question are not made filters.',
    }),
    ignore: z
      .array(z.unknown(), inPlainWords)
      .max(MENTION_KINDS.length, inPlainWords)
      .pipe(z.array(z.enum(MENTION_KINDS, inPlainWords)))
      .optional()
      .openapi({
        type: 'array',
        items: { type: 'string', enum: [...MENTION_KINDS] },
        description: 'Kinds of constraints that are not to be understood from the question.',
      }),
    from: date.optional().openapi({ description: 'First day of what the chunks are about.' }),
    to: date.optional().openapi({ description: 'Last day.' }),
    nm_id: z.int(inPlainWords).min(1, inPlainWords).optional().openapi({ description: 'Only this product.' }),
    explain: z
      .boolean(inPlainWords)
      .optional()
      .openapi({ description: 'With ranks and scores of each part.' }),
  },
  inPlainWords,
);

const part = z.object({
  rank: z.number(),
  weight: z.number(),
});

const hit = z.object({
  chunk_id: z.number(),
  source_table: z.string(),
  source_id: z.number(),
  chunk_type: z.string(),
  text: z.string(),
  similarity: z.number().nullable().openapi({
    description: 'Cosine similarity, -1 to 1; null when nothing was compared by vectors.',
  }),
  document_date: z.string().nullable().openapi({ description: 'Day (Moscow) of what it is about.' }),
  score: z.number().openapi({ description: 'What hits are ordered by; comparable within one answer only.' }),
  updated_at: timestamp,
  explanation: z
    .object({
      vector: part.extend({ similarity: z.number() }).optional(),
      text: part.extend({ score: z.number() }).optional(),
      recency: part.optional(),
    })
    .optional()
    .openapi({ description: 'With explain: the place in each list that was fused.' }),
});

/** What was found in a question. */
export const constraint = z.object({
  kind: z.enum(MENTION_KINDS),
  value: z.unknown(),
  words: z.string().openapi({ description: 'The words of the question that say so.' }),
  used: z.enum(['filter', 'boost', 'relaxed']),
});

const searchRoute = createRoute({
  ...cabinetAccess('body'),
  tags: ['rag'],
  method: 'post',
  path: '/v1/rag/search',
  summary: 'Find the chunks of a cabinet that answer a question best',
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
        semantic: z.boolean().openapi({
          description: 'false: words were compared, not meaning (no OPENAI_API_KEY, or see notice).',
        }),
        notice: z.string().nullable().openapi({
          description:
            'Why only words were compared although meaning was asked for: the embedding provider is away, slow, or refuses the question. min_similarity is not applied then.',
        }),
        took_ms: z.number(),
        understood: z
          .array(constraint)
          .openapi({ description: 'What was found in the question, and what it was used for.' }),
        relaxed: z
          .array(constraint)
          .openapi({ description: 'Filters that were let go, because with them nothing was left.' }),
        read_whole: z.boolean().openapi({
          description: `false: filters were looked for in the first ${MAX_READ_TOKENS} words of the question only. All of it is compared.`,
        }),
        results: z.array(hit),
      }),
      'The hits, best first.',
      {
        status: 'success',
        cabinet_id: 1,
        query: 'жалобы на брак и возврат',
        model: 'text-embedding-3-small',
        semantic: true,
        notice: null,
        took_ms: 12.4,
        understood: [{ kind: 'type', value: 'отзыв', words: 'жалобы', used: 'filter' as const }],
        relaxed: [],
        read_whole: true,
        results: [
          {
            chunk_id: 91,
            source_table: 'wb_reviews',
            source_id: 17,
            chunk_type: 'review',
            text: 'Отзыв\nАртикул WB (nm_id): 145825942\nОценка: 2 из 5 (негативный)',
            similarity: 0.61,
            score: 0.031,
            document_date: '2025-12-14',
            updated_at: '2025-12-16T15:30:00Z',
          },
        ],
      },
    ),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerRagSearchRoute(
  app: HttpApp,
  { main, search }: Pick<HttpDeps, 'main' | 'search'>,
): void {
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
        mode: body.mode,
        understand: body.understand,
        ignore: body.ignore,
        from: body.from,
        to: body.to,
        nmId: body.nm_id,
        explain: body.explain,
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
        notice: result.notice,
        took_ms: Math.round(result.tookMs * 10) / 10,
        understood: result.understood,
        relaxed: result.relaxed,
        read_whole: !result.isCut,
        results: result.hits.map((chunk) => ({
          ...snakeCased(chunk),
          updated_at: formatTimestamp(chunk.updatedAt),
        })),
      },
      200,
    );
  });
}
