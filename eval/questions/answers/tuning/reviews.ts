import { MUG, TEE } from '../handmade.ts';
import { DAYS_30, lastDays, OCTOBER, THIS_MONTH } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { by, complaints, either, ranked, rows, rowsOrCount, themes, total } from '../rights.ts';

/** What reviews say, how many stars they give, how sizes fit, which are unanswered. */
export const REVIEWS: readonly AnswerQuestion[] = [
  {
    kind: 'review',
    text: 'на что жалуются в кроссовках',
    right: [complaints(`x.name ilike 'кроссовки%'`)],
  },
  {
    kind: 'review',
    text: 'сколько отзывов на кремы висит без ответа',
    right: [
      either(
        total('unanswered_reviews', `x.name ilike 'крем%'`),
        total('reviews', `x.name ilike 'крем%' and x.is_answered is not true`),
      ),
    ],
  },
  {
    kind: 'review',
    text: 'единицы за ноябрь покажи',
    right: [rows('reviews', `x.rating = 1 and ${THIS_MONTH}`)],
  },
  {
    kind: 'review',
    text: 'фт-1 маломерит? что пишут',
    right: [
      either(
        rows('reviews', `${TEE} and (x.matching_size = 'smaller' or x.said ~* 'маломер')`),
        total('reviews', `${TEE} and x.matching_size = 'smaller'`),
        {
          figures: `select x.matching_size as key, count(*) as reviews from reviews x
            where ${TEE} and x.matching_size is not null group by x.matching_size`,
        },
      ),
    ],
  },
  {
    kind: 'review',
    text: 'средняя оценка терм-450ч',
    right: [total('average_rating', MUG)],
  },
  {
    kind: 'review',
    text: 'на какой товар больше всего плохих отзывов',
    right: [
      either(
        ranked('nm_id', 'negative_reviews', { first: 1 }),
        ranked('nm_id', 'negative_reviews', { first: 1 }, { where: DAYS_30 }),
      ),
    ],
  },
  {
    kind: 'review',
    text: 'сколько пятёрок прилетело в октябре',
    right: [either(total('reviews', `x.rating = 5 and ${OCTOBER}`), by('rating', 'reviews', OCTOBER))],
  },
  {
    kind: 'review',
    text: 'за что хвалят пледы',
    right: [
      either(
        themes(`x.name ilike 'плед%' and x.rating >= 4`),
        rows('reviews', `x.name ilike 'плед%' and x.rating >= 4`),
      ),
    ],
  },
  {
    kind: 'review',
    text: 'где в отзывах пишут что воняет, за 3 последних месяца',
    right: [
      rows(
        'reviews',
        `(x.said ~* '(химический запах|запах резкий|запах не уходит|пахнет)' or x.cons ~* 'запах') and ${lastDays(92)}`,
      ),
    ],
  },
  {
    kind: 'review',
    text: 'плохие отзывы на футболки без ответа',
    right: [
      rowsOrCount('reviews', `x.rating <= 2 and x.is_answered is not true and x.name ilike 'футболка%'`),
    ],
  },
];
