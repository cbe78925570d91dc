import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import type pg from 'pg';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import type { EmbeddingItem } from '../../src/embedding/embedder.ts';
import { createEmbeddersFrom, type Embedders } from '../../src/embedding/embedders.ts';
import { encodeVector, encodeVectorArray } from '../../src/embedding/vector-codec.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createSearch, type SearchRequest } from '../../src/retrieval/search.ts';
import { padVector } from '../helpers/pad-vector.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

const MODEL = 'model-of-the-test';

/** Questions of these tests are directions: `30` is the unit vector at 30°, so similarities are cosines of differences. */
const direction = (degrees: number): Float32Array => {
  const radians = (degrees * Math.PI) / 180;
  return padVector([Math.cos(radians), Math.sin(radians)]);
};

const embeddersOf = (embedOne: (text: string) => EmbeddingItem): Embedders =>
  createEmbeddersFrom({
    provider: 'local',
    model: MODEL,
    usdPerMillionTokens: 0,
    embed: (texts) => Promise.resolve({ items: texts.map(embedOne), tokens: 0, requests: 0, retries: 0 }),
  });

interface ChunkOptions {
  cabinetId?: number;
  chunkType?: string;
  model?: string;
  /** The text that the vector was made of, when it is not the chunk's. */
  embeddedText?: string;
}

