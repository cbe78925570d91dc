import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createConversations, type ConversationOptions } from '../../src/chat/conversations.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { isAppError, type AppError, type ErrorCode } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { chatAnswer } from '../helpers/chat-answers.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const NOON = new Date('2036-11-20T09:00:00Z');
const HOUR = 3_600_000;

let database: TestDatabase;
let main: Database;
let own: number;
let other: number;

before(async () => {
  database = await createTestDatabase();
  main = createDatabase({
    ...{ variable: 'DATABASE_URL', connectionString: database.connectionString, maxConnections: 8 },
    ...{ applicationName: 'conversations-test', log: silentLog() },
  });
});
after(async () => {
  await main.close();
  await database.drop();
});

async function insertCabinet(): Promise<number> {
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into wb_cabinets (name, api_key) values ('Кабинет', 'key') returning id`,
  );
  return Number(rows[0]!.id);
}

beforeEach(async () => {
  await database.pool.query('delete from wb_cabinets');
  own = await insertCabinet();
  other = await insertCabinet();
});

const conversationsOf = (options: Partial<ConversationOptions> = {}) =>
  createConversations({ main }, { dailyLimit: 100, timeZone: 'Europe/Moscow', now: () => NOON, ...options });

const ask = (cabinetId: number, user: string, text: string, conversationId?: string) => ({
  ...{ cabinetId, user, text, conversationId },
});

const failsWith = (code: ErrorCode) => (error: unknown) => isAppError(error, code);

async function countsOf(): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    'select cabinet_id::int as cabinet, user_label as user, day::text, messages from chat_daily_counts order by 1, 2',
  );
  return rows;
}

describe('a conversation', () => {
  it('keeps the question, the answer and all that the answer says of itself', async () => {
    const conversations = conversationsOf();
    const begun = await conversations.begin(ask(own, 'operator', 'Сколько выручки\nвчера?'));
    assert.deepEqual([begun.turns, begun.remainingToday], [[], 99]);
    const { remainingToday, ...kept } = chatAnswer();
    const answerId = await conversations.complete(begun, own, { ...kept, remainingToday });
    assert.ok(answerId > begun.messageId);

    const page = { cabinetId: own, conversationId: begun.conversationId, limit: 10 };
    const { conversation, messages, nextBefore } = await conversations.history(page);
    assert.deepEqual(
      [conversation.id, conversation.user, conversation.title],
      [begun.conversationId, 'operator', 'Сколько выручки вчера?'],
    );
    assert.equal(nextBefore, undefined);
    const [question, answer] = messages.map(({ createdAt, ...rest }) => {
      assert.ok(createdAt instanceof Date);
      return rest;
    });
    assert.deepEqual(question, {
      ...{ id: begun.messageId, role: 'user', text: 'Сколько выручки\nвчера?', status: 'answered' },
    });
    assert.deepEqual(answer, { id: answerId, role: 'assistant', questionId: begun.messageId, ...kept });
  });

  it('goes on with what was answered before, oldest first, and not with what was not', async () => {
    const conversations = conversationsOf({ historyTurns: 2 });
    const first = await conversations.begin(ask(own, 'operator', 'первый'));
    const { conversationId } = first;
    const next = (text: string) => conversations.begin(ask(own, 'operator', text, conversationId));
    await conversations.complete(first, own, chatAnswer({ text: 'ответ 1' }));
    await conversations.abandon(await next('брошенный'), own, 'operator');
    await next('ещё без ответа');
    // Two at once, answered the other way round: each keeps its own answer.
    const [second, third] = [await next('второй'), await next('третий')];
    await conversations.complete(third, own, chatAnswer({ text: 'ответ 3' }));
    await conversations.complete(second, own, chatAnswer({ text: 'ответ 2' }));
    const { turns } = await next('последний');
    assert.deepEqual(turns, [
      { question: 'третий', answer: 'ответ 3' },
      { question: 'второй', answer: 'ответ 2' },
    ]);
    const many = await conversationsOf().begin(ask(own, 'operator', 'все', conversationId.toUpperCase()));
    assert.equal(many.turns.length, 3);
    assert.equal(many.conversationId, conversationId);
  });

  it('takes whatever a model may write, also what Postgres cannot store', async () => {
    const conversations = conversationsOf();
    const begun = await conversations.begin(ask(own, 'operator', 'NUL\0 и \ud800половина'));
    const [tool] = chatAnswer().tools;
    const odd = { ...tool!, parameters: { 'na\0me': ['\udfff', { deep: 'a\0b' }] } };
    await conversations.complete(begun, own, chatAnswer({ text: 'ответ\0 \ud83d', tools: [odd] }));
    const page = { cabinetId: own, conversationId: begun.conversationId, limit: 10 };
    const [question, answer] = (await conversations.history(page)).messages;
    assert.equal(question?.text, 'NUL и \ufffdполовина');
    assert.ok(answer?.role === 'assistant');
    assert.equal(answer.text, 'ответ \ufffd');
    assert.deepEqual(answer.tools[0]?.parameters, { name: ['\ufffd', { deep: 'ab' }] });
  });

  it('shows answers of an older version, which said less', async () => {
    const conversations = conversationsOf();
    const begun = await conversations.begin(ask(own, 'operator', 'вопрос'));
    await conversations.complete(begun, own, chatAnswer());
    await database.pool.query(`update chat_messages set answer = answer - 'notices' - 'usage'`);
    const page = { cabinetId: own, conversationId: begun.conversationId, limit: 10 };
    const [, answer] = (await conversations.history(page)).messages;
    assert.ok(answer?.role === 'assistant');
    assert.deepEqual(answer.notices, []);
    assert.deepEqual(answer.usage.requests, 0);
  });

  it('says of a question whose process died that it is unanswered, once nobody can be at it any more', async () => {
    const conversations = conversationsOf();
    const { conversationId, messageId } = await conversations.begin(ask(own, 'operator', 'вопрос'));
    const statusOf = async () => {
      const [question] = (await conversations.history({ cabinetId: own, conversationId, limit: 1 })).messages;
      return question?.role === 'user' ? question.status : undefined;
    };
    assert.equal(await statusOf(), 'pending');
    const age = (minutes: number) =>
      database.pool.query(
        'update chat_messages set created_at = clock_timestamp() - make_interval(mins => $2) where id = $1',
        [messageId, minutes],
      );
    await age(11);
    assert.equal(await statusOf(), 'pending');
    await age(16);
    assert.equal(await statusOf(), 'unanswered');
  });

  it('has an answer once, also when storing it is repeated', async () => {
    const conversations = conversationsOf();
    const begun = await conversations.begin(ask(own, 'operator', 'вопрос'));
    const id = await conversations.complete(begun, own, chatAnswer({ text: 'ответ' }));
    assert.equal(await conversations.complete(begun, own, chatAnswer({ text: 'другой' })), id);
    const page = { cabinetId: own, conversationId: begun.conversationId, limit: 10 };
    const { messages } = await conversations.history(page);
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['вопрос', 'ответ'],
    );
  });
});

describe('whose conversations are whose', () => {
  it('is not told to another cabinet or user: it is as if there were none', async () => {
    const conversations = conversationsOf();
    const { conversationId } = await conversations.begin(ask(own, 'user:1', 'тайна'));
    const strangers: [what: string, cabinetId: number, user: string, conversationId: string][] = [
      ['another user', own, 'user:2', conversationId],
      ['a user whose name is a part of it', own, 'user:', conversationId],
      ['the operator by name', own, 'operator', conversationId],
      ['another cabinet', other, 'user:1', conversationId],
      ['one that is not there', own, 'user:1', randomUUID()],
      ['what is no id', own, 'user:1', `${conversationId}'`],
      ['nothing', own, 'user:1', ''],
    ];
    const words = new Set<string>();
    for (const [what, cabinetId, user, id] of strangers) {
      const named = { cabinetId, user, conversationId: id };
      for (const attempt of [
        () => conversations.begin(ask(cabinetId, user, 'и что там?', id)),
        () => conversations.history({ ...named, limit: 10 }),
        () => conversations.remove(named),
      ]) {
        await assert.rejects(
          attempt(),
          (error: AppError) => {
            words.add(error.message);
            return isAppError(error, 'conversation_not_found');
          },
          what,
        );
      }
    }
    assert.equal(words.size, 1);
    // Nothing of it was stored or counted.
    assert.deepEqual(await countsOf(), [{ cabinet: own, user: 'user:1', day: '2036-11-20', messages: 1 }]);
    const { rows } = await database.pool.query('select from chat_messages');
    assert.equal(rows.length, 1);
  });

  it('keeps lists apart, and shows those of all users of the cabinet when none is named', async () => {
    const conversations = conversationsOf();
    await conversations.begin(ask(own, 'user:1', 'раз'));
    await conversations.begin(ask(own, 'user:2', 'два'));
    await conversations.begin(ask(other, 'user:1', 'чужой'));
    const titles = async (cabinetId: number, user?: string) =>
      (await conversations.list({ cabinetId, user, limit: 10 })).conversations
        .map(({ title }) => title)
        .sort();
    assert.deepEqual(await titles(own, 'user:1'), ['раз']);
    assert.deepEqual(await titles(own), ['два', 'раз']);
    assert.deepEqual(await titles(other, 'user:1'), ['чужой']);
    assert.deepEqual(await titles(other, 'user:2'), []);
  });

  it('refuses a cabinet that is not there', async () => {
    await assert.rejects(
      conversationsOf().begin(ask(987_654, 'operator', 'вопрос')),
      failsWith('cabinet_not_found'),
    );
  });
});

