import type { ChatAnswer, ChatEvent, ChatRequest } from '../../src/chat/chat-answer.ts';
import type { Chat } from '../../src/chat/chat.ts';
import type { Conversations } from '../../src/chat/conversations.ts';
import { chatAnswer } from '../helpers/chat-answers.ts';

/** What a test has the chat do between the question and the answer. Resolves to what differs from the usual answer. */
export type Script = (turn: {
  request: ChatRequest;
  signal: AbortSignal;
  emit: (event: ChatEvent) => void;
}) => Promise<Partial<ChatAnswer>>;

const NEVER = new AbortController().signal;

/** Answers without search, figures and model; what it answers is stored and counted as it should be. */
export function createFakeChat(conversations: Conversations, script?: Script): Chat {
  return {
    async send(request, { signal = NEVER, onEvent = () => undefined } = {}) {
      const { cabinetId, user, conversationId: given, message: text } = request;
      signal.throwIfAborted();
      const begun = await conversations.begin({ cabinetId, user, conversationId: given, text });
      const { conversationId, remainingToday } = begun;
      try {
        onEvent({ type: 'started', conversationId, remainingToday });
        const differing = (await script?.({ request, signal, emit: onEvent })) ?? {};
        signal.throwIfAborted();
        const answer = { ...chatAnswer(), remainingToday, ...differing };
        const messageId = await conversations.complete(begun, cabinetId, answer);
        return { ...answer, conversationId, messageId };
      } catch (error) {
        await conversations.abandon(begun, cabinetId, user);
        throw error;
      }
    },
  };
}
