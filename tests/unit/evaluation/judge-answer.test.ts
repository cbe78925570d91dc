import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnswerRow } from '../../../eval/compare-figures.ts';
import { judgeAnswer, type JudgedAnswer, type Verdict } from '../../../eval/judge-answer.ts';
import type { ResolvedAnswer, ResolvedRight } from '../../../eval/questions/answers/resolve.ts';

const asked = (right: ResolvedRight[], more: Partial<ResolvedAnswer> = {}): ResolvedAnswer => ({
  ...{
    id: 'tuning/answers/narrow/1',
    split: 'tuning',
    kind: 'narrow',
    text: '',
    after: [],
    fault: undefined,
  },
  ...more,
  right,
});
const answer = (more: Partial<JudgedAnswer> = {}): JudgedAnswer => ({
  ...{ language: 'ru', first: undefined, figures: [], rows: [], text: '' },
  ...more,
});
const result = (...rows: AnswerRow[]) => ({ function: 'totals', parameters: {}, rows });
const gives = (...tables: AnswerRow[][]) => answer({ figures: tables.map((rows) => result(...rows)) });
const verdictOf = (question: ResolvedAnswer, given: JudgedAnswer): Verdict =>
  judgeAnswer(question, given).verdict;

const ORDERS: ResolvedRight = { figures: [{ orders: '31' }] };
const RATE: ResolvedRight = { figures: [{ buyout_rate: '82.79' }] };
const REVIEWS: ResolvedRight = { rows: new Set(['wb_reviews/1', 'wb_reviews/2', 'wb_reviews/3']) };

describe('an answer to a question that asks for a figure', () => {
  const question = asked([ORDERS]);

  it('is right with the figure, whatever columns, results and rows it has besides', () => {
    assert.equal(verdictOf(question, gives([{ orders: 31, revenue: '5.00' }])), 'right');
    assert.equal(verdictOf(question, gives([{ revenue: '5.00' }], [{ orders: 31 }])), 'right');
    assert.equal(verdictOf(question, { ...gives([{ orders: 31 }]), rows: ['wb_orders/9'] }), 'right');
  });

  it('is confidently wrong with another figure, of the same measure or of another', () => {
    const judgement = judgeAnswer(question, gives([{ orders: 916 }]));
    assert.equal(judgement.verdict, 'confident-wrong');
    assert.match(judgement.reason, /orders is 916, not 31/);
    assert.equal(verdictOf(asked([RATE]), gives([{ orders: 916 }])), 'confident-wrong');
  });

  it('is honest when it says first that it did not understand, and gives nothing', () => {
    for (const first of ['unread', 'ask-back'] as const)
      assert.equal(verdictOf(question, answer({ first })), 'honest');
  });

  it('is unhelpful when a figure that is wrong comes behind such a sentence', () => {
    assert.equal(verdictOf(question, { ...gives([{ orders: 916 }]), first: 'unread' }), 'unhelpful');
  });

  it('is confidently wrong when it says that there is none, though there is', () => {
    for (const first of ['none', 'nowhere', 'ahead', 'no-such-day'] as const)
      assert.equal(verdictOf(question, answer({ first })), 'confident-wrong', first);
  });

  it('may say so where no table bears the figure out', () => {
    const open = asked([ORDERS], { orHonest: true });
    for (const first of ['unread', 'nowhere'] as const)
      assert.equal(verdictOf(open, answer({ first })), 'right', first);
    assert.equal(verdictOf(open, gives([{ orders: 31 }])), 'right');
    assert.equal(verdictOf(open, gives([{ orders: 32 }])), 'confident-wrong');
    assert.equal(verdictOf(open, answer({ rows: ['wb_orders/1'] })), 'unhelpful');
  });

  it('is unhelpful with rows, small talk or nothing in its place', () => {
    assert.equal(verdictOf(question, answer({ rows: ['wb_orders/9'] })), 'unhelpful');
    assert.equal(verdictOf(question, answer({ first: 'talk' })), 'unhelpful');
    assert.equal(verdictOf(question, answer()), 'unhelpful');
  });

  it('has no figure where nothing is known of the period', () => {
    assert.equal(verdictOf(question, gives([])), 'unhelpful');
    assert.equal(verdictOf(question, gives([{ orders: null }])), 'unhelpful');
    assert.equal(verdictOf(question, gives([{ key: 'Казань', orders: null }])), 'unhelpful');
  });

  it('is incomplete in another language than the question', () => {
    assert.equal(verdictOf(question, { ...gives([{ orders: 31 }]), language: 'en' }), 'incomplete');
    const english = asked([ORDERS], { language: 'en' });
    assert.equal(verdictOf(english, { ...gives([{ orders: 31 }]), language: 'en' }), 'right');
    assert.equal(verdictOf(english, gives([{ orders: 31 }])), 'incomplete');
    assert.equal(verdictOf(english, gives([{ orders: 32 }])), 'confident-wrong');
  });
});

