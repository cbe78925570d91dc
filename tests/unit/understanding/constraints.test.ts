import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constraintsOf, filtersOf, type SearchTask } from '../../../src/understanding/constraints.ts';
import type { Filters } from '../../../src/understanding/mention.ts';
import { read as readQuestion } from '../../../src/understanding/read.ts';
import { createVocabulary, type NamedProduct } from '../../../src/understanding/vocabulary.ts';

const product = (
  nmId: number,
  name: string,
  article: string,
  brand: string,
  subject: string,
  category: string,
): NamedProduct => ({ nmId, name, article, brand, subject, category });

const vocabulary = createVocabulary({
  products: [
    product(101_001, 'Кроссовки женские Клевер белые', 'КР-42/бел', 'Шагомира', 'Кроссовки', 'Обувь'),
    product(101_002, 'Кроссовки мужские Полюс беговые', 'KRS-SHG-02', 'Тополея', 'Кроссовки', 'Обувь'),
    product(101_003, 'Ботинки зимние Клевер на молнии', 'BTN-01', 'Тополея', 'Ботинки', 'Обувь'),
    product(101_004, 'Джинсы прямые Опушка', 'DZH-7', 'Мирослава Лён', 'Джинсы', 'Одежда'),
    product(101_005, 'Худи оверсайз Тайга с карманом', 'HUD-1', 'Мирослава Лён', 'Худи', 'Одежда'),
    product(101_006, 'Крем для рук Опушка', 'KRM-5', 'Росоцветье', 'Кремы', 'Красота'),
    product(101_007, 'Комбинезон детский Иней', 'KMB-2', 'Варежкин двор', 'Комбинезоны', 'Детская одежда'),
  ],
  sizes: ['40', '41', '42', '42-44', 'S', 'M', 'XL', '0'],
  warehouses: ['Коледино', 'Электросталь', 'Санкт-Петербург'],
  regions: ['Москва', 'Московская область', 'Краснодарский край', 'Санкт-Петербург'],
});
/** A Wednesday. */
const context = { now: new Date('2026-11-25T12:00:00+03:00'), timeZone: 'Europe/Moscow', vocabulary };
const read = (question: string): SearchTask & { question: string } => {
  const reading = readQuestion(question, context);
  return { ...constraintsOf(reading), question: reading.question };
};
const filters = (question: string): Filters => filtersOf(read(question).constraints);

/** Question → what of the filters is set. */
function holds(table: Readonly<Record<string, Filters>>): void {
  for (const [question, expected] of Object.entries(table)) {
    const { ownNames: _ownNames, ...found } = filters(question);
    const sorted = found.nmIds === undefined ? found : { ...found, nmIds: [...found.nmIds].sort() };
    assert.deepEqual(sorted, expected, question);
  }
}

const SHOES = [101_001, 101_002, 101_003];
const SNEAKERS = [101_001, 101_002];
const RETURNS = ['sale:ВОЗВРАТ', 'order:возвращён'];

