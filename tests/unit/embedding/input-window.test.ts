import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EmbeddingItem } from '../../../src/embedding/embedder.ts';
import type { FakeAnswer } from '../../helpers/fake-openai.ts';
import { createFixture, type Fixture } from './openai-fixture.ts';

const LONG = 'Кроссовки отличные, подошва мягкая. '.repeat(200);
const SHORT = 'Короткий отзыв.';
/** A model of 512 tokens whose tokens are three characters each, a token at each end included. */
const tokensOf = (text: string): number => Math.ceil(text.length / 3) + 2;
const LIMIT = 512;

/** How servers say it; `undefined` where they do not. */
const REFUSALS: Record<string, (given: number) => FakeAnswer> = {
  'with both sizes': (given) => error(413, `\`inputs\` must have less than ${LIMIT} tokens. Given: ${given}`),
  'with the limit alone': () => error(400, `The maximum number of tokens is ${LIMIT}.`),
  'in words alone': () => error(400, 'Input is too long for this model.'),
  'as a failure of its own': (given) =>
    error(500, `input (${given} tokens) is too large to process (current batch size: ${LIMIT})`),
  'without a word of it': () => ({ kind: 'status', status: 500 }),
  'without a word of it, as a refusal': () => error(400, 'Bad request.'),
  'by breaking off': () => ({ kind: 'cut' }),
};

function error(status: number, message: string): FakeAnswer {
  return { kind: 'status', status, body: { error: { message } } };
}

async function createSmallModel(
  t: Parameters<typeof createFixture>[0],
  refuse: (given: number) => FakeAnswer,
) {
  const fixture = await createFixture(t);
  fixture.fake.respondTo((inputs) => {
    const given = Math.max(...inputs.map(tokensOf));
    return given > LIMIT ? refuse(given) : undefined;
  });
  return fixture;
}

function cutOf(item: EmbeddingItem | undefined, { fake }: Fixture, text: string) {
  if (item === undefined || !('vector' in item)) throw new Error(JSON.stringify(item));
  assert.ok(item.cut !== undefined, 'it is said that it is cut');
  assert.deepEqual(item.vector, fake.vectorOf(text.slice(0, item.cut.chars)));
  return item.cut;
}

describe('a text that is too long for the model', () => {
  for (const [name, refuse] of Object.entries(REFUSALS)) {
    it(`is embedded by its beginning, and said to be, when it is refused ${name}`, async (t) => {
      const fixture = await createSmallModel(t, refuse);
      const { items } = await fixture.embedder.embed([SHORT, LONG, `${SHORT} И ещё.`]);
      const { chars, reason } = cutOf(items[1], fixture, LONG);
      assert.ok(tokensOf(LONG.slice(0, chars)) > LIMIT / 4, `${chars} characters`);
      assert.notEqual(reason, '');
      for (const item of [items[0], items[2]]) assert.ok('vector' in item! && item.cut === undefined);
    });
  }

  it('uses most of what the model takes when both sizes are named', async (t) => {
    const fixture = await createSmallModel(t, REFUSALS['with both sizes']!);
    const { items } = await fixture.embedder.embed([LONG]);
    assert.ok(tokensOf(LONG.slice(0, cutOf(items[0], fixture, LONG).chars)) > 0.85 * LIMIT);
  });

  it('teaches how much the model takes, so that the next ones are cut before they are sent', async (t) => {
    const fixture = await createSmallModel(t, REFUSALS['with both sizes']!);
    await fixture.embedder.embed([LONG]);
    const before = fixture.fake.requests.length;
    const { items } = await fixture.embedder.embed(Array.from({ length: 20 }, (_, i) => `${i}. ${LONG}`));
    for (const [i, item] of items.entries()) {
      assert.match(cutOf(item, fixture, `${i}. ${LONG}`).reason, /takes no more/);
    }
    assert.equal(fixture.fake.requests.length, before + 1);
  });

  it('does not teach anything when nothing says that it is its size', async (t) => {
    const fixture = await createFixture(t);
    fixture.fake.respondTo((inputs) =>
      inputs.some((input) => input.includes('яд')) ? { kind: 'status', status: 500 } : undefined,
    );
    await fixture.embedder.embed([`${LONG} яд`]);
    const { items } = await fixture.embedder.embed([LONG]);
    assert.ok('vector' in items[0]! && items[0].cut === undefined);
  });

  it('is rejected when even a short beginning fails', async (t) => {
    const fixture = await createFixture(t);
    fixture.fake.respondTo((inputs) =>
      inputs.some((input) => input.includes('яд')) ? { kind: 'status', status: 500 } : undefined,
    );
    const { items } = await fixture.embedder.embed([`яд ${LONG}`, SHORT]);
    assert.deepEqual(
      items.map((item) => 'rejected' in item),
      [true, false],
    );
    assert.ok(fixture.fake.requests.length < 25, `${fixture.fake.requests.length} requests`);
  });

  it('is cut to EMBEDDING_MAX_TOKENS before it is sent, and said to be', async (t) => {
    const fixture = await createFixture(t, { maxInputTokens: 512 });
    const { items } = await fixture.embedder.embed([LONG, SHORT]);
    assert.match(cutOf(items[0], fixture, LONG).reason, /EMBEDDING_MAX_TOKENS is 512/);
    assert.ok('vector' in items[1]! && items[1].cut === undefined);
    assert.equal(fixture.fake.requests.length, 1);
  });

  it('is said to be cut when it is longer than any model takes', async (t) => {
    const fixture = await createFixture(t);
    const endless = 'слово '.repeat(30_000);
    const { items } = await fixture.embedder.embed([endless]);
    assert.match(cutOf(items[0], fixture, endless).reason, /8192/);
  });

  it('of emoji does not make the window of all other texts tiny', async (t) => {
    const fixture = await createFixture(t);
    const theirs = (text: string) =>
      Array.from(text).reduce((sum, char) => sum + (char > '\uffff' ? 8 : 0.3), 0);
    fixture.fake.respondTo((inputs) => {
      const given = Math.ceil(Math.max(...inputs.map(theirs)));
      return given > LIMIT ? REFUSALS['with both sizes']!(given) : undefined;
    });
    await fixture.embedder.embed([LONG]);
    await fixture.embedder.embed(['😀'.repeat(2_000)]);
    const { items } = await fixture.embedder.embed([LONG]);
    assert.ok(cutOf(items[0], fixture, LONG).chars > 600);
  });
});
