import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { FakeChatReply, FakeEnd } from '../../../helpers/fake-chat.ts';
import { API_KEY, chunk, createFixture, failure, QUESTION, streamOf } from './chat-fixture.ts';

/** Nothing of an answer has been told when these happen. */
const BEFORE_TEXT: Record<string, FakeChatReply> = {
  'a 429': { status: 429 },
  'a 500': { status: 500 },
  'a 503 that is a web page': { status: 503, body: '<html>busy</html>' },
  'a cut connection': { before: 'cut' },
  'a stream cut before its first piece': { text: [], then: 'cut' },
  'a stream that ends before its first piece': { text: [], then: 'end' },
  'an error in the stream': { text: [], then: { error: { message: 'overloaded', code: 503 } } },
  'an error with status 200': { body: { error: { message: 'overloaded' } } },
  'an event that is an error': {
    body: 'event: error\ndata: {"message": "overloaded"}\n\n',
    type: 'text/event-stream',
  },
  'an error in the choice': streamOf({ choices: [{ delta: {}, error: { code: 502, message: 'bad' } }] }),
  'an error that is only named': streamOf(chunk({}, 'error'), '[DONE]'),
  'calls cut in their arguments': { toolCalls: [{ name: 'one', arguments: { a: 1 } }], then: 'cut' },
  'a web page with status 200': { body: '<html><body>Welcome</body></html>', type: 'text/html' },
  'broken JSON': { body: '{"choices": [' },
  'broken JSON in the stream': streamOf('{"choices": ['),
  'an empty body': { body: '' },
  'an answer without choices': { body: {} },
  'an answer with nothing in it': { text: '  ' },
};

