import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ChatModel } from '../../src/chat/model/chat-model.ts';
import { createOpenAIChatModel } from '../../src/chat/model/openai-chat-model.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { startChatHarness, type ChatHarness } from './chat-harness.ts';
import { storeChunks } from './chunk-store.ts';

let harness: ChatHarness;
let provider: FakeOpenAI;
let cabinetId: number;
before(async () => {
  harness = await startChatHarness();
  provider = await createFakeOpenAI();
  cabinetId = await insertCabinet(harness.database.pool);
});
after(async () => {
  await provider.stop();
  await harness.stop();
});
afterEach(() => provider.chat.respondAlways(undefined));

const createModel = (model = 'gpt-4.1-mini'): ChatModel =>
  createOpenAIChatModel({
    ...{ apiKey: 'key', baseUrl: provider.url, model, requestTimeoutMs: 20_000 },
    retryPolicy: { firstDelayMs: 1 },
  });
const ask = (model = createModel(), cabinet = cabinetId) =>
  harness.ask({ cabinetId: cabinet, message: 'Сколько было заказов вчера?' }, { model });
const ANSWER = 'Заказов вчера не было.';

describe('a chat with a model of another kind', () => {
  const replies: Record<string, string> = {
    thinking: `<thinking>Хм…</thinking>${ANSWER}`,
    'gpt-oss': `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>${ANSWER}`,
    'tokens of its template': `${ANSWER}<|im_end|>`,
  };
  for (const [name, text] of Object.entries(replies)) {
    it(`never shows its markup: ${name}`, async () => {
      provider.chat.respondAlways({ text: Array.from(text) });
      const { answeredBy, text: answered, events } = await ask();
      assert.deepEqual([answeredBy, answered], ['model', ANSWER]);
      assert.deepEqual(
        events.filter(({ type }) => type === 'discarded'),
        [],
      );
      assert.doesNotMatch(JSON.stringify(events), /thinking|<\||Hm|Хм/);
    });
  }

  it('takes thoughts back that only their end announces', async () => {
    provider.chat.respondAlways({ text: ['Хм, считаю. ', 'Много. ', '</think>', ANSWER] });
    const model = createModel();
    const first = await ask(model);
    assert.deepEqual([first.text, first.seen], [ANSWER, ANSWER]);
    const second = await ask(model);
    assert.doesNotMatch(JSON.stringify(second.events), /Хм/, 'it is known for it by then');
    assert.doesNotMatch(JSON.stringify((await ask(createModel('qwen3-8b'))).events), /Хм/);
  });

  it('makes the calls that it writes as text', async () => {
    const call = '<tool_call>{"name": "totals", "arguments": "{\\"measures\\": [\\"orders\\"]}"}</tool_call>';
    provider.chat.respondWith({ text: call }, { text: ANSWER });
    const { answeredBy, text, events } = await ask();
    assert.deepEqual([answeredBy, text], ['model', ANSWER]);
    assert.doesNotMatch(JSON.stringify(events), /tool_call/);
    const results = provider.chat.requests.at(-1)!.messages.filter(({ role }) => role === 'tool');
    assert.doesNotMatch(results.at(-1)!.content ?? '', /no JSON/);
  });

  it('answers without it, and says so, when all that it says is no answer', async () => {
    for (const text of ['<tool_call>{"name": "drop_table", "arguments": {}}</tool_call>', '<think>Хм']) {
      provider.chat.respondAlways({ text });
      const { answeredBy, notices, text: answered } = await ask();
      assert.equal(answeredBy, 'plain');
      assert.ok(notices.some(({ code }) => code === 'model_unavailable'));
      assert.doesNotMatch(answered, /tool_call|think/);
    }
  });

  it('asks once with less when the server fails over what it was given', async () => {
    const full = await insertCabinet(harness.database.pool);
    await storeChunks(
      harness.database.pool,
      full,
      Array.from({ length: 8 }, (_, i) => ({
        type: 'review',
        text: `Отзыв\nТекст: заказ ${'длинный '.repeat(300)}${i}`,
      })),
    );
    const sizes: number[] = [];
    provider.chat.respondAlways(({ messages }) => {
      if (messages.length === 1) return {};
      // Without the tools, which are the same each time.
      sizes.push(JSON.stringify(messages).length);
      return sizes.at(-1)! > 0.8 * sizes[0]! ? { status: 500 } : { text: ANSWER };
    });
    const { answeredBy, text, notices } = await ask(createModel(), full);
    assert.equal(answeredBy, 'model');
    assert.ok(text.startsWith(ANSWER));
    assert.deepEqual(
      notices.map(({ code }) => code),
      ['shortened'],
    );
    assert.equal(sizes.length, 4, 'three times as it was, once with less');
  });
});
