import type { z } from '@hono/zod-openapi';
import type { ChatAnswer, ChatEvent } from '../../chat/chat-answer.ts';
import type { Conversation, StoredMessage } from '../../chat/conversation.ts';
import type { StoredAnswer } from '../../chat/stored-answer.ts';
import { shownAsker } from '../chat-user.ts';
import { formatTimestamp } from '../timestamps.ts';
import type { chatAnswer, conversation, historyMessage } from './chat-schemas.ts';

/** What the chat says, as the API writes it. */

function particularsOf(answer: StoredAnswer) {
  const { usage } = answer;
  return {
    answered_by: answer.answeredBy,
    language: answer.language,
    sources: answer.sources.map((source) => ({
      number: source.number,
      chunk_id: source.chunkId,
      source_table: source.sourceTable,
      source_id: source.sourceId,
      chunk_type: source.chunkType,
      document_date: source.documentDate,
      text: source.text,
    })),
    tools: answer.tools,
    understood: answer.understood,
    relaxed: answer.relaxed,
    notices: answer.notices,
    usage: {
      model: usage.model,
      requests: usage.requests,
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cost_usd: usage.costUsd,
    },
    took_ms: Math.round(answer.tookMs * 10) / 10,
  };
}

export function toAnswerJson(cabinetId: number, answer: ChatAnswer): z.infer<typeof chatAnswer> {
  return {
    status: 'success',
    cabinet_id: cabinetId,
    conversation_id: answer.conversationId,
    message_id: answer.messageId,
    answer: answer.text,
    ...particularsOf(answer),
    remaining_today: answer.remainingToday,
  };
}

/** What an event of a stream says beside its type. */
export function toEventJson(event: ChatEvent): object {
  switch (event.type) {
    case 'started':
      return { conversation_id: event.conversationId, remaining_today: event.remainingToday };
    case 'tool':
      return { tool: event.tool };
    case 'delta':
      return { text: event.text };
    case 'discarded':
      return {};
  }
}

export function toMessageJson(message: StoredMessage): z.infer<typeof historyMessage> {
  const { id, text, createdAt } = message;
  const common = { message_id: id, text, created_at: formatTimestamp(createdAt) };
  return message.role === 'user'
    ? { ...common, role: 'user', status: message.status }
    : { ...common, role: 'assistant', question_id: message.questionId, ...particularsOf(message) };
}

export function toConversationJson(stored: Conversation): z.infer<typeof conversation> {
  return {
    conversation_id: stored.id,
    title: stored.title,
    ...shownAsker(stored.user),
    created_at: formatTimestamp(stored.createdAt),
    updated_at: formatTimestamp(stored.updatedAt),
  };
}
