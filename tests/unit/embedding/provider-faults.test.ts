import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import { isAppError } from '../../../src/errors.ts';
import { createFakeOpenAI, type FakeAnswer } from '../../helpers/fake-openai.ts';
import { CANARY_TEXT } from '../../../src/embedding/embedding-calls.ts';
import { createOpenAIEmbedder } from '../../../src/embedding/openai-embedder.ts';
import { API_KEY, createFixture, unavailable, vectorsOf } from './openai-fixture.ts';

const PASSING: Record<string, FakeAnswer> = {
  'a 429': { kind: 'status', status: 429 },
  'a 500': { kind: 'status', status: 500 },
  'a 503 that is a web page': { kind: 'status', status: 503, body: '<html>busy</html>' },
  'a cut connection': { kind: 'cut' },
  'a connection cut in the body': { kind: 'cut-in-body' },
  'a web page with status 200': { kind: 'html' },
  'broken JSON': { kind: 'json', body: '{"data": [' },
  'an error with status 200': { kind: 'json', body: { error: { message: 'overloaded' } } },
  'an empty body': { kind: 'json', body: '' },
  'an answer without data': { kind: 'json', body: {} },
  'a vector too few': { kind: 'wrong-count' },
  'an index that occurs twice': {
    kind: 'json',
    body: { data: [0, 0].map((index) => ({ index, embedding: [1] })) },
  },
  'an index out of range': {
    kind: 'json',
    body: { data: [0, 2].map((index) => ({ index, embedding: [1] })) },
  },
  'vectors of different widths': {
    kind: 'json',
    body: { data: [[1], [1, 2]].map((embedding, index) => ({ index, embedding })) },
  },
  'an entry without a vector': { kind: 'json', body: { data: [null, null] } },
};

