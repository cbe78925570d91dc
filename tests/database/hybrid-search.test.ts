import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { AppError, isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createSearch, type SearchRequest } from '../../src/retrieval/search.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { storeChunks, type GivenChunk } from './chunk-store.ts';

const CABINET = 1;
const NOW = new Date('2026-11-25T12:00:00+03:00');

const CHUNKS: Readonly<Record<string, GivenChunk>> = {
  sneakers: {
    type: 'product',
    text: 'Товар\nНазвание: Кроссовки Клевер белые\nАртикул WB (nm_id): 101001\nАртикул продавца: КР-42/бел\nБренд: Шагомира\nКатегория: Кроссовки\nЦена со скидкой: 4990 ₽\nРейтинг: 4.7 из 5\nНаличие: в наличии',
  },
  jeans: {
    type: 'product',
    text: 'Товар\nНазвание: Джинсы прямые Опушка\nАртикул WB (nm_id): 101002\nАртикул продавца: DZH-7\nБренд: Ниткоград\nКатегория: Джинсы\nЦена со скидкой: 2490 ₽\nРейтинг: 3.9 из 5\nНаличие: в наличии',
  },
  orderYesterday: {
    type: 'order',
    text: 'Заказ\nНомер заказа: 11.rfe3d1eec70d93ed3ef30.0.0\nТовар: Кроссовки Клевер белые\nАртикул WB (nm_id): 101001\nБренд: Шагомира\nКатегория: Обувь\nПредмет: Кроссовки\nРазмер: 42\nКоличество: 1 шт.\nСумма: 4990 ₽\nРегион доставки: Москва\nДата заказа: 2026-11-24\nСтатус: активен',
  },
  orderOctober: {
    type: 'order',
    text: 'Заказ\nНомер заказа: o-2\nТовар: Джинсы прямые Опушка\nАртикул WB (nm_id): 101002\nБренд: Ниткоград\nПредмет: Джинсы\nРазмер: 30\nСумма: 2490 ₽\nРегион доставки: Казань\nДата заказа: 2026-10-05\nСтатус: отменён',
  },
  buyout: {
    type: 'sale',
    text: 'Продажа (ВЫКУП)\nТовар: Джинсы прямые Опушка\nАртикул WB (nm_id): 101002\nБренд: Ниткоград\nРазмер: 30\nСумма: 2490 ₽\nДата: 2026-11-20',
  },
  returned: {
    type: 'sale',
    text: 'Продажа (ВОЗВРАТ)\nТовар: Кроссовки Клевер белые\nАртикул WB (nm_id): 101001\nБренд: Шагомира\nРазмер: 42\nСумма: 4990 ₽\nДата: 2026-11-22',
  },
  stock: {
    type: 'stock',
    text: 'Остаток на складе\nТовар: Кроссовки Клевер белые\nАртикул WB (nm_id): 101001\nБренд: Шагомира\nКатегория: Кроссовки\nРазмер: 42\nСклад: Коледино\nКоличество: 3 шт.\nСостояние: заканчивается',
  },
  badReview: {
    type: 'review',
    text: 'Отзыв\nТовар: Кроссовки Клевер белые\nАртикул WB (nm_id): 101001\nОценка: 1 из 5 (негативный)\nДата отзыва: 2026-11-23\nОтвет продавца: нет\nТекст: Подошва отклеилась через неделю',
  },
  goodReview: {
    type: 'review',
    text: 'Отзыв\nТовар: Джинсы прямые Опушка\nАртикул WB (nm_id): 101002\nОценка: 5 из 5 (позитивный)\nДата отзыва: 2026-11-10\nОтвет продавца: есть\nТекст: Сели отлично, спасибо',
  },
};

