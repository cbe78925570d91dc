import { WEEK } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { complaints, either, ranked, rows, rowsOrCount, total } from '../rights.ts';

/** What reviews say, how many stars they give, how sizes fit, which are unanswered. */
export const REVIEWS: readonly AnswerQuestion[] = [
  {
    kind: 'review',
    text: 'чем недовольны в джинсах',
    right: [complaints(`x.name ilike 'джинсы%'`)],
  },
  {
    kind: 'review',
    text: 'сколько негатива за неделю',
    right: [
      either(
        total('negative_reviews', WEEK),
        total('reviews', `x.rating <= 2 and ${WEEK}`),
        rows('reviews', `x.rating <= 2 and ${WEEK}`),
      ),
    ],
  },
  {
    kind: 'review',
    text: 'неотвеченные отзывы с 1 звездой',
    right: [rowsOrCount('reviews', 'x.rating = 1 and x.is_answered is not true')],
  },
  {
    kind: 'review',
    text: 'какие товары большемерят по отзывам',
    right: [
      either(
        rows('reviews', `x.matching_size = 'bigger' or x.said ~* '(большемер|велик)'`),
        ranked('nm_id', 'reviews', { first: 1 }, { where: `x.matching_size = 'bigger'` }),
      ),
    ],
  },
  {
    kind: 'review',
    text: 'росоцветье какая оценка в среднем по отзывам',
    right: [total('average_rating', `x.brand = 'Росоцветье'`)],
  },
];
