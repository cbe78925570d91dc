import { createRoute, z } from '@hono/zod-openapi';
import type { EventStream } from '../../activity/feed.ts';
import { EVENT_DATA, EVENT_TYPES, type EventType } from '../../activity/activity-event.ts';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import type { KeyWatch } from '../../cabinets/keys/watch-keys.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { cabinetAccess, OWN_LINE } from '../access.ts';
import type { HttpApp, Principal } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { markEndless } from '../endless-streams.ts';
import type { KeyLines } from '../key-lines.ts';
import { writeEventStream } from '../event-stream.ts';
import { inPlainWords } from '../reasons.ts';
import { CABINET_NOT_FOUND, COMMON_PROBLEMS, wholeNumberText } from '../schemas.ts';

const HEARTBEAT_MS = 15_000;

const eventId = wholeNumberText(0, Number.MAX_SAFE_INTEGER);

const typeList = z
  .string(inPlainWords)
  .transform((text, context) => {
    const types = text.split(',').map((type) => type.trim());
    if (types.every((type): type is EventType => (EVENT_TYPES as string[]).includes(type))) return types;
    context.addIssue({ code: 'custom', message: `must be some of ${EVENT_TYPES.join(', ')}, with commas` });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: 'job_started,run_finished' });

const events = EVENT_TYPES.map((type) =>
  z.object({
    id: z.number(),
    type: z.literal(type),
    cabinet_id: z.number().nullable().openapi({ description: 'null: not of one cabinet.' }),
    occurred_at: z.string().openapi({ format: 'date-time', example: '2025-12-16T15:30:00.123Z' }),
    ...EVENT_DATA[type].shape,
  }),
);

const listening = z
  .object({ type: z.literal('listening'), after: z.number() })
  .openapi({ description: 'The first of every stream: it begins with what comes after this id.' });

const gap = z
  .object({
    type: z.literal('gap'),
    after: z.number(),
    resumed_after: z.number(),
    reason: z.enum(['deleted', 'unknown_id']).openapi({
      description: 'deleted: kept no longer. unknown_id: the database has not come as far as this id.',
    }),
  })
  .openapi({ description: 'What happened after this id cannot be had; the stream goes on after the other.' });

const message = z.union([listening, gap, ...events]).openapi('RagEvent');

const eventsRoute = createRoute({
  ...cabinetAccess('query'),
  ...OWN_LINE,
  tags: ['rag'],
  method: 'get',
  path: '/v1/rag/events',
  summary: 'Watch what happens, as server-sent events',
  description:
    'Without Last-Event-ID it begins with what happens from now on; with it, nothing is missed and nothing is repeated, as long as the events are kept: a day, and about 20 000 of them. `dropped` and `gap`, which concern what is missing, are sent whatever the filters say.',
  request: {
    query: z.strictObject(
      {
        cabinet_id: wholeNumberText(1, Number.MAX_SAFE_INTEGER).optional().openapi({
          description: 'Only of this one; with the key of a cabinet always of its own.',
        }),
        types: typeList.optional(),
        after: eventId.optional().openapi({
          description: 'As Last-Event-ID, for a client that cannot set it; the header wins.',
        }),
      },
      inPlainWords,
    ),
    headers: z.object({
      'last-event-id': eventId.optional().openapi({ description: 'The id of the last event that was seen.' }),
    }),
  },
  responses: {
    200: {
      description:
        'A stream without an end: `id` is the event’s, `event` its type and `data` one RagEvent as JSON. A comment comes every 15 s when nothing else does.',
      content: { 'text/event-stream': { schema: message } },
    },
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerRagEventsRoute(
  app: HttpApp,
  deps: Pick<HttpDeps, 'main' | 'feed' | 'log'> & { lines: Pick<KeyLines, 'openStream'>; keyWatch: KeyWatch },
): void {
  /** Until the asker hangs up or the key is revoked. */
  async function open(
    principal: Principal,
    from: number | undefined,
    hungUp: AbortSignal,
  ): Promise<EventStream> {
    const close = deps.lines.openStream(principal);
    const watch = principal.kind === 'cabinet' ? deps.keyWatch.watch(principal.keyId) : undefined;
    const signal = watch === undefined ? hungUp : AbortSignal.any([hungUp, watch.signal]);
    const end = (): void => {
      close();
      watch?.end();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      const stream = await deps.feed.open(from, signal);
      return {
        get position() {
          return stream.position;
        },
        next: (timeoutMs) => stream.next(timeoutMs),
        close() {
          end();
          stream.close();
        },
      };
    } catch (error) {
      end();
      throw error;
    }
  }

  app.openapi(eventsRoute, async (context) => {
    const { cabinet_id: cabinetId, types, after } = context.req.valid('query');
    if (cabinetId !== undefined && !(await cabinetExists(deps.main.pool, cabinetId)))
      throw cabinetNotFound(cabinetId);
    context.header('content-type', 'text/event-stream; charset=utf-8');
    context.header('cache-control', 'no-store');
    // nginx would collect the events until a buffer is full.
    context.header('x-accel-buffering', 'no');
    // hono answers HEAD with what GET would, but nobody would read the stream to its end.
    if (context.req.method === 'HEAD') return context.body(null);
    const from = context.req.valid('header')['last-event-id'] ?? after;
    const stream = await open(context.get('principal'), from, context.req.raw.signal);
    const body = writeEventStream(stream, {
      accepts: (event) =>
        event.type === 'dropped' ||
        ((cabinetId === undefined || event.cabinetId === cabinetId) &&
          (types === undefined || (types as string[]).includes(event.type))),
      heartbeatMs: HEARTBEAT_MS,
    });
    markEndless(context.env.outgoing);
    return context.body(body);
  });
}