describe('pages', () => {
  it('of a history begin with the newest, each in its order, and none is missed or repeated', async () => {
    const conversations = conversationsOf({ dailyLimit: -1 });
    const first = await conversations.begin(ask(own, 'operator', '0'));
    const { conversationId } = first;
    for (let i = 1; i < 7; i += 1) await conversations.begin(ask(own, 'operator', String(i), conversationId));
    const pages: string[][] = [];
    let before: number | undefined;
    do {
      const page = await conversations.history({ cabinetId: own, conversationId, limit: 3, before });
      pages.push(page.messages.map(({ text }) => text));
      before = page.nextBefore;
      // What comes meanwhile belongs to the newest page, which has been.
      await conversations.begin(ask(own, 'operator', 'новый', conversationId));
    } while (before !== undefined);
    assert.deepEqual(pages, [['4', '5', '6'], ['1', '2', '3'], ['0']]);
  });

  it('of a list begin with where something was said last, also with equal times', async () => {
    const conversations = conversationsOf({ dailyLimit: -1 });
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1)
      ids.push((await conversations.begin(ask(own, 'user:1', String(i)))).conversationId);
    await database.pool.query(`update chat_conversations set updated_at = '2036-11-20T09:00:00.123Z'`);
    await conversations.begin(ask(own, 'user:1', 'дальше', ids[2]));
    await conversations.begin(ask(own, 'user:2', 'не моё'));
    for (const limit of [1, 3, 7]) {
      const seen: string[] = [];
      let before: string | undefined;
      do {
        const page = await conversations.list({ cabinetId: own, user: 'user:1', limit, before });
        assert.ok(page.conversations.length <= limit);
        seen.push(...page.conversations.map(({ id }) => id));
        before = page.nextBefore;
      } while (before !== undefined);
      assert.deepEqual([...seen].sort(), [...ids].sort());
      assert.equal(seen.length, ids.length);
    }
    await database.pool.query(
      `update chat_conversations set updated_at = '2036-11-21T09:00:00Z' where id = $1`,
      [ids[2]],
    );
    const { conversations: newest } = await conversations.list({ cabinetId: own, user: 'user:1', limit: 1 });
    assert.equal(newest[0]?.id, ids[2]);
  });

  it('are not found by positions that are none', async () => {
    for (const before of ['', 'x', '12', `_${randomUUID()}`, `12_${randomUUID()}x`, '99999999999999_'])
      await assert.rejects(
        conversationsOf().list({ cabinetId: own, limit: 1, before }),
        failsWith('invalid_request'),
      );
  });
});

