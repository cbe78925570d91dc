import { localDate } from '../calendar.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import type { Database } from '../database/pool.ts';
import { AppError } from '../errors.ts';
import type { ChatAnswer } from './chat-answer.ts';
import { createConversationRecords, type ConversationRecords } from './conversation-records.ts';
import { conversationNotFound, isConversationId, titleOf, type Turn } from './conversation.ts';
import { msToNextDay } from '../calendar.ts';
import * as queries from './queries.ts';
import { storableText, toStoredAnswer } from './stored-answer.ts';

export interface BegunMessage {
  conversationId: string;
  /** The id of the question in the history. */
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
   * @throws AppError `cabinet_not_found`, `conversation_not_found`, `daily_limit_reached` (with `details.limit` and
   *   `details.retryAfterMs`), `database_*`.
   */
  begin(question: {
    cabinetId: number;
    user: string;
    conversationId: string | undefined;
    text: string;
  }): Promise<BegunMessage>;
  /**
   * Stores the answer. Resolves to its id in the history. May be repeated.
   *
   * @throws AppError `conversation_not_found` when it was deleted meanwhile, `database_*`.
   */
  complete(
    begun: BegunMessage,
    cabinetId: number,
    answer: Omit<ChatAnswer, 'conversationId' | 'messageId'>,
  ): Promise<number>;
  /** The question has got no answer: it stays in the history as such, and does not count. May be repeated. */
  abandon(begun: BegunMessage, cabinetId: number, user: string): Promise<void>;
}

export interface ConversationOptions {
  /** DAILY_LIMIT: messages that one user of one cabinet may send in a day. -1: as many as they like; 0: none. */
  dailyLimit: number;
  /** CABINET_TIME_ZONE: whose days are counted. */
  timeZone: string;
  now?: () => Date;
  /** How many questions with their answers `begin` tells of, at most. */
  historyTurns?: number;
}

const UNLIMITED = -1;
/** What is further back hardly ever matters to a question, and each turn is paid for again. */
const DEFAULT_HISTORY_TURNS = 6;

/** Conversations in the main database. */
export function createConversations(
  { main }: { main: Database },
  options: ConversationOptions,
): Conversations & ConversationRecords {
  const { dailyLimit, timeZone, now = () => new Date(), historyTurns = DEFAULT_HISTORY_TURNS } = options;

  function limitReached(at: Date): AppError {
    const retryAfterMs = msToNextDay(at, timeZone);
    const message =
      dailyLimit === 0
        ? 'No messages may be sent to the chat: DAILY_LIMIT is 0.'
        : `The ${dailyLimit} messages that a user may send in a day are used up. The next day begins in ${describeWait(retryAfterMs)}.`;
    return new AppError('daily_limit_reached', message, { details: { limit: dailyLimit, retryAfterMs } });
  }

  return {
    ...createConversationRecords({ main }),
    begin({ cabinetId, user, conversationId: given, text: asked }) {
      const text = storableText(asked);
      return main.transaction(async (client) => {
        if (!(await queries.holdCabinet(client, cabinetId))) throw cabinetNotFound(cabinetId);
        const isKnown =
          given !== undefined &&
          isConversationId(given) &&
          (await queries.touchConversation(client, cabinetId, given, user));
        if (given !== undefined && !isKnown) throw conversationNotFound();
        const conversationId =
          given?.toLowerCase() ??
          (await queries.insertConversation(client, { cabinetId, user, title: titleOf(text) }));

        const at = now();
        const isLimited = dailyLimit !== UNLIMITED;
        const counted =
          isLimited && dailyLimit > 0
            ? await queries.countMessage(client, {
                ...{ cabinetId, user, day: localDate(at, timeZone), limit: dailyLimit },
              })
            : undefined;
        if (isLimited && counted === undefined) throw limitReached(at);

        const messageId = await queries.insertQuestion(client, {
          ...{ cabinetId, conversationId, text, countedOn: counted?.day },
        });
        const turns =
          given === undefined
            ? []
            : await queries.readLastTurns(client, { cabinetId, conversationId, limit: historyTurns });
        const remainingToday = counted === undefined ? null : Math.max(0, dailyLimit - counted.messages);
        return { conversationId, messageId, turns, remainingToday };
      });
    },
    complete({ conversationId, messageId: questionId }, cabinetId, answer) {
      const stored = { cabinetId, conversationId, questionId, text: storableText(answer.text) };
      const json = toStoredAnswer(answer);
      return main.transaction(async (client) => {
        if (!(await queries.touchConversation(client, cabinetId, conversationId)))
          throw conversationNotFound();
        await queries.endQuestion(client, cabinetId, questionId, 'answered');
        return queries.insertAnswer(client, { ...stored, json });
      });
    },
    abandon({ messageId }, cabinetId, user) {
      return main.transaction(async (client) => {
        // The cabinet is locked first, in the same order as when it is deleted.
        if (!(await queries.holdCabinet(client, cabinetId))) return;
        const day = await queries.endQuestion(client, cabinetId, messageId, 'unanswered');
        if (typeof day === 'string') await queries.takeBackCount(client, { cabinetId, user, day });
      });
    },
  };
}

function describeWait(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
