import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import type { Chat } from '../../src/chat/chat.ts';
import { createConversations, type Conversations } from '../../src/chat/conversations.ts';
import { createDatabase } from '../../src/database/pool.ts';
import { AppError } from '../../src/errors.ts';
import { openAnswerStream } from '../../src/http/answer-stream.ts';
import { silentLog } from '../../src/log.ts';
import { chatAnswer } from '../helpers/chat-answers.ts';
import { receiveEvents } from '../helpers/event-stream.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';
import { createFakeChat, type Script } from './fake-chat.ts';
import { KEY, startTestApi, type TestApi } from './harness.ts';

/** Much longer than it takes to begin an answer, on a busy machine, too. */
const TIMEOUT_MS = 3_000;

describe('an answer as a stream', () => {
  let api: TestApi;
  let conversations: Conversations;
  let cabinetId: number;
  let script: Script | undefined;
  /** Instead of the fake chat. */
  let chat: Chat | undefined;
  let connectionString: string;
  let release: () => Promise<void>;

  before(async () => {
    const database = await createTestDatabase();
    const main = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString: database.connectionString, maxConnections: 4 },
      ...{ applicationName: 'chat-stream-test', log: silentLog() },
    });
    const records = createConversations({ main }, { dailyLimit: 1_000, timeZone: 'Europe/Moscow' });
    conversations = records;
    const fake = createFakeChat(records, async (turn) => (await script?.(turn)) ?? {});
    api = await startTestApi({
      connectionString: database.connectionString,
      overrides: { chat: { send: (...sent) => (chat ?? fake).send(...sent) }, conversations: records },
    });
    connectionString = database.connectionString;
    release = async () => {
      await api.stop();
      await main.close();
      await database.drop();
    };
    cabinetId = await api.createCabinet();
  });
  after(() => release());
  afterEach(() => {
    script = undefined;
    chat = undefined;
  });

  const question = () => ({ cabinet_id: cabinetId, message: 'Сколько выручки?', stream: true });

  async function open(t: TestContext, { url }: { url: string } = api) {
    const stream = await receiveEvents(`${url}/v1/chat/send`, { 'x-api-key': KEY }, question());
    t.after(() => stream.close());
    assert.equal(stream.response.status, 200);
    return stream;
  }

  async function lastQuestion(): Promise<{ status: string; counted: number }> {
    const { rows } = await api.main.pool.query<{ status: string; counted: number }>(
      `select status, (select messages from chat_daily_counts) as counted from chat_messages
       where role = 'user' order by id desc limit 1`,
    );
    return rows[0]!;
  }

  it('tells of its parts as they come, and ends with all of it', async (t) => {
    const goOn = Promise.withResolvers<undefined>();
    const [tool] = chatAnswer().tools;
    script = async ({ emit }) => {
      emit({ type: 'delta', text: 'Не то' });
      emit({ type: 'discarded' });
      emit({ type: 'tool', tool: tool! });
      await goOn.promise;
      emit({ type: 'delta', text: 'Выручка:\n' });
      return {};
    };
    const stream = await open(t);
    const { headers } = stream.response;
    assert.equal(headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-accel-buffering'), 'no');
    const started = await stream.next();
    assert.equal(started.event, 'started');
    const { conversation_id: conversationId, remaining_today: left, ...rest } = started.data;
    assert.deepEqual(rest, { type: 'started' });
    assert.deepEqual((await stream.next()).data, { type: 'delta', text: 'Не то' });
    assert.deepEqual((await stream.next()).data, { type: 'discarded' });
    assert.deepEqual((await stream.next()).data, { type: 'tool', tool });
    // All of this was there while the answer was still being made.
    goOn.resolve(undefined);
    assert.deepEqual((await stream.next()).data, { type: 'delta', text: 'Выручка:\n' });
    const { event, data } = await stream.next();
    await stream.ended;
    assert.equal(event, 'done');

    script = undefined;
    const whole = await api.request('POST', '/v1/chat/send', { body: { ...question(), stream: false } });
    const { type, message_id: messageId, ...done } = data;
    assert.ok(Number(messageId) > 0);
    assert.equal(type, 'done');
    const expected = { ...(whole.json as object), conversation_id: conversationId, remaining_today: left };
    assert.deepEqual({ ...done, message_id: 0 }, { ...expected, message_id: 0 });
    assert.equal(stream.events.length, 6);
  });

  for (const [what, error, code] of [
    ['a part that is not available', new AppError('database_busy', 'host db-7 is busy'), 'database_busy'],
    ['a fault of the program', new Error('at db-7'), 'internal'],
  ] as const) {
    it(`says that there will be none after all: ${what}`, async (t) => {
      script = ({ emit }) => {
        emit({ type: 'delta', text: 'Выруч' });
        return Promise.reject(error);
      };
      const { counted = 0 } = (await lastQuestion().catch(() => undefined)) ?? {};
      const stream = await open(t);
      const { data } = await stream.until('error');
      await stream.ended;
      const id = stream.response.headers.get('x-request-id');
      assert.deepEqual([data['type'], data['code'], data['request_id']], ['error', code, id]);
      assert.ok(typeof data['detail'] === 'string' && !JSON.stringify(stream.events).includes('db-7'));
      assert.ok(api.log.some((line) => line.includes('db-7') && line.includes(id!)));
      assert.deepEqual(await lastQuestion(), { status: 'unanswered', counted });
    });
  }

  it('is given up when the reader hangs up, and does not count', async (t) => {
    const { counted = 0 } = (await lastQuestion().catch(() => undefined)) ?? {};
    const aborted = Promise.withResolvers<never>();
    script = ({ signal, emit }) => {
      signal.addEventListener('abort', () => aborted.reject(new Error('aborted')));
      emit({ type: 'delta', text: 'Выруч' });
      return aborted.promise;
    };
    const stream = await open(t);
    await stream.until('delta');
    stream.close();
    await until('it is given up', async () => (await lastQuestion()).status === 'unanswered');
    assert.equal((await lastQuestion()).counted, counted);
  });

  it('is given up when the reader was gone before the first byte', async () => {
    const begun: AbortSignal[] = [];
    const goOn = Promise.withResolvers<undefined>();
    chat = {
      async send(_request, { signal } = {}) {
        begun.push(signal!);
        await goOn.promise;
        signal!.throwIfAborted();
        throw new Error('It was not aborted.');
      },
    };
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const body = JSON.stringify(question());
    socket.write(
      `POST /v1/chat/send HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await until('the question is asked', () => begun.length === 1);
    socket.destroy();
    await until('it is aborted', () => begun[0]!.aborted);
    goOn.resolve(undefined);
  });

  it('may take longer than a request, once it has begun; until then it is a request like any other', async (t) => {
    const goOn = Promise.withResolvers<undefined>();
    let started = 0;
    const impatient = await startTestApi({
      connectionString,
      limits: { requestTimeoutMs: TIMEOUT_MS },
      overrides: {
        chat: {
          async send(_request, { onEvent } = {}) {
            started += 1;
            if (started > 1) return new Promise(() => undefined);
            onEvent!({ type: 'started', conversationId: 'c', remainingToday: null });
            await goOn.promise;
            return { ...chatAnswer(), conversationId: 'c', messageId: 1 };
          },
        },
      },
    });
    t.after(() => impatient.stop());
    const stream = await open(t, impatient);
    await stream.until('started');
    const late = await impatient.request('POST', '/v1/chat/send', { body: question() });
    assert.deepEqual([late.status, (late.json as { code: string }).code], [504, 'request_timeout']);
    // The one that had begun before has been at it for longer.
    goOn.resolve(undefined);
    assert.equal((await stream.until('done')).event, 'done');
  });

  it('keeps the line alive while there is nothing to say', async () => {
    const goOn = Promise.withResolvers<undefined>();
    const begun = await conversations.begin({
      ...{ cabinetId, user: 'operator', conversationId: undefined, text: 'вопрос' },
    });
    const stream = await openAnswerStream(
      async ({ onEvent }) => {
        onEvent({ type: 'started', conversationId: begun.conversationId, remainingToday: null });
        await goOn.promise;
        return { ...chatAnswer(), conversationId: begun.conversationId, messageId: 1 };
      },
      {
        ...{ signal: new AbortController().signal, heartbeatMs: 1 },
        write: { event: () => ({}), answer: () => ({}), problem: () => ({}) },
      },
    );
    let text = '';
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split(': heartbeat').length > 3) goOn.resolve(undefined);
    }
    assert.match(text, /^event: started\n.*\n\n(: heartbeat\n\n)+event: done\n.*\n\n$/);
  });

  it('ends with an error, not never, when the answer cannot be written', async () => {
    const stream = await openAnswerStream(
      ({ onEvent }) => {
        onEvent({ type: 'started', conversationId: 'c', remainingToday: null });
        return Promise.resolve({ ...chatAnswer(), conversationId: 'c', messageId: 1 });
      },
      {
        ...{ signal: new AbortController().signal, heartbeatMs: 60_000 },
        write: {
          event: () => ({}),
          answer: () => {
            throw new Error('cannot be written');
          },
          problem: (error) => ({ detail: String(error) }),
        },
      },
    );
    assert.match(await new Response(stream).text(), /event: error\n.*cannot be written/);
  });

  it('waits for a reader who takes their time with no more than a bounded part of it', async (t) => {
    const many = 3_000;
    script = ({ emit }) => {
      for (let i = 0; i < many; i += 1) emit({ type: 'delta', text: 'x'.repeat(1_000) });
      return Promise.resolve({ text: 'всё' });
    };
    const stream = await open(t);
    const { data } = await stream.until('done');
    assert.equal(data['answer'], 'всё');
    // Whoever reads what was sent is never left with half a text: it is void.
    const events = stream.events.map(({ event }) => event);
    assert.equal(events.lastIndexOf('discarded') > events.lastIndexOf('delta'), true);
    const chars = stream.events.reduce(
      (sum, { data: { text } }) => sum + (typeof text === 'string' ? text.length : 0),
      0,
    );
    assert.ok(chars < many * 1_000, String(chars));
  });
});