describe('hybrid search', () => {
  let database: TestDatabase;
  let vector: Database;
  const names = new Map<number, string>();

  before(async () => {
    database = await createTestDatabase();
    vector = createDatabase({
      variable: 'RAG_DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 4,
      applicationName: 'wb-assist test',
      log: silentLog(),
    });
    const ids = await storeChunks(database.pool, CABINET, Object.values(CHUNKS));
    Object.keys(CHUNKS).forEach((name, place) => names.set(ids[place]!, name));
  });
  after(async () => {
    await vector.close();
    await database.drop();
  });

  const search = (
    query: string,
    request: Partial<SearchRequest> = {},
    embedder: Embedder = createLocalEmbedder(),
  ) =>
    createSearch({ vector, embedders: createEmbeddersFrom(embedder), now: () => NOW }).search({
      cabinetId: CABINET,
      query,
      ...request,
    });
  const found = async (query: string, request?: Partial<SearchRequest>) =>
    (await search(query, request)).hits.map(({ chunkId: id }) => names.get(id)!);

  it('keeps to what the question says', async () => {
    const table: Readonly<Record<string, readonly string[]>> = {
      'заказы за вчера': ['orderYesterday'],
      'отменённые заказы': ['orderOctober'],
      возвраты: ['returned'],
      'что выкупили': ['buyout'],
      'негативные отзывы': ['badReview'],
      'отзывы без ответа': ['badReview'],
      'отзывы про ниткоград': ['goodReview'],
      'остатки по кросам': ['stock'],
      'что заканчивается': ['stock'],
      'что лежит на складе коледино': ['stock'],
      'заказы в октябре': ['orderOctober'],
      'заказы за 24 ноября и за 5 октября': ['orderYesterday', 'orderOctober'],
      'заказы за 23 ноября и за 5 октября': ['orderOctober'],
      'заказы дороже 3000': ['orderYesterday'],
      'заказы 42 размера': ['orderYesterday'],
      'заказы в Казань': ['orderOctober'],
      'товары с рейтингом ниже 4': ['jeans'],
      'товары дешевле 3000 руб': ['jeans'],
    };
    for (const [question, expected] of Object.entries(table)) {
      const { hits, relaxed } = await search(question);
      assert.deepEqual([hits.map(({ chunkId: id }) => names.get(id)), relaxed], [expected, []], question);
    }
  });

  it('finds numbers and articles exactly, however they are written', async () => {
    assert.equal((await found('101001'))[0], 'sneakers');
    assert.ok((await found('101001')).every((name) => CHUNKS[name]!.text.includes('101001')));
    assert.equal((await found('кр 42 бел', { chunkTypes: ['product'] }))[0], 'sneakers');
    assert.equal((await found('КР-42/бел', { understand: false, mode: 'text' }))[0], 'sneakers');
    assert.equal((await found('11.rfe3d1eec70d93ed3ef30.0.0'))[0], 'orderYesterday');
  });

  it('fuses what vectors and words find, and explains it', async () => {
    const { hits } = await search('отклеилась подошва', { understand: false, explain: true });
    assert.equal(names.get(hits[0]!.chunkId), 'badReview');
    const { vector: byVector, text } = hits[0]!.explanation!;
    assert.deepEqual([byVector!.rank, text!.rank], [1, 1]);
    const expected = byVector!.weight / (60 + byVector!.rank) + text!.weight / (60 + text!.rank);
    assert.ok(Math.abs(hits[0]!.score - expected) < 1e-9);
    assert.equal((await search('подошва')).hits[0]!.explanation, undefined);
    const scores = hits.map(({ score }) => score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
  });

  it('asks no provider where only words are compared', async () => {
    const refusing: Embedder = {
      provider: 'openai',
      model: 'm',
      usdPerMillionTokens: null,
      embed: () => Promise.reject(new AppError('embedding_unavailable', 'gone')),
    };
    const { hits } = await search('подошва', { mode: 'text' }, refusing);
    assert.equal(names.get(hits[0]!.chunkId), 'badReview');
    assert.equal(hits[0]!.similarity, null);
  });

  it('searches for words where the question cannot be embedded, and says so', async () => {
    const failing = (embed: Embedder['embed']): Embedder => ({
      ...{ provider: 'openai', model: 'm', usdPerMillionTokens: null, embed },
    });
    const rejected = [{ rejected: 'no' }];
    const embedders: Record<string, Embedder> = {
      'cannot be reached in time': failing(() =>
        Promise.reject(new AppError('embedding_unavailable', 'gone')),
      ),
      'does not take this question': failing(() =>
        Promise.resolve({ items: rejected, tokens: 0, requests: 1, retries: 0 }),
      ),
    };
    for (const [why, embedder] of Object.entries(embedders)) {
      const { hits, notice, semantic } = await search('подошва', { minSimilarity: 0.9 }, embedder);
      assert.equal(names.get(hits[0]!.chunkId), 'badReview');
      assert.deepEqual(
        [notice, semantic],
        [`The embedding provider ${why}: only words were compared.`, false],
      );
      await assert.rejects(search('подошва', { mode: 'vector' }, embedder), (error) => isAppError(error));
    }
    assert.equal((await search('подошва')).notice, null);
  });

  it('embeds a question once a model', async () => {
    const asked: string[] = [];
    const local = createLocalEmbedder();
    const counting: Embedder = {
      ...local,
      embed: (texts, options) => {
        asked.push(...texts);
        return local.embed(texts, options);
      },
    };
    const asker = createSearch({
      vector,
      embedders: createEmbeddersFrom(counting),
      now: () => NOW,
    });
    const first = await asker.search({ cabinetId: CABINET, query: 'подошва' });
    const second = await asker.search({ cabinetId: CABINET, query: ' подошва ' });
    await asker.search({ cabinetId: CABINET + 1, query: 'подошва' });
    await asker.search({ cabinetId: CABINET, query: 'молния' });
    assert.deepEqual(asked, ['подошва', 'молния']);
    assert.deepEqual(first.hits, second.hits);
  });

  it('stores a chunk with a name without an end, and finds it by its beginning', async () => {
    const words = Array.from({ length: 120_000 }, (_, n) => `слово${n.toString(36)}`).join(' ');
    const [id] = await storeChunks(database.pool, CABINET + 9, [
      { type: 'order', text: `Заказ\nТовар: ${words}\nБренд: Тополея` },
    ]);
    const { rows } = await database.pool.query<{ found: boolean }>(
      `select words @@ to_tsquery('pg_catalog.russian', 'слово1') as found from rag_metadata where id = $1`,
      [id],
    );
    assert.deepEqual(rows, [{ found: true }]);
  });

  it('knows names that only the newest rows have, at once', async () => {
    const cabinet = CABINET + 7;
    const asker = createSearch({
      vector,
      embedders: createEmbeddersFrom(createLocalEmbedder()),
      now: () => NOW,
    });
    const order = (place: number, name: string) =>
      `Заказ\nТовар: Проба номер ${place} ${name}\nАртикул WB (nm_id): ${199_100_000 + place}\nДата заказа: 2026-11-24`;
    /** As a run of the indexer leaves it. */
    const store = async (text: string) => {
      const [id] = await storeChunks(database.pool, cabinet, [{ type: 'order', text }]);
      await database.pool.query(
        `insert into rag_index_status (cabinet_id, indexing_status, total_chunks) values ($1, 'completed', 1)
         on conflict (cabinet_id) do update set total_chunks = rag_index_status.total_chunks + 1, updated_at = now()`,
        [cabinet],
      );
      return id;
    };
    const names = ['абвгде', 'жзиклм', 'нопрст', 'уфхцчш'];
    for (const [place, name] of names.entries()) {
      const id = await store(order(place, name));
      const { hits } = await asker.search({
        ...{ cabinetId: cabinet, query: `Проба номер ${place} ${name} ${199_100_000 + place}` },
        chunkTypes: ['order'],
      });
      assert.equal(hits[0]?.chunkId, id, name);
    }
  });

  it('lets a filter go that leaves nothing, the least certain first, and says so', async () => {
    const { hits, understood, relaxed } = await search('возвраты кроссовок за октябрь дороже 100 рублей');
    assert.deepEqual(
      hits.map(({ chunkId: id }) => names.get(id)),
      ['returned'],
    );
    assert.deepEqual(
      relaxed.map(({ kind, words, used }) => [kind, words, used]),
      [['period', 'за октябрь', 'relaxed']],
    );
    assert.equal(understood.filter(({ used }) => used === 'filter').length, 3);
  });

  it('shows bad reviews of other days before good ones of these, because nobody asked for those', async () => {
    // On the 10th there is a good one; the bad one is of the 23rd.
    const { hits, relaxed } = await search('негативные отзывы 10 ноября');
    assert.deepEqual(
      relaxed.map(({ kind }) => kind),
      ['period'],
    );
    assert.deepEqual(
      hits.map(({ chunkId: id }) => names.get(id)),
      ['badReview'],
    );
  });

  it('keeps what rows are asked for when nothing is in the state that is asked for', async () => {
    const { hits, relaxed } = await search('какие товары закончились');
    assert.deepEqual(
      relaxed.map(({ kind }) => kind),
      ['state'],
    );
    assert.deepEqual(new Set(hits.map(({ chunkType: type }) => type)), new Set(['product']));
  });

  it('lets several go, one after the other', async () => {
    const { hits, relaxed } = await search('отзывы про шагомиру за октябрь на 4 звезды');
    assert.deepEqual(relaxed.map(({ kind }) => kind).sort(), ['period', 'rating']);
    assert.deepEqual(
      hits.map(({ chunkId: id }) => names.get(id)),
      ['badReview'],
    );
  });

  it('never lets go what the request itself demands', async () => {
    assert.deepEqual(await found('отзывы', { from: '2020-01-01', to: '2020-12-31' }), []);
    assert.deepEqual(await found('отзывы', { nmId: 5 }), []);
    assert.deepEqual(await found('подошва', { minSimilarity: 1 }), []);
  });

  it('obeys the request where the question says otherwise', async () => {
    assert.deepEqual(await found('заказы за вчера', { from: '2026-10-01', to: '2026-10-31' }), [
      'orderOctober',
    ]);
    assert.deepEqual(await found('отзывы про ниткоград', { nmId: 101_001 }), ['badReview']);
    assert.deepEqual(
      await found('возвраты', { chunkTypes: ['review'], understand: true }).then((all) => all.sort()),
      ['badReview', 'goodReview'],
    );
    assert.equal((await found('заказы за вчера', { ignore: ['period'] })).length, 2);
    assert.equal((await found('заказы за вчера', { understand: false })).length, Object.keys(CHUNKS).length);
  });

  it('puts the newest first where they are asked for', async () => {
    assert.deepEqual(await found('последние отзывы'), ['badReview', 'goodReview']);
    assert.deepEqual(await found('последние заказы'), ['orderYesterday', 'orderOctober']);
  });

  it('counts days in the time zone of the seller', async () => {
    const night = new Date('2026-11-24T22:30:00Z');
    const ask = async (timeZone: string) =>
      (
        await createSearch(
          { vector, embedders: createEmbeddersFrom(createLocalEmbedder()), now: () => night },
          { timeZone },
        ).search({ cabinetId: CABINET, query: 'заказы за вчера' })
      ).relaxed.length;
    assert.deepEqual([await ask('Europe/Moscow'), await ask('UTC')], [0, 1]);
  });

  it('takes nothing that a buyer wrote for what the chunk is', async () => {
    const other = 77;
    await storeChunks(database.pool, other, [
      {
        type: 'review',
        text: 'Отзыв\nТовар: Плед\nТекст: ок\nОценка: 1 из 5 (негативный)\nАртикул WB (nm_id): 101001\nДата отзыва: 2026-11-24\nОтвет продавца: нет',
      },
    ]);
    const { rows } = await database.pool.query(
      'select nm_id, rating, document_date, state, name from rag_metadata where cabinet_id = $1',
      [other],
    );
    assert.deepEqual(rows, [{ nm_id: null, rating: null, document_date: null, state: null, name: 'Плед' }]);
  });

  it('understands a product as soon as its chunk is there, and no more when it is gone', async () => {
    const cabinetId = 78;
    const asker = createSearch({
      vector,
      embedders: createEmbeddersFrom(createLocalEmbedder()),
      now: () => NOW,
    });
    const understood = async () =>
      (await asker.search({ cabinetId, query: 'отзывы про снегоступы' })).understood.map(({ kind }) => kind);
    await storeChunks(database.pool, cabinetId, [{ type: 'review', text: 'Отзыв\nТовар: Плед\nТекст: ок' }]);
    assert.deepEqual(await understood(), ['type']);
    await storeChunks(database.pool, cabinetId, [
      {
        type: 'product',
        text: 'Товар\nНазвание: Снегоступы Таймыр\nАртикул WB (nm_id): 7001\nКатегория: Снегоступы',
      },
    ]);
    assert.deepEqual(await understood(), ['type', 'category']);
    await database.pool.query("delete from rag_metadata where cabinet_id = $1 and chunk_type = 'product'", [
      cabinetId,
    ]);
    assert.deepEqual(await understood(), ['type']);
  });

  it('finds chunks that nothing can be read out of, and holds to odd questions', async () => {
    const cabinetId = 79;
    await storeChunks(database.pool, cabinetId, [{ type: 'order', text: 'ничего особенного' }]);
    for (const query of [
      'ничего',
      "'; drop table rag_metadata; --",
      '🙂',
      '((',
      "\\' | & ! :*",
      'а'.repeat(4000),
      '٣',
    ]) {
      const { hits } = await search(query, { cabinetId });
      assert.equal(hits.length, 1, query.slice(0, 20));
    }
  });
});
