import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { composePlainAnswer } from '../../../src/chat/plain/plain-answer.ts';
import type { PlainMaterial } from '../../../src/chat/plain/plain-material.ts';
import type { UnderstoodConstraint } from '../../../src/retrieval/search.ts';
import { hit, hitOf, rankingOf, reviewFigures, toolOf, totalsByDay, totalsOf } from './chunk-texts.ts';

const EMPTY: PlainMaterial = { language: 'ru', tools: [], obstacles: [], hits: [], understood: [] };
const answer = (material: Partial<PlainMaterial>) => composePlainAnswer({ ...EMPTY, ...material });
/** With ordinary spaces. */
const say = (material: Partial<PlainMaterial>) => answer(material).text.replaceAll('\u00a0', ' ');
const ORDERS = totalsOf({ orders: 12345, revenue: '1990.50' });

const YESTERDAY: UnderstoodConstraint = {
  ...{ kind: 'period', value: { from: '2036-11-05', to: '2036-11-05' }, words: 'вчера', used: 'filter' },
};
const BRAND: UnderstoodConstraint = { kind: 'brand', value: ['Тополея'], words: 'тополеи', used: 'filter' };

describe('figures without a language model', () => {
  it('are the sentence of the calculation, and rows that only repeat them are left out', () => {
    const { text, cited } = answer({ tools: [ORDERS], hits: [hitOf('orders')] });
    assert.equal(text, ORDERS.text);
    assert.deepEqual(cited, []);
  });

  it('stand below one another when they are of several groups, with how many more there are', () => {
    const lines = say({ tools: [rankingOf(10, 40)] }).split('\n');
    assert.match(
      lines[0] ?? '',
      /^За октябрь 2036 .*на первом месте по выручке «Товар 1» .* 10 000,50 ₽\. Дальше:$/,
    );
    assert.equal(lines[1], '2. «Товар 2» (148001002) — 9 000,50 ₽');
    assert.equal(lines[9], '10. «Товар 10» (148001010) — 1 000,50 ₽');
    assert.equal(lines[10], 'Всего 40 товаров.');
    assert.equal(lines.length, 11);
    assert.match(say({ tools: [rankingOf(3)] }), /Дальше:\n2\. .*\n3\. .*₽$/);
    assert.match(say({ tools: [rankingOf(2)] }), /Дальше: «Товар 2» .*₽\.$/);
    // More rows than a list shows are not passed over in silence either.
    assert.match(say({ tools: [rankingOf(25)] }), /Всего 25 товаров\.$/);
  });

  it('are of every day of a month that is asked for by day', () => {
    const lines = say({ tools: [totalsByDay(31)] }).split('\n');
    assert.equal(lines.length, 33);
    assert.equal(lines[31], '– 31 октября 2036 — 30 заказов, выручка 10 ₽');
    assert.match(lines[32] ?? '', /^Всего: 465 заказов/);
  });

  it('are not given where a word that narrows is unknown, and that is said first', () => {
    const one = say({
      obstacles: [{ reason: 'unread', words: ['Тамбов'] }],
      hits: [hitOf('orders', { warehouse_to: 'Орловская область' })],
    });
    assert.match(one, /^Слова «Тамбов» нет среди товаров, брендов, .*показатель не посчитан/);
    assert.doesNotMatch(one, /\[1\]/, 'and no rows stand in their place');
    assert.match(
      say({ obstacles: [{ reason: 'unread', words: ['Тамбов', 'Орёл'] }], tools: [ORDERS] }),
      /^Слов «Тамбов», «Орёл» нет среди .*\n\n.*₽\.$/,
    );
    assert.match(
      say({ obstacles: [{ reason: 'ahead', words: ['завтра'] }] }),
      /^Время, о котором спрошено \(«завтра»\), ещё не наступило/,
    );
    assert.match(
      say({ obstacles: [{ reason: 'unhonoured', words: ['со скидкой'] }], language: 'en' }),
      /^This calculation cannot regard «со скидкой», so there is no figure/,
    );
  });

  it('come with no rows that lack those words just as well', () => {
    const { cited } = answer({
      ...{ tools: [ORDERS], obstacles: [{ reason: 'unread', words: ['тамбова'] }] },
      hits: [hitOf('orders', { warehouse_to: 'Орловская область' }), hitOf('orders')],
    });
    assert.equal(cited.length, 1);
    assert.match(cited[0]!.text, /Тамбовская/);
  });

  it('of stocks that will last come with what is running low here and there', () => {
    const lasting = toolOf({
      ...{ function: 'stock_cover', parameters: { show: 'ending', within_days: 14, group_by: 'product' } },
    });
    assert.match(
      say({ tools: [lasting], hits: [hitOf('orders'), hitOf('stocks')] }),
      /^За 14 дней ничего не закончится\.\n\nСамая подходящая запись:\n\[1\] Остаток/,
    );
  });

  it('come with rows when the question may mean those', () => {
    const hits = [hitOf('orders'), hitOf('orders'), hitOf('orders'), hitOf('orders')];
    const { text, cited } = answer({ tools: [ORDERS], isCertain: false, hits });
    assert.match(text, /Самые подходящие записи \(3 из 4, которые дал поиск\):/);
    assert.deepEqual(cited, hits.slice(0, 3));
  });

  it('of reviews come with what buyers wrote, and with nothing else', () => {
    const review = hitOf('reviews');
    const { text, cited } = answer({
      tools: [reviewFigures()],
      hits: [hitOf('orders'), hitOf('reviews', { text: null, pros: null, cons: null }), review],
    });
    assert.match(text, /^За октябрь 2036: 12\u00a0отзывов.*\n\nСамая подходящая запись:\n\[1\] Отзыв/);
    assert.deepEqual(cited, [review]);
  });

  it('that could not be had are said to be missing, and the rows stand in for them', () => {
    const failed = {
      ...ORDERS,
      status: 'failed',
      result: null,
      text: 'База данных не ответила вовремя.',
    } as const;
    assert.match(
      say({ tools: [failed], hits: [hitOf('orders')] }),
      /^База данных не ответила вовремя\.\n\n.*\n\[1\] Заказ/,
    );
    assert.equal(say({ tools: [failed], hits: undefined }), 'База данных не ответила вовремя.');
    assert.match(
      say({ tools: [{ ...failed, text: 'The figures could not be had just now.' }], hits: undefined }),
      /^Показатели получить не удалось: totals\.$/,
    );
    assert.match(
      say({ tools: [failed], hits: undefined, language: 'en' }),
      /^These figures could not be had: totals\.$/,
    );
  });

  it('that are not there are not made up', () => {
    const none = toolOf({
      ...ORDERS.result!,
      data: 'none',
      rows: [],
      total: null,
      note: 'Этот период ещё не наступил.',
    });
    assert.equal(
      say({ tools: [none], hits: [hitOf('orders')] }),
      'За октябрь 2036 данных нет. Этот период ещё не наступил.',
    );
    assert.equal(
      say({ tools: [none], language: 'en' }),
      'Totals, 2036-10-01 to 2036-10-31: there is no data.\nNote, in Russian: «Этот период ещё не наступил.»',
    );
  });

  it('are told in English to whoever asks in English', () => {
    assert.equal(
      say({ tools: [ORDERS], language: 'en', obstacles: [] }),
      'Totals, 2036-10-01 to 2036-10-31:\n– orders 12,345\n– revenue 1,990.50 RUB',
    );
    const lines = say({ tools: [rankingOf(10, 40)], language: 'en' }).split('\n');
    assert.match(
      lines[0] ?? '',
      /^Top products, 2036-10-01 to 2036-10-31 \(by: revenue; .*brand: Тополея\):$/,
    );
    assert.equal(lines[1], '1. «Товар 1» (148001001): revenue 10,000.50 RUB, buyouts 10, returns 0');
    assert.equal(lines[11], '… and 30 more');
    assert.match(
      say({ tools: [totalsByDay(3)], language: 'en' }),
      /\n– 2036-10-03: orders 2, revenue 10 RUB\nIn all: orders 465/,
    );
  });
});