describe('search in the vector database', () => {
  let database: TestDatabase;
  let vector: Database;
  let sourceId = 0;

  before(async () => {
    database = await createTestDatabase();
    vector = createDatabase({
      variable: 'RAG_DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'wb-assist test',
      log: silentLog(),
    });
  });
  beforeEach(() => database.pool.query('truncate rag_metadata, rag_embeddings'));
  after(async () => {
    await vector.close();
    await database.drop();
  });

  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

  async function addChunk(text: string, degrees: number, options: ChunkOptions = {}): Promise<number> {
    const { cabinetId = 1, chunkType = 'order', model = MODEL, embeddedText = text } = options;
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       values ($1, 'wb_orders', $2, $3, $4, $5) returning id`,
      [cabinetId, ++sourceId, chunkType, text, hashOf(text)],
    );
    const id = Number(rows[0]!.id);
    await database.pool.query(
      `insert into rag_embeddings (cabinet_id, metadata_id, model, embedding, chunk_hash)
       values ($1, $2, $3, $4::vector(1536)::halfvec(1536), $5)`,
      [cabinetId, id, model, encodeVector(direction(degrees)), hashOf(embeddedText)],
    );
    return id;
  }

  const search = (request: Partial<SearchRequest> = {}) =>
    createSearch({ vector, embedders: embeddersOf((text) => ({ vector: direction(Number(text)) })) }).search({
      cabinetId: 1,
      query: '0',
      ...request,
    });
  const textsOf = async (request?: Partial<SearchRequest>) =>
    (await search(request)).hits.map((hit) => hit.text);

  it('orders hits by similarity and says what it is', async () => {
    await addChunk('far', 80);
    await addChunk('near', 10);
    await addChunk('opposite', 180);
    const { hits, model, semantic } = await search();
    assert.deepEqual(
      hits.map((hit) => hit.text),
      ['near', 'far', 'opposite'],
    );
    const expected = [10, 80, 180].map((degrees) => Math.cos((degrees * Math.PI) / 180));
    for (const [place, hit] of hits.entries()) assert.ok(Math.abs(hit.similarity! - expected[place]!) < 1e-3);
    assert.deepEqual({ model, semantic }, { model: MODEL, semantic: false });
  });

  it('gives every field of a hit in its type', async () => {
    const id = await addChunk('Заказ', 0, { chunkType: 'order' });
    const { hits } = await search();
    assert.equal(hits.length, 1);
    const { similarity, score, updatedAt, ...rest } = hits[0]!;
    assert.ok(score > 0);
    assert.deepEqual(rest, {
      chunkId: id,
      sourceTable: 'wb_orders',
      sourceId: sourceId,
      chunkType: 'order',
      text: 'Заказ',
      documentDate: null,
    });
    assert.ok(Math.abs(similarity! - 1) < 1e-3);
    assert.ok(updatedAt instanceof Date);
  });

  it('orders equally similar hits by id', async () => {
    for (const text of ['a', 'b', 'c', 'd']) await addChunk(text, 20);
    assert.deepEqual(await textsOf(), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await textsOf({ limit: 2 }), ['a', 'b']);
  });

  it('never leaves its cabinet, even for a perfect match', async () => {
    await addChunk('of another cabinet', 0, { cabinetId: 2 });
    await addChunk('own', 90);
    assert.deepEqual(await textsOf(), ['own']);
    assert.deepEqual(await textsOf({ cabinetId: 2 }), ['of another cabinet']);
    assert.deepEqual(await textsOf({ cabinetId: 3 }), []);
  });

  it('looks only at the chunk types asked for', async () => {
    await addChunk('an order', 0);
    await addChunk('a review', 10, { chunkType: 'review' });
    await addChunk('a sale', 20, { chunkType: 'sale' });
    assert.deepEqual(await textsOf({ chunkTypes: ['review'] }), ['a review']);
    assert.deepEqual(await textsOf({ chunkTypes: ['sale', 'review'], limit: 1 }), ['a review']);
    assert.deepEqual(await textsOf({ chunkTypes: ['stock'] }), []);
    assert.equal((await textsOf({ chunkTypes: [] })).length, 3);
  });

  it('drops hits below the least similarity', async () => {
    await addChunk('same', 0);
    await addChunk('half', 59);
    await addChunk('little', 61);
    assert.deepEqual(await textsOf({ minSimilarity: 0.5 }), ['same', 'half']);
    assert.deepEqual(await textsOf({ minSimilarity: -1 }), ['same', 'half', 'little']);
    assert.deepEqual(await textsOf({ minSimilarity: 0.999, query: '180' }), []);
  });

  it('gives at most as many hits as asked for, ten by default', async () => {
    for (let place = 0; place < 12; place++) await addChunk(`chunk ${place}`, place);
    assert.equal((await textsOf()).length, 10);
    assert.deepEqual(await textsOf({ limit: 1 }), ['chunk 0']);
    assert.equal((await textsOf({ limit: 100 })).length, 12);
  });

  it('never lets a vector answer for a text that it was not made of', async () => {
    await addChunk('rewritten', 0, { embeddedText: 'as it was before' });
    await addChunk('up to date', 50);
    assert.deepEqual(await textsOf(), ['up to date']);
    assert.deepEqual(await textsOf({ limit: 1 }), ['up to date']);
  });

  it('finds the nearest, however many nearer vectors wait to be replaced', async () => {
    for (let place = 0; place < 30; place++)
      await addChunk(`rewritten ${place}`, place, { embeddedText: 'before' });
    for (const degrees of [60, 40, 50]) await addChunk(`at ${degrees}`, degrees);
    for (const mode of ['vector', 'hybrid'] as const) {
      assert.deepEqual(await textsOf({ mode, limit: 2 }), ['at 40', 'at 50']);
    }
    assert.deepEqual(await textsOf({ limit: 5, minSimilarity: 0.6 }), ['at 40', 'at 50']);
  });

  it('puts the next one in the place of a hit that is deleted before it is read', async () => {
    for (const degrees of [10, 20, 30, 40]) await addChunk(`at ${degrees}`, degrees);
    let deleted = false;
    const pool = {
      async query(given: string | pg.QueryConfig, values?: unknown[]) {
        if (!deleted && (typeof given === 'string' ? given : given.text).includes('chunk_text as text')) {
          deleted = true;
          await database.pool.query(`delete from rag_metadata where chunk_text in ('at 10', 'at 30')`);
        }
        return vector.pool.query(given as string, values);
      },
    } as unknown as Database['pool'];
    const embedders = embeddersOf(() => ({ vector: direction(0) }));
    const { hits } = await createSearch({ vector: { ...vector, pool }, embedders }).search({
      ...{ cabinetId: 1, query: '0', limit: 2 },
    });
    assert.deepEqual(
      hits.map(({ text }) => text),
      ['at 20', 'at 40'],
    );
  });

  it('never compares vectors of different models', async () => {
    await addChunk('of another model', 0, { model: 'another-model' });
    await addChunk('of this model', 50);
    assert.deepEqual(await textsOf(), ['of this model']);
  });

  it('refuses a question that the provider refuses, with its reason, where only vectors are wanted', async () => {
    const refusing = createSearch({ vector, embedders: embeddersOf(() => ({ rejected: 'too odd' })) });
    await assert.rejects(
      refusing.search({ cabinetId: 1, query: 'x', mode: 'vector' }),
      (error) => isAppError(error, 'invalid_request') && error.message.includes('too odd'),
    );
  });

  const OUT_OF_BOUNDS: [string, Partial<SearchRequest>][] = [
    ['an empty question', { query: '' }],
    ['a blank question', { query: ' \n ' }],
    ['a question of 4 001 characters', { query: 'я'.repeat(4_001) }],
    ['a NUL in the question', { query: 'a\0b' }],
    ['an unpaired surrogate in the question', { query: 'a\ud800' }],
    ['no hits at all', { limit: 0 }],
    ['more than 100 hits', { limit: 101 }],
    ['a fraction of a hit', { limit: 1.5 }],
    ['a similarity above 1', { minSimilarity: 1.01 }],
    ['a similarity that is no number', { minSimilarity: NaN }],
    ['a cabinet 0', { cabinetId: 0 }],
    ['a cabinet beyond exact integers', { cabinetId: 2 ** 53 }],
  ];
  for (const [what, request] of OUT_OF_BOUNDS) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(search(request), (error) => isAppError(error, 'invalid_request'));
    });
  }

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    const other = createSearch({ vector, embedders: embeddersOf(() => ({ vector: direction(0) })) });
    await assert.rejects(other.search({ cabinetId: 1, query: '0' }, { signal }), /gone/);
  });

  it('has the database compare for so many at once; who hangs up leaves the line', async () => {
    await addChunk('one', 10);
    // The real pool, whose comparisons are held back until the test lets them go.
    const held: (() => void)[] = [];
    const pool = {
      async query(text: string | pg.QueryConfig, values?: unknown[]) {
        if (typeof text === 'string' && text.includes('<=>'))
          await new Promise<void>((resolve) => held.push(resolve));
        return vector.pool.query(text as string, values);
      },
    } as unknown as Database['pool'];
    const limited = createSearch(
      {
        vector: { ...vector, pool },
        embedders: embeddersOf(() => ({ vector: direction(0) })),
      },
      { concurrency: 2 },
    );
    const leave = new AbortController();
    const answered: number[] = [];
    const ask = async (place: number, signal?: AbortSignal) => {
      const { hits } = await limited.search(
        { cabinetId: 1, query: String(place), mode: 'vector', understand: false },
        { signal },
      );
      answered.push(place);
      return hits.length;
    };
    const first = [ask(1), ask(2)];
    await until('two compare', () => held.length === 2);
    const leaving = assert.rejects(ask(3, leave.signal), /gone/);
    const rest = [ask(4), ask(5)];
    // Whatever else there is to do before a comparison is done by now.
    await vector.pool.query('select 1');
    leave.abort(new Error('gone'));
    await leaving;
    assert.equal(held.length, 2);
    for (let i = 0; i < 4; i += 1) {
      await until('the next one compares', () => held.length > 0);
      held.shift()!();
    }
    assert.deepEqual(await Promise.all([...first, ...rest]), [1, 1, 1, 1]);
    assert.deepEqual(answered.toSorted(), [1, 2, 4, 5]);
  });

  it('reads back from Postgres the vectors that it wrote, one and many', async () => {
    const { rows: types } = await database.pool.query<{ oid: number }>(
      `select 'vector'::regtype::oid as oid`,
    );
    const vectors = [direction(0), direction(33), direction(271)];
    const { rows } = await database.pool.query<{ one: string; many: string[] }>(
      `select $1::vector::text as one, (select array_agg(v::text order by place)
         from unnest($2::vector[]) with ordinality as given (v, place)) as many`,
      [encodeVector(vectors[1]!), encodeVectorArray(vectors, types[0]!.oid)],
    );
    const parse = (text: string) => [...Float32Array.from(JSON.parse(text) as number[])];
    assert.deepEqual(parse(rows[0]!.one), [...vectors[1]!]);
    assert.deepEqual(
      rows[0]!.many.map(parse),
      vectors.map((v) => [...v]),
    );
    const { rows: none } = await database.pool.query('select v from unnest($1::vector[]) as v', [
      encodeVectorArray([], types[0]!.oid),
    ]);
    assert.deepEqual(none, []);
  });
});
