import { z } from '@hono/zod-openapi';
import { isConversationId } from '../../chat/conversation.ts';
import { inPlainWords } from '../reasons.ts';
import { problemAnswer, storableText } from '../schemas.ts';
import { figures } from './analytics.ts';
import { constraint } from './rag-search.ts';

export const EXAMPLE_CONVERSATION_ID = '5b0c1f6e-8d2a-4c57-9a53-0f6c9be0a3d1';
export const EXAMPLE_USER = 'tg-184467';

const MAX_USER_LENGTH = 100;

export const chatCabinetId = z.int(inPlainWords).min(1, inPlainWords).openapi({ example: 1 });

export const chatUser = storableText(MAX_USER_LENGTH).openapi({
  example: EXAMPLE_USER,
  description:
    'Who asks, as the application calls its user. Messages are counted and conversations kept for each by themselves; absent: for the key.',
});

export const conversationId = z
  .string(inPlainWords)
  .refine(isConversationId, { message: 'must be a UUID' })
  .openapi({ type: 'string', format: 'uuid', example: EXAMPLE_CONVERSATION_ID });

/** What is known of an answer beside its text, also in the history. */
const particulars = {
  answered_by: z.enum(['model', 'plain']).openapi({
    description: 'plain: composed of figures and quoted rows, without a language model.',
  }),
  language: z.enum(['ru', 'en']),
  sources: z
    .array(
      z.object({
        number: z.number().openapi({ description: 'What [1] in the text refers to.' }),
        chunk_id: z.number(),
        source_table: z.string(),
        source_id: z.number(),
        chunk_type: z.string(),
        document_date: z.string().nullable(),
        text: z.string(),
      }),
    )
    .openapi({ description: 'The chunks that the answer rests on, as they were then.' }),
  tools: z
    .array(
      z.object({
        name: z.string().openapi({ description: 'An analytics function.' }),
        parameters: z.record(z.string(), z.unknown()),
        status: z.enum(['ok', 'failed']),
        result: figures.nullable(),
        text: z.string().openapi({ description: 'The figures as sentences, or why there are none.' }),
      }),
    )
    .openapi({ description: 'Figures that were computed for the answer.' }),
  understood: z.array(constraint),
  relaxed: z.array(constraint),
  notices: z
    .array(
      z.object({
        code: z.enum([
          ...(['without_model', 'model_unavailable', 'search_unavailable', 'tool_failed'] as const),
          ...(['relaxed', 'shortened', 'cut_off', 'question_cut', 'unverified_numbers'] as const),
        ]),
        message: z.string(),
        details: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .openapi({ description: 'What a reader has to know to trust the answer rightly.' }),
  usage: z.object({
    model: z.string().nullable(),
    requests: z.number(),
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    cost_usd: z.number().nullable().openapi({ description: 'null: the price of the model is not known.' }),
  }),
  took_ms: z.number(),
};

export const chatAnswer = z
  .object({
    status: z.literal('success'),
    cabinet_id: z.number(),
    conversation_id: z.string().openapi({ description: 'Send it with the next question to go on.' }),
    message_id: z.number().openapi({ description: 'Of the answer, in the history.' }),
    answer: z.string(),
    ...particulars,
    remaining_today: z.number().nullable().openapi({
      description: 'Messages that the user has left today; null: as many as they like.',
    }),
  })
  .openapi('ChatAnswer');

const message = { message_id: z.number(), text: z.string(), created_at: z.string().nullable() };

export const historyMessage = z
  .union([
    z.object({
      ...message,
      role: z.literal('user'),
      status: z.enum(['pending', 'answered', 'unanswered']).openapi({
        description: 'unanswered: its answer was given up, or the process died. It may be sent again.',
      }),
    }),
    z.object({ ...message, role: z.literal('assistant'), question_id: z.number(), ...particulars }),
  ])
  .openapi('ChatMessage');

export const conversation = z
  .object({
    conversation_id: z.string(),
    title: z.string().openapi({ description: 'The first words of the first question.' }),
    user: z
      .string()
      .nullable()
      .openapi({ description: 'As the application called them; null: nobody was named.' }),
    key_id: z
      .number()
      .nullable()
      .openapi({ description: 'The key that named no user; null: see user, or the operator.' }),
    created_at: z.string().nullable(),
    updated_at: z.string().nullable().openapi({ description: 'When the last message came.' }),
  })
  .openapi('ChatConversation');

export const CONVERSATION_NOT_FOUND = {
  404: problemAnswer(
    'There is no such cabinet or conversation, or the conversation is somebody else’s.',
    'cabinet_not_found',
    'conversation_not_found',
  ),
};