describe('rows without a language model', () => {
  it('are a line or two each, by what they are', () => {
    const hits = (['orders', 'sales', 'stocks', 'reviews', 'products'] as const).map((source) =>
      hitOf(source),
    );
    assert.deepEqual(say({ hits }).split('\n'), [
      'Самые подходящие записи (5):',
      '[1] Заказ от 5 ноября 2036: «Кроссовки „Роща“» (148001001), размер 42, 2 шт., 3 980 ₽, отменён, Коледино → Тамбовская область, номер 11.r3fcc9ca',
      '[2] Возврат от 6 ноября 2036: «Термокружка» (148001002), 1 990,50 ₽, номер S0559246487',
      '[3] Остаток: «Термокружка» (148001002), склад Электросталь, 3 шт., заканчивается, в пути к клиенту 4 шт.',
      '[4] Отзыв от 7 ноября 2036: оценка 1 из 5, «Кроссовки „Роща“» (148001001), цвет «чёрный», размер: маломерит, отмечено «Плохой запах», без ответа продавца',
      '    Достоинства: «Красивые»',
      '    Недостатки: «Подошва треснула»',
      '    Текст: «Носил 2 недели. Вернул!»',
      '[5] Товар: «Кроссовки „Роща“» (148001001), артикул продавца KR-1, бренд «Жаролада», категория «Обувь», цена 12 500 ₽, со скидкой 9 990 ₽, рейтинг 4,5 из 5, отзывов 120, в наличии',
    ]);
    assert.deepEqual(answer({ hits }).cited, hits);
    // The numbers that Wildberries gives orders are for machines.
    assert.doesNotMatch(
      say({ hits: [hitOf('orders', { order_id: `11.r${'0a'.repeat(16)}.3.0` })] }),
      /номер/,
    );
    const english = say({ hits, language: 'en' });
    assert.match(
      english,
      /^The best matches \(5\):\n\[1\] Order of 2036-11-05: .* 2 pcs, 3,980 RUB, cancelled,/,
    );
    assert.match(english, /\n\[3\] Stock: .* 3 pcs, running out, on the way to clients 4 pcs\n/);
    assert.match(
      english,
      /\n\nWithout a language model figures are calculated for questions in Russian only/,
    );
    assert.match(say({ hits: [hitOf('stocks', { quantity: '1' })], language: 'en' }), / 1 pc,/);
    assert.match(english, /\n {4}Cons: «Подошва треснула»\n/);
  });

  it('say what is known of them, and leave the rest out', () => {
    const without = { product_name: null, quantity: null, total_price: null, price: '99', order_date: null };
    const bare = { ...without, size: null, warehouse_to: null, status: 'новый статус' };
    assert.match(
      say({ hits: [hitOf('orders', bare)] }),
      /\n\[1\] Заказ: nm_id 148001001, 99 ₽, новый статус, Коледино, номер/,
    );
    assert.match(
      say({ hits: [hitOf('sales', { type: 'buyout', is_cancel: true })] }),
      /\[1\] Выкуп .*, отменено,/,
    );
    assert.match(say({ hits: [hitOf('sales', { type: 'обмен' })] }), /\[1\] Продажа от/);
  });

  it('of a kind or a form that is not known are quoted', () => {
    assert.match(
      say({ hits: [hit('Возврат на склад\nЧто-то: новое', 'penalty')] }),
      /\[1\] Запись: «Возврат на склад Что-то: новое»$/,
    );
    assert.match(say({ hits: [hit('просто текст', 'order')] }), /\[1\] Запись: «просто текст»$/);
    assert.match(say({ hits: [hit('', 'review')] }), /\[1\] Запись: «»$/);
    assert.match(
      say({ hits: [hit('Заказ\nДата заказа: 2036-19-05\nСумма: NaN ₽', 'order')] }),
      /Заказ от 2036-19-05: NaN ₽$/,
    );
  });

  it('are the best few of what was found', () => {
    const hits = Array.from({ length: 10 }, () => hitOf('stocks'));
    const { text, cited } = answer({ hits });
    assert.match(text, /^Самые подходящие записи \(5 из 10, которые дал поиск\):/);
    assert.equal(cited.length, 5);
  });

  it('that are reviews without a word come after the others', () => {
    const wordless = hitOf('reviews', { text: null, pros: null, cons: ' ' });
    const [review, order] = [hitOf('reviews'), hitOf('orders')];
    assert.deepEqual(answer({ hits: [wordless, review, order] }).cited, [review, order, wordless]);
  });
});

describe('nothing found', () => {
  it('is said plainly, with what was asked for and what may help', () => {
    const text = say({ understood: [YESTERDAY, BRAND] });
    assert.match(text, /^По этому вопросу в кабинете ничего не нашлось\.\n/);
    assert.match(text, /Вопрос понят так: период — «вчера» \(за 5 ноября 2036\), бренд — «тополеи»\.\n/);
    assert.match(text, /Попробуйте убрать одно из этих условий/);
    assert.match(say({}), /^По этому вопросу .*\nПопробуйте назвать артикул WB/);
    assert.match(
      say({ language: 'en', understood: [YESTERDAY] }),
      /^Nothing .*\nIt was understood as: period «вчера» \(2036-11-05\)\.\n/,
    );
  });

  it('is not said of rows that nobody could look for', () => {
    assert.equal(say({ hits: undefined }), 'Ответа на этот вопрос сейчас нет.');
    assert.equal(say({ hits: undefined, tools: [ORDERS] }), ORDERS.text.replaceAll('\u00a0', ' '));
  });
});