describe('a fault of the provider', () => {
  for (const [name, fault] of Object.entries(PASSING)) {
    it(`is retried: ${name}`, async (t) => {
      const { fake, embedder, waits } = await createFixture(t);
      fake.respondWith(fault, fault);
      const batch = await embedder.embed(['один', 'два']);
      assert.deepEqual(vectorsOf(batch), ['один', 'два'].map(fake.vectorOf));
      assert.deepEqual([batch.requests, batch.retries], [3, 2]);
      assert.deepEqual(waits, [500, 1_000]);
    });

    it(`blames no text when it lasts: ${name}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      fake.respondAlways(fault);
      const error = await unavailable(embedder.embed(['один', 'два']));
      assert.equal(error.retryAfterMs, 2_000);
      // The last one is a harmless word, which would tell that it is the texts; a limit says itself that it is not.
      assert.equal(fake.requests.length, name === 'a 429' ? 4 : 5);
    });
  }

  it('is no fault when the answer is only in another order', async (t) => {
    const { fake, embedder } = await createFixture(t);
    fake.respondWith({ kind: 'reordered' });
    assert.deepEqual(vectorsOf(await embedder.embed(['один', 'два'])), ['один', 'два'].map(fake.vectorOf));
    assert.equal(fake.requests.length, 1);
  });

  it('keeps the check of the answer that failed as its cause', async (t) => {
    const { fake, embedder } = await createFixture(t);
    fake.respondAlways({ kind: 'html' });
    const error = await unavailable(embedder.embed(['один']));
    assert.ok(isAppError(error.cause, 'embedding_invalid'));
    assert.match(error.message, /page instead of JSON: Welcome$/);
  });

  it('waits inside the call for as long as a short Retry-After says', async (t) => {
    const { fake, embedder, waits, now } = await createFixture(t);
    const date = new Date(now() + 3_000 + 1_500 + 2_000).toUTCString();
    fake.respondWith(
      { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
      { kind: 'status', status: 503, headers: { 'retry-after': '99', 'retry-after-ms': '1500' } },
      { kind: 'status', status: 429, headers: { 'retry-after': date } },
    );
    vectorsOf(await embedder.embed(['один']));
    assert.deepEqual(waits, [3_000, 1_500, 2_000]);
  });

  it('hands a long Retry-After to the caller, of any length, instead of waiting', async (t) => {
    const { fake, embedder, waits, now, advance } = await createFixture(t);
    fake.respondWith({ kind: 'status', status: 429, headers: { 'retry-after': '86400' } });
    assert.equal((await unavailable(embedder.embed(['один']))).retryAfterMs, 86_400_000);
    advance(86_400_000);
    fake.respondWith({
      kind: 'status',
      status: 503,
      headers: { 'retry-after': new Date(now() + 120_000).toUTCString() },
    });
    assert.equal((await unavailable(embedder.embed(['один']))).retryAfterMs, 120_000);
    assert.deepEqual([waits, fake.requests.length], [[], 2]);
  });

  it('times out when no answer comes, is tried once more, and leaves nothing hanging', async (t) => {
    for (const kind of ['hang', 'hang-in-body'] as const) {
      const { fake, embedder } = await createFixture(t, { requestTimeoutMs: 40 });
      fake.respondAlways({ kind });
      const error = await unavailable(embedder.embed(['один']));
      assert.match(error.message, /did not answer within 0.04 s/);
      assert.equal(fake.requests.length, 3);
    }
  });

  it('says which address cannot be reached', async (t) => {
    const { fake, embedder } = await createFixture(t);
    await fake.stop();
    const error = await unavailable(embedder.embed(['один']));
    assert.match(error.message, /127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*OPENAI_BASE_URL/);
  });

  it('aborts the other requests of the call', async (t) => {
    const { fake, embedder } = await createFixture(t, { batchSize: 1, concurrency: 2 });
    const held = fake.hold((inputs) => inputs[0] === 'один');
    fake.respondAlways({ kind: 'status', status: 401 });
    const call = unavailable(embedder.embed(['один', 'два', 'три', 'четыре']));
    assert.match((await call).message, /OPENAI_API_KEY/);
    assert.equal(fake.requests.length, 2);
    held.release();
  });
});

describe('a fault of the settings', () => {
  const cases: [string, FakeAnswer, RegExp][] = [
    ['401', { kind: 'status', status: 401, code: 'invalid_api_key' }, /OPENAI_API_KEY/],
    [
      '403 by region',
      { kind: 'status', status: 403, code: 'unsupported_country_region_territory' },
      /does not serve the country or region/,
    ],
    ['404', { kind: 'status', status: 404 }, /OPENAI_EMBEDDINGS_MODEL.*OPENAI_BASE_URL/],
    [
      'an unknown model with 400',
      { kind: 'status', status: 400, code: 'model_not_found' },
      /OPENAI_EMBEDDINGS_MODEL/,
    ],
    ['a used-up quota', { kind: 'status', status: 429, code: 'insufficient_quota' }, /quota.*OPENAI_API_KEY/],
  ];
  for (const [name, fault, message] of cases) {
    it(`names its variable and is not retried: ${name}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      fake.respondWith(fault);
      const error = await unavailable(embedder.embed(['один', 'два']));
      assert.match(error.message, message);
      assert.equal(error.retryAfterMs, 60_000);
      assert.equal(fake.requests.length, 1);
    });
  }

  for (const status of [403, 405]) {
    it(`is told from that of one text by a harmless word: ${status}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      fake.respondAlways({ kind: 'status', status });
      assert.match((await unavailable(embedder.embed(['один', 'два']))).message, /OPENAI_/);
      assert.deepEqual(
        fake.requests.map(({ inputs }) => inputs),
        [['один', 'два'], [CANARY_TEXT]],
      );
    });
  }

  it('never shows the key of a server whose keys have no sk- before them', async (t) => {
    const { fake, embedder } = await createFixture(t, { apiKey: 'gsk_SECRETSECRET' });
    fake.respondWith({
      kind: 'status',
      status: 401,
      body: { error: { message: 'No such key: gsk_SECRETSECRET' } },
    });
    assert.match((await unavailable(embedder.embed(['один']))).message, /No such key: \[key\]$/);
  });

  it('is told in the server’s own words, in whichever form it puts them', async (t) => {
    const bodies: [unknown, RegExp][] = [
      [{ detail: 'Not this model.' }, /: 405 Not this model\.$/],
      [
        { detail: [{ loc: ['body', 'model'], msg: 'Unknown', input: 'тайна' }] },
        /: 405 body\.model: Unknown$/,
      ],
      [{ object: 'error', message: 'Not this model.', code: 405 }, /: 405 Not this model\.$/],
      [{ error: 'Not this model.', error_type: 'validation' }, /: 405 "Not this model\."$/],
      [{ reason: 'Not this model.' }, /: 405 {"reason":"Not this model\."}$/],
      ['Not this model.', /: 405 Not this model\.$/],
    ];
    for (const [body, message] of bodies) {
      const { fake, embedder } = await createFixture(t);
      fake.respondAlways({ kind: 'status', status: 405, body });
      assert.match((await unavailable(embedder.embed(['один']))).message, message);
    }
  });

  it('never shows the key, whole or in part', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    const message = `Incorrect API key provided: ${API_KEY} (sk-proj-SECR***CRET), Bearer ${API_KEY}`;
    for (const status of [400, 401, 500, 200]) {
      fake.respondAlways({ kind: 'status', status, body: { error: { message } } });
      const error = await unavailable(embedder.embed(['один']));
      assert.match(error.message, /Incorrect API key provided/);
      assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /SECR/);
      advance(error.retryAfterMs);
    }
  });
});

describe('an aborted call', () => {
  const reason = new Error('stopping');

  it('ends with the reason of its signal while it waits for an answer, or before it began', async (t) => {
    const { fake, embedder } = await createFixture(t);
    const controller = new AbortController();
    fake.hold();
    const call = embedder.embed(['один'], { signal: controller.signal });
    await fake.waitForRequests(1);
    controller.abort(reason);
    await assert.rejects(call, reason);
    await assert.rejects(embedder.embed(['один'], { signal: controller.signal }), reason);
  });

  it('ends with it while it waits for its turn, without a request', async (t) => {
    const { fake, embedder } = await createFixture(t, { concurrency: 1 });
    const held = fake.hold();
    const first = embedder.embed(['один']);
    await held.arrived;
    const controller = new AbortController();
    const second = embedder.embed(['два'], { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await assert.rejects(second, reason);
    held.release();
    vectorsOf(await first);
    vectorsOf(await embedder.embed(['три']));
    assert.equal(fake.requests.length, 2);
  });

  it('ends with it while it waits for a retry, in real time too', async (t) => {
    const fake = await createFakeOpenAI();
    t.after(() => fake.stop());
    const embedder = createOpenAIEmbedder({
      apiKey: API_KEY,
      baseUrl: fake.url,
      model: 'm',
      batchSize: 1,
      concurrency: 1,
      requestTimeoutMs: 10_000,
      retryPolicy: { firstDelayMs: 5_000 },
    });
    fake.respondAlways({ kind: 'status', status: 503 });
    const controller = new AbortController();
    const call = embedder.embed(['один'], { signal: controller.signal });
    await fake.waitForRequests(1);
    controller.abort(reason);
    await assert.rejects(call, reason);
  });
});
