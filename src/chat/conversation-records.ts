import type { Database } from '../database/pool.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError } from '../errors.ts';
import {
  conversationNotFound,
  isConversationId,
  type Conversation,
  type StoredMessage,
} from './conversation.ts';
import {
  deleteConversation,
  findConversation,
  listConversations,
  listMessages,
  type ListPosition,
} from './record-queries.ts';

/** Whose conversation it has to be; `user` absent: anybody's of the cabinet. */
interface Named {
  cabinetId: number;
  conversationId: string;
  user?: string | undefined;
}

export interface ConversationRecords {
  /**
   * The newest messages of a conversation, oldest first. `before`: those before this id. `nextBefore`: what to send as that
   * for the page before; undefined: there is none.
   *
   * @throws AppError `conversation_not_found`, `database_*`.
   */
  history(page: Named & { limit: number; before?: number | undefined }): Promise<{
    conversation: Conversation;
    messages: StoredMessage[];
    nextBefore: number | undefined;
  }>;
  /**
   * Conversations in which something was said last, first; `user` absent: of everybody in the cabinet. `before` is a
   * `nextBefore` of the page before. One that goes on meanwhile moves to the beginning.
   *
   * @throws AppError `invalid_request` for a `before` of no page, `database_*`.
   */
  list(page: {
    cabinetId: number;
    user?: string | undefined;
    limit: number;
    before?: string | undefined;
  }): Promise<{ conversations: Conversation[]; nextBefore: string | undefined }>;
  /**
   * Deletes a conversation with all that was said in it, and resolves to it as it was. What was counted against DAILY_LIMIT
   * stays counted.
   *
   * @throws AppError `conversation_not_found`, `database_*`.
   */
  remove(named: Named): Promise<Conversation>;
}

export function createConversationRecords({ main }: { main: Database }): ConversationRecords {
  const inDatabase = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw toDatabaseError(error, main.label);
    });

  return {
    async history({ cabinetId, conversationId, user, limit, before = Number.MAX_SAFE_INTEGER }) {
      const conversation = isConversationId(conversationId)
        ? await inDatabase(findConversation(main.pool, cabinetId, conversationId, user))
        : undefined;
      if (conversation === undefined) throw conversationNotFound();
      // One more than asked for tells whether there is another page.
      const page = { cabinetId, conversationId, before, limit: limit + 1 };
      const found = await inDatabase(listMessages(main.pool, page));
      const messages = found.slice(0, limit).reverse();
      return { conversation, messages, nextBefore: found.length > limit ? messages[0]?.id : undefined };
    },
    async list({ cabinetId, user, limit, before }) {
      const position = before === undefined ? undefined : parsePosition(before);
      const page = { cabinetId, user, before: position, limit: limit + 1 };
      const found = await inDatabase(listConversations(main.pool, page));
      const conversations = found.slice(0, limit);
      const last = conversations.at(-1);
      const hasMore = found.length > limit && last !== undefined;
      return { conversations, nextBefore: hasMore ? formatPosition(last) : undefined };
    },
    async remove({ cabinetId, conversationId, user }) {
      const removed = isConversationId(conversationId)
        ? await inDatabase(deleteConversation(main.pool, cabinetId, conversationId, user))
        : undefined;
      if (removed === undefined) throw conversationNotFound();
      return removed;
    },
  };
}

const formatPosition = ({ updatedAt, id }: ListPosition): string => `${updatedAt.getTime()}_${id}`;

function parsePosition(text: string): ListPosition {
  const [, time = '', id = ''] = /^(\d{1,13})_(.*)$/.exec(text) ?? [];
  if (isConversationId(id)) return { updatedAt: new Date(Number(time)), id };
  const reason = 'must be a next_before of the page before';
  throw new AppError('invalid_request', `The request is not usable: before ${reason}.`, {
    details: { errors: [{ field: 'before', reason }] },
  });
}
