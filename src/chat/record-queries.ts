import type { Executor } from '../database/pool.ts';
import type { Conversation, QuestionStatus, StoredMessage } from './conversation.ts';
import { fromStoredAnswer, type StoredAnswer } from './stored-answer.ts';

// What is read of conversations, and their deletion.

const COLUMNS = `id, user_label as "user", title, created_at as "createdAt", updated_at as "updatedAt"`;

/** Reads one row by its key. Without a user: whoever's it is. */
const FIND_CONVERSATION = `
  select ${COLUMNS}
  from chat_conversations
  where cabinet_id = $1::bigint and id = $2::uuid and user_label = coalesce($3::text, user_label)`;

/**
 * A page before a position, newest first, by the index of the user or, without one, of the cabinet. Reads only. Each statement
 * is planned with its values, so what a null makes true costs nothing.
 */
const LIST_CONVERSATIONS = `
  select ${COLUMNS}
  from chat_conversations
  where cabinet_id = $1::bigint and ($2::text is null or user_label = $2::text)
    and (updated_at, id) < (coalesce($3::timestamptz, 'infinity'), $4::uuid)
  order by updated_at desc, id desc
  limit $5::integer`;

/** Longer than any answer may take (OPENAI_CHAT_TIMEOUT_MS is 10 minutes at most): whoever was at it is no more. */
const PENDING_FOR = `interval '15 minutes'`;

/** A page before an id, newest first. Reads only, by the index of the conversation. */
const LIST_MESSAGES = `
  select id::float8 as id, role, text, question_id::float8 as "questionId", answer, created_at as "createdAt",
    case when status = 'pending' and created_at < clock_timestamp() - ${PENDING_FOR} then 'unanswered' else status end as status
  from chat_messages
  where cabinet_id = $1::bigint and conversation_id = $2::uuid and id < $3::bigint
  order by id desc
  limit $4::integer`;

/** Cascades to its messages, and waits for whoever writes one. Idempotent. */
const DELETE_CONVERSATION = `
  delete from chat_conversations
  where cabinet_id = $1::bigint and id = $2::uuid and user_label = coalesce($3::text, user_label)
  returning ${COLUMNS}`;

export async function findConversation(
  executor: Executor,
  cabinetId: number,
  id: string,
  user: string | undefined,
): Promise<Conversation | undefined> {
  return (await executor.query<Conversation>(FIND_CONVERSATION, [cabinetId, id, user ?? null])).rows[0];
}

/** Where a page of conversations ended. */
export interface ListPosition {
  updatedAt: Date;
  id: string;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

export async function listConversations(
  executor: Executor,
  page: { cabinetId: number; user: string | undefined; before: ListPosition | undefined; limit: number },
): Promise<Conversation[]> {
  const { cabinetId, user, before, limit } = page;
  const { rows } = await executor.query<Conversation>(LIST_CONVERSATIONS, [
    ...[cabinetId, user ?? null, before?.updatedAt.toISOString() ?? null, before?.id ?? NO_ID, limit],
  ]);
  return rows;
}

interface MessageRow {
  id: number;
  role: 'user' | 'assistant';
  text: string;
  questionId: number | null;
  status: QuestionStatus | null;
  answer: Partial<StoredAnswer> | null;
  createdAt: Date;
}

/** Newest first. */
export async function listMessages(
  executor: Executor,
  page: { cabinetId: number; conversationId: string; before: number; limit: number },
): Promise<StoredMessage[]> {
  const { cabinetId, conversationId, before, limit } = page;
  const { rows } = await executor.query<MessageRow>(LIST_MESSAGES, [
    ...[cabinetId, conversationId, before, limit],
  ]);
  return rows.map(({ id, role, text, questionId, status, answer, createdAt }) =>
    role === 'user'
      ? { id, role, text, status: status!, createdAt }
      : { id, role, text, questionId: questionId!, createdAt, ...fromStoredAnswer(answer) },
  );
}

/** The conversation as it was; undefined: there was none. */
export async function deleteConversation(
  executor: Executor,
  cabinetId: number,
  id: string,
  user: string | undefined,
): Promise<Conversation | undefined> {
  return (await executor.query<Conversation>(DELETE_CONVERSATION, [cabinetId, id, user ?? null])).rows[0];
}
