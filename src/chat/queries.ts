import type { Executor } from '../database/pool.ts';
import type { QuestionStatus, Turn } from './conversation.ts';

// What is written of a message. Locks are taken in the order cabinet (shared), conversation, message, count, so nobody waits
// in a circle; the deletion of a cabinet or a conversation goes the same way.

/** Held until commit, as a foreign key holds it: a deletion of the cabinet waits for us, or we find that it has been. */
const HOLD_CABINET = `select id from wb_cabinets where id = $1::bigint for key share`;

/** Locks the row until commit. Idempotent. No row: there is none of this user; without a user, of this cabinet. */
const TOUCH_CONVERSATION = `
  update chat_conversations set updated_at = date_trunc('milliseconds', clock_timestamp())
  where cabinet_id = $1::bigint and id = $2::uuid and user_label = coalesce($3::text, user_label)
  returning id`;

/** Not idempotent: each call begins one. */
const INSERT_CONVERSATION = `
  insert into chat_conversations (cabinet_id, user_label, title)
  values ($1::bigint, $2::text, $3::text)
  returning id`;

/**
 * Locks the count of the user until commit, so of simultaneous messages each sees the others' count, and none gets over the
 * limit ($4, at least 1). No row: it is reached. A process whose clock is behind, at midnight, counts on the newer day.
 */
const COUNT_MESSAGE = `
  insert into chat_daily_counts as counted (cabinet_id, user_label, day, messages)
  values ($1::bigint, $2::text, $3::date, 1)
  on conflict (cabinet_id, user_label) do update
  set day = greatest(counted.day, excluded.day),
      messages = case when counted.day < excluded.day then 1 else counted.messages + 1 end
  where counted.day < excluded.day or counted.messages < $4::integer
  returning messages, day::text as day`;

/** Not idempotent: the same question may be asked twice. */
const INSERT_QUESTION = `
  insert into chat_messages (cabinet_id, conversation_id, role, text, status, counted_on)
  values ($1::bigint, $2::uuid, 'user', $3::text, 'pending', $4::date)
  returning id::float8 as id`;

/** Reads the end of one conversation by its index. */
const LAST_TURNS = `
  select question.text as question, answer.text as answer
  from chat_messages answer
  join chat_messages question on question.id = answer.question_id
  where answer.cabinet_id = $1::bigint and answer.conversation_id = $2::uuid and answer.role = 'assistant'
  order by answer.id desc
  limit $3::integer`;

/** Locks the question until commit. Idempotent. */
const END_QUESTION = `
  update chat_messages set status = $3::text
  where cabinet_id = $1::bigint and id = $2::bigint and role = 'user' and status = 'pending'
  returning counted_on::text as "countedOn"`;

/** Idempotent: a question has one answer, and the first one stays. */
const INSERT_ANSWER = `
  insert into chat_messages (cabinet_id, conversation_id, role, text, question_id, answer)
  values ($1::bigint, $2::uuid, 'assistant', $3::text, $4::bigint, $5::jsonb)
  on conflict (question_id) do update set text = chat_messages.text
  returning id::float8 as id`;

/** Not idempotent. Does nothing when the user's count is of another day by now. */
const TAKE_BACK_COUNT = `
  update chat_daily_counts set messages = messages - 1
  where cabinet_id = $1::bigint and user_label = $2::text and day = $3::date and messages > 0`;

/** False: there is no such cabinet. */
export async function holdCabinet(executor: Executor, cabinetId: number): Promise<boolean> {
  return (await executor.query(HOLD_CABINET, [cabinetId])).rows.length > 0;
}

export async function touchConversation(
  executor: Executor,
  cabinetId: number,
  id: string,
  user?: string,
): Promise<boolean> {
  return (await executor.query(TOUCH_CONVERSATION, [cabinetId, id, user ?? null])).rows.length > 0;
}

export async function insertConversation(
  executor: Executor,
  conversation: { cabinetId: number; user: string; title: string },
): Promise<string> {
  const { cabinetId, user, title } = conversation;
  const { rows } = await executor.query<{ id: string }>(INSERT_CONVERSATION, [cabinetId, user, title]);
  return rows[0]!.id;
}

/** How many messages of the day it is, and which day counts; undefined: the limit is reached. */
export async function countMessage(
  executor: Executor,
  message: { cabinetId: number; user: string; day: string; limit: number },
): Promise<{ messages: number; day: string } | undefined> {
  const { cabinetId, user, day, limit } = message;
  const { rows } = await executor.query<{ messages: number; day: string }>(COUNT_MESSAGE, [
    ...[cabinetId, user, day, limit],
  ]);
  return rows[0];
}

export async function insertQuestion(
  executor: Executor,
  question: { cabinetId: number; conversationId: string; text: string; countedOn: string | undefined },
): Promise<number> {
  const { cabinetId, conversationId, text, countedOn } = question;
  const { rows } = await executor.query<{ id: number }>(INSERT_QUESTION, [
    ...[cabinetId, conversationId, text, countedOn ?? null],
  ]);
  return rows[0]!.id;
}

/** Oldest first. */
export async function readLastTurns(
  executor: Executor,
  conversation: { cabinetId: number; conversationId: string; limit: number },
): Promise<Turn[]> {
  const { cabinetId, conversationId, limit } = conversation;
  return (await executor.query<Turn>(LAST_TURNS, [cabinetId, conversationId, limit])).rows.reverse();
}

/** The day against which the question was counted, null where there was no limit; undefined: it was not pending any more. */
export async function endQuestion(
  executor: Executor,
  cabinetId: number,
  id: number,
  status: Exclude<QuestionStatus, 'pending'>,
): Promise<string | null | undefined> {
  const { rows } = await executor.query<{ countedOn: string | null }>(END_QUESTION, [cabinetId, id, status]);
  return rows[0] && rows[0].countedOn;
}

/** Resolves to the id of the answer. */
export async function insertAnswer(
  executor: Executor,
  answer: { cabinetId: number; conversationId: string; questionId: number; text: string; json: string },
): Promise<number> {
  const { cabinetId, conversationId, questionId, text, json } = answer;
  const { rows } = await executor.query<{ id: number }>(INSERT_ANSWER, [
    ...[cabinetId, conversationId, text, questionId, json],
  ]);
  return rows[0]!.id;
}

export async function takeBackCount(
  executor: Executor,
  { cabinetId, user, day }: { cabinetId: number; user: string; day: string },
): Promise<void> {
  await executor.query(TAKE_BACK_COUNT, [cabinetId, user, day]);
}
