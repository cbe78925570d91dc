import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import { createOpenAIEmbedder } from '../../../src/embedding/openai-embedder.ts';
import { CANARY_TEXT } from '../../../src/embedding/embedding-calls.ts';
import { isAppError } from '../../../src/errors.ts';
import { countTokens, type FakeAnswer } from '../../helpers/fake-openai.ts';
import { API_KEY, createFixture, unavailable, vectorsOf } from './openai-fixture.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `текст ${i}`);

describe('the OpenAI embedder', () => {
  it('gives each text its vector, in order, over several requests', async (t) => {
    const { fake, embedder } = await createFixture(t, { batchSize: 7 });
    const texts = numbered(50);
    const batch = await embedder.embed(texts);
    assert.deepEqual(vectorsOf(batch), texts.map(fake.vectorOf));
    assert.deepEqual([batch.requests, batch.retries, batch.tokens], [8, 0, 100]);
    assert.equal(fake.requests[0]!.body['encoding_format'], 'base64');
    assert.equal(fake.requests[0]!.body['dimensions'], undefined);
  });

  it('embeds nothing without a request', async (t) => {
    const { fake, embedder } = await createFixture(t);
    assert.deepEqual(await embedder.embed([]), { items: [], tokens: 0, requests: 0, retries: 0 });
    assert.equal(fake.requests.length, 0);
  });

  it('takes arrays of numbers from servers that ignore base64, and pads narrow vectors', async (t) => {
    const { fake, embedder } = await createFixture(t, {}, { arraysOnly: true, width: 384 });
    const [vector] = vectorsOf(await embedder.embed(['текст']));
    assert.equal(vector!.length, 1536);
    assert.deepEqual(vector!.slice(0, 384), fake.vectorOf('текст'));
    assert.ok(vector!.slice(384).every((value) => value === 0));
  });

  it('asks text-embedding-3-large for the width that the index holds', async (t) => {
    const { fake, embedder } = await createFixture(t, { model: 'text-embedding-3-large' }, { width: 3072 });
    assert.equal(vectorsOf(await embedder.embed(['текст']))[0]!.length, 1536);
    assert.equal(fake.requests[0]!.body['dimensions'], 1536);
    assert.equal(embedder.usdPerMillionTokens, 0.13);
  });

  it('names the model and the limit when its vectors are too wide, and does not ask again', async (t) => {
    const { fake, embedder } = await createFixture(t, { model: 'wide-model' }, { width: 3072 });
    const error = await unavailable(embedder.embed(['текст']));
    assert.match(error.message, /wide-model.*3072.*1536.*OPENAI_EMBEDDINGS_MODEL/s);
    assert.equal(fake.requests.length, 1);
    assert.equal(embedder.usdPerMillionTokens, null);
  });

  it('never has more requests under way than allowed, over all its callers', async (t) => {
    const { fake, embedder } = await createFixture(t, { batchSize: 1, concurrency: 3 });
    const held = fake.hold();
    const calls = [embedder.embed(numbered(5)), embedder.embed(numbered(5))];
    await fake.waitForRequests(3);
    await new Promise(setImmediate);
    assert.equal(fake.requests.length, 3);
    held.release();
    await Promise.all(calls);
    assert.equal(fake.requests.length, 10);
  });

  it('sends what the API accepts: no empty text, no lone surrogates, special tokens as plain text', async (t) => {
    const { fake, embedder } = await createFixture(t);
    vectorsOf(await embedder.embed(['', 'a\ud800b', 'до <|endoftext|> после']));
    assert.deepEqual(fake.requests[0]!.inputs, [' ', 'a\ufffdb', 'до <|endoftext|> после']);
  });

  it('counts tokens itself when the server does not', async (t) => {
    const { embedder } = await createFixture(t, {}, { withoutUsage: true });
    assert.equal((await embedder.embed(['12345678', 'abc'])).tokens, 3);
    assert.equal(countTokens('один два'), 2);
  });

  it('isolates a bad input and embeds its neighbours', async (t) => {
    const { fake, embedder } = await createFixture(t);
    const texts = numbered(100);
    fake.rejectInputs((input) => input === 'текст 37' || input === 'текст 99');
    const batch = await embedder.embed(texts);
    for (const [i, item] of batch.items.entries()) {
      if (i === 37 || i === 99) {
        assert.match('rejected' in item ? item.rejected : '', /400/);
      } else {
        assert.deepEqual('vector' in item && item.vector, fake.vectorOf(texts[i]!));
      }
    }
    assert.equal(batch.requests, fake.requests.length);
    assert.ok(batch.requests <= 30, `${batch.requests} requests`);
    const embedded = fake.embeddedTexts.filter((text) => text !== CANARY_TEXT);
    assert.equal(new Set(embedded).size, embedded.length, 'no neighbour is paid for twice');
  });

  it('rejects a lone bad input only after the provider took a harmless one', async (t) => {
    const { fake, embedder } = await createFixture(t);
    fake.rejectInputs((input) => input === 'плохой');
    assert.ok('rejected' in (await embedder.embed(['плохой'])).items[0]!);
    assert.deepEqual(fake.embeddedTexts, [CANARY_TEXT]);
  });

  it('blames the settings, not the texts, when everything is refused', async (t) => {
    const { fake, embedder } = await createFixture(t);
    fake.rejectInputs(() => true);
    const error = await unavailable(embedder.embed(numbered(100)));
    assert.match(error.message, /OPENAI_EMBEDDINGS_MODEL/);
    assert.equal(error.retryAfterMs, 60_000);
    assert.equal(fake.requests.length, 2);
  });

  it('keeps the good vectors of an answer and asks again for the others alone', async (t) => {
    const { fake, embedder } = await createFixture(t);
    fake.respondWith({ kind: 'nan' });
    const batch = await embedder.embed(numbered(3));
    assert.deepEqual(vectorsOf(batch), numbered(3).map(fake.vectorOf));
    assert.deepEqual(
      fake.requests.map((request) => request.inputs.length),
      [3, 1],
    );
  });

  it('rejects an input that never gets a usable vector, and only that', async (t) => {
    const { fake, embedder } = await createFixture(t, {}, { arraysOnly: true });
    fake.respondWith({ kind: 'zeros' }, { kind: 'nan' }, { kind: 'zeros' });
    const batch = await embedder.embed(numbered(3));
    assert.deepEqual(
      batch.items.map((item) => 'rejected' in item),
      [false, false, true],
    );
    assert.equal(batch.retries, 2);
  });

  it('does not take null, which is how JSON writes NaN, for zero', async (t) => {
    const { fake, embedder } = await createFixture(t);
    const halfNull: FakeAnswer = { kind: 'json', body: { data: [{ index: 0, embedding: [1, null] }] } };
    fake.respondWith(halfNull, halfNull, halfNull);
    assert.match(inspect((await embedder.embed(['текст'])).items), /rejected: .*not numbers/);
  });

  it('blames the provider when no input gets a usable vector', async (t) => {
    const { fake, embedder } = await createFixture(t);
    fake.respondAlways({ kind: 'zeros', all: true });
    await unavailable(embedder.embed(numbered(3)));
  });

  it('refuses a key or an address that no request can be made with', () => {
    const options = { model: 'm', batchSize: 1, concurrency: 1, requestTimeoutMs: 1 };
    for (const [apiKey, baseUrl] of [
      ['ключ', 'http://a/v1'],
      ['a\nb', 'http://a/v1'],
      [API_KEY, 'localhost:1234'],
    ] as const) {
      assert.throws(
        () => createOpenAIEmbedder({ ...options, apiKey, baseUrl }),
        (error) => isAppError(error, 'config_invalid'),
      );
    }
  });
});
