import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createOpenAIChatModel } from '../../../../src/chat/model/openai-chat-model.ts';
import { API_KEY, chunk, failure, QUESTION, streamOf } from './chat-fixture.ts';

/** A model whose time stands still unless told, before a network on which pieces arrive when told. */
async function createStalledModel(t: TestContext) {
  // Loaded before time stands still.
  await import('openai');
  const sent = new TransformStream<Uint8Array, Uint8Array>();
  const network = sent.writable.getWriter();
  t.mock.method(globalThis, 'fetch', (_url: string, { signal }: { signal: AbortSignal }) => {
    signal.addEventListener('abort', () => void network.abort(signal.reason).catch(() => undefined));
    return Promise.resolve(new Response(sent.readable));
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const model = createOpenAIChatModel({ apiKey: API_KEY, model: 'gpt-4.1-mini', requestTimeoutMs: 1_000 });
  let heard = Promise.withResolvers<string>();
  const call = model.complete(QUESTION, {
    signal: new AbortController().signal,
    onText(text) {
      heard.resolve(text);
      heard = Promise.withResolvers<string>();
    },
  });
  const write = (...chunks: unknown[]): Promise<void> => network.write(Buffer.from(streamOf(...chunks).body));
  return {
    ...{ call, network, write },
    /** Sends a piece; resolves when it has been told. */
    say: async (text: string): Promise<void> => {
      const told = heard.promise;
      await Promise.all([told, write(chunk({ content: text }))]);
    },
  };
}

describe('the time limit of an answer', () => {
  it('is for each piece: a long answer that keeps coming is not cut off', async (t) => {
    const { call, network, write, say } = await createStalledModel(t);
    for (let i = 0; i < 10; i++) {
      await say('и ещё ');
      t.mock.timers.tick(999);
    }
    await write(chunk({}, 'stop'), '[DONE]');
    await network.close();
    assert.equal((await call).text, 'и ещё '.repeat(10));
  });

  it('ends an answer that stops coming', async (t) => {
    const { call, say } = await createStalledModel(t);
    await say('и ещё ');
    t.mock.timers.tick(999);
    await say('и ещё ');
    t.mock.timers.tick(1_000);
    assert.match((await failure('chat_unavailable', call)).message, /broke off.*within 1 s/);
  });
});