describe('understanding a question', () => {
  it('finds the type of rows in every form and in slang', () => {
    holds({
      'чё по возвратам': { classes: RETURNS },
      возрат: { classes: RETURNS },
      'что вернули': { classes: RETURNS },
      закзы: { classes: ['order'] },
      'отменённые заказы': { classes: ['order:отменён'] },
      'кто отказался от заказа': { classes: ['order:отменён'] },
      'активные заказы': { classes: ['order:активен'] },
      'заказы, которые ещё не выкуплены': { classes: ['order'] },
      'возвращённые заказы': { classes: ['order:возвращён'] },
      'выкупленные заказы': { classes: ['order:выкуплен'] },
      выкупы: { classes: ['sale:ВЫКУП'] },
      'что продали': { classes: ['sale:ВЫКУП'] },
      продажи: { classes: ['sale'] },
      'скок осталось': { classes: ['stock'] },
      остатки: { classes: ['stock'] },
      'что на складе': { classes: ['stock'] },
      отзывы: { classes: ['review'] },
      'на что жалуются': { classes: ['review'] },
      'отзывы без ответа': { classes: ['review:нет'] },
      товары: { classes: ['product'] },
      почём: { classes: ['product'] },
      'заказы и отзывы': { classes: ['order', 'review'] },
      'проданные товары': { classes: ['sale'] },
      'show me returns': { classes: RETURNS },
    });
  });

  it('does not take other words for types', () => {
    holds({
      'возвратная пружина': {},
      заказник: { classes: ['order'] },
      выставка: {},
      привет: {},
      '': {},
    });
  });

  it('finds products by number, article, brand, category and name', () => {
    holds({
      '101001': { nmIds: [101_001] },
      'нм 101004 возвраты были?': { nmIds: [101_004], classes: RETURNS },
      'артикул 999999': { nmIds: [999_999] },
      '999999': {},
      'КР-42/бел': { nmIds: [101_001] },
      'кр 42 бел': { nmIds: [101_001] },
      'остаток krs-shg-02': { nmIds: [101_002], classes: ['stock'] },
      шагомира: { nmIds: [101_001] },
      'отзывы про Шагомиру': { nmIds: [101_001], classes: ['review'] },
      'заказы шаогмира': { nmIds: [101_001], classes: ['order'] },
      'мирославы лён': { nmIds: [101_004, 101_005] },
      кроссовок: { nmIds: SNEAKERS },
      'остатки по кросам': { nmIds: SNEAKERS, classes: ['stock'] },
      обувь: { nmIds: SHOES },
      'ботинки тополея': { nmIds: [101_003] },
      'кроссовки клевер': { nmIds: [101_001] },
      клевр: { nmIds: [101_001, 101_003] },
      'детские вещи': { nmIds: [101_007] },
      крем: { nmIds: [101_006] },
    });
  });

  it('does not take other words for products', () => {
    holds({
      'сломалась молния': {},
      'долго ждала, время': {},
      белые: {},
      'для рук': {},
    });
  });

  it('finds sizes of the cabinet', () => {
    holds({
      'кроссовки 42 размера': { nmIds: SNEAKERS, sizes: ['42'] },
      'кроссовки р-р 41': { nmIds: SNEAKERS, sizes: ['41'] },
      'кросы 40': { nmIds: SNEAKERS, sizes: ['40'] },
      'худи XL': { nmIds: [101_005], sizes: ['XL'] },
      'худи м': { nmIds: [101_005], sizes: ['M'] },
      'размер S': { sizes: ['S'] },
      'джинсы 42-44': { nmIds: [101_004], sizes: ['42-44'] },
      'джинсы с карманами': { nmIds: [101_004] },
      '42': {},
    });
  });

  it('finds ratings', () => {
    holds({
      'негативные отзывы': { classes: ['review'], rating: { to: 2 } },
      негативчик: { classes: ['review'], rating: { to: 2 } },
      'плохие отзывы': { classes: ['review'], rating: { to: 2 } },
      'отзывы с плохой оценкой': { classes: ['review'], rating: { to: 2 } },
      'положительные отзывы': { classes: ['review'], rating: { from: 4 } },
      'отзывы ниже трёх звёзд': { classes: ['review'], rating: { under: 3 } },
      'на единичку': { classes: ['review'], rating: { from: 1, to: 1 } },
      'с одной звездой': { classes: ['review'], rating: { from: 1, to: 1 } },
      'кто поставил тройку': { classes: ['review'], rating: { from: 3, to: 3 } },
      'тройки и двойки': { classes: ['review'], rating: { from: 2, to: 3 } },
      'отзывы 4 и 5 звезд': { classes: ['review'], rating: { from: 4, to: 5 } },
      'отзывы на 5 звёзд': { classes: ['review'], rating: { from: 5, to: 5 } },
      'товары с рейтингом ниже 4': { classes: ['product'], rating: { under: 4 } },
      'рейтинг выше 4,5': { classes: ['product'], rating: { over: 4.5 } },
      'плохой срок годности': {},
    });
  });

  it('finds what is left and how much', () => {
    holds({
      'кроссовки заканчиваются': { nmIds: SNEAKERS, classes: ['stock:заканчивается'] },
      'кросы кончаются': { nmIds: SNEAKERS, classes: ['stock:заканчивается'] },
      'нет в наличии': { classes: ['product:нет в наличии'] },
      'что закончилось': { classes: ['product:нет в наличии'] },
      'худи в наличии': { nmIds: [101_005], classes: ['stock', 'product:в наличии'] },
      'меньше 5 штук': { classes: ['stock'], quantity: { under: 5 } },
      'больше 20 шт лежит': { classes: ['stock'], quantity: { over: 20 } },
      'осталась последняя 1 штука': { classes: ['stock'], quantity: { from: 1, to: 1 } },
      'что едет к клиентам': { classes: ['stock'], inWay: 'to_client' },
    });
  });

  it('finds sums of money', () => {
    holds({
      'заказы дороже 5000': { classes: ['order'], amount: { over: 5000 } },
      'заказы до 2 тысяч': { classes: ['order'], amount: { to: 2000 } },
      'от 1000 до 3000 ₽': { amount: { from: 1000, to: 3000 } },
      'продажи от 8 до 9 тысяч': { classes: ['sale'], amount: { from: 8000, to: 9000 } },
      'возвраты на сумму больше 5к': { classes: RETURNS, amount: { over: 5000 } },
      'дешевле 1 500 руб': { amount: { under: 1500 } },
      'заказ на 4990 рублей': { classes: ['order'], amount: { from: 4990, to: 4990 } },
      'больше 5 звезд': { classes: ['review'], rating: { over: 5 } },
      'больше 5': {},
    });
  });

  it('finds regions and warehouses of the cabinet', () => {
    holds({
      'заказы в Москву': { classes: ['order'], regions: ['Москва'] },
      'заказы в московскую область': { classes: ['order'], regions: ['Московская область'] },
      'заказы в краснодар': { classes: ['order'], regions: ['Краснодарский край'] },
      'заказы в питер': { classes: ['order'], regions: ['Санкт-Петербург'] },
      'что на складе коледино': { classes: ['stock'], warehouses: ['Коледино'] },
      'остаток склад Элетросталь': { classes: ['stock'], warehouses: ['Электросталь'] },
      'заказы со склада Санкт-Петербург': { classes: ['order'], warehouses: ['Санкт-Петербург'] },
    });
  });

  it('finds several things at once', () => {
    holds({
      'негативные отзывы на кроссовки за октябрь': {
        classes: ['review'],
        nmIds: SNEAKERS,
        rating: { to: 2 },
        periods: [{ from: '2026-10-01', to: '2026-10-31' }],
      },
      'выкупы кроссов вчера и сегодня': {
        classes: ['sale:ВЫКУП'],
        nmIds: SNEAKERS,
        periods: [
          { from: '2026-11-24', to: '2026-11-24' },
          { from: '2026-11-25', to: '2026-11-25' },
        ],
      },
      'Добрый день! Нужны заказы кремов в Москву за прошлую неделю, спасибо': {
        classes: ['order'],
        nmIds: [101_006],
        regions: ['Москва'],
        periods: [{ from: '2026-11-16', to: '2026-11-22' }],
      },
    });
  });

  it('reads what was typed on the wrong keyboard, and Russian in Latin letters', () => {
    holds({
      'jcnfnrb gj rhjccjdrfv': { nmIds: SNEAKERS, classes: ['stock'] },
      'otzyvy na hudi': { nmIds: [101_005], classes: ['review'] },
      'zakazy za vchera': { classes: ['order'], periods: [{ from: '2026-11-24', to: '2026-11-24' }] },
    });
  });

  it('says which words it understood, as they stand in the question', () => {
    const question = 'Негативные отзывы на Кроссовки за неделю';
    const said = read(question).constraints.map(({ kind, words, used }) => `${kind}: ${words} (${used})`);
    assert.deepEqual(said.sort(), [
      'category: Кроссовки (filter)',
      'period: за неделю (filter)',
      'rating: Негативные (filter)',
      'type: отзывы, Негативные (filter)',
    ]);
  });

  it('leaves to full text the words that are not understood, with forms and words that mean the same', () => {
    const { terms, prefers } = read('отзывы, где сломалась молния');
    assert.deepEqual(
      terms.map(({ words }) => words[0]),
      ['сломалась', 'молния'],
    );
    assert.ok(terms[1]!.related.includes('бегунок'));
    assert.equal(prefers, 'complaints');
    assert.deepEqual(read('остаток').terms, []);
    assert.deepEqual(read('пушок').terms[0]!.words, ['пушок', 'пушки']);
  });

  it('looks for numbers of orders as they are', () => {
    const { terms } = read('где заказ 11.rfe3d1eec70d93ed3ef30.0.0');
    assert.deepEqual(terms, [{ words: ["'11.rfe3d1eec70d93ed3ef30.0.0'"], related: [] }]);
  });

  it('hears that the newest are asked for', () => {
    assert.equal(read('последние отзывы').recent, true);
    assert.equal(read('отзывы').recent, false);
  });

  it('leaves out what it is told to ignore', () => {
    const ignore = new Set(['period', 'rating'] as const);
    const { constraints } = constraintsOf(readQuestion('негативные отзывы за неделю', context), ignore);
    assert.deepEqual(
      constraints.map(({ kind }) => kind),
      ['type'],
    );
  });

  it('holds to anything that may be typed', () => {
    const odd = [
      "'; drop table rag_metadata; --",
      'а'.repeat(4000),
      '§ = @? #w §new',
      '🙂👟 ٣ ½',
      '((((',
      '- - -',
    ];
    for (const question of odd) {
      const { terms, constraints } = read(question);
      assert.deepEqual(constraints, [], question.slice(0, 40));
      for (const { words } of terms) for (const word of words) assert.match(word, /^[\p{L}\p{M}\p{N}]+$/u);
    }
  });
});
