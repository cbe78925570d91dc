import { createRoute, z } from '@hono/zod-openapi';
import {
  FAILURE_KINDS,
  parsePosition,
  type Failure,
  type FailureCounts,
} from '../../indexing/failures/failure.ts';
import { cabinetAccess, OPERATOR_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { DEFAULT_PAGE, nextAfter, pageLimit } from '../paging.ts';
import { invalidRequest } from '../problems.ts';
import { inPlainWords } from '../reasons.ts';
import {
  COMMON_PROBLEMS,
  jsonAnswer,
  jsonBody,
  problemAnswer,
  storableText,
  timestamp,
  wholeNumberText,
} from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

/** Of ids and positions; the longest has some 90 characters. */
const MAX_ID_LENGTH = 200;

const common = { ...OPERATOR_ACCESS, tags: ['rag'] };

const failureAnswer = z
  .object({
    kind: z.enum(FAILURE_KINDS).openapi({
      description:
        'row: the provider refused its text. job: work that failed again and again. rebuild: the last full rebuild of a cabinet, given up.',
    }),
    id: z.string().openapi({ description: 'What to send to retry it.', example: 'row:1/wb_reviews/17' }),
    cabinet_id: z.number().nullable().openapi({ description: 'null: a job that cannot be read.' }),
    source_table: z.string().nullable(),
    source_id: z.number().nullable(),
    model: z.string().nullable(),
    changed_ids: z.number().nullable().openapi({ description: 'How many rows the job names.' }),
    rebuild_id: z.number().nullable(),
    attempts: z.number().nullable(),
    parked: z.boolean().openapi({
      description:
        'true: not tried again by itself, unless the text of the row changes. false: by the next comparison.',
    }),
    reason: z.string(),
    since: timestamp,
    updated_at: timestamp,
  })
  .openapi('Failure');

const EXAMPLE: z.infer<typeof failureAnswer> = {
  kind: 'row',
  id: 'row:1/wb_reviews/17',
  cabinet_id: 1,
  source_table: 'wb_reviews',
  source_id: 17,
  model: 'text-embedding-3-small',
  changed_ids: null,
  rebuild_id: null,
  attempts: 3,
  parked: true,
  reason: "400 '$.input[0]' is invalid.",
  since: '2025-12-16T15:30:00Z',
  updated_at: '2025-12-16T15:40:00Z',
};

const byKind = z.object({ rebuild: z.number(), job: z.number(), row: z.number() });

const listRoute = createRoute({
  ...common,
  ...cabinetAccess('query'),
  method: 'get',
  path: '/v1/rag/failures',
  summary: 'List what could not be indexed, and why',
  description:
    'A rebuild that was given up is listed twice: itself, and the job of the slice that failed. Retrying one settles both. With the key of a cabinet: of that cabinet.',
  request: {
    query: z.strictObject(
      {
        cabinet_id: wholeNumberText(1, Number.MAX_SAFE_INTEGER).optional(),
        kind: z.enum(FAILURE_KINDS, inPlainWords).optional(),
        limit: pageLimit,
        after: storableText(MAX_ID_LENGTH).optional(),
      },
      inPlainWords,
    ),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        failures: z.array(failureAnswer),
        counts: byKind.openapi({ description: 'Of all pages and kinds.' }),
        next_after: nextAfter(z.string()),
      }),
      'A page of failures; empty when there are none.',
      { failures: [EXAMPLE], counts: { rebuild: 0, job: 0, row: 1 }, next_after: null },
    ),
    ...COMMON_PROBLEMS,
  },
});