describe('a fault of the language model', () => {
  for (const [name, fault] of Object.entries(BEFORE_TEXT)) {
    it(`goes unnoticed when it passes and nothing was told of: ${name}`, async (t) => {
      const { chat, ask, waits } = await createFixture(t);
      chat.respondWith(fault, fault, { text: 'Двенадцать.' });
      const { reply, told } = await ask();
      assert.deepEqual([reply.text, told], ['Двенадцать.', ['Двенадцать.']]);
      assert.deepEqual(waits, [400, 800]);
    });

    it(`is chat_unavailable when it lasts: ${name}`, async (t) => {
      const { chat, ask, told } = await createFixture(t);
      chat.respondAlways(fault);
      const error = await failure('chat_unavailable', ask());
      assert.match(error.message, /language model/);
      if (JSON.stringify(fault).includes('overloaded')) assert.match(error.message, /overloaded/);
      assert.ok(error.retryAfterMs > 0);
      // And once more with a harmless question, to tell whether others are to be kept away; a limit says that itself.
      assert.deepEqual([chat.requests.length, told], [name === 'a 429' ? 3 : 4, []]);
      await failure('chat_unavailable', ask());
      assert.equal(chat.requests.length, name === 'a 429' ? 3 : 4);
    });
  }

  const ends: Record<string, FakeEnd> = {
    'the connection is cut': 'cut',
    'the stream ends': 'end',
    'an error comes': { error: { message: 'overloaded', type: 'server_error' } },
  };
  for (const [name, then] of Object.entries(ends)) {
    it(`never makes it begin again when part of the answer was told: ${name}`, async (t) => {
      const { chat, ask, told } = await createFixture(t);
      chat.respondWith({ text: ['Вчера ', 'было '], then });
      const error = await failure('chat_unavailable', ask());
      assert.match(error.message, /broke off in its middle/);
      assert.deepEqual([chat.requests.length, told], [1, ['Вчера ', 'было ']]);
      // It keeps nobody else away: one answer is no outage.
      assert.equal((await ask()).reply.text, 'Ответ.');
    });
  }

  it('is a time limit for the first byte, which is not tried again while somebody waits', async (t) => {
    const { chat, ask } = await createFixture(t, { requestTimeoutMs: 100 });
    chat.respondAlways({ before: 'hang' });
    const error = await failure('chat_unavailable', ask());
    assert.match(error.message, /did not answer within 0.1 s/);
    assert.deepEqual(
      chat.requests.map(({ messages }) => messages.length),
      [QUESTION.messages.length, 1],
    );
    assert.deepEqual(await chat.requests[0]!.closed, { whole: false });
  });

  it('is a time limit for each next piece: a stream that stalls is given up', async (t) => {
    const { chat, ask, told } = await createFixture(t, { requestTimeoutMs: 2_000 });
    chat.respondWith({ text: 'Вчера ', then: 'hang' });
    const error = await failure('chat_unavailable', ask());
    assert.match(error.message, /broke off.*within 2 s/);
    assert.deepEqual([told, chat.requests.length], [['Вчера '], 1]);
    assert.deepEqual(await chat.requests[0]!.closed, { whole: false });
  });

  it('waits for as long as a short Retry-After says, and leaves a long one to the caller', async (t) => {
    const { chat, ask, waits, advance } = await createFixture(t);
    chat.respondWith({ status: 429, headers: { 'retry-after': '2' } });
    await ask();
    assert.deepEqual(waits, [2_000]);
    chat.respondWith({ status: 429, headers: { 'retry-after': '120' } });
    assert.equal((await failure('chat_unavailable', ask())).retryAfterMs, 120_000);
    advance(60_000);
    assert.equal((await failure('chat_unavailable', ask())).retryAfterMs, 60_000);
    assert.equal(chat.requests.length, 3);
    advance(60_000);
    await ask();
  });

  it('says which address cannot be reached', async (t) => {
    const { ask, stopServer } = await createFixture(t);
    await stopServer();
    const error = await failure('chat_unavailable', ask());
    assert.match(
      error.message,
      /language model at 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*OPENAI_BASE_URL/,
    );
  });

  it('tells what it cost nevertheless', async (t) => {
    const { chat, ask } = await createFixture(t);
    const usage = { prompt: 100, completion: 5 };
    // Nothing to show, but billed; so is the second try.
    chat.respondWith({ text: '', usage }, { text: 'Да.', usage });
    const { reply } = await ask();
    assert.deepEqual([reply.promptTokens, reply.completionTokens], [200, 10]);
    chat.respondWith({ text: [], finish: 'length', usage: { prompt: 100, completion: 4_000 } });
    const error = await failure('chat_unavailable', ask());
    assert.match(error.message, /gpt-4.1-mini used up all tokens.*OPENAI_CHAT_MODEL/);
    assert.deepEqual(error.details['usage'], { promptTokens: 100, completionTokens: 4_000 });
    assert.equal(chat.requests.length, 3);
  });

  it('ends with the caller’s reason when the caller gives up, at any time, and keeps nobody away', async (t) => {
    const { chat, model, ask, ended } = await createFixture(t);
    const reason = new Error('enough');
    await assert.rejects(ask({}, AbortSignal.abort(reason)), reason);
    for (const reply of [{ before: 'hang' }, { text: 'Вчера ', then: 'hang' }] as const) {
      chat.respondWith(reply);
      const abort = new AbortController();
      const arrived = chat.waitForRequests(chat.requests.length + 1);
      const call = model.complete(
        { messages: [{ role: 'user', content: 'Сколько?' }], tools: [], toolChoice: 'none' },
        { signal: abort.signal, onText: () => abort.abort(reason) },
      );
      await arrived;
      if ('before' in reply) abort.abort(reason);
      await assert.rejects(call, reason);
      assert.deepEqual(await chat.requests.at(-1)!.closed, { whole: false });
    }
    assert.deepEqual(
      ended.map(({ outcome }) => outcome),
      ['aborted', 'aborted'],
    );
    await ask();
  });

  it('ends with the caller’s reason while it waits for its turn', async (t) => {
    const { chat, model } = await createFixture(t, { concurrency: 1 });
    const arrived = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    chat.respondWith(async () => {
      arrived.resolve(undefined);
      await released.promise;
      return { text: 'Первый.' };
    });
    const request = {
      messages: [{ role: 'user', content: 'Сколько?' }],
      tools: [],
      toolChoice: 'none',
    } as const;
    const first = model.complete(request, { signal: new AbortController().signal });
    await arrived.promise;
    const abort = new AbortController();
    const second = model.complete(request, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(second, /enough/);
    released.resolve(undefined);
    assert.equal((await first).text, 'Первый.');
    assert.equal(chat.requests.length, 1);
  });
});

describe('a fault of the settings', () => {
  const cases: [string, FakeChatReply, RegExp][] = [
    ['401', { status: 401, code: 'invalid_api_key' }, /OPENAI_API_KEY/],
    ['403', { status: 403 }, /OPENAI_API_KEY/],
    ['402', { status: 402 }, /paid.*OPENAI_API_KEY/],
    ['404', { status: 404 }, /no model gpt-4.1-mini \(OPENAI_CHAT_MODEL\).*OPENAI_BASE_URL/],
    ['an unknown model of OpenAI', { status: 404, code: 'model_not_found' }, /OPENAI_CHAT_MODEL/],
    [
      'an unknown model of OpenRouter',
      { status: 400, message: 'gpt-9 is not a valid model ID' },
      /OPENAI_CHAT_MODEL/,
    ],
    ['a used-up quota', { status: 429, code: 'insufficient_quota' }, /quota.*OPENAI_API_KEY/],
    [
      'a model without tools',
      { status: 400, message: 'gemma:2b does not support tools' },
      /tools.*OPENAI_CHAT_MODEL/,
    ],
    ['405', { status: 405 }, /OPENAI_BASE_URL.*OPENAI_CHAT_MODEL/],
  ];
  for (const [name, fault, message] of cases) {
    it(`names its variable, is not tried again, and keeps others away for a minute: ${name}`, async (t) => {
      const { chat, ask, advance } = await createFixture(t);
      chat.respondAlways(fault);
      const error = await failure('chat_unavailable', ask());
      assert.match(error.message, message);
      assert.equal(error.retryAfterMs, 60_000);
      await failure('chat_unavailable', ask());
      // What may be about this one question is held against a harmless one.
      assert.equal(chat.requests.length, name === '403' || name === '405' ? 2 : 1);
      chat.respondAlways(undefined);
      advance(60_000);
      await ask();
    });
  }
});

describe('a fault that one question has and others have not', () => {
  const faults: Record<string, FakeChatReply> = {
    'a 500': { status: 500 },
    'a 504': { status: 504 },
    'a cut connection': { before: 'cut' },
    'an error in the stream': { text: [], then: { error: { message: 'failed', code: 500 } } },
    'a 403 of a firewall': { status: 403, body: '<html>Request blocked</html>' },
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`keeps nobody else away: ${name}`, async (t) => {
      const { chat, ask } = await createFixture(t);
      chat.respondAlways(({ lastText }) => (lastText.includes('яд') ? fault : {}));
      const poisoned = () => ask({ messages: [{ role: 'user', content: 'Что с ядом?' }] });
      for (let i = 0; i < 3; i++) {
        const error = await failure('chat_unavailable', poisoned());
        assert.equal(error.details['fewerMay'], true);
        assert.equal((await ask()).reply.text, 'Ответ.');
      }
    });
  }

  it('is a region that is not served, which is called that', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.respondAlways({
      status: 403,
      code: 'unsupported_country_region_territory',
      message: 'Country, region, or territory not supported',
    });
    const error = await failure('chat_unavailable', ask());
    assert.match(error.message, /does not serve the country or region/);
    assert.doesNotMatch(error.message, /OPENAI_API_KEY/);
    assert.equal(chat.requests.length, 1);
  });
});

