import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunk, createFixture, QUESTION, streamOf } from './chat-fixture.ts';

describe('a reply of the language model', () => {
  it('is told piece by piece, each before the next one exists', async (t) => {
    const { chat, model } = await createFixture(t);
    const seen = Promise.withResolvers<undefined>();
    async function* pieces(): AsyncGenerator<string> {
      yield 'Вчера ';
      // Without being told of the first piece nobody would let the second one go.
      await seen.promise;
      yield '12 заказов.';
    }
    chat.respondWith({ text: pieces(), usage: { prompt: 120, completion: 9 } });
    const told: string[] = [];
    const reply = await model.complete(QUESTION, {
      signal: new AbortController().signal,
      onText(text) {
        told.push(text);
        seen.resolve(undefined);
      },
    });
    assert.deepEqual(told, ['Вчера ', '12 заказов.']);
    assert.deepEqual(reply, {
      ...{ text: 'Вчера 12 заказов.', toolCalls: [], finish: 'stop' },
      ...{ promptTokens: 120, completionTokens: 9 },
    });
  });

  it('may be asked for without listening', async (t) => {
    const { model } = await createFixture(t);
    const reply = await model.complete(QUESTION, { signal: new AbortController().signal });
    assert.equal(reply.text, 'Ответ.');
  });

  it('has its calls put together from their fragments', async (t) => {
    const { chat, ask } = await createFixture(t);
    const calls = [
      { id: 'call_a', name: 'top_products', arguments: { limit: 3, period: 'вчера' } },
      { id: 'call_b', name: 'sales_sum', arguments: '{"period": не JSON' },
    ];
    chat.respondWith({ toolCalls: calls });
    const { reply, told } = await ask();
    assert.deepEqual(reply.toolCalls, [
      { id: 'call_a', name: 'top_products', arguments: '{"limit":3,"period":"вчера"}' },
      { id: 'call_b', name: 'sales_sum', arguments: '{"period": не JSON' },
    ]);
    assert.deepEqual([reply.text, reply.finish, told], ['', 'tool_calls', []]);
  });

  it('has calls of servers that number all of them 0, or none, and mix their fragments', async (t) => {
    const { chat, ask } = await createFixture(t);
    const call = (id: string | undefined, name: string | undefined, bit: string, index?: number): unknown =>
      chunk({ tool_calls: [{ index, id, function: { name, arguments: bit } }] });
    const expected = [
      { name: 'one', arguments: '{"a":1}' },
      { name: 'two', arguments: '{"b":2}' },
    ];
    const streams = {
      'all 0': [call('x', 'one', '{"a":1}', 0), call('y', 'two', '{"b":2}', 0)],
      'no index': [call('x', 'one', '{"a":'), call(undefined, undefined, '1}'), call('y', 'two', '{"b":2}')],
      'neither index nor id': [call(undefined, 'one', '{"a":1}'), call(undefined, 'two', '{"b":2}')],
      'in turns': [
        ...[call('x', 'one', '{"a"', 0), call('y', 'two', '{"b"', 1)],
        ...[call(undefined, undefined, ':1}', 0), call(undefined, undefined, ':2}', 1)],
      ],
      'id and name in each': [
        ...[call('x', 'one', '{"a"', 0), call('x', 'one', ':1}', 0)],
        ...[call('y', 'two', '{"b":2}', 1)],
      ],
    };
    for (const [name, chunks] of Object.entries(streams)) {
      chat.respondWith(streamOf(...chunks, chunk({}, 'stop'), '[DONE]'));
      const { reply } = await ask();
      assert.deepEqual(
        reply.toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given })),
        expected,
        name,
      );
      assert.equal(reply.finish, 'tool_calls', name);
    }
  });

  it('gives calls without an id, or with the same one, ids of their own', async (t) => {
    const { chat, ask } = await createFixture(t);
    const [one, two] = ['one', 'two'].map((name) => ({ name, arguments: {}, id: null }));
    chat.respondWith({ toolCalls: [one!, two!] });
    const same = [0, 1].map((index) => ({
      index,
      id: 'x',
      function: { name: `f${index}`, arguments: '{}' },
    }));
    chat.respondWith(streamOf(chunk({ tool_calls: same }, 'tool_calls'), '[DONE]'));
    for (let i = 0; i < 2; i++) {
      const { reply } = await ask();
      const ids = reply.toolCalls.map((call) => call.id);
      assert.equal(new Set(ids).size, 2);
      assert.ok(ids.every((id) => id.length > 0));
    }
  });

  it('is read of a server that does not stream, whatever it calls its content', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.behaveAs({ withoutStreaming: true });
    chat.respondWith({ text: 'Целиком.', usage: { prompt: 7, completion: 3 } });
    const { reply, told } = await ask();
    assert.deepEqual([reply.text, told], ['Целиком.', ['Целиком.']]);
    assert.deepEqual([reply.promptTokens, reply.completionTokens], [7, 3]);
    chat.respondWith({ toolCalls: [{ name: 'one', arguments: { a: 1 } }] });
    assert.deepEqual((await ask()).reply.toolCalls, [{ id: 'call_1', name: 'one', arguments: '{"a":1}' }]);
    const body = { choices: [{ message: { content: 'Без имени.' } }] };
    for (const type of ['text/plain', 'text/event-stream']) {
      chat.respondWith({ body, type });
      assert.equal((await ask()).reply.text, 'Без имени.');
    }
  });

  it('is counted by ourselves where the server does not count', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.behaveAs({ withoutUsage: true });
    chat.respondWith({ text: 'Двенадцать заказов.' }, { text: 'Двенадцать заказов. '.repeat(10) });
    const short = (await ask()).reply;
    const long = (await ask({ messages: [{ role: 'user', content: 'Сколько? '.repeat(1_000) }] })).reply;
    // Four bytes a token.
    assert.equal(short.completionTokens, 9);
    assert.ok(long.completionTokens > 90 && long.promptTokens > short.promptTokens + 3_000);
  });

  it('ends as the model says, or as its content says where it does not', async (t) => {
    const { chat, ask } = await createFixture(t);
    const toolCalls = [{ name: 'one', arguments: {} }];
    const cases = [
      [{ finish: 'length' }, 'length'],
      [{ finish: 'content_filter' }, 'content_filter'],
      [{ finish: 'content_filter', text: [] }, 'content_filter'],
      [{ finish: null }, 'stop'],
      [{ finish: 'eos' }, 'stop'],
      [{ toolCalls, finish: null }, 'tool_calls'],
      [{ toolCalls, finish: 'stop' }, 'tool_calls'],
    ] as const;
    for (const [answer, finish] of cases) {
      chat.respondWith(answer);
      assert.equal((await ask()).reply.finish, finish);
    }
  });

  it('is whole when only its epilogue is missing', async (t) => {
    const { chat, ask } = await createFixture(t);
    // Neither usage nor [DONE].
    chat.respondWith(streamOf(chunk({ content: 'Всё.' }), chunk({}, 'stop')));
    // [DONE] without the empty line behind it.
    const stream = streamOf(chunk({ content: 'Всё.' }), '[DONE]');
    chat.respondWith({ ...stream, body: stream.body.trimEnd() });
    for (let i = 0; i < 2; i++) {
      const { reply } = await ask();
      assert.deepEqual([reply.text, reply.finish], ['Всё.', 'stop']);
    }
  });

  it('is the same behind a gateway with a name of its own, comments and parts of content', async (t) => {
    const { chat, ask } = await createFixture(t, { model: 'openai/gpt-4.1-mini' });
    chat.behaveAs({ modelName: 'azure/gpt-4.1-mini-2025-04-14' });
    chat.respondWith({ text: 'Да.' });
    assert.equal((await ask()).reply.text, 'Да.');
    assert.equal(chat.requests[0]!.model, 'openai/gpt-4.1-mini');
    const parts = chunk({
      content: [
        { type: 'text', text: 'Да, ' },
        { type: 'text', text: 'конечно.' },
      ],
    });
    const stream = streamOf(parts, chunk({}, 'stop'), '[DONE]');
    chat.respondWith({ ...stream, body: `: PROCESSING\n\n${stream.body}`.replaceAll('\n', '\r\n') });
    assert.equal((await ask()).reply.text, 'Да, конечно.');
  });

  it('shows nothing of what the model thinks before it answers', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.respondWith({ text: ['\n<th', 'ink>Хм, ', '12?</thi', 'nk>', '\n\n', 'Две', 'надцать.'] });
    const { reply, told } = await ask();
    assert.deepEqual([reply.text, told], ['Двенадцать.', ['Две', 'надцать.']]);
    chat.respondWith({ text: ['<', 'b>'] }, { text: '<' });
    assert.equal((await ask()).reply.text, '<b>');
    assert.equal((await ask()).reply.text, '<');
    chat.respondWith(
      streamOf(chunk({ reasoning_content: 'Хм.' }), chunk({ content: 'Да.' }), chunk({}, 'stop'), '[DONE]'),
    );
    assert.equal((await ask()).reply.text, 'Да.');
  });

  it('is cut off when it never ends', async (t) => {
    const { chat, ask } = await createFixture(t);
    function* endless(): Generator<string> {
      for (;;) yield 'и так далее '.repeat(100);
    }
    chat.respondWith({ text: endless() });
    const { reply } = await ask();
    assert.equal(reply.finish, 'length');
    assert.ok(reply.text.length < 100_000);
    assert.deepEqual(await chat.requests[0]!.closed, { whole: false });
  });
});
