import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CANARY_TEXT } from '../../../src/embedding/embedding-calls.ts';
import type { FakeAnswer } from '../../helpers/fake-openai.ts';
import { createFixture, unavailable, vectorsOf } from './openai-fixture.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `текст ${i}`);
const POISON = 'яд';
const hasPoison = (inputs: readonly string[]) => inputs.some((input) => input.includes(POISON));

const OF_ONE_TEXT: Record<string, FakeAnswer> = {
  'a 500': { kind: 'status', status: 500 },
  'a 502 that is a web page': { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' },
  'a 504': { kind: 'status', status: 504 },
  'a 408': { kind: 'status', status: 408 },
  'a 403 of a firewall': { kind: 'status', status: 403, body: '<html>Request blocked</html>' },
  'a cut connection': { kind: 'cut' },
  'an error with status 200': { kind: 'json', body: { error: { message: 'failed' } } },
  'a web page with status 200': { kind: 'html' },
  'a vector too few': { kind: 'wrong-count' },
};

describe('a fault that the provider has with one text and not with others', () => {
  for (const [name, fault] of Object.entries(OF_ONE_TEXT)) {
    it(`is that text’s alone, at a bounded cost: ${name}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      const texts = numbered(100).with(37, POISON);
      fake.respondTo((inputs) => (hasPoison(inputs) ? fault : undefined));
      const { items } = await embedder.embed(texts);
      for (const [i, item] of items.entries()) {
        if (i === 37) assert.match('rejected' in item ? item.rejected : '', /with this text alone/);
        else assert.deepEqual('vector' in item && item.vector, fake.vectorOf(texts[i]!));
      }
      assert.ok(fake.requests.length <= 40, `${fake.requests.length} requests`);
      if (fault.kind === 'wrong-count') return; // which is paid for
      const paid = fake.embeddedTexts.filter((text) => text !== CANARY_TEXT);
      assert.equal(new Set(paid).size, paid.length, 'no neighbour is paid for twice');
    });

    it(`keeps nobody else away: ${name}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      fake.respondTo((inputs) => (hasPoison(inputs) ? fault : undefined));
      for (let i = 0; i < 3; i++) {
        const [poisoned, other] = await Promise.all([embedder.embed([POISON]), embedder.embed(['вопрос'])]);
        assert.ok('rejected' in poisoned.items[0]!);
        vectorsOf(other);
      }
    });
  }

  it('is found within a few times the limit when it is that no answer comes', async (t) => {
    const { fake, embedder } = await createFixture(t, { requestTimeoutMs: 100 });
    const texts = numbered(8).with(5, POISON);
    fake.respondTo((inputs) => (hasPoison(inputs) ? { kind: 'hang' } : undefined));
    const { items } = await embedder.embed(texts);
    assert.deepEqual(
      items.map((item) => 'rejected' in item),
      texts.map((text) => text === POISON),
    );
    assert.match(JSON.stringify(items[5]), /did not answer within 0.1 s/);
    // Twice the whole, twice each half of it that has the text, and twice the text by itself.
    assert.equal(fake.requests.filter(({ inputs }) => hasPoison(inputs)).length, 2 + 2 + 1 + 2);
  });

  it('blames nobody when the provider goes away while the culprit is looked for', async (t) => {
    const { fake, embedder } = await createFixture(t);
    let isAway = false;
    fake.respondTo((inputs) => {
      if (inputs.length === 3 && hasPoison(inputs)) isAway = true;
      return isAway || hasPoison(inputs) ? { kind: 'status', status: 500 } : undefined;
    });
    await unavailable(embedder.embed(numbered(12).with(4, POISON)));
    const asked = fake.requests.length;
    await unavailable(embedder.embed(['вопрос']));
    assert.equal(fake.requests.length, asked, 'and everybody is kept away');
  });

  it('does not become a storm of requests when the provider is away', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondAlways({ kind: 'status', status: 500 });
    for (let i = 0; i < 10; i++) advance((await unavailable(embedder.embed(numbered(100)))).retryAfterMs);
    // The first time as often as any request; from then on one of the texts and one word tell.
    assert.equal(fake.requests.length, 5 + 9 * 2);
    fake.respondAlways(undefined);
    vectorsOf(await embedder.embed(numbered(100)));
  });

  it('does not pass for one when it happens now and then', async (t) => {
    const { fake, embedder } = await createFixture(t, { batchSize: 10 });
    let count = 0;
    fake.respondTo(() => (++count % 3 === 0 ? { kind: 'status', status: 500 } : undefined));
    vectorsOf(await embedder.embed(numbered(100)));
  });
});

describe('a fault that the provider has with a request for its size', () => {
  const tooMany: Record<string, FakeAnswer> = {
    ...OF_ONE_TEXT,
    'a 429 that nothing ever grants': {
      kind: 'status',
      status: 429,
      body: {
        error: { message: 'Request too large on tokens per min (TPM): Limit 1000, Requested 9000.' },
      },
    },
    'a 400': { kind: 'status', status: 400 },
    'a 413 of a proxy': { kind: 'status', status: 413, body: '<html>Request Entity Too Large</html>' },
  };
  for (const [name, fault] of Object.entries(tooMany)) {
    it(`is helped by smaller requests, of few inputs: ${name}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      fake.respondTo((inputs) => (inputs.length > 20 ? fault : undefined));
      vectorsOf(await embedder.embed(numbered(100)));
    });

    it(`is helped by smaller requests, of few bytes: ${name}`, async (t) => {
      const { fake, embedder } = await createFixture(t);
      fake.respondTo((inputs) => (inputs.join('').length > 300 ? fault : undefined));
      vectorsOf(await embedder.embed(numbered(100)));
    });
  }

  it('is found behind a limit of requests that comes again after every pause', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondTo((inputs) =>
      inputs.length > 20 ? { kind: 'status', status: 429, headers: { 'retry-after': '60' } } : undefined,
    );
    for (let i = 0; i < 2; i++) {
      const { retryAfterMs } = await unavailable(embedder.embed(numbered(100)));
      assert.equal(retryAfterMs, 60_000);
      advance(retryAfterMs);
    }
    vectorsOf(await embedder.embed(numbered(100)));
  });

  it('never makes a limit of requests the fault of a text', async (t) => {
    const { fake, embedder, advance } = await createFixture(t);
    fake.respondTo((inputs) => (inputs[0] === CANARY_TEXT ? undefined : { kind: 'status', status: 429 }));
    for (let i = 0; i < 3; i++) advance((await unavailable(embedder.embed(numbered(4)))).retryAfterMs);
  });
});
