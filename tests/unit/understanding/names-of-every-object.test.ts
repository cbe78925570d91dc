import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constraintsOf } from '../../../src/understanding/constraints.ts';
import { figuresOf } from '../../../src/understanding/figures/figures.ts';
import { read as readQuestion } from '../../../src/understanding/read.ts';
import { createVocabulary } from '../../../src/understanding/vocabulary.ts';

const NAMES = Object.getOwnPropertyNames(Object.prototype);
/** As long as each of them, and no word of anything. */
const NONSENSE = 'zzzzzzzzzzzzzzzzzzzz';

const product = {
  ...{ nmId: 101_001, name: 'Кроссовки Клевер', article: 'КР-42', brand: 'Тополея' },
  ...{ category: 'Обувь', subject: 'Кроссовки' },
};
const vocabulary = createVocabulary({
  ...{ products: [product], sizes: ['42'], warehouses: ['Коледино'], regions: ['Москва'] },
});
const now = { now: new Date('2026-11-25T12:00:00+03:00'), timeZone: 'Europe/Moscow' };

const QUESTIONS: ((word: string) => string)[] = [
  (word) => word,
  (word) => `топ ${word} товаров по выручке`,
  (word) => `размер ${word} кроссовки`,
  (word) => `остатки на складе ${word}`,
  (word) => `отзывы с оценкой ${word}`,
  (word) => `через ${word} дней закончится`,
  (word) => `заказы за ${word} из ${word}`,
];

describe('a name that every object has', () => {
  for (const name of NAMES) {
    it(`is a word like any other in a question: ${name}`, () => {
      for (const question of QUESTIONS) {
        for (const word of [name, name.toLowerCase()]) {
          const nonsense = NONSENSE.slice(0, word.length);
          const read = (text: string) => {
            const reading = readQuestion(text, { ...now, vocabulary });
            const { constraints, prefers, recent } = constraintsOf(reading);
            const { requests, obstacles } = figuresOf(reading);
            return {
              constraints,
              prefers,
              recent,
              requests,
              obstacles: obstacles.map(({ reason }) => reason),
            };
          };
          assert.deepEqual(read(question(word)), read(question(nonsense)));
        }
      }
    });
  }
});
