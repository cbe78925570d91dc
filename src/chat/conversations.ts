import type { ChatAnswer } from './chat-answer.ts';

/** A question with its answer, for the model to go on from. */
export interface Turn {
  question: string;
  answer: string;
}

export interface BegunMessage {
  conversationId: string;
  /** Of the question, in the history. */
  messageId: number;
  /** What was said before, oldest first; answered questions only. */
  turns: Turn[];
  /** Messages that the user has left today, this one counted; null: no limit. */
  remainingToday: number | null;
}

export interface Conversations {
  /**
   * Stores a question and counts it, in one transaction: of simultaneous ones none is over the limit.
   *
   * @throws AppError `conversation_not_found`, `daily_limit_reached` (with `details.limit` and `details.retryAfterMs`), `database_*`.
   */
  begin(question: {
    cabinetId: number;
    user: string;
    conversationId: string | undefined;
    text: string;
  }): Promise<BegunMessage>;
  /** Stores the answer. Resolves to its id in the history. */
  complete(
    begun: BegunMessage,
    cabinetId: number,
    answer: Omit<ChatAnswer, 'conversationId' | 'messageId'>,
  ): Promise<number>;
  /** The question has got no answer: it stays in the history as such, and does not count. */
  abandon(begun: BegunMessage, cabinetId: number, user: string): Promise<void>;
}