describe('the key', () => {
  for (const apiKey of [API_KEY, 'gsk_SECRETSECRETSECRET'])
    it(`goes to the provider and into no message: ${apiKey.slice(0, 4)}…`, async (t) => {
      const { chat, ask, advance } = await createFixture(t, { apiKey });
      const message = `Incorrect API key provided: ${apiKey}; sk-proj-SECR****CRET; Bearer ${apiKey}`;
      const replies: FakeChatReply[] = [
        { status: 401, message },
        { status: 400, message },
        { status: 413, message },
        { text: [], then: { error: { message, code: 'invalid_request_error' } } },
        { refusal: message },
        { text: 'Да', then: { error: { message } } },
        { body: { error: message } },
      ];
      for (const reply of replies) {
        chat.respondAlways(reply);
        const error: unknown = await ask().catch((thrown: unknown) => thrown);
        assert.ok(error instanceof Error);
        assert.doesNotMatch(inspect(error, { depth: 9 }), /SECR/);
        advance(60_000);
      }
      assert.equal(chat.requests[0]!.headers.authorization, `Bearer ${apiKey}`);
    });
});

describe('an answer that is whole', () => {
  it('is not lost when the server never ends its stream', { timeout: 60_000 }, async (t) => {
    const { chat, ask } = await createFixture(t, { requestTimeoutMs: 600_000 });
    for (const epilogue of [[], ['[DONE]']]) {
      const { body, type } = streamOf(chunk({ content: 'Да.' }), chunk({}, 'stop'), ...epilogue);
      chat.respondWith({ body, type, stay: true });
      assert.equal((await ask()).reply.text, 'Да.');
    }
    assert.equal(chat.requests.length, 2);
  });
});
