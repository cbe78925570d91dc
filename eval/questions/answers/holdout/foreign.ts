import { OCTOBER, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { rows, total } from '../rights.ts';

/** English, Russian in Latin letters, and the keyboard in the wrong layout. */
export const FOREIGN: readonly AnswerQuestion[] = [
  {
    kind: 'foreign',
    text: 'what was the revenue yesterday',
    language: 'en',
    right: [total('revenue', YESTERDAY)],
  },
  {
    kind: 'foreign',
    text: 'jnpsds yf gktls',
    right: [rows('reviews', `x.name ilike 'плед%'`)],
  },
  {
    kind: 'foreign',
    text: 'vyruchka za proshlyj mesyac',
    right: [total('revenue', OCTOBER)],
  },
];
