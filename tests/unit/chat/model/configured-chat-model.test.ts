import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConfiguredChatModel } from '../../../../src/chat/model/configured-chat-model.ts';
import { createEvents, type AppEvents } from '../../../../src/events.ts';
import { createFakeOpenAI } from '../../../helpers/fake-openai.ts';
import { API_KEY, createFixture, failure, QUESTION } from './chat-fixture.ts';

const CONFIG = { apiKey: API_KEY, baseUrl: undefined, model: 'gpt-4.1-mini', requestTimeoutMs: 20_000 };

describe('the configured language model', () => {
  it('is none without a key, or when it is switched off', () => {
    for (const apiKey of [undefined, '', '  ']) {
      assert.equal(createConfiguredChatModel({ ...CONFIG, apiKey }), undefined);
    }
    for (const model of ['off', 'OFF']) {
      assert.equal(createConfiguredChatModel({ ...CONFIG, model }), undefined);
    }
  });

  it('is OpenAI’s with its price, or that of any compatible server with none', () => {
    const { model, price } = createConfiguredChatModel(CONFIG)!;
    assert.deepEqual([model, price], ['gpt-4.1-mini', { prompt: 0.4, completion: 1.6 }]);
    assert.equal(createConfiguredChatModel({ ...CONFIG, baseUrl: 'http://localhost:1/v1' })!.price, null);
  });

  it('cannot be made with a key or an address that no request can be made with', async () => {
    for (const wrong of [{ apiKey: 'два слова' }, { baseUrl: 'localhost:1234' }]) {
      const made = Promise.resolve().then(() => createConfiguredChatModel({ ...CONFIG, ...wrong }));
      const error = await failure('config_invalid', made);
      assert.match(error.message, /OPENAI_(API_KEY|BASE_URL)/);
    }
  });

  it('answers, through the address that is configured', async (t) => {
    const fake = await createFakeOpenAI();
    t.after(() => fake.stop());
    const model = createConfiguredChatModel({ ...CONFIG, baseUrl: ` ${fake.url} ` })!;
    assert.equal((await model.complete(QUESTION, { signal: new AbortController().signal })).text, 'Ответ.');
  });
});

describe('each request to it', () => {
  it('is told of, with its outcome and its tokens', async (t) => {
    const { chat, ask, ended } = await createFixture(t);
    const usage = { prompt: 1_000, completion: 100 };
    chat.respondWith(
      { status: 500 },
      { status: 400, param: 'temperature' },
      { text: 'Да.', usage },
      { status: 401 },
    );
    await ask();
    await ask().catch(() => undefined);
    assert.deepEqual(
      ended.map(({ model, outcome, promptTokens, completionTokens, costUsd }) => [
        ...[model, outcome, promptTokens, completionTokens, costUsd],
      ]),
      [
        ['gpt-4.1-mini', 'server_error', 0, 0, 0],
        ['gpt-4.1-mini', 'input', 0, 0, 0],
        // The price of a server that is not OpenAI's is not known.
        ['gpt-4.1-mini', 'ok', 1_000, 100, 0],
        ['gpt-4.1-mini', 'settings', 0, 0, 0],
      ],
    );
    assert.ok(ended.every(({ durationMs }) => durationMs > 0));
  });

  it('costs what OpenAI asks', async (t) => {
    const fetched = t.mock.method(globalThis, 'fetch', () =>
      Promise.resolve(
        Response.json({
          choices: [{ message: { content: 'Да.' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 1_000_000, completion_tokens: 500_000 },
        }),
      ),
    );
    const events = createEvents();
    const ended: AppEvents['chatRequestEnded'][0][] = [];
    events.on('chatRequestEnded', (event) => void ended.push(event));
    const model = createConfiguredChatModel({ ...CONFIG, events })!;
    await model.complete(QUESTION, { signal: new AbortController().signal });
    assert.equal(fetched.mock.callCount(), 1);
    assert.deepEqual([ended.length, ended[0]!.costUsd], [1, 1.2]);
  });
});
