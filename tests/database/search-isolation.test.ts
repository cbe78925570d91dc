import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { silentLog } from '../../src/log.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import { SEARCH_MODES } from '../../src/retrieval/search-request.ts';
import type { ChunkType } from '../../src/source-tables.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { storeChunks, type GivenChunk } from './chunk-store.ts';

const NOW = new Date('2026-11-25T12:00:00+03:00');
const BRANDS = ['Шагомира', 'Тополея', 'Ниткоград'];
const THINGS = ['Кроссовки', 'Джинсы', 'Худи'];
/** The same numbers in every cabinet: two sellers may well have the same product. */
const NM_IDS = [101_001, 101_002, 101_003];

const chunk: fc.Arbitrary<GivenChunk> = fc
  .record({
    type: fc.constantFrom<ChunkType>('order', 'sale', 'review', 'stock', 'product'),
    place: fc.nat(2),
    day: fc.constantFrom('2026-11-24', '2026-11-20', '2026-10-03'),
    stars: fc.integer({ min: 1, max: 5 }),
    isReturn: fc.boolean(),
  })
  .map(({ type, place, day, stars, isReturn }) => {
    const name = `${THINGS[place]!} Клевер`;
    const number = `Артикул WB (nm_id): ${NM_IDS[place]!}`;
    const brand = `Бренд: ${BRANDS[place]!}`;
    const texts: Readonly<Record<ChunkType, string>> = {
      order: `Заказ\nТовар: ${name}\n${number}\n${brand}\nПредмет: ${THINGS[place]!}\nСумма: ${stars}990 ₽\nДата заказа: ${day}`,
      sale: `Продажа (${isReturn ? 'ВОЗВРАТ' : 'ВЫКУП'})\nТовар: ${name}\n${number}\n${brand}\nСумма: ${stars}990 ₽\nДата: ${day}`,
      review: `Отзыв\nТовар: ${name}\n${number}\nОценка: ${stars} из 5\nДата отзыва: ${day}\nТекст: молния сломалась`,
      stock: `Остаток на складе\nТовар: ${name}\n${number}\n${brand}\nКатегория: ${THINGS[place]!}\nКоличество: ${stars} шт.\nСостояние: заканчивается`,
      product: `Товар\nНазвание: ${name}\n${number}\n${brand}\nКатегория: ${THINGS[place]!}`,
    };
    return { type, text: texts[type] };
  });

const TYPES = ['', 'заказы', 'возвраты', 'отзывы', 'остатки', 'негативные отзывы', 'что выкупили'];
const ABOUT = [
  '',
  'шагомира',
  'ниткогарда',
  'кросов',
  'джинсы',
  '101001',
  '101003',
  'молния сломалась',
  'клевер',
];
const WHEN = ['', 'вчера', 'за неделю', 'в октябре', 'за 2020 год'];
const question = fc
  .tuple(fc.constantFrom(...TYPES), fc.constantFrom(...ABOUT), fc.constantFrom(...WHEN))
  .map((parts) => parts.filter((part) => part !== '').join(' ') || 'что нового');

const valueOf = (text: string, label: string) => new RegExp(`^${label}: (.*)$`, 'm').exec(text)?.[1];

describe('a search in one of many cabinets', () => {
  let database: TestDatabase;
  let vector: Database;
  before(async () => {
    database = await createTestDatabase();
    vector = createDatabase({
      variable: 'RAG_DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 4,
      applicationName: 'wb-assist test',
      log: silentLog(),
    });
  });
  after(async () => {
    await vector.close();
    await database.drop();
  });

  it('finds what that cabinet has and nothing of another, and only what the filters that it names let through', async () => {
    let cabinets = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(chunk, { maxLength: 8 }), { minLength: 2, maxLength: 4 }),
        fc.array(fc.tuple(question, fc.constantFrom(...SEARCH_MODES), fc.boolean()), {
          minLength: 3,
          maxLength: 6,
        }),
        async (shops, questions) => {
          const asker = createSearch({
            vector,
            embedders: createEmbeddersFrom(createLocalEmbedder()),
            now: () => NOW,
          });
          const first = (cabinets += 10);
          const own: Set<number>[] = [];
          for (const [place, chunks] of shops.entries())
            own.push(new Set(await storeChunks(database.pool, first + place, chunks)));
          for (const [query, mode, understand] of questions) {
            for (const [place, ids] of own.entries()) {
              const { hits, understood } = await asker.search({
                cabinetId: first + place,
                query,
                mode,
                understand,
                limit: 100,
              });
              const foreign = hits.filter(({ chunkId: id }) => !ids.has(id));
              assert.deepEqual(foreign, [], `${query} found chunks of another cabinet`);
              assert.equal(
                new Set(hits.map(({ chunkId: id }) => id)).size,
                hits.length,
                'a chunk came twice',
              );
              const used = understood.filter((constraint) => constraint.used === 'filter');
              for (const { text } of hits) for (const constraint of used) assertLetsThrough(constraint, text);
              if (ids.size > 0 && mode === 'hybrid')
                assert.ok(hits.length > 0, `${query} found nothing of ${ids.size}`);
            }
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});

/** Worked out from the text that is shown, independently of what the database made of it. */
function assertLetsThrough(
  { kind, value, words }: { kind: string; value: unknown; words: string },
  text: string,
): void {
  const said = `${kind} “${words}” let through: ${text}`;
  const day = valueOf(text, 'Дата заказа') ?? valueOf(text, 'Дата') ?? valueOf(text, 'Дата отзыва');
  if (kind === 'product') assert.equal(valueOf(text, 'Артикул WB \\(nm_id\\)'), String(value), said);
  if (kind === 'rating') assert.ok(Number(valueOf(text, 'Оценка')![0]) <= (value as { to: number }).to, said);
  if (kind === 'period') {
    const { from, to } = value as { from: string; to: string };
    assert.ok(day !== undefined && day >= from && day <= to, said);
  }
  const titles: Readonly<Record<string, RegExp>> = {
    order: /^Заказ/,
    return: /^Продажа \(ВОЗВРАТ\)/,
    review: /^Отзыв/,
    stock: /^Остаток/,
    buyout: /^Продажа \(ВЫКУП\)/,
  };
  if (kind === 'type') assert.match(text, titles[(value as string[])[0]!]!, said);
}
