import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { insertCabinet, type CabinetRows } from '../helpers/analytics-rows.ts';
import { startChatHarness, type ChatHarness } from './chat-harness.ts';
import { storeChunks } from './chunk-store.ts';

const [WHITE, BLACK, JEANS] = [148001001, 148001002, 148001003];
const card = (nmId: number, name: string, brand: string, category: string) => ({
  ...{ nm_id: nmId, name, brand, category, is_active: true, rating: null },
});
const sale = (id: string, nmId: number, amount: string): CabinetRows['sales'][number] => ({
  ...{ sale_id: id, nm_id: nmId, brand: nmId === JEANS ? 'Опушка' : 'Тополея', size: '42' },
  ...{ category: nmId === JEANS ? 'Джинсы' : 'Кроссовки', amount, for_pay: null },
  ...{ sale_date: '2036-11-19T10:00:00Z', type: 'buyout', is_cancel: null },
});

/** Yesterday, the 19th: 1 000 and 2 000 ₽ of shoes, 4 000 ₽ of jeans. */
const ROWS: CabinetRows = {
  products: [
    card(WHITE, 'Кроссовки белые Роща', 'Тополея', 'Кроссовки'),
    card(BLACK, 'Кроссовки чёрные Клевер', 'Тополея', 'Кроссовки'),
    card(JEANS, 'Джинсы прямые', 'Опушка', 'Джинсы'),
  ],
  orders: [],
  sales: [sale('S1', WHITE, '1000'), sale('S2', BLACK, '2000'), sale('S3', JEANS, '4000')],
  reviews: [],
  stocks: [],
};
const review = (name: string, nmId: number, text: string) => ({
  type: 'review' as const,
  text: `Отзыв\nТовар: ${name}\nАртикул WB (nm_id): ${nmId}\nОценка: 1 из 5 (негативный)\nДата отзыва: 2036-11-18\nТекст: ${text}`,
});
const CHUNKS = [
  review('Кроссовки белые Роща', WHITE, 'Подошва треснула.'),
  review('Кроссовки чёрные Клевер', BLACK, 'Жмут в пальцах.'),
  review('Джинсы прямые', JEANS, 'Полиняли.'),
];

describe('an answer without a model', () => {
  let harness: ChatHarness;
  let cabinetId: number;
  before(async () => {
    harness = await startChatHarness();
    cabinetId = await insertCabinet(harness.database.pool, ROWS);
    await storeChunks(harness.database.pool, cabinetId, CHUNKS);
  });
  after(() => harness.stop());

  const ask = async (message: string) => {
    const { text, tools, sources } = await harness.ask({ cabinetId, message });
    return { text: text.replaceAll('\u00a0', ' '), tools, sources };
  };
  const figures = ({ tools }: Awaited<ReturnType<typeof ask>>) =>
    tools.map(({ result }) => result?.rows ?? []);

  it('says first that a word that narrows is unknown, and gives no figure of the whole shop in its place', async () => {
    for (const message of [
      'сколько айфонов продали вчера',
      'выручка в тамбове за вчера',
      'выручка по артикулу АБВ-999 за вчера',
      'выручка розовых кроссовок вчера',
    ]) {
      const answer = await ask(message);
      assert.match(answer.text, /^Слов[а]? «.*нет среди товаров/, message);
      assert.deepEqual([answer.tools, answer.sources], [[], []], message);
      assert.doesNotMatch(answer.text, /\d ₽|\d выкуп/, message);
    }
  });

  it('shows no rows that have nothing of the word that was asked about', async () => {
    const answer = await ask('отзывы на айфон');
    assert.match(answer.text, /^Слова «айфон» нет ни среди товаров/);
    assert.deepEqual(answer.sources, []);
    assert.match((await ask('отзывы, где треснула подошва')).text, /Подошва треснула/);
  });

  it('leaves out what is excluded, in figures and in rows', async () => {
    assert.deepEqual(figures(await ask('выручка за вчера без кроссовок')), [[{ revenue: '4000.00' }]]);
    assert.deepEqual(figures(await ask('выручка за вчера кроме опушки')), [[{ revenue: '3000.00' }]]);
    assert.deepEqual(figures(await ask('выручка кроссовок вчера, не считая белых')), [
      [{ revenue: '2000.00' }],
    ]);
    const { sources } = await ask('отзывы на кроссовки без белых');
    assert.deepEqual(
      sources.map(({ text }) => /(?<=Товар: ).*/.exec(text)?.[0]),
      ['Кроссовки чёрные Клевер'],
    );
  });

  it('answers each of several things, under its own days', async () => {
    const answer = await ask('сколько выручки вчера и сколько продали джинсов за неделю');
    assert.deepEqual(figures(answer), [[{ revenue: '7000.00' }], [{ buyouts: 1 }]]);
    assert.match(answer.text, /^За 19 ноября 2036: выручка 7 000 ₽.*\n\n.*С 14 по 20 ноября 2036.*1 выкуп/s);
  });

  it('says of what no table has, of days to come and of days that there are none, that it is so', async () => {
    for (const [message, said] of [
      ['какая прибыль за месяц', /^В данных кабинета этого нет: «прибыль»/],
      ['коэффициент приёмки на коледино', /^В данных кабинета этого нет/],
      ['сколько выручки завтра', /^Время, о котором спрошено \(«завтра»\), ещё не наступило/],
      ['сколько продали 31 ноября', /^Такого дня в календаре нет: «31 ноября»/],
    ] as const) {
      const answer = await ask(message);
      assert.match(answer.text, said);
      assert.deepEqual([answer.tools, answer.sources], [[], []], message);
    }
  });
});
