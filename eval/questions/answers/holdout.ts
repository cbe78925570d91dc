/**
 * A third of the questions to the chat, of every kind: kept out of the tuning. Nobody who works on the answers reads these
 * files or tries these questions; else their figures say nothing.
 *
 * Written before the answers were reworked, from the documentation and the shop's rows, by somebody who had not read the
 * code that answers them. Right answers are SQL over the same rows.
 */
import type { AnswerQuestion } from './question.ts';
import { CONVERSATIONS } from './holdout/conversations.ts';
import { FOREIGN } from './holdout/foreign.ts';
import { NAMING } from './holdout/naming.ts';
import { NARROWING } from './holdout/narrowing.ts';
import { PERIODS } from './holdout/periods.ts';
import { RANKINGS } from './holdout/rankings.ts';
import { REVIEWS } from './holdout/reviews.ts';
import { STOCKS } from './holdout/stocks.ts';
import { UNANSWERABLE } from './holdout/unanswerable.ts';

export const HOLDOUT_ANSWERS: readonly AnswerQuestion[] = [
  ...NAMING,
  ...NARROWING,
  ...PERIODS,
  ...RANKINGS,
  ...STOCKS,
  ...REVIEWS,
  ...CONVERSATIONS,
  ...UNANSWERABLE,
  ...FOREIGN,
];
