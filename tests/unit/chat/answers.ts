import type { ChatAnswer } from '../../../src/chat/chat-answer.ts';

/** An answer as `Chat.send` resolves to, without a model, but for `changes`. */
export function answerOf(changes: Partial<ChatAnswer>): ChatAnswer {
  return {
    ...{ conversationId: 'c1', messageId: 2, text: 'Ответ.', answeredBy: 'plain', language: 'ru' },
    ...{
      sources: [],
      tools: [],
      understood: [],
      relaxed: [],
      notices: [],
      remainingToday: null,
      tookMs: 12.4,
    },
    usage: { model: null, requests: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 },
    ...changes,
  };
}
