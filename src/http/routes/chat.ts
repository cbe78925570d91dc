import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import type { KeyWatch } from '../../cabinets/keys/watch-keys.ts';
import { MAX_MESSAGE_LENGTH, type ChatAnswer, type ChatRequest } from '../../chat/chat-answer.ts';
import type { Chat } from '../../chat/chat.ts';
import { shareReads } from '../../database/share-reads.ts';
import { cabinetAccess, OWN_LINE } from '../access.ts';
import { openAnswerStream } from '../answer-stream.ts';
import { askerOf } from '../chat-user.ts';
import type { HttpApp, HttpEnv, Principal } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { nameOf, type KeyLines } from '../key-lines.ts';
import { logFault, problemOf } from '../middleware/errors.ts';
import { toAppError } from '../problems.ts';
import { inPlainWords } from '../reasons.ts';
import { COMMON_PROBLEMS, jsonAnswer, jsonBody, problem, problemAnswer, storableText } from '../schemas.ts';
import { toAnswerJson, toEventJson } from './chat-json.ts';
import {
  chatAnswer,
  chatCabinetId,
  chatUser,
  CONVERSATION_NOT_FOUND,
  conversationId,
  EXAMPLE_CONVERSATION_ID,
  EXAMPLE_USER,
} from './chat-schemas.ts';

type SendOptions = Parameters<Chat['send']>[1] & { signal: AbortSignal };

const HEARTBEAT_MS = 15_000;

const sendBody = z.strictObject(
  {
    cabinet_id: chatCabinetId,
    message: storableText(MAX_MESSAGE_LENGTH).openapi({ example: 'Сколько выручки вчера?' }),
    conversation_id: conversationId
      .optional()
      .openapi({ description: 'Goes on with this one; absent: a new one begins.' }),
    user: chatUser.optional(),
    stream: z.boolean(inPlainWords).optional().openapi({
      description: 'true: the answer comes in parts, as server-sent events.',
    }),
  },
  inPlainWords,
);

/** Of a stream: the name of the event is the `type`, `data` one of these as JSON. */
const chatEvent = z
  .union([
    z
      .object({
        type: z.literal('started'),
        conversation_id: z.string(),
        remaining_today: z.number().nullable(),
      })
      .openapi({ description: 'The first: the question is accepted and counted.' }),
    z.object({ type: z.literal('tool'), tool: chatAnswer.shape.tools.unwrap() }),
    z.object({ type: z.literal('delta'), text: z.string() }),
    z
      .object({ type: z.literal('discarded') })
      .openapi({ description: 'All text so far is void; what follows begins anew.' }),
    z
      .object({ type: z.literal('done'), ...chatAnswer.shape })
      .openapi({ description: 'The last: the whole answer, which counts.' }),
    z
      .object({ type: z.literal('error'), ...problem.shape })
      .openapi({ description: 'The last: there is no answer, and the question does not count.' }),
  ])
  .openapi('ChatEvent');

const ANSWER_EXAMPLE: z.input<typeof chatAnswer> = {
  status: 'success',
  cabinet_id: 1,
  conversation_id: EXAMPLE_CONVERSATION_ID,
  message_id: 42,
  answer: 'Вчера выручка составила 48 210,50 ₽ [1].',
  answered_by: 'model',
  language: 'ru',
  sources: [
    {
      number: 1,
      chunk_id: 91,
      source_table: 'wb_sales',
      source_id: 17,
      chunk_type: 'sale',
      document_date: '2025-12-15',
      text: 'Продажа: ВЫКУП\nАртикул WB (nm_id): 145825942',
    },
  ],
  tools: [
    {
      name: 'totals',
      parameters: { measures: ['revenue'], period: 'yesterday' },
      status: 'ok',
      result: {
        function: 'totals',
        parameters: { measures: ['revenue'], from: '2025-12-15', to: '2025-12-15' },
        columns: [{ name: 'revenue', unit: 'RUB', label: 'Выручка' }],
        rows: [{ revenue: '48210.50' }],
        total: null,
        found: 1,
        data: 'complete',
        unknown: [],
        note: null,
      },
      text: 'Выручка за 15 декабря 2025: 48 210,50 ₽.',
    },
  ],
  understood: [{ kind: 'period', value: 'вчера', words: 'вчера', used: 'filter' }],
  relaxed: [],
  notices: [],
  usage: {
    model: 'gpt-4.1-mini',
    requests: 2,
    prompt_tokens: 1850,
    completion_tokens: 61,
    cost_usd: 0.000838,
  },
  took_ms: 2140.3,
  remaining_today: 99,
};