describe('an answer that has only some of the figures', () => {
  const sizes: ResolvedRight = {
    figures: [
      { key: 'S', quantity: '54' },
      { key: 'L', quantity: '72' },
    ],
  };
  const top: ResolvedRight = {
    figures: [
      { key: '1', orders: '9' },
      { key: '2', orders: '7' },
      { key: '3', orders: '5' },
    ],
    top: { exactly: 2 },
  };

  it('is incomplete where a measure, a row or an end of a ranking is missing or too many', () => {
    const compared = asked([{ figures: [{ orders: '30', orders_before: '32' }] }]);
    assert.equal(verdictOf(compared, gives([{ orders: 30 }])), 'incomplete');
    assert.equal(verdictOf(asked([sizes]), gives([{ key: 'L', quantity: 72 }])), 'incomplete');
    assert.equal(verdictOf(asked([top]), gives([{ key: '1', orders: 9 }])), 'incomplete');
    const [first, second, third] = [
      { key: '1', orders: 9 },
      { key: '2', orders: 7 },
      { key: '3', orders: 5 },
    ];
    assert.equal(verdictOf(asked([top]), gives([first, second])), 'right');
    assert.equal(verdictOf(asked([top]), gives([first, second, third])), 'incomplete');
    assert.equal(verdictOf(asked([top]), gives([second, first])), 'confident-wrong');
    assert.equal(verdictOf(asked([top]), gives([{ orders: 21 }])), 'confident-wrong');
  });

  it('is incomplete with the sum where each was asked for, and the other way round', () => {
    assert.equal(verdictOf(asked([sizes]), gives([{ quantity: 126 }])), 'incomplete');
    assert.equal(verdictOf(asked([sizes]), gives([{ quantity: 127 }])), 'confident-wrong');
    const whole = asked([{ figures: [{ quantity: '126' }] }]);
    const each = [
      { key: 'S', quantity: 54 },
      { key: 'L', quantity: 72 },
    ];
    assert.equal(verdictOf(whole, gives(each)), 'incomplete');
    const rates = asked([
      {
        figures: [
          { key: 'S', buyout_rate: '40' },
          { key: 'L', buyout_rate: '50' },
        ],
      },
    ]);
    assert.equal(verdictOf(rates, gives([{ buyout_rate: 90 }])), 'confident-wrong');
  });

  it('is confidently wrong with one row that should not be there', () => {
    const withWrongKey = gives([
      { key: 'L', quantity: 72 },
      { key: 'M', quantity: 3 },
    ]);
    assert.equal(verdictOf(asked([sizes]), withWrongKey), 'confident-wrong');
  });
});

describe('an answer to a question that asks for several things', () => {
  const question = asked([ORDERS, RATE]);

  it('is right with all, incomplete with some of them, wrong with one that is wrong', () => {
    assert.equal(verdictOf(question, gives([{ orders: 31 }], [{ buyout_rate: '82.79' }])), 'right');
    assert.equal(verdictOf(question, gives([{ buyout_rate: '82.79' }])), 'incomplete');
    assert.equal(verdictOf(question, gives([{ orders: 30 }], [{ buyout_rate: '82.79' }])), 'confident-wrong');
  });

  it('does not hold a figure for one thing against the other of the same measure', () => {
    const both = asked([ORDERS, { figures: [{ orders: '120' }] }]);
    assert.equal(verdictOf(both, gives([{ orders: 31 }])), 'incomplete');
    assert.equal(verdictOf(both, gives([{ orders: 120 }], [{ orders: 31 }])), 'right');
  });

  it('may have to give a figure and to say what is in no table', () => {
    const mixed = asked([ORDERS, { says: 'nowhere', words: 'прибыл' }]);
    const figure = gives([{ orders: 31 }]);
    assert.equal(
      verdictOf(mixed, { ...figure, first: 'nowhere', text: 'Прибыли в данных нет. Заказов: 31' }),
      'right',
    );
    assert.equal(verdictOf(mixed, figure), 'incomplete');
    assert.equal(verdictOf(mixed, answer({ first: 'nowhere', text: 'Прибыли в данных нет' })), 'incomplete');
    const stray = gives([{ orders: 31 }], [{ revenue: '9.00' }]);
    assert.equal(verdictOf(mixed, stray), 'confident-wrong');
  });

  it('takes any of several readings, and of one with parts all of them', () => {
    const open = asked([{ either: [[ORDERS], [RATE, REVIEWS]] }]);
    assert.equal(verdictOf(open, gives([{ orders: 31 }])), 'right');
    const parts = { ...gives([{ buyout_rate: '82.79' }]), rows: ['wb_reviews/2'] };
    assert.equal(verdictOf(open, parts), 'right');
    assert.equal(verdictOf(open, gives([{ buyout_rate: '82.79' }])), 'incomplete');
    assert.equal(verdictOf(open, gives([{ orders: 32 }])), 'confident-wrong');
  });

  it('is confidently wrong with wrong rows, also where a figure would have been right', () => {
    const open = asked([{ either: [[REVIEWS], [ORDERS]] }]);
    assert.equal(verdictOf(open, answer({ rows: ['wb_reviews/9'] })), 'confident-wrong');
    assert.equal(verdictOf(open, answer({ rows: ['wb_reviews/9'], first: 'unread' })), 'unhelpful');
    assert.equal(verdictOf(open, answer({ first: 'unread' })), 'honest');
    assert.equal(verdictOf(open, answer()), 'unhelpful');
  });
});

