import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunk, createFixture, streamOf, TOP_PRODUCTS } from './chat-fixture.ts';

const given = '{"limit": 3, "period": "вчера {неделя}"}';
const WRITTEN: Record<string, string> = {
  Hermes: `<tool_call>\n{"name": "top_products", "arguments": ${given}}\n</tool_call>`,
  Qwen: '<tool_call><function=top_products><parameter=limit>3</parameter><parameter=period>вчера {неделя}</parameter></function></tool_call>',
  Mistral: `[TOOL_CALLS][{"name": "top_products", "arguments": ${given}}]`,
  'a later Mistral': `[TOOL_CALLS]top_products${given}`,
  Llama: `<|python_tag|>{"name": "top_products", "parameters": ${given}}`,
  DeepSeek: `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>top_products\n\`\`\`json\n${given}\n\`\`\`<｜tool▁call▁end｜>`,
  Kimi: `<|tool_calls_section_begin|><|tool_call_begin|>functions.top_products:0<|tool_call_argument_begin|>${given}<|tool_call_end|>`,
  'gpt-oss': `<|channel|>commentary to=functions.top_products <|constrain|>json<|message|>${given}<|call|>`,
  YandexGPT: `[TOOL_CALL_START]top_products\n${given}`,
  Anthropic:
    '<invoke name="top_products"><parameter name="limit">3</parameter><parameter name="period">вчера {неделя}</parameter></invoke>',
  'JSON alone': `{"name": "top_products", "arguments": ${given}}`,
  'JSON in a fence': `\`\`\`json\n{"name": "top_products", "arguments": ${given}}\n\`\`\``,
  'arguments as a text': `<tool_call>{"name": "top_products", "arguments": ${JSON.stringify(given)}}</tool_call>`,
};

describe('a call that a model writes as text', () => {
  for (const [name, text] of Object.entries(WRITTEN)) {
    it(`is made, and not shown: ${name}`, async (t) => {
      const { chat, ask } = await createFixture(t);
      chat.respondWith({ text: text.match(/[^]{1,7}/g)! });
      const { reply, told } = await ask();
      assert.deepEqual(
        reply.toolCalls.map((call) => [call.name, JSON.parse(call.arguments) as unknown]),
        [['top_products', JSON.parse(given)]],
      );
      assert.deepEqual([reply.text, reply.finish, told], ['', 'tool_calls', []]);
    });
  }

  it('is none when no such tool was offered, and is not shown either', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.respondWith({ text: 'Сейчас. <tool_call>{"name": "drop_table", "arguments": {}}</tool_call>' });
    const { reply, told } = await ask({ tools: [TOP_PRODUCTS] });
    assert.deepEqual([reply.toolCalls, reply.text, told.join('')], [[], 'Сейчас. ', 'Сейчас. ']);
  });

  it('does not double one that the server has read', async (t) => {
    const { chat, ask } = await createFixture(t);
    const call = { id: 'x', index: 0, function: { name: 'top_products', arguments: '{}' } };
    chat.respondWith(
      streamOf(chunk({ content: WRITTEN['Hermes'] }), chunk({ tool_calls: [call] }, 'tool_calls'), '[DONE]'),
    );
    const { reply } = await ask();
    assert.deepEqual(reply.toolCalls, [{ id: 'x', name: 'top_products', arguments: '{}' }]);
  });
});

describe('thoughts that only their end announces', () => {
  const thinking = () => ({ text: ['Хм, ', 'считаю.', '</think>', 'Двенадцать.'] });

  it('are taken back from who has seen them, and are not shown again', async (t) => {
    const { chat, model } = await createFixture(t);
    chat.respondAlways(thinking);
    const seen: string[] = [];
    const ask = () =>
      model.complete(
        { messages: [{ role: 'user', content: 'Сколько?' }], tools: [], toolChoice: 'none' },
        {
          signal: new AbortController().signal,
          onText: (text) => void seen.push(text),
          onDiscard: () => void seen.push('discarded'),
        },
      );
    assert.equal((await ask()).text, 'Двенадцать.');
    assert.deepEqual(seen.splice(0).slice(-2), ['discarded', 'Двенадцать.']);
    assert.equal((await ask()).text, 'Двенадцать.');
    assert.deepEqual(seen, ['Двенадцать.']);
  });

  it('are not seen at all of a model that nobody knows', async (t) => {
    const { chat, ask } = await createFixture(t, { model: 'qwen3-8b' });
    chat.respondWith(thinking());
    assert.deepEqual((await ask()).told, ['Двенадцать.']);
  });

  it('hold up only the first answer of a model that has none', async (t) => {
    const { chat, ask } = await createFixture(t, { model: 'llama-3.3' });
    chat.respondAlways(() => ({ text: ['Две', 'надцать.'] }));
    assert.deepEqual((await ask()).told, ['Двенадцать.']);
    assert.deepEqual((await ask()).told, ['Две', 'надцать.']);
  });
});