const sendRoute = createRoute({
  ...cabinetAccess('body'),
  ...OWN_LINE,
  tags: ['chat'],
  method: 'post',
  path: '/v1/chat/send',
  summary: 'Ask a question about a cabinet',
  description:
    'Without a language model, or when it fails, the answer is composed of figures and quoted rows, and `notices` say so. What is wrong with the request is a problem of HTTP also with `stream`; a fault after the answer has begun is the event `error`. Who hangs up gives the answer up, and it does not count.',
  request: {
    body: jsonBody(sendBody, {
      example: { cabinet_id: 1, message: 'Сколько выручки вчера?', user: EXAMPLE_USER },
    }),
  },
  responses: {
    200: {
      ...jsonAnswer(chatAnswer, 'The answer.', ANSWER_EXAMPLE),
      content: {
        ...jsonAnswer(chatAnswer, 'The answer.', ANSWER_EXAMPLE).content,
        'text/event-stream': { schema: chatEvent },
      },
      description:
        'The answer; with `stream` in parts: `started`, any of `tool`, `delta` and `discarded`, then `done` or `error`. A comment comes every 15 s when nothing else does.',
    },
    ...CONVERSATION_NOT_FOUND,
    ...COMMON_PROBLEMS,
    429: {
      ...COMMON_PROBLEMS[429],
      ...problemAnswer(
        'The user has sent DAILY_LIMIT messages today, or the key too many requests in this minute.',
        'daily_limit_reached',
        'rate_limited',
      ),
    },
  },
});

export function registerChatRoute(
  app: HttpApp,
  {
    main,
    chat,
    log,
    lines,
    keyWatch,
  }: Pick<HttpDeps, 'main' | 'chat' | 'log'> & { lines: Pick<KeyLines, 'chats'>; keyWatch: KeyWatch },
): void {
  const isThere = shareReads((cabinetId: number) => cabinetExists(main.pool, cabinetId));

  const faultOf = (context: Context<HttpEnv>, thrown: unknown): object => {
    const error = toAppError(thrown);
    logFault(log, context, error);
    return problemOf(error, context.get('requestId'));
  };

  /** When it is the key's turn, and until the key is revoked. */
  function sendInLine(principal: Principal, request: ChatRequest, options: SendOptions): Promise<ChatAnswer> {
    const send = async (): Promise<ChatAnswer> => {
      if (principal.kind === 'operator') return chat.send(request, options);
      const watch = keyWatch.watch(principal.keyId);
      try {
        const signal = AbortSignal.any([options.signal, watch.signal]);
        return await chat.send(request, { ...options, signal });
      } finally {
        watch.end();
      }
    };
    return lines.chats.run(nameOf(principal), send, options.signal);
  }

  app.openapi(sendRoute, async (context) => {
    const body = context.req.valid('json');
    const { cabinet_id: cabinetId, message } = body;
    if (!(await isThere(cabinetId))) throw cabinetNotFound(cabinetId);
    const user = askerOf(context.get('principal'), body.user);
    const request = { cabinetId, message, conversationId: body.conversation_id, user };
    const signal = context.get('signal');
    const send = (options: SendOptions) => sendInLine(context.get('principal'), request, options);
    if (body.stream !== true) return context.json(toAnswerJson(cabinetId, await send({ signal })), 200);

    const stream = await openAnswerStream(send, {
      signal,
      heartbeatMs: HEARTBEAT_MS,
      write: {
        event: toEventJson,
        answer: (answer) => toAnswerJson(cabinetId, answer),
        problem: (thrown) => faultOf(context, thrown),
      },
    });
    context.header('content-type', 'text/event-stream; charset=utf-8');
    context.header('cache-control', 'no-store');
    // nginx would collect the parts until a buffer is full.
    context.header('x-accel-buffering', 'no');
    return context.body(stream);
  });
}
