import type { ChatAnswer, ChatEvent, ChatRequest } from './chat-answer.ts';

export interface Chat {
  /**
   * Answers one message. Resolves to a whole answer, by the model or without it; `onEvent` hears of its parts as they come.
   *
   * @throws AppError `invalid_request`, `conversation_not_found`, `daily_limit_reached`, `database_*`.
   * @throws the signal's reason when it is aborted; the message then does not count.
   */
  send(
    request: ChatRequest,
    options?: { signal?: AbortSignal | undefined; onEvent?: ((event: ChatEvent) => void) | undefined },
  ): Promise<ChatAnswer>;
}
