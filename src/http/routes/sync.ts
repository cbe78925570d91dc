import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import type { RequestedSync, SyncState } from '../../wildberries/sync/request-sync.ts';
import { cabinetAccess, OPERATOR_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import {
  CABINET_NOT_FOUND,
  COMMON_PROBLEMS,
  cabinetIdParams,
  jsonAnswer,
  problemAnswer,
  timestamp,
} from '../schemas.ts';
import { formatTimestamp } from '../timestamps.ts';

const PATH = '/api/v1/sync/cabinet/{cabinet_id}';
const common = {
  ...OPERATOR_ACCESS,
  tags: ['sync'],
  path: PATH,
  request: { params: cabinetIdParams },
};

const requestSyncRoute = createRoute({
  ...common,
  method: 'post',
  summary: 'Synchronise a cabinet with Wildberries now',
  description:
    'Not needed for the sync every WB_SYNC_INTERVAL_MINUTES. What a limit of the token does not allow yet is done as soon as it may, by itself.',
  responses: {
    202: jsonAnswer(
      z.object({
        status: z.literal('accepted'),
        cabinet_id: z.number(),
        job_id: z.string().nullable().openapi({ description: 'null: a job of the cabinet waits already.' }),
        message: z.string(),
      }),
      'The sync is queued, or one that is under way goes on.',
      {
        status: 'accepted',
        cabinet_id: 1,
        job_id: '9e7f9319-30b3-41b2-97a4-221e06b4c71a',
        message: 'The sync is queued.',
      },
    ),
    409: problemAnswer('The cabinet is switched off.', 'cabinet_inactive'),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const partAnswer = z.object({
  part: z.string().openapi({ example: 'orders' }),
  status: z.enum(['pending', 'running', 'waiting', 'completed', 'failed', 'skipped', 'deferred']).openapi({
    description:
      'skipped: the token does not permit it. waiting: a limit, or a fault of Wildberries that passes. deferred: its limit lasts long, a later run takes it along.',
  }),
  processed: z
    .number()
    .openapi({ description: 'Rows that Wildberries gave; one that came more than once counts each time.' }),
  created: z.number(),
  updated: z.number(),
  errors: z.number().openapi({ description: 'Rows that could not be used; see wb_sync_rejects.' }),
  error: z.string().nullable(),
  next_attempt_at: timestamp,
  started_at: timestamp,
  completed_at: timestamp,
});

const syncAnswer = z
  .object({
    cabinet_id: z.number(),
    status: z
      .enum(['never', 'queued', 'running', 'waiting', 'completed', 'partial', 'failed'])
      .openapi({ description: 'Of the last run; queued: there was none, and the first waits for a worker.' }),
    run_id: z.number().nullable(),
    trigger: z.enum(['request', 'schedule', 'command']).nullable(),
    started_at: timestamp,
    finished_at: timestamp,
    next_attempt_at: timestamp.openapi({ description: 'When a waiting run goes on.' }),
    queued_for: timestamp.openapi({ description: 'When the next job starts; null: none is queued.' }),
    error: z.string().nullable(),
    parts: z.array(partAnswer).openapi({ description: 'What each part did when it last did anything.' }),
  })
  .openapi('Sync');

const EXAMPLE: z.infer<typeof syncAnswer> = {
  cabinet_id: 1,
  status: 'completed',
  run_id: 4,
  trigger: 'request',
  started_at: '2025-12-16T15:29:00Z',
  finished_at: '2025-12-16T15:30:00Z',
  next_attempt_at: null,
  queued_for: null,
  error: null,
  parts: [
    {
      part: 'orders',
      status: 'completed',
      processed: 371,
      created: 4,
      updated: 7,
      errors: 0,
      error: null,
      next_attempt_at: null,
      started_at: '2025-12-16T15:29:01Z',
      completed_at: '2025-12-16T15:29:03Z',
    },
  ],
};

const readSyncRoute = createRoute({
  ...common,
  ...cabinetAccess('path'),
  method: 'get',
  summary: 'The last sync of a cabinet, and how far the one under way is',
  responses: { 200: jsonAnswer(syncAnswer, 'The sync.', EXAMPLE), ...CABINET_NOT_FOUND, ...COMMON_PROBLEMS },
});

export function registerSyncRoutes(app: HttpApp, deps: Pick<HttpDeps, 'main' | 'syncs'>): void {
  const requireCabinet = async (id: number) => {
    if (!(await cabinetExists(deps.main.pool, id))) throw cabinetNotFound(id);
  };

  app.openapi(requestSyncRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    await requireCabinet(cabinetId);
    const requested = await deps.syncs.request(cabinetId);
    const message = messageFor(requested);
    const jobId = requested.jobId ?? null;
    return context.json({ status: 'accepted' as const, cabinet_id: cabinetId, job_id: jobId, message }, 202);
  });

  app.openapi(readSyncRoute, async (context) => {
    const cabinetId = context.req.valid('param').cabinet_id;
    await requireCabinet(cabinetId);
    return context.json(toSyncAnswer(cabinetId, await deps.syncs.readState(cabinetId)), 200);
  });
}

function messageFor({ jobId, joined }: RequestedSync): string {
  if (joined?.status === 'waiting')
    return `A sync is under way and waits until ${formatTimestamp(joined.nextAttemptAt) ?? 'it may go on'}: ${joined.errorMessage ?? ''} What is done already is not read again before.`;
  if (joined !== undefined) return 'A sync is under way.';
  return jobId === undefined ? 'A sync is queued already.' : 'The sync is queued.';
}

function toSyncAnswer(cabinetId: number, { run, parts, nextJobAt }: SyncState): z.infer<typeof syncAnswer> {
  return {
    cabinet_id: cabinetId,
    status: run?.status ?? (nextJobAt === undefined ? 'never' : 'queued'),
    run_id: run === undefined ? null : Number(run.id),
    trigger: run?.trigger ?? null,
    started_at: formatTimestamp(run?.startedAt ?? null),
    finished_at: formatTimestamp(run?.finishedAt ?? null),
    next_attempt_at: formatTimestamp(run?.nextAttemptAt ?? null),
    queued_for: formatTimestamp(nextJobAt ?? null),
    error: run?.errorMessage ?? null,
    parts: parts.map((part) => ({
      part: part.part,
      status: part.status,
      processed: part.processed,
      created: part.created,
      updated: part.updated,
      errors: part.errors,
      error: part.errorMessage,
      next_attempt_at: formatTimestamp(part.nextAttemptAt),
      started_at: formatTimestamp(part.startedAt),
      completed_at: formatTimestamp(part.completedAt),
    })),
  };
}
