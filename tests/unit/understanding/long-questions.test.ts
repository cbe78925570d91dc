import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_QUERY_LENGTH } from '../../../src/retrieval/search-request.ts';
import { constraintsOf, filtersOf } from '../../../src/understanding/constraints.ts';
import { figuresOf } from '../../../src/understanding/figures/figures.ts';
import { MAX_READ_TOKENS, readPartOf } from '../../../src/understanding/read-part.ts';
import { read as readQuestion } from '../../../src/understanding/read.ts';
import { createVocabulary } from '../../../src/understanding/vocabulary.ts';
import { tokenize } from '../../../src/russian/words.ts';

const product = {
  ...{ nmId: 101_001, name: 'Кроссовки Клевер', article: 'КР-42', brand: 'Тополея' },
  ...{ category: 'Обувь', subject: 'Кроссовки' },
};
const names = { sizes: ['42'], warehouses: ['Коледино'], regions: ['Москва'] };
const vocabulary = createVocabulary({ products: [product], ...names });
const now = { now: new Date('2026-11-25T12:00:00+03:00'), timeZone: 'Europe/Moscow' };
const read = (question: string) => {
  const reading = readQuestion(question, { ...now, vocabulary });
  return { ...constraintsOf(reading), isCut: reading.isCut, question: reading.question };
};
const figureOf = (question: string) => figuresOf(readQuestion(question, { ...now, vocabulary })).requests[0];

const FIRST_OF_JANUARY = { from: '2026-01-01', to: '2026-01-01' };

describe('a question that is too long to be read', () => {
  for (const piece of [
    '1 января ',
    'слово ',
    'a1-',
    '.',
    '😀',
    '1',
    'а',
    ' ',
    'размер 42 ',
    '1 000 ',
    'jcnfnrb ',
  ]) {
    it(`is read in its first words and never in more: ${JSON.stringify(piece)} again and again`, () => {
      const question = piece.repeat(MAX_QUERY_LENGTH).slice(0, MAX_QUERY_LENGTH);
      const { text, isCut } = readPartOf(question);
      assert.ok(tokenize(text).length <= MAX_READ_TOKENS && text.length <= 800);
      assert.equal(isCut, question.trim() !== '');
      assert.ok(question.startsWith(text));
    });
  }

  it('is read to the end of a word', () => {
    const words = Array.from({ length: 200 }, (_, place) => `слово${'ы'.repeat(place % 9)}`);
    const { text } = readPartOf(words.join(' '));
    assert.deepEqual(text.split(' '), words.slice(0, text.split(' ').length));
    const long = Array.from({ length: 79 }, (_, place) => 'б'.repeat(11 + (place % 3)));
    const part = readPartOf(long.join(' ')).text.split(' ');
    assert.deepEqual(part, long.slice(0, part.length));
  });

  it('says so, and is compared as a whole', () => {
    const question = '1 января '.repeat(440);
    const { isCut, question: compared, constraints } = read(question);
    assert.deepEqual([isCut, compared], [true, question]);
    assert.deepEqual(
      constraints.map(({ kind, value, filters }) => ({ kind, value, filters })),
      [{ kind: 'period', value: FIRST_OF_JANUARY, filters: { periods: [FIRST_OF_JANUARY] } }],
    );
    const typed = read('jcnfnrb yf crkflt '.repeat(100));
    assert.ok(typed.isCut && typed.question.trimEnd().endsWith('остатки на складе'));
  });

  it('gives no figures as certain', () => {
    assert.equal(figureOf('сколько заказов вчера')?.isCertain, true);
    assert.equal(figureOf(`сколько заказов вчера ${'кроме кроссовок '.repeat(100)}`)?.isCertain, false);
  });
});

describe('a question of the usual length', () => {
  it('is read whole', () => {
    const question = Array.from({ length: MAX_READ_TOKENS }, () => 'отзывы').join(' ');
    assert.deepEqual(readPartOf(question), { text: question, isCut: false });
    assert.equal(read('отзывы за вчера').isCut, false);
  });

  it('means a period that it names twice once', () => {
    assert.deepEqual(filtersOf(read('заказы за 1 января и возвраты за 1 января').constraints).periods, [
      FIRST_OF_JANUARY,
    ]);
    const parameters = figureOf('сколько заказов вчера и сколько выручки вчера')?.parameters;
    assert.deepEqual([parameters?.['from'], parameters?.['other_from']], ['2026-11-24', undefined]);
  });
});
