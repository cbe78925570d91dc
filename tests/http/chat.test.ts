import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { insertKey } from '../../src/cabinets/keys/queries.ts';
import type { ChatRequest } from '../../src/chat/chat-answer.ts';
import { createConversations } from '../../src/chat/conversations.ts';
import { createDatabase } from '../../src/database/pool.ts';
import { AppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';
import { createFakeChat, type Script } from './fake-chat.ts';
import { fieldsOf, KEY, startTestApi, type Answer, type TestApi } from './harness.ts';

const DAILY_LIMIT = 3;
/** Eleven in the evening in Moscow. */
const NOW = new Date('2036-11-20T20:00:00Z');
const CONVERSATION_NOT_FOUND = 'conversation_not_found';

interface Sent {
  conversation_id: string;
  message_id: number;
  remaining_today: number | null;
  [field: string]: unknown;
}

describe('the chat over HTTP', () => {
  let api: TestApi;
  let own: number;
  let other: number;
  let keys: { id: number; key: string }[];
  let script: Script | undefined;
  let asked: ChatRequest[] = [];
  let release: () => Promise<void>;

  before(async () => {
    const database = await createTestDatabase();
    const main = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString: database.connectionString, maxConnections: 4 },
      ...{ applicationName: 'chat-http-test', log: silentLog() },
    });
    const conversations = createConversations(
      { main },
      { dailyLimit: DAILY_LIMIT, timeZone: 'Europe/Moscow', now: () => NOW },
    );
    const chat = createFakeChat(conversations, async (turn) => {
      asked.push(turn.request);
      return (await script?.(turn)) ?? {};
    });
    api = await startTestApi({
      connectionString: database.connectionString,
      overrides: { chat, conversations },
    });
    release = async () => {
      await api.stop();
      await main.close();
      await database.drop();
    };
  });
  after(() => release());

  beforeEach(async () => {
    await api.main.pool.query('delete from wb_cabinets');
    script = undefined;
    asked = [];
    own = await api.createCabinet('Свой');
    other = await api.createCabinet('Чужой');
    keys = [
      await insertKey(api.main.pool, own, 'первый'),
      await insertKey(api.main.pool, own, 'второй'),
      await insertKey(api.main.pool, other, 'чужой'),
    ];
  });

  const post = (path: string, body: object, key = KEY): Promise<Answer> =>
    api.request('POST', `/v1/chat/${path}`, { body, headers: { 'x-api-key': key } });
  const send = (body: object, key = KEY) =>
    post('send', { cabinet_id: own, message: 'Сколько выручки?', ...body }, key);

  async function sent(body: object = {}, key = KEY): Promise<Sent> {
    const answer = await send(body, key);
    assert.equal(answer.status, 200, answer.text);
    return answer.json as Sent;
  }

  const codeOf = ({ status, json }: Answer) => [status, (json as { code: string }).code];
  const remaining = async () => {
    const { rows } = await api.main.pool.query<{ messages: number }>(
      'select messages from chat_daily_counts',
    );
    return rows.map(({ messages }) => DAILY_LIMIT - messages);
  };

  describe('POST /v1/chat/send', () => {
    it('answers with all that is known of the answer', async () => {
      const { conversation_id: id, message_id: messageId, ...rest } = await sent({ message: '  Сколько? ' });
      assert.match(id, /^[\da-f-]{36}$/);
      assert.ok(messageId > 0);
      assert.deepEqual(rest, {
        status: 'success',
        cabinet_id: own,
        answer: 'Выручка за вчера: 48 210,50 ₽ [1].',
        answered_by: 'model',
        language: 'ru',
        sources: [
          {
            ...{ number: 1, chunk_id: 91, source_table: 'wb_sales', source_id: 17, chunk_type: 'sale' },
            ...{ document_date: '2036-11-19', text: 'Продажа: ВЫКУП\nАртикул WB (nm_id): 148001001' },
          },
        ],
        tools: [
          {
            name: 'totals',
            parameters: { measures: ['revenue'], period: 'yesterday' },
            status: 'ok',
            result: {
              function: 'totals',
              parameters: { measures: ['revenue'], from: '2036-11-19', to: '2036-11-19' },
              columns: [{ name: 'revenue', unit: 'RUB', label: 'Выручка' }],
              rows: [{ revenue: '48210.50' }],
              ...{ total: null, found: 1, data: 'complete', note: null, unknown: [] },
            },
            text: 'Выручка за 19 ноября 2036: 48 210,50 ₽.',
          },
        ],
        understood: [{ kind: 'period', value: { from: '2036-11-19' }, words: 'вчера', used: 'filter' }],
        relaxed: [],
        notices: [{ code: 'shortened', message: 'Не всё найденное уместилось.', details: { left_out: 3 } }],
        usage: {
          ...{ model: 'gpt-4.1-mini', requests: 2, prompt_tokens: 900, completion_tokens: 100 },
          cost_usd: 0.00052,
        },
        remaining_today: DAILY_LIMIT - 1,
        took_ms: 1234.6,
      });
      assert.deepEqual(asked, [
        { cabinetId: own, message: 'Сколько?', conversationId: undefined, user: 'operator' },
      ]);
    });

    it('goes on with a conversation', async () => {
      const first = await sent({ user: 'tg-1' });
      const second = await sent({ user: 'tg-1', conversation_id: first.conversation_id.toUpperCase() });
      assert.equal(second.conversation_id, first.conversation_id);
      assert.ok(second.message_id > first.message_id);
    });

    it('tells users and keys apart, and nobody can be called like another', async () => {
      const [first, second] = keys.map(({ key }) => key);
      await sent({});
      await sent({}, first);
      await sent({}, second);
      for (const user of ['operator', `key:${keys[0]!.id}`, 'user:operator', 'operator '])
        await sent({ user }, first);
      assert.deepEqual(
        asked.map(({ user }) => user),
        [
          'operator',
          `key:${keys[0]!.id}`,
          `key:${keys[1]!.id}`,
          'user:operator',
          `user:key:${keys[0]!.id}`,
          'user:user:operator',
          'user:operator',
        ],
      );
    });

    it('refuses the message beyond the limit of the day, and says when to go on', async () => {
      for (const left of [2, 1, 0]) assert.equal((await sent({ user: 'tg-1' })).remaining_today, left);
      for (const stream of [false, true]) {
        const refused = await send({ user: 'tg-1', stream });
        assert.deepEqual(codeOf(refused), [429, 'daily_limit_reached']);
        assert.equal(refused.headers.get('retry-after'), '3600');
        assert.match((refused.json as { detail: string }).detail, /^The 3 messages .* 1 h 0 min/);
      }
      // Another user, and the key itself, have a day of their own.
      assert.equal((await sent({ user: 'tg-2' })).remaining_today, 2);
      assert.equal((await sent()).remaining_today, 2);
    });

    const REFUSED: [what: string, body: object, field: string][] = [
      ['no message', { message: undefined }, 'message'],
      ['an empty message', { message: ' \n ' }, 'message'],
      ['a message that is too long', { message: 'x'.repeat(4_001) }, 'message'],
      ['a message that cannot be stored', { message: 'a\0b' }, 'message'],
      ['a conversation that is no UUID', { conversation_id: "1' or '1'='1" }, 'conversation_id'],
      ['an empty user', { user: '' }, 'user'],
      ['a user with a name that is too long', { user: 'x'.repeat(101) }, 'user'],
      ['a user that is a number', { user: 7 }, 'user'],
      ['stream as text', { stream: 'true' }, 'stream'],
      ['a cabinet that is none', { cabinet_id: 0 }, 'cabinet_id'],
      ['a field that is not known', { model: 'gpt-9' }, 'model'],
    ];
    for (const [what, body, field] of REFUSED) {
      it(`refuses ${what}`, async () => {
        const answer = await send({ stream: true, ...body });
        assert.equal(answer.status, 422);
        assert.deepEqual(fieldsOf(answer), [field]);
        assert.deepEqual(asked, []);
      });
    }

    it('does not know cabinets and conversations that are not there, or are not of the asker', async () => {
      const { conversation_id: id } = await sent({ user: 'tg-1' });
      const foreign = (await sent({ cabinet_id: other, user: 'tg-1' })).conversation_id;
      for (const stream of [false, true]) {
        assert.deepEqual(codeOf(await send({ cabinet_id: 987_654, stream })), [404, 'cabinet_not_found']);
        for (const body of [
          { conversation_id: randomUUID(), user: 'tg-1' },
          { conversation_id: id, user: 'tg-2' },
          { conversation_id: id },
          { conversation_id: foreign, user: 'tg-1' },
        ])
          assert.deepEqual(codeOf(await send({ ...body, stream })), [404, CONVERSATION_NOT_FOUND]);
      }
    });

    it('is a problem like any other when there is no answer, and does not count', async () => {
      script = () => Promise.reject(new AppError('database_unreachable', 'host db-7 does not answer'));
      const answer = await send({});
      assert.deepEqual(codeOf(answer), [503, 'database_unreachable']);
      assert.ok(!answer.text.includes('db-7'));
      assert.deepEqual(await remaining(), [DAILY_LIMIT]);
    });

    it('gives up when the asker hangs up, and does not count what nobody has heard', async () => {
      const begun = Promise.withResolvers<AbortSignal>();
      const ended = Promise.withResolvers<undefined>();
      script = async ({ signal }) => {
        begun.resolve(signal);
        signal.addEventListener('abort', () => ended.resolve(undefined));
        await ended.promise;
        throw signal.reason;
      };
      const hangUp = new AbortController();
      const answer = fetch(`${api.url}/v1/chat/send`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ cabinet_id: own, message: 'вопрос' }),
        signal: hangUp.signal,
      });
      await begun.promise;
      hangUp.abort();
      await assert.rejects(answer);
      await ended.promise;
      await until('the message does not count', async () => (await remaining())[0] === DAILY_LIMIT);
    });
  });

  describe('what was said', () => {
    const history = (body: object, key = KEY) => post('history', { cabinet_id: own, ...body }, key);
    const list = (body: object, key = KEY) => post('conversations', { cabinet_id: own, ...body }, key);
    const remove = (id: string, query = '', key = KEY) =>
      api.request('DELETE', `/v1/chat/conversations/${id}?cabinet_id=${own}${query}`, {
        headers: { 'x-api-key': key },
      });

    it('is read page by page', async () => {
      const { conversation_id: id } = await sent({ user: 'tg-1', message: 'Первый' });
      await sent({ user: 'tg-1', message: 'Второй', conversation_id: id });
      const newest = await history({ conversation_id: id, user: 'tg-1', limit: 3 });
      const page = newest.json as { messages: Record<string, unknown>[]; next_before_id: number };
      assert.deepEqual(
        page.messages.map(({ role, text }) => [role, text]),
        [
          ['assistant', 'Выручка за вчера: 48 210,50 ₽ [1].'],
          ['user', 'Второй'],
          ['assistant', 'Выручка за вчера: 48 210,50 ₽ [1].'],
        ],
      );
      const { created_at: createdAt, ...question } = page.messages[1]!;
      assert.match(String(createdAt), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const { message_id: questionId } = question;
      assert.deepEqual(question, {
        ...{ message_id: questionId, role: 'user', text: 'Второй', status: 'answered' },
      });
      const answer = page.messages[2]!;
      assert.equal(answer['question_id'], questionId);
      assert.deepEqual([answer['answered_by'], answer['took_ms']], ['model', 1234.6]);
      const older = await history({ conversation_id: id, user: 'tg-1', before_id: page.next_before_id });
      const { messages, next_before_id: next } = older.json as typeof page;
      assert.deepEqual([messages.map(({ text }) => text), next], [['Первый'], null]);
    });

    it('is listed by user, page by page', async () => {
      for (const message of ['Раз', 'Два', 'Три']) await sent({ user: 'tg-1', message });
      const seen: unknown[] = [];
      let before: string | null = null;
      do {
        const answer = await list({ user: 'tg-1', limit: 2, ...(before === null ? {} : { before }) });
        assert.equal(answer.status, 200, answer.text);
        const page = answer.json as { conversations: Record<string, unknown>[]; next_before: string | null };
        seen.push(...page.conversations.map(({ title, user, key_id: key }) => [title, user, key]));
        before = page.next_before;
      } while (before !== null);
      assert.deepEqual(seen.sort(), [
        ['Два', 'tg-1', null],
        ['Раз', 'tg-1', null],
        ['Три', 'tg-1', null],
      ]);
      assert.deepEqual(fieldsOf(await list({ before: 'nonsense' })), ['before']);
    });

    it('is gone when it is deleted', async () => {
      const { conversation_id: id } = await sent({ user: 'tg-1' });
      const removed = await remove(id, '&user=tg-1');
      assert.equal(removed.status, 200, removed.text);
      assert.equal((removed.json as { conversation_id: string }).conversation_id, id);
      assert.deepEqual(codeOf(await remove(id, '&user=tg-1')), [404, CONVERSATION_NOT_FOUND]);
      assert.deepEqual(codeOf(await history({ conversation_id: id })), [404, CONVERSATION_NOT_FOUND]);
      assert.deepEqual(await remaining(), [DAILY_LIMIT - 1]);
    });

    it('is shown to whoever asked it, and to the operator', async () => {
      const [first, second] = keys.map(({ key }) => key);
      const byKey = await sent({ message: 'От ключа' }, first);
      const byUser = await sent({ message: 'От человека', user: 'tg-1' }, first);
      const titles = async (body: object, key: string | undefined) => {
        const { conversations } = (await list(body, key)).json as { conversations: { title: string }[] };
        return conversations.map(({ title }) => title).sort();
      };
      assert.deepEqual(await titles({}, first), ['От ключа']);
      assert.deepEqual(await titles({}, second), []);
      assert.deepEqual(await titles({ user: 'tg-1' }, second), ['От человека']);
      assert.deepEqual(await titles({ user: `key:${keys[0]!.id}` }, second), []);
      assert.deepEqual(await titles({}, KEY), ['От ключа', 'От человека']);
      const [shown] = ((await list({ limit: 1, user: 'tg-1' })).json as { conversations: object[] })
        .conversations;
      assert.ok(shown !== undefined);

      const mayRead = async (sentOne: Sent, body: object, key: string | undefined) =>
        (await history({ conversation_id: sentOne.conversation_id, ...body }, key)).status;
      assert.equal(await mayRead(byKey, {}, first), 200);
      assert.equal(await mayRead(byKey, {}, second), 404);
      assert.equal(await mayRead(byKey, { user: 'tg-1' }, first), 404);
      assert.equal(await mayRead(byUser, {}, first), 404);
      assert.equal(await mayRead(byUser, { user: 'tg-1' }, second), 200);
      assert.equal(await mayRead(byUser, {}, KEY), 200);
      assert.equal((await remove(byKey.conversation_id, '', second)).status, 404);
      assert.equal((await remove(byKey.conversation_id, '', first)).status, 200);
    });

    it('is never told by the id of another cabinet’s conversation', async () => {
      const foreign = await sent({ cabinet_id: other, user: 'tg-1' });
      const { key } = keys[0]!;
      for (const asker of [key, KEY]) {
        const named = { conversation_id: foreign.conversation_id, user: 'tg-1' };
        const words = [
          await history(named, asker),
          await history({ ...named, conversation_id: randomUUID() }, asker),
          await remove(foreign.conversation_id, '&user=tg-1', asker),
        ].map(({ json }) => ({ ...(json as object), request_id: '' }));
        assert.deepEqual(words, [words[0], words[0], words[0]]);
        assert.equal((words[0] as { code?: string }).code, CONVERSATION_NOT_FOUND);
      }
      const named = { cabinet_id: other, conversation_id: foreign.conversation_id, user: 'tg-1' };
      assert.equal((await history(named, key)).status, 403);
      assert.equal((await history(named)).status, 200);
    });

    for (const [path, body, field] of [
      ['history', {}, 'conversation_id'],
      ['history', { conversation_id: 'x' }, 'conversation_id'],
      ['history', { conversation_id: randomUUID(), limit: 0 }, 'limit'],
      ['history', { conversation_id: randomUUID(), limit: 101 }, 'limit'],
      ['history', { conversation_id: randomUUID(), before_id: 1.5 }, 'before_id'],
      ['conversations', { limit: '1' }, 'limit'],
      ['conversations', { user: '' }, 'user'],
      ['conversations', { typo: 1 }, 'typo'],
    ] as const) {
      it(`is not looked for with ${path} ${JSON.stringify(body)}`, async () => {
        const answer = await post(path, { cabinet_id: own, ...body });
        assert.equal(answer.status, 422);
        assert.deepEqual(fieldsOf(answer), [field]);
      });
    }

    it('is not deleted without a cabinet, nor by what is no id', async () => {
      const { conversation_id: id } = await sent();
      const without = await api.request('DELETE', `/v1/chat/conversations/${id}`);
      assert.deepEqual(fieldsOf(without), ['cabinet_id']);
      assert.deepEqual(fieldsOf(await remove('x')), ['conversation_id']);
      assert.equal((await history({ conversation_id: id })).status, 200);
    });
  });
});
