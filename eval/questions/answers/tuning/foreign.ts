import { LAST_WEEK, OCTOBER, WEEK, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { either, ranked, rows, stockBy, total } from '../rights.ts';

/** English, Russian in Latin letters, and the keyboard in the wrong layout. */
export const FOREIGN: readonly AnswerQuestion[] = [
  {
    kind: 'foreign',
    text: 'how many orders did we get last week?',
    language: 'en',
    right: [either(total('orders', LAST_WEEK), total('orders', WEEK))],
  },
  {
    kind: 'foreign',
    text: 'skolko prodali hudi za oktyabr',
    right: [total('buyouts', `x.subject = 'Худи' and ${OCTOBER}`)],
  },
  {
    kind: 'foreign',
    text: 'crjkmrj pfrfpjd dxthf',
    right: [total('orders', YESTERDAY)],
  },
  {
    kind: 'foreign',
    text: 'top 5 products by revenue in October',
    language: 'en',
    right: [ranked('nm_id', 'revenue', { exactly: 5 }, { where: OCTOBER })],
  },
  {
    kind: 'foreign',
    text: 'ostatki krossovok po skladam',
    right: [stockBy('warehouse_name', `x.category = 'Кроссовки'`)],
  },
  {
    kind: 'foreign',
    text: 'show unanswered 1 star reviews',
    language: 'en',
    right: [rows('reviews', 'x.rating = 1 and x.is_answered is not true')],
  },
];