const retryRoute = createRoute({
  ...common,
  method: 'post',
  path: '/v1/rag/failures/retry',
  summary: 'Try one failure again, or all',
  description:
    'Harmless when repeated. A row is tried as if never before; a job is sent again; instead of a rebuild a new one is requested.',
  request: {
    body: jsonBody(
      z
        .strictObject(
          {
            id: storableText(MAX_ID_LENGTH).optional(),
            all: z.literal(true, inPlainWords).optional(),
            cabinet_id: z
              .int(inPlainWords)
              .positive(inPlainWords)
              .optional()
              .openapi({ description: 'With all: only of this one.' }),
          },
          inPlainWords,
        )
        .refine(({ id, all }) => (id === undefined) !== (all === undefined), {
          message: 'must have either id or all',
        })
        .refine(({ id, cabinet_id: cabinetId }) => id === undefined || cabinetId === undefined, {
          message: 'must not have a cabinet_id beside id, which names its cabinet',
        }),
      { example: { id: 'row:1/wb_reviews/17' } },
    ),
  },
  responses: {
    202: jsonAnswer(
      z.object({
        status: z.literal('accepted'),
        sent: z.number().openapi({ description: 'How many failures are tried again.' }),
        by_kind: byKind,
        kept: z
          .array(z.object({ id: z.string(), reason: z.string() }))
          .openapi({ description: 'Those that are not, and why.' }),
        message: z.string(),
      }),
      'They are queued.',
      {
        status: 'accepted',
        sent: 1,
        by_kind: { rebuild: 0, job: 0, row: 1 },
        kept: [],
        message: '1 failure is tried again.',
      },
    ),
    404: problemAnswer('Nothing that failed has this id.', 'failure_not_found'),
    ...COMMON_PROBLEMS,
  },
});

export function registerRagFailureRoutes(
  app: HttpApp,
  deps: Pick<HttpDeps, 'failures' | 'ragEnabled'>,
): void {
  app.openapi(listRoute, async (context) => {
    const { cabinet_id: cabinetId, kind, limit = DEFAULT_PAGE, after: text } = context.req.valid('query');
    const after = text === undefined ? undefined : parsePosition(text);
    if (text !== undefined && after === undefined)
      throw invalidRequest([{ field: 'after', reason: 'must be what a page had as next_after' }]);
    const page = await deps.failures.list({ cabinetId, kind, after, limit });
    const counts = await deps.failures.count(cabinetId);
    return context.json(
      { failures: page.failures.map(toFailureAnswer), counts, next_after: page.nextAfter ?? null },
      200,
    );
  });

  app.openapi(retryRoute, async (context) => {
    const { id, cabinet_id: cabinetId } = context.req.valid('json');
    const retried =
      id === undefined ? await deps.failures.retryAll(cabinetId) : await deps.failures.retry(id);
    const { sent: by_kind, kept } = retried;
    const sent = sumOf(by_kind);
    const message = messageForRetry(sent, kept.length, deps.ragEnabled);
    return context.json({ status: 'accepted' as const, sent, by_kind, kept, message }, 202);
  });
}

/** A failure in the names of this API; the command line prints the same. */
export function toFailureAnswer(failure: Failure): z.infer<typeof failureAnswer> {
  return {
    kind: failure.kind,
    id: failure.id,
    cabinet_id: failure.cabinetId,
    source_table: failure.sourceTable,
    source_id: failure.sourceId === null ? null : Number(failure.sourceId),
    model: failure.model,
    changed_ids: failure.changedIds,
    rebuild_id: failure.rebuildId === null ? null : Number(failure.rebuildId),
    attempts: failure.attempts,
    parked: failure.parked,
    reason: failure.reason,
    since: formatTimestamp(failure.since),
    updated_at: formatTimestamp(failure.updatedAt),
  };
}

function sumOf({ rebuild, job, row }: FailureCounts): number {
  return rebuild + job + row;
}

function messageForRetry(sent: number, kept: number, ragEnabled: boolean): string {
  if (sent + kept === 0) return 'Nothing failed, so there is nothing to try again.';
  const stay = kept === 0 ? '' : ` ${kept} stay as they are; kept says why.`;
  if (sent === 0) return `Nothing is tried again.${stay}`;
  return `${sent === 1 ? '1 failure is' : `${sent} failures are`} tried again${ragEnabled ? '.' : ' as soon as RAG_ENABLED is true.'}${stay}`;
}
