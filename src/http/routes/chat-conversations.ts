import { createRoute, z } from '@hono/zod-openapi';
import { cabinetNotFound } from '../../cabinets/cabinet.ts';
import { cabinetExists } from '../../cabinets/queries.ts';
import { cabinetAccess } from '../access.ts';
import { readableBy } from '../chat-user.ts';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { inPlainWords } from '../reasons.ts';
import {
  CABINET_NOT_FOUND,
  COMMON_PROBLEMS,
  jsonAnswer,
  jsonBody,
  storableText,
  wholeNumberText,
} from '../schemas.ts';
import { toConversationJson, toMessageJson } from './chat-json.ts';
import {
  chatCabinetId,
  chatUser,
  conversation,
  CONVERSATION_NOT_FOUND,
  conversationId,
  EXAMPLE_CONVERSATION_ID,
  EXAMPLE_USER,
  historyMessage,
} from './chat-schemas.ts';

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;
/** Of positions in a list; they have 50 characters. */
const MAX_POSITION_LENGTH = 100;

const pageLimit = z
  .int(inPlainWords)
  .min(1, inPlainWords)
  .max(MAX_PAGE, inPlainWords)
  .optional()
  .openapi({ description: `Absent: ${DEFAULT_PAGE}.` });

const readUser = chatUser.optional().openapi({
  description:
    'Only what is of this user. Absent: what the key asked without naming one; with the operator’s key everybody’s.',
});

const CONVERSATION_EXAMPLE: z.infer<typeof conversation> = {
  conversation_id: EXAMPLE_CONVERSATION_ID,
  title: 'Сколько выручки вчера?',
  user: EXAMPLE_USER,
  key_id: null,
  created_at: '2025-12-16T15:30:00Z',
  updated_at: '2025-12-16T15:30:02Z',
};

const historyRoute = createRoute({
  ...cabinetAccess('body'),
  tags: ['chat'],
  method: 'post',
  path: '/v1/chat/history',
  summary: 'Read a conversation, the newest messages first, page by page',
  request: {
    body: jsonBody(
      z.strictObject(
        {
          cabinet_id: chatCabinetId,
          conversation_id: conversationId,
          user: readUser,
          limit: pageLimit,
          before_id: z.int(inPlainWords).min(1, inPlainWords).optional().openapi({
            description: 'Messages before this one: next_before_id of the page before.',
          }),
        },
        inPlainWords,
      ),
      { example: { cabinet_id: 1, conversation_id: EXAMPLE_CONVERSATION_ID, user: EXAMPLE_USER } },
    ),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z.literal('success'),
        cabinet_id: z.number(),
        conversation,
        messages: z.array(historyMessage).openapi({ description: 'Of this page, oldest first.' }),
        next_before_id: z
          .number()
          .nullable()
          .openapi({ description: 'What to send as `before_id` for earlier ones; null: there are none.' }),
      }),
      'A page of messages.',
      {
        status: 'success',
        cabinet_id: 1,
        conversation: CONVERSATION_EXAMPLE,
        messages: [
          {
            message_id: 41,
            role: 'user',
            text: 'Сколько выручки вчера?',
            status: 'answered',
            created_at: '2025-12-16T15:30:00Z',
          },
          {
            message_id: 42,
            role: 'assistant',
            question_id: 41,
            text: 'Вчера выручка составила 48 210,50 ₽.',
            created_at: '2025-12-16T15:30:02Z',
            answered_by: 'model',
            language: 'ru',
            sources: [],
            tools: [],
            understood: [],
            relaxed: [],
            notices: [],
            usage: {
              model: 'gpt-4.1-mini',
              requests: 1,
              prompt_tokens: 900,
              completion_tokens: 40,
              cost_usd: null,
            },
            took_ms: 2140.3,
          },
        ],
        next_before_id: null,
      },
    ),
    ...CONVERSATION_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const listRoute = createRoute({
  ...cabinetAccess('body'),
  tags: ['chat'],
  method: 'post',
  path: '/v1/chat/conversations',
  summary: 'List conversations, those first in which something was said last',
  request: {
    body: jsonBody(
      z.strictObject(
        {
          cabinet_id: chatCabinetId,
          user: readUser,
          limit: pageLimit,
          before: storableText(MAX_POSITION_LENGTH)
            .optional()
            .openapi({ description: 'next_before of the page before.' }),
        },
        inPlainWords,
      ),
      { example: { cabinet_id: 1, user: EXAMPLE_USER } },
    ),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        status: z.literal('success'),
        cabinet_id: z.number(),
        conversations: z.array(conversation),
        next_before: z
          .string()
          .nullable()
          .openapi({ description: 'What to send as `before` for the next page; null on the last one.' }),
      }),
      'A page of conversations.',
      { status: 'success', cabinet_id: 1, conversations: [CONVERSATION_EXAMPLE], next_before: null },
    ),
    ...CABINET_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

const deleteRoute = createRoute({
  ...cabinetAccess('query'),
  tags: ['chat'],
  method: 'delete',
  path: '/v1/chat/conversations/{conversation_id}',
  summary: 'Delete a conversation with all that was said in it',
  description: 'What was counted against DAILY_LIMIT stays counted.',
  request: {
    params: z.object({ conversation_id: conversationId }),
    query: z.strictObject(
      { cabinet_id: wholeNumberText(1, Number.MAX_SAFE_INTEGER).openapi({ example: 1 }), user: readUser },
      inPlainWords,
    ),
  },
  responses: {
    200: jsonAnswer(conversation, 'The conversation as it was.', CONVERSATION_EXAMPLE),
    ...CONVERSATION_NOT_FOUND,
    ...COMMON_PROBLEMS,
  },
});

export function registerChatConversationRoutes(
  app: HttpApp,
  { main, conversations }: Pick<HttpDeps, 'main' | 'conversations'>,
): void {
  async function requireCabinet(cabinetId: number): Promise<void> {
    if (!(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
  }

  app.openapi(historyRoute, async (context) => {
    const body = context.req.valid('json');
    const { cabinet_id: cabinetId, limit = DEFAULT_PAGE, before_id: before } = body;
    await requireCabinet(cabinetId);
    const user = readableBy(context.get('principal'), body.user);
    const page = await conversations.history({
      ...{ cabinetId, conversationId: body.conversation_id, user, limit, before },
    });
    return context.json(
      {
        status: 'success' as const,
        cabinet_id: cabinetId,
        conversation: toConversationJson(page.conversation),
        messages: page.messages.map(toMessageJson),
        next_before_id: page.nextBefore ?? null,
      },
      200,
    );
  });

  app.openapi(listRoute, async (context) => {
    const { cabinet_id: cabinetId, user: named, limit = DEFAULT_PAGE, before } = context.req.valid('json');
    await requireCabinet(cabinetId);
    const user = readableBy(context.get('principal'), named);
    const page = await conversations.list({ cabinetId, user, limit, before });
    return context.json(
      {
        status: 'success' as const,
        cabinet_id: cabinetId,
        conversations: page.conversations.map(toConversationJson),
        next_before: page.nextBefore ?? null,
      },
      200,
    );
  });

  app.openapi(deleteRoute, async (context) => {
    const { cabinet_id: cabinetId, user: named } = context.req.valid('query');
    await requireCabinet(cabinetId);
    const user = readableBy(context.get('principal'), named);
    const { conversation_id: id } = context.req.valid('param');
    const removed = await conversations.remove({ cabinetId, conversationId: id, user });
    return context.json(toConversationJson(removed), 200);
  });
}