describe('DAILY_LIMIT', () => {
  it('lets so many of simultaneous messages through, and no more', async () => {
    const conversations = conversationsOf({ dailyLimit: 5 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => conversations.begin(ask(own, 'user:1', String(i)))),
    );
    const remaining = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value.remainingToday] : [],
    );
    assert.deepEqual(remaining.sort(), [0, 1, 2, 3, 4]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') {
        assert.ok(isAppError(outcome.reason, 'daily_limit_reached'), String(outcome.reason));
        assert.deepEqual(outcome.reason.details, { limit: 5, retryAfterMs: 12 * HOUR });
      }
    // Refused ones have left nothing, not even an empty conversation.
    const { conversations: stored } = await conversations.list({ cabinetId: own, limit: 100 });
    assert.equal(stored.length, 5);
  });

  it('counts each user of each cabinet by themselves', async () => {
    const conversations = conversationsOf({ dailyLimit: 1 });
    for (const [cabinetId, user] of [
      [own, 'user:1'],
      [own, 'user:2'],
      [own, 'operator'],
      [own, 'user:operator'],
      [other, 'user:1'],
    ] as const)
      assert.equal((await conversations.begin(ask(cabinetId, user, 'вопрос'))).remainingToday, 0);
    await assert.rejects(conversations.begin(ask(own, 'user:1', 'ещё')), failsWith('daily_limit_reached'));
  });

  it('-1 is no limit, and nothing is counted; 0 lets nobody in', async () => {
    const unlimited = await conversationsOf({ dailyLimit: -1 }).begin(ask(own, 'user:1', 'вопрос'));
    assert.equal(unlimited.remainingToday, null);
    assert.deepEqual(await countsOf(), []);
    await conversationsOf({ dailyLimit: -1 }).abandon(unlimited, own, 'user:1');
    await assert.rejects(
      conversationsOf({ dailyLimit: 0 }).begin(ask(own, 'user:1', 'вопрос')),
      failsWith('daily_limit_reached'),
    );
  });

  it('begins anew at midnight of the time zone, and keeps nothing of the days before', async () => {
    let now = new Date('2036-11-20T20:59:59.999Z');
    const conversations = conversationsOf({ dailyLimit: 2, now: () => now });
    await conversations.begin(ask(own, 'user:1', '1'));
    await conversations.begin(ask(own, 'user:1', '2'));
    await assert.rejects(
      conversations.begin(ask(own, 'user:1', '3')),
      (error: AppError) => error.details['retryAfterMs'] === 1,
    );
    now = new Date('2036-11-20T21:00:00Z');
    assert.equal((await conversations.begin(ask(own, 'user:1', '3'))).remainingToday, 1);
    assert.deepEqual(await countsOf(), [{ cabinet: own, user: 'user:1', day: '2036-11-21', messages: 1 }]);
    // A process whose clock is behind does not begin the old day again.
    now = new Date('2036-11-20T20:59:59Z');
    assert.equal((await conversations.begin(ask(own, 'user:1', '4'))).remainingToday, 0);
    await assert.rejects(conversations.begin(ask(own, 'user:1', '5')), failsWith('daily_limit_reached'));
  });

  it('that was lowered meanwhile leaves nothing, not less than nothing', async () => {
    for (let i = 0; i < 3; i += 1) await conversationsOf().begin(ask(own, 'user:1', 'вопрос'));
    await assert.rejects(
      conversationsOf({ dailyLimit: 2 }).begin(ask(own, 'user:1', 'вопрос')),
      failsWith('daily_limit_reached'),
    );
    assert.equal((await conversationsOf({ dailyLimit: 4 }).begin(ask(own, 'user:1', '4'))).remainingToday, 0);
  });

  it('does not count what was given up, once and no more', async () => {
    const conversations = conversationsOf({ dailyLimit: 2 });
    const given = await conversations.begin(ask(own, 'user:1', 'брошен'));
    await conversations.begin(ask(own, 'user:1', 'остаётся'));
    await Promise.all([1, 2, 3].map(() => conversations.abandon(given, own, 'user:1')));
    assert.deepEqual(await countsOf(), [{ cabinet: own, user: 'user:1', day: '2036-11-20', messages: 1 }]);
    const page = { cabinetId: own, conversationId: given.conversationId, limit: 10 };
    const [question] = (await conversations.history(page)).messages;
    assert.ok(question?.role === 'user');
    assert.equal(question.status, 'unanswered');
  });

  it('counts what was answered, whatever is said of it afterwards', async () => {
    const conversations = conversationsOf();
    const begun = await conversations.begin(ask(own, 'user:1', 'вопрос'));
    await conversations.complete(begun, own, chatAnswer());
    await conversations.abandon(begun, own, 'user:1');
    assert.deepEqual(await countsOf(), [{ cabinet: own, user: 'user:1', day: '2036-11-20', messages: 1 }]);
    await conversations.remove({ cabinetId: own, conversationId: begun.conversationId });
    assert.deepEqual(await countsOf(), [{ cabinet: own, user: 'user:1', day: '2036-11-20', messages: 1 }]);
  });

  it('gives nothing back to a day for what was given up on the day before', async () => {
    let now = NOON;
    const conversations = conversationsOf({ now: () => now });
    const yesterday = await conversations.begin(ask(own, 'user:1', 'вчера'));
    now = new Date(NOON.getTime() + 24 * HOUR);
    await conversations.begin(ask(own, 'user:1', 'сегодня'));
    await conversations.abandon(yesterday, own, 'user:1');
    assert.deepEqual(await countsOf(), [{ cabinet: own, user: 'user:1', day: '2036-11-21', messages: 1 }]);
  });
});

