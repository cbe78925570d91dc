import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeChatReply } from '../../../helpers/fake-chat.ts';
import { createFixture, failure, TOP_PRODUCTS } from './chat-fixture.ts';

describe('a request to the language model', () => {
  it('has messages, tools, a limit and a low temperature, and asks for a stream with its usage', async (t) => {
    const { chat, ask } = await createFixture(t);
    await ask();
    assert.deepEqual(chat.requests[0]!.body, {
      model: 'gpt-4.1-mini',
      messages: [
        { role: 'system', content: 'Отвечай кратко.' },
        { role: 'user', content: 'Сколько заказов вчера?' },
      ],
      tools: [TOP_PRODUCTS],
      temperature: 0.1,
      max_completion_tokens: 4_000,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('tells a model that has to answer now so, and offers no empty list of tools', async (t) => {
    const { chat, ask } = await createFixture(t);
    await ask({ toolChoice: 'none' });
    assert.deepEqual([chat.requests[0]!.toolChoice, chat.requests[0]!.tools], ['none', ['top_products']]);
    await ask({ tools: [], toolChoice: 'none' });
    assert.deepEqual(
      ['tools', 'tool_choice'].filter((name) => name in chat.requests[1]!.body),
      [],
    );
  });

  it('gives calls and what they brought back as they were', async (t) => {
    const { chat, ask } = await createFixture(t);
    const call = { id: 'call_1', name: 'top_products', arguments: '{"limit":3}' };
    await ask({
      messages: [
        { role: 'user', content: 'Что лучшее?' },
        { role: 'assistant', content: '', toolCalls: [call] },
        { role: 'tool', toolCallId: 'call_1', content: 'Кроссовки.' },
        { role: 'assistant', content: 'Сейчас.', toolCalls: [] },
      ],
    });
    assert.deepEqual(chat.requests[0]!.messages.slice(1), [
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'top_products', arguments: '{"limit":3}' } },
        ],
      },
      { role: 'tool', content: 'Кроссовки.', tool_call_id: 'call_1' },
      { role: 'assistant', content: 'Сейчас.' },
    ]);
  });

  it('holds nothing that a server could not read: no half characters, no arguments that are no JSON', async (t) => {
    const { chat, ask } = await createFixture(t);
    await ask({
      messages: [
        { role: 'user', content: 'отзыв \ud83d' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', arguments: '{"limit":' }] },
        { role: 'tool', toolCallId: 'a', content: '\udc00' },
      ],
    });
    const [user, assistant, tool] = chat.requests[0]!.messages;
    assert.deepEqual([user!.content, tool!.content], ['отзыв \ufffd', '\ufffd']);
    assert.equal(assistant!.tool_calls![0]!.function.arguments, '{}');
  });
});

describe('a server that lacks a parameter', () => {
  const words: Record<string, ((param: string) => FakeChatReply) | undefined> = {
    'as OpenAI says it': undefined,
    'as OpenAI says it of a value': (param) => ({
      status: 400,
      code: 'unsupported_value',
      message: `Unsupported value: '${param}' does not support 0.1 with this model.`,
      param,
    }),
    'as older servers say it': (param) => ({
      status: 400,
      message: `Unrecognized request argument supplied: ${param}`,
    }),
    'as FastAPI says it': (param) => ({
      status: 422,
      body: {
        detail: [{ type: 'extra_forbidden', loc: ['body', param], msg: 'Extra inputs are not permitted' }],
      },
    }),
    'as vLLM says it': (param) => ({
      status: 400,
      body: { object: 'error', code: 400, message: `[{'loc': ('body', '${param}'), 'msg': 'Extra inputs'}]` },
    }),
  };
  const parameters = {
    max_completion_tokens: { max_tokens: 4_000 },
    temperature: {},
    stream_options: {},
    stream: { stream: false },
  };
  for (const [how, refusalOf] of Object.entries(words)) {
    for (const [name, instead] of Object.entries(parameters)) {
      it(`goes unnoticed, and is remembered: ${name}, ${how}`, async (t) => {
        const { chat, ask, waits } = await createFixture(t);
        const isRefused = (body: Record<string, unknown>): boolean => Boolean(body[name]);
        chat.respondAlways(({ body }) =>
          isRefused(body)
            ? (refusalOf?.(name) ?? {
                status: 400,
                code: 'unsupported_parameter',
                message: `Unsupported parameter: '${name}' is not supported with this model.`,
                param: name,
              })
            : { text: 'Да.' },
        );
        for (let i = 0; i < 2; i++) {
          const { reply, told } = await ask();
          assert.deepEqual([reply.text, told], ['Да.', ['Да.']]);
        }
        assert.deepEqual([chat.requests.length, waits], [3, []]);
        const { body } = chat.requests[2]!;
        assert.ok(!isRefused(body));
        for (const [other, value] of Object.entries(instead)) assert.equal(body[other], value);
        // What it takes is still there.
        assert.equal('temperature' in body, name !== 'temperature');
      });
    }
  }

  it('may lack all of them at once', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.behaveAs({
      unsupported: ['max_completion_tokens', 'max_tokens', 'temperature', 'stream_options', 'tool_choice'],
      withoutUsage: true,
    });
    await ask({ toolChoice: 'none' });
    await ask();
    assert.deepEqual(Object.keys(chat.requests.at(-1)!.body).sort(), [
      'messages',
      'model',
      'stream',
      'tools',
    ]);
    // A model that could not be told to answer now is offered nothing else.
    await ask({ toolChoice: 'none' });
    assert.deepEqual(chat.requests.at(-1)!.tools, []);
  });

  it('is not believed to when leaving it out did not help', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.respondAlways({ status: 400, message: 'No: "… at this temperature they stream …"' });
    await failure('chat_refused', ask());
    const count = chat.requests.length;
    chat.respondAlways(undefined);
    await ask();
    const { body } = chat.requests[count]!;
    assert.deepEqual([body['temperature'], body['stream']], [0.1, true]);
  });
});
