import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  createEvents,
  PROVIDER_FAULT_CLASSES,
  type AppEvents,
  type ProviderFaultClass,
} from '../../../src/events.ts';
import { countTokens, type FakeAnswer } from '../../helpers/fake-openai.ts';
import { createFixture } from './openai-fixture.ts';

type Ended = AppEvents['embeddingRequestEnded'][0];
type Retried = AppEvents['embeddingRetried'][0];

const FAULTS: Readonly<Record<Exclude<ProviderFaultClass, 'aborted'>, Record<string, FakeAnswer>>> = {
  rate_limited: { 'a 429': { kind: 'status', status: 429 } },
  server_error: {
    'a 500': { kind: 'status', status: 500 },
    'a 503': { kind: 'status', status: 503, body: '<html>busy</html>' },
    'a 408': { kind: 'status', status: 408 },
  },
  timeout: { 'no answer': { kind: 'hang' }, 'half an answer': { kind: 'hang-in-body' } },
  network: { 'a cut connection': { kind: 'cut' }, 'a connection cut in the body': { kind: 'cut-in-body' } },
  invalid_answer: {
    'a web page': { kind: 'html' },
    'broken JSON': { kind: 'json', body: '{"data": [' },
    'a vector too few': { kind: 'wrong-count' },
  },
  input: { 'a 400': { kind: 'status', status: 400 } },
  settings: {
    'a 401': { kind: 'status', status: 401 },
    'a 404': { kind: 'status', status: 404 },
    'no quota left': { kind: 'status', status: 429, code: 'insufficient_quota' },
  },
};

async function createWatched(t: TestContext, requestTimeoutMs = 10_000) {
  const events = createEvents();
  const ended: Ended[] = [];
  const retried: Retried[] = [];
  events.on('embeddingRequestEnded', (event) => void ended.push(event));
  events.on('embeddingRetried', (event) => void retried.push(event));
  return { ...(await createFixture(t, { events, requestTimeoutMs })), ended, retried };
}

describe('an embedding request', () => {
  it('is told with its model, tokens and cost', async (t) => {
    const { embedder, ended, retried } = await createWatched(t);
    const texts = ['один два три', 'четыре'];
    const batch = await embedder.embed(texts);
    const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
    assert.equal(batch.tokens, tokens);
    assert.deepEqual(
      ended.map(({ model, outcome, tokens, costUsd }) => ({ model, outcome, tokens, costUsd })),
      [{ model: 'text-embedding-3-small', outcome: 'ok', tokens, costUsd: (tokens / 1e6) * 0.02 }],
    );
    assert.ok(ended[0]!.durationMs > 0);
    assert.deepEqual(retried, []);
  });

  for (const [fault, answers] of Object.entries(FAULTS) as [
    ProviderFaultClass,
    Record<string, FakeAnswer>,
  ][]) {
    for (const [name, answer] of Object.entries(answers)) {
      it(`that fails by ${name} is told as ${fault}`, async (t) => {
        const { fake, embedder, ended, retried } = await createWatched(t, fault === 'timeout' ? 200 : 10_000);
        fake.respondWith(answer);
        await embedder.embed(['один']).catch(() => undefined);
        assert.equal(ended[0]?.outcome, fault);
        assert.deepEqual([ended[0].tokens, ended[0].costUsd], [0, 0]);
        // Only what passes by itself is asked for again.
        const isPassing = fault !== 'input' && fault !== 'settings';
        assert.deepEqual(
          retried.map((event) => event.fault),
          isPassing ? [fault] : [],
        );
        assert.equal(ended.length, fake.requests.length);
      });
    }
  }

  it('that is aborted is told as aborted', async (t) => {
    const { fake, embedder, ended } = await createWatched(t);
    const held = fake.hold();
    const abort = new AbortController();
    const embedding = embedder.embed(['один'], { signal: abort.signal });
    await held.arrived;
    abort.abort(new Error('enough'));
    await assert.rejects(embedding, /enough/);
    held.release();
    assert.deepEqual(
      ended.map(({ outcome }) => outcome),
      ['aborted'],
    );
  });

  it('that is made again for a vector without direction is told as a retry', async (t) => {
    const { fake, embedder, ended, retried } = await createWatched(t);
    fake.respondWith({ kind: 'nan' });
    const { retries } = await embedder.embed(['один', 'два']);
    assert.equal(retries, 1);
    assert.deepEqual(retried, [{ model: 'text-embedding-3-small', fault: 'invalid_answer' }]);
    assert.deepEqual(
      ended.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
  });

  it('can fail by every class that there is', () => {
    assert.deepEqual([...Object.keys(FAULTS), 'aborted'].sort(), [...PROVIDER_FAULT_CLASSES].sort());
  });
});
