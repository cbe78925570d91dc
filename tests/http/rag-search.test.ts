import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createLocalEmbedder, LOCAL_MODEL } from '../../src/embedding/local-embedder.ts';
import { encodeVector } from '../../src/embedding/vector-codec.ts';
import { AppError } from '../../src/errors.ts';
import { fieldsOf, KEY, startTestApi, type TestApi } from './harness.ts';

const CHUNKS: [type: string, text: string][] = [
  ['review', 'Отзыв\nТовар: Кроссовки беговые\nТекст: подошва отклеилась через неделю'],
  ['product', 'Товар\nНазвание: Кроссовки беговые красные'],
  ['stock', 'Остаток на складе\nТовар: Чайник электрический\nСостояние: заканчивается'],
];

interface SearchAnswer {
  status: string;
  cabinet_id: number;
  query: string;
  model: string;
  semantic: boolean;
  took_ms: number;
  understood: { kind: string; value: unknown; words: string; used: string }[];
  relaxed: { kind: string }[];
  results: {
    chunk_type: string;
    text: string;
    similarity: number | null;
    score: number;
    document_date: string | null;
    updated_at: string;
    explanation?: { vector?: { rank: number }; text?: { rank: number } };
  }[];
}

describe('POST /v1/rag/search', () => {
  let api: TestApi;
  let cabinetId: number;
  before(async () => {
    api = await startTestApi();
    cabinetId = await api.createCabinet();
    const { items } = await createLocalEmbedder().embed(CHUNKS.map(([, text]) => text));
    for (const [place, [type, text]] of CHUNKS.entries()) {
      const item = items[place]!;
      assert.ok('vector' in item);
      await api.database.pool.query(
        `with chunk as (
           insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
           values ($1, 'wb_' || $2 || 's', $3, $2, $4, md5($4)) returning cabinet_id, id, chunk_hash
         )
         insert into rag_embeddings (cabinet_id, metadata_id, model, embedding, chunk_hash)
         select cabinet_id, id, $5, $6::vector(1536)::halfvec(1536), chunk_hash from chunk`,
        [cabinetId, type, place + 1, text, LOCAL_MODEL, encodeVector(item.vector)],
      );
    }
  });
  after(() => api.stop());

  const search = (body: Record<string, unknown>) =>
    api.request('POST', '/v1/rag/search', {
      body: { cabinet_id: cabinetId, query: 'красные кроссовки', ...body },
    });

  it('reads a question that is too long in its first words, says so, and means a repeated day once', async () => {
    const answer = await search({ query: '1 января '.repeat(440) });
    assert.equal(answer.status, 200);
    const {
      read_whole: isWhole,
      understood,
      relaxed,
    } = answer.json as SearchAnswer & { read_whole: boolean };
    assert.equal(isWhole, false);
    assert.deepEqual(
      understood.map(({ kind }) => kind),
      ['period'],
    );
    assert.equal(relaxed.length, 1);
  });

  it('finds the chunk that the question is about first', async () => {
    const answer = await search({});
    assert.equal(answer.status, 200);
    const { results, took_ms: tookMs, ...rest } = answer.json as SearchAnswer;
    assert.deepEqual(rest, {
      status: 'success',
      cabinet_id: cabinetId,
      query: 'красные кроссовки',
      model: LOCAL_MODEL,
      semantic: false,
      understood: [],
      relaxed: [],
      notice: null,
      read_whole: true,
    });
    assert.ok(tookMs >= 0);
    assert.equal(results.length, 3);
    assert.equal(results[0]?.chunk_type, 'product');
    assert.equal(
      Object.keys(results[0]).join(),
      'chunk_id,source_table,source_id,chunk_type,text,updated_at,document_date,similarity,score',
    );
    assert.match(results[0].updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const scores = results.map((result) => result.score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
  });

  it('keeps to the chunk types, the limit and the least similarity of the request', async () => {
    const typesOf = async (body: Record<string, unknown>) =>
      ((await search(body)).json as SearchAnswer).results.map((result) => result.chunk_type);
    assert.deepEqual(await typesOf({ chunk_types: ['stock'] }), ['stock']);
    assert.deepEqual(await typesOf({ limit: 1 }), ['product']);
    assert.deepEqual(await typesOf({ min_similarity: 1 }), []);
  });

  it('says what it understood, and what it let go', async () => {
    const { understood, relaxed, results } = (await search({ query: 'отзывы за вчера' }))
      .json as SearchAnswer;
    assert.deepEqual(
      understood.map(({ kind, words, used }) => [kind, words, used]),
      [
        ['type', 'отзывы', 'filter'],
        ['period', 'за вчера', 'relaxed'],
      ],
    );
    assert.deepEqual(
      relaxed.map(({ kind }) => kind),
      ['period'],
    );
    assert.deepEqual(
      results.map((result) => result.chunk_type),
      ['review'],
    );
  });

  it('can be told not to understand, to search by words alone, and to explain', async () => {
    const answer = await search({ query: 'отзывы подошва', understand: false, mode: 'text', explain: true });
    const { understood, results } = answer.json as SearchAnswer;
    assert.deepEqual(understood, []);
    assert.deepEqual(
      results.map((result) => result.chunk_type),
      ['review'],
    );
    assert.equal(results[0]?.explanation?.text?.rank, 1);
    assert.equal(results[0].explanation.vector, undefined);
    const ignoring = await search({ query: 'отзывы за вчера', ignore: ['period'] });
    assert.deepEqual((ignoring.json as SearchAnswer).relaxed, []);
  });

  it('keeps to the days and the product of the request', async () => {
    assert.deepEqual(((await search({ from: '2026-01-01' })).json as SearchAnswer).results, []);
    assert.deepEqual(((await search({ nm_id: 7 })).json as SearchAnswer).results, []);
  });

  it('finds nothing in the cabinet of somebody else', async () => {
    const other = await api.createCabinet('Чужой');
    const answer = await search({ cabinet_id: other });
    assert.deepEqual((answer.json as SearchAnswer).results, []);
  });

  it('answers 404 for an unknown cabinet', async () => {
    assert.equal((await search({ cabinet_id: 999_999 })).status, 404);
  });

  const REFUSED: [what: string, body: Record<string, unknown>, fields: string[]][] = [
    ['no cabinet', { cabinet_id: undefined }, ['cabinet_id']],
    ['a cabinet as text', { cabinet_id: '1' }, ['cabinet_id']],
    ['a cabinet beyond exact integers', { cabinet_id: 2 ** 60 }, ['cabinet_id']],
    ['no question', { query: undefined }, ['query']],
    ['a blank question', { query: '  ' }, ['query']],
    ['a question of 4 001 characters', { query: 'я'.repeat(4_001) }, ['query']],
    ['a NUL in the question', { query: 'а\0б' }, ['query']],
    ['half an emoji in the question', { query: '\udc00' }, ['query']],
    ['a limit of 0', { limit: 0 }, ['limit']],
    ['a limit of 101', { limit: 101 }, ['limit']],
    ['half a hit', { limit: 0.5 }, ['limit']],
    ['an unknown chunk type', { chunk_types: ['order', 'client'] }, ['chunk_types.1']],
    ['200 000 chunk types', { chunk_types: Array(200_000).fill('x') }, ['chunk_types']],
    ['chunk types that are no list', { chunk_types: 'order' }, ['chunk_types']],
    ['a similarity of 2', { min_similarity: 2 }, ['min_similarity']],
    ['an unknown mode', { mode: 'semantic' }, ['mode']],
    ['a day that is none', { from: '2026-02-30' }, ['from']],
    ['days in the wrong order', { from: '2026-02-02', to: '2026-02-01' }, ['to']],
    ['a product 0', { nm_id: 0 }, ['nm_id']],
    ['an unknown kind to ignore', { ignore: ['colour'] }, ['ignore.0']],
    ['understanding as text', { understand: 'no' }, ['understand']],
    ['a misspelt field', { min_similarty: 0.5 }, ['min_similarty']],
  ];
  for (const [what, body, fields] of REFUSED) {
    it(`refuses ${what}, naming the field`, async () => {
      const answer = await search(body);
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), fields);
    });
  }

  describe('when the embedder does not do its work', () => {
    const embedderThat = (embed: Embedder['embed']): Embedder => ({
      provider: 'openai',
      model: 'm',
      usdPerMillionTokens: null,
      embed,
    });

    const answerOf = async (embed: Embedder['embed'], mode?: string) => {
      const other = await startTestApi({ embedder: embedderThat(embed) });
      try {
        const id = await other.createCabinet();
        return await other.request('POST', '/v1/rag/search', { body: { cabinet_id: id, query: 'x', mode } });
      } finally {
        await other.stop();
      }
    };

    const overQuota: Embedder['embed'] = () =>
      Promise.reject(
        new AppError('embedding_unavailable', 'key sk-123 is over its quota', {
          details: { retryAfterMs: 61_500 },
        }),
      );

    it('searches for the words, and says so without the provider’s', async () => {
      const answer = await answerOf(overQuota);
      assert.equal(answer.status, 200);
      assert.match(answer.text, /"notice":"The embedding provider cannot be reached in time/);
      assert.ok(!answer.text.includes('sk-123'));
    });

    it('answers 503 and when to try again, without the provider’s words, where only vectors are wanted', async () => {
      const answer = await answerOf(overQuota, 'vector');
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get('retry-after'), '62');
      assert.ok(!answer.text.includes('sk-123'));
    });

    it('gives up when the asker hangs up, and is not alarmed by it', async () => {
      const asked = Promise.withResolvers<undefined>();
      const gaveUp = Promise.withResolvers<undefined>();
      const other = await startTestApi({
        embedder: embedderThat(async (_texts, { signal } = {}) => {
          asked.resolve(undefined);
          await once(signal!, 'abort');
          gaveUp.resolve(undefined);
          throw signal!.reason;
        }),
      });
      try {
        const id = await other.createCabinet();
        const asker = new AbortController();
        const answer = fetch(`${other.url}/v1/rag/search`, {
          method: 'POST',
          headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
          body: JSON.stringify({ cabinet_id: id, query: 'x' }),
          signal: asker.signal,
        });
        await asked.promise;
        asker.abort();
        await assert.rejects(answer);
        await gaveUp.promise;
        assert.equal((await other.request('GET', '/health')).status, 200);
        assert.ok(!other.log.some((line) => /"level":"(warn|error)"/.test(line)));
      } finally {
        await other.stop();
      }
    });

    it('searches for the words of a question that the provider refuses, or answers 422 without them', async () => {
      const refusing: Embedder['embed'] = () =>
        Promise.resolve({ items: [{ rejected: 'too long' }], tokens: 0, requests: 1, retries: 0 });
      const answer = await answerOf(refusing, 'vector');
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), ['query']);
      const byWords = await answerOf(refusing);
      assert.equal(byWords.status, 200);
      assert.match(byWords.text, /"notice":"The embedding provider does not take this question/);
    });
  });
});
