import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ANALYTICS_FUNCTIONS } from '../../src/analytics/functions.ts';
import type { ChunkType } from '../../src/source-tables.ts';
import { agreeing, cabinetRows, insertCabinet } from '../helpers/analytics-rows.ts';
import {
  callOf,
  resultsOf,
  scriptedModel,
  startChatHarness,
  type Asked,
  type ChatHarness,
} from './chat-harness.ts';
import { storeChunks, type GivenChunk } from './chunk-store.ts';

const chunk: fc.Arbitrary<GivenChunk> = fc
  .record({
    type: fc.constantFrom<ChunkType>('order', 'sale', 'review', 'stock', 'product'),
    nmId: fc.integer({ min: 1, max: 4 }),
    day: fc.constantFrom('2036-11-19', '2036-11-10', '2036-10-03'),
    brand: fc.constantFrom('Шагомира', 'Тополея'),
  })
  .map(({ type, nmId, day, brand }) => {
    const of = `Товар: Кроссовки Роща\nАртикул WB (nm_id): ${nmId}\nБренд: ${brand}`;
    const texts: Readonly<Record<ChunkType, string>> = {
      order: `Заказ\n${of}\nСумма: 1990 ₽\nДата заказа: ${day}`,
      sale: `Продажа (ВЫКУП)\n${of}\nСумма: 990 ₽\nДата: ${day}`,
      review: `Отзыв\n${of}\nОценка: 2 из 5 (негативный)\nДата отзыва: ${day}\nТекст: молния сломалась`,
      stock: `Остаток на складе\n${of}\nКоличество: 3 шт.\nСостояние: заканчивается`,
      product: `Товар\nНазвание: Кроссовки Роща\nАртикул WB (nm_id): ${nmId}\nБренд: ${brand}`,
    };
    return { type, text: texts[type] };
  });

const shop = fc.tuple(cabinetRows.map(agreeing), fc.array(chunk, { maxLength: 8 }));

const message = fc.constantFrom(
  'какая выручка за вчера',
  'топ товаров по выручке за месяц',
  'сколько заказов по брендам за неделю',
  'какой выкуп по брендам',
  'что закончится через неделю',
  'сравни продажи этого месяца с прошлым',
  'какой рейтинг у товаров',
  'негативные отзывы',
  'возвраты за 2020 год',
  'остатки шагомира',
  'кроссовки роща',
  'заказы за вчера',
);

const functionName = fc.constantFrom(...ANALYTICS_FUNCTIONS.map(({ name }) => name));

describe('an answer of the chat, in one of many cabinets', () => {
  let harness: ChatHarness;
  before(async () => void (harness = await startChatHarness()));
  after(() => harness.stop());

  it('is what it would be if there were no other cabinet', async () => {
    await fc.assert(
      fc.asyncProperty(
        shop,
        fc.array(shop, { minLength: 1, maxLength: 2 }),
        fc.array(fc.tuple(message, fc.boolean(), functionName), { minLength: 2, maxLength: 4 }),
        async ([rows, chunks], others, questions) => {
          const { pool } = harness.database;
          const cabinetId = await insertCabinet(pool, rows);
          const own = new Set(await storeChunks(pool, cabinetId, chunks));

          async function answers(): Promise<unknown[]> {
            const all: unknown[] = [];
            for (const [text, hasModel, name] of questions) {
              const given: unknown[] = [];
              // It calls whatever there is, and once with the id of somebody else.
              const model = scriptedModel(
                () => ({
                  toolCalls: [
                    callOf(name, {}),
                    callOf(name, { cabinet_id: cabinetId - 1 }),
                    callOf('search', { query: text, limit: 30 }),
                  ],
                }),
                (request) => {
                  given.push(...resultsOf(request));
                  return { text: 'Вот [1] [2] [3] [4] [5] [6] [7] [8].' };
                },
              );
              const answer = await harness.ask({ cabinetId, message: text }, hasModel ? { model } : {});
              for (const { chunkId } of answer.sources)
                assert.ok(own.has(chunkId), `${text} shows a chunk of another cabinet`);
              all.push([comparable(answer), given]);
            }
            return all;
          }

          const alone = await answers();
          for (const [otherRows, otherChunks] of others)
            await storeChunks(pool, await insertCabinet(pool, otherRows), otherChunks);
          assert.deepEqual(await answers(), alone);
          // The next run begins with no cabinets, or all of them would be slower and slower.
          await pool.query('truncate wb_cabinets, rag_metadata, rag_embeddings cascade');
        },
      ),
      { numRuns: 12 },
    );
  });
});

function comparable({ text, sources, tools, understood, relaxed, notices, answeredBy }: Asked): unknown {
  return { text, sources, tools, understood, relaxed, notices, answeredBy };
}