describe('deletion', () => {
  const tables = ['chat_conversations', 'chat_messages', 'chat_daily_counts'];
  const rowsOf = async (cabinetId: number) => {
    const counts = tables.map(async (table) => {
      const { rows } = await database.pool.query(`select from ${table} where cabinet_id = $1`, [cabinetId]);
      return rows.length;
    });
    return Promise.all(counts);
  };

  it('of a conversation takes all of it, and nothing of others', async () => {
    const conversations = conversationsOf();
    const [gone, kept] = [
      await conversations.begin(ask(own, 'user:1', 'уйдёт')),
      await conversations.begin(ask(own, 'user:1', 'останется')),
    ];
    for (const begun of [gone, kept]) await conversations.complete(begun, own, chatAnswer());
    await conversations.remove({ cabinetId: own, user: 'user:1', conversationId: gone.conversationId });
    assert.deepEqual(await rowsOf(own), [1, 2, 1]);
    await assert.rejects(
      conversations.remove({ cabinetId: own, user: 'user:1', conversationId: gone.conversationId }),
      failsWith('conversation_not_found'),
    );
  });

  it('while an answer is being made lets that end, and keeps nothing of it', async () => {
    const conversations = conversationsOf();
    const begun = await conversations.begin(ask(own, 'user:1', 'вопрос'));
    await conversations.remove({ cabinetId: own, conversationId: begun.conversationId });
    await assert.rejects(
      conversations.complete(begun, own, chatAnswer()),
      failsWith('conversation_not_found'),
    );
    await conversations.abandon(begun, own, 'user:1');
    assert.deepEqual((await rowsOf(own)).slice(0, 2), [0, 0]);
  });

  it('of a cabinet takes everything of it, and nothing of others', async () => {
    const conversations = conversationsOf();
    for (const cabinetId of [own, other])
      await conversations.complete(
        await conversations.begin(ask(cabinetId, 'user:1', 'вопрос')),
        cabinetId,
        chatAnswer(),
      );
    await database.pool.query('delete from wb_cabinets where id = $1', [own]);
    assert.deepEqual(await rowsOf(own), [0, 0, 0]);
    assert.deepEqual(await rowsOf(other), [1, 2, 1]);
  });

  it('of a cabinet or a conversation in the middle of everything blocks nobody for ever', async () => {
    const conversations = conversationsOf({ dailyLimit: 50 });
    for (let round = 0; round < 5; round += 1) {
      const cabinetId = await insertCabinet();
      const started = await conversations.begin(ask(cabinetId, 'user:1', 'начало'));
      const { conversationId } = started;
      const use = async (i: number) => {
        const begun = await conversations.begin(ask(cabinetId, 'user:1', String(i), conversationId));
        if (i % 2 === 0) await conversations.complete(begun, cabinetId, chatAnswer());
        else await conversations.abandon(begun, cabinetId, 'user:1');
      };
      const outcomes = await Promise.allSettled([
        ...[0, 1, 2, 3].map(use),
        conversations.remove({ cabinetId, conversationId }),
        ...[4, 5].map(use),
        database.pool.query('delete from wb_cabinets where id = $1', [cabinetId]),
        conversations.abandon(started, cabinetId, 'user:1'),
      ]);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected')
          assert.ok(
            isAppError(outcome.reason, 'conversation_not_found') ||
              isAppError(outcome.reason, 'cabinet_not_found'),
            String(outcome.reason),
          );
      assert.deepEqual(await rowsOf(cabinetId), [0, 0, 0]);
    }
  });
});
