import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createLocalEmbedder } from '../../../src/embedding/local-embedder.ts';
import { CHUNKS, HELD_OUT_QUESTIONS, TUNING_QUESTIONS, type Question } from './lexical-quality-corpus.ts';
import { vectorsOf } from './openai-fixture.ts';

const embedder = createLocalEmbedder();

async function similarity(a: string, b: string): Promise<number> {
  const [left, right] = vectorsOf(await embedder.embed([a, b]));
  return dot(left!, right!);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe('the local embedder', () => {
  it('gives unit vectors of 1536 finite numbers for any text at all', async () => {
    const texts = [
      '',
      ' ',
      '!!! …',
      '👍🏽',
      '\0',
      '\ud800',
      'a\udc00б\0',
      'и',
      '𝟘',
      'слово',
      'x'.repeat(100_000),
      '٣',
    ];
    for (const vector of vectorsOf(await embedder.embed(texts))) {
      assert.equal(vector.length, 1536);
      assert.ok(Math.abs(dot(vector, vector) - 1) < 2e-3);
    }
  });

  it('gives the same vector for the same text, whatever was embedded before', async () => {
    const fresh = createLocalEmbedder();
    await fresh.embed(
      Array.from({ length: 3_000 }, (_, i) => `слово${i} word${i} ещё${i} прочее${i} кот${i}`),
    );
    const text = Object.values(CHUNKS)[0]!;
    assert.deepEqual(await fresh.embed([text]), await embedder.embed([text]));
  });

  it('gives the vectors that are stored under the name of its model', async () => {
    const digest = createHash('sha256');
    for (const vector of vectorsOf(await embedder.embed(Object.values(CHUNKS)))) {
      digest.update(new Uint8Array(vector.buffer));
    }
    // Another digest means other vectors: then LOCAL_MODEL needs a new name, or old chunks are never embedded anew.
    assert.equal(digest.digest('hex').slice(0, 16), 'c430935adffef674');
    assert.equal(embedder.model, 'local-lexical-1');
  });

  it('takes ё for е, capitals for small letters and composed letters for plain ones', async () => {
    assert.ok((await similarity('Ещё ЧЁРНЫЙ чай', 'еще черный ЧАЙ'.normalize('NFD'))) > 0.999);
  });

  it('matches inflections and typos, in Russian and in English', async () => {
    assert.ok((await similarity('кроссовки', 'кроссовок')) > 0.7);
    assert.ok((await similarity('чайников', 'чайник')) > 0.9);
    assert.ok((await similarity('orders', 'order')) > 0.9);
    assert.ok((await similarity('кросовки', 'кроссовки')) > 0.1);
    assert.ok((await similarity('кроссовки', 'чайник')) < 0.1);
  });

  it('matches a number whole or not at all', async () => {
    assert.ok((await similarity('123456789', '123456789')) > 0.999);
    assert.ok((await similarity('артикул 123456789', CHUNKS['order:nike']!)) > 0.3);
    assert.ok(Math.abs(await similarity('123456789', '123456780')) < 0.05);
    assert.ok(Math.abs(await similarity('123456789', '23456789')) < 0.05);
    assert.ok((await similarity('4 990 ₽', '4990')) > 0.999);
  });

  it('bills nothing', async () => {
    const { tokens, requests, retries } = await embedder.embed(['текст']);
    assert.deepEqual({ tokens, requests, retries }, { tokens: 0, requests: 0, retries: 0 });
  });

  it('lets other work of the process go on meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await embedder.embed(
      Array.from({ length: 2_000 }, (_, i) => `${Object.values(CHUNKS)[i % 27]!} ${i}`.repeat(3)),
    );
    clearInterval(timer);
    assert.ok(turns >= 2, `${turns} turns of a timer`);
  });

  it('stops with the reason of an aborted signal', async () => {
    const reason = new Error('stopping');
    await assert.rejects(embedder.embed(['текст'], { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    setImmediate(() => controller.abort(reason));
    const many = Array.from({ length: 100_000 }, (_, i) => `текст ${i}`);
    await assert.rejects(embedder.embed(many, { signal: controller.signal }), reason);
  });

  for (const [name, questions] of Object.entries({
    tuning: TUNING_QUESTIONS,
    'held-out': HELD_OUT_QUESTIONS,
  })) {
    it(`ranks the right chunk first for nine of ten ${name} questions`, async () => {
      const hits = await countHits(questions);
      assert.ok(hits / questions.length >= 0.9, `${hits} of ${questions.length}`);
    });
  }
});

async function countHits(questions: readonly Question[]): Promise<number> {
  const names = Object.keys(CHUNKS);
  const chunks = vectorsOf(await embedder.embed(Object.values(CHUNKS)));
  const asked = vectorsOf(await embedder.embed(questions.map((question) => question.text)));
  return questions.filter(({ expected }, i) => {
    const scores = chunks.map((chunk) => dot(chunk, asked[i]!));
    return expected.includes(names[scores.indexOf(Math.max(...scores))]!);
  }).length;
}
