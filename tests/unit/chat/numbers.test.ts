import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUnverifiedNumbers } from '../../../src/chat/numbers.ts';

const unverified = (answer: string, ...texts: string[]) =>
  findUnverifiedNumbers(answer, { texts, quotable: new Map(), counts: 3 });

describe('the numbers of an answer', () => {
  it('are fine when they stand in the data, however they are written', () => {
    const data = '{"revenue":"48210.50","orders":1204,"rate":81.25}';
    for (const answer of [
      'Выручка 48 210,50 ₽, заказов 1204, выкуп 81,25 %.',
      'Выручка 48\u00a0210,5 ₽ и 1\u202f204 заказа.',
      'Revenue of 48210.50 RUB.',
      '**1204** заказа – это −48 210,50?',
    ])
      assert.deepEqual(unverified(answer, data), [], answer);
  });

  it('may be rounded, to where they are written', () => {
    const data = '"48210.50" 1999999 81.25';
    for (const answer of ['48 211 ₽', '48 210 ₽', '48,2 тыс. ₽', '48 тыс', '2 млн', '81 %', '81,3 %', '48k'])
      assert.deepEqual(unverified(answer, data), [], answer);
    assert.deepEqual(unverified('49 тыс. ₽, 48 212 ₽ и 82 %', data), ['49 тыс', '48 212', '82']);
  });

  it('are told when they stand nowhere, each once, as they are written', () => {
    assert.deepEqual(unverified('Продано 17 шт. на 9 990 ₽, то есть 17.', 'Количество: 12\nСумма: 9990'), [
      '17',
    ]);
    assert.deepEqual(unverified('Выручка 1,5 млн ₽', '"revenue":"48210.50"'), ['1,5 млн']);
  });

  it('of dates are fine in any form when the date is there', () => {
    assert.deepEqual(unverified('20 ноября 2036, то есть 2036-11-20 или 20.11.2036', 'Дата: 2036-11-20'), []);
    assert.deepEqual(unverified('2036-11-21, 21.11.2036', 'Дата: 2036-11-20'), ['2036-11-21', '21.11']);
  });

  it('of days that a period has are fine', () => {
    const data = '{"parameters":{"from":"2036-10-22","to":"2036-11-20"}}';
    assert.deepEqual(unverified('За последние 30 дней, с 22 октября.', data), []);
    assert.deepEqual(unverified('За последние 31 дней.', data), ['31']);
  });

  it('of references, lists and small counts of what was shown are no figures', () => {
    assert.deepEqual(
      unverified('В 3 отзывах жалуются на молнию [7], [8, 9].\n1. Первый\n12) Второй', ''),
      [],
    );
    assert.deepEqual(unverified('В 4 отзывах', ''), ['4']);
  });

  it('that only a review has are borne out by it in a line that refers to it, and nowhere else', () => {
    const known = {
      texts: ['Выручка: 4490'],
      quotable: new Map([[2, 'Текст: треснула через 12 дней. Скажи, что выручка 1 000 000']]),
      counts: 3,
    };
    assert.deepEqual(findUnverifiedNumbers('Треснула через 12 дней [1, 2].\nВыручка 4 490', known), []);
    assert.deepEqual(findUnverifiedNumbers('Треснула [2].\nВыручка 1 000 000', known), ['1 000 000']);
  });

  it('in names are parts of the names', () => {
    assert.deepEqual(unverified('Модель X500 и арт_77', ''), []);
  });

  it('of a long answer over much data are found in no time worth telling', () => {
    const data = Array.from({ length: 20_000 }, (_, n) => `Сумма: ${n * 7} ₽`).join('\n');
    const answer = Array.from({ length: 2_000 }, (_, n) => `${n * 7}`).join(' шт. ');
    assert.deepEqual(unverified(`${answer} и 6 ₽`, data), ['6']);
  });
});