describe('an answer to a question that asks for rows', () => {
  const question = asked([REVIEWS]);

  it('is right with any of them, and confidently wrong with one of others', () => {
    assert.equal(verdictOf(question, answer({ rows: ['wb_reviews/3'] })), 'right');
    assert.equal(verdictOf(question, answer({ rows: ['wb_reviews/3', 'wb_reviews/4'] })), 'confident-wrong');
    assert.equal(verdictOf(question, answer({ rows: ['wb_orders/9'], first: 'unread' })), 'unhelpful');
  });

  it('is incomplete with how many there are, and wrong with another figure', () => {
    assert.equal(verdictOf(question, gives([{ reviews: 3 }])), 'incomplete');
    assert.equal(verdictOf(question, gives([{ reviews: 1036 }])), 'confident-wrong');
    assert.equal(verdictOf(question, gives([{ key: '11', place: 3 }])), 'confident-wrong');
  });

  it('may be about themes: two of them named are right, one is a part', () => {
    const complaints = asked([{ themes: ['шв[ыо]|шов', 'молни', 'катыш'] }]);
    assert.equal(verdictOf(complaints, answer({ text: 'Жалуются на швы (4) и молнию (2)' })), 'right');
    assert.equal(verdictOf(complaints, answer({ text: 'Жалуются на Швы' })), 'incomplete');
    assert.equal(verdictOf(complaints, answer({ text: 'Отзывов много' })), 'unhelpful');
    assert.equal(verdictOf(asked([{ themes: ['ст[её]р'] }]), answer({ text: 'стёрли' })), 'right');
  });
});

describe('an answer to a question that has none', () => {
  const nike = asked([{ says: 'none', words: 'найк|nike' }]);

  it('is right when it says so first and names the word', () => {
    for (const first of ['none', 'unread'] as const)
      assert.equal(verdictOf(nike, answer({ first, text: 'Бренда «Найк» в магазине нет' })), 'right');
  });

  it('is honest when it says something else of the kind, or does not name the word', () => {
    assert.equal(verdictOf(nike, answer({ first: 'none', text: 'Такого нет' })), 'honest');
    assert.equal(verdictOf(nike, answer({ first: 'ask-back', text: 'Найк?' })), 'honest');
    assert.equal(verdictOf(nike, answer({ first: 'nowhere', text: 'Найка в данных нет' })), 'honest');
  });

  it('is confidently wrong with a figure, 0 included, and unhelpful with rows', () => {
    assert.equal(verdictOf(nike, gives([{ buyout_rate: '82.79' }])), 'confident-wrong');
    assert.equal(verdictOf(nike, gives([{ orders: 0 }])), 'confident-wrong');
    assert.equal(verdictOf(nike, answer({ rows: ['wb_orders/9'] })), 'unhelpful');
    assert.equal(verdictOf(nike, answer({ first: 'talk' })), 'unhelpful');
    assert.equal(verdictOf(nike, answer()), 'unhelpful');
  });

  it('is unhelpful when it says so and then gives the whole shop all the same', () => {
    const said = { first: 'none', text: 'Бренда «Найк» нет' } as const;
    assert.equal(verdictOf(nike, { ...gives([{ orders: 916 }]), ...said }), 'unhelpful');
    assert.equal(verdictOf(nike, answer({ ...said, rows: ['wb_orders/9'] })), 'unhelpful');
  });
});

describe('an answer to what is no question', () => {
  const hello = asked([{ talk: true }]);

  it('is right without figures and rows', () => {
    assert.equal(verdictOf(hello, answer({ first: 'talk', text: 'Здравствуйте!' })), 'right');
    assert.equal(verdictOf(hello, answer({ first: 'ask-back' })), 'right');
    assert.equal(verdictOf(hello, answer({ first: 'unread' })), 'honest');
  });

  it('is confidently wrong with figures, and unhelpful with rows or nothing', () => {
    assert.equal(verdictOf(hello, gives([{ orders: 0 }])), 'confident-wrong');
    assert.equal(verdictOf(hello, answer({ first: 'talk', rows: ['wb_orders/9'] })), 'unhelpful');
    assert.equal(verdictOf(hello, answer()), 'unhelpful');
  });
});
