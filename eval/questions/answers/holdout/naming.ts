import { article } from '../../given.ts';
import { MUG, RAINCOAT, sameNm, SOCKS, TEE, TRAINERS } from '../handmade.ts';
import { DAYS_30, lastDays, OCTOBER, THIS_MONTH, WEEK } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { by, cover, either, pieces, rowsOrCount, stock, total } from '../rights.ts';

/** Products by their article, in any spelling, and by slang, synonyms and parts of their names. */
export const NAMING: readonly AnswerQuestion[] = [
  {
    kind: 'article',
    text: 'NSK_podsled_5 сколько осталось',
    right: [stock(SOCKS)],
  },
  {
    kind: 'article',
    text: 'kr-42 бел сколько вернули в ноябре',
    right: [total('returns', `${TRAINERS} and ${THIS_MONTH}`)],
  },
  {
    kind: 'article',
    text: 'заказы {spaced} вчера и сегодня',
    given: article(3, 'orders', 'x.age between 0 and 1'),
    right: [rowsOrCount('orders', `${sameNm} and x.age between 0 and 1`)],
  },
  {
    kind: 'article',
    text: 'арт {number} сколько продали за 30 дней',
    given: article(6, 'sales', 'x.age between 0 and 29'),
    right: [total('buyouts', `${sameNm} and ${DAYS_30}`)],
  },
  {
    kind: 'article',
    text: 'терм 450 ч на сколько хватит',
    right: [cover(MUG)],
  },
  {
    kind: 'article',
    text: 'фт1 заказы за неделю',
    right: [rowsOrCount('orders', `${TEE} and ${WEEK}`)],
  },

  {
    kind: 'name',
    text: 'футболки оверсайз сколько продали за 30 дней',
    right: [
      either(
        total('buyouts', `x.name ilike 'футболка оверсайз%' and ${DAYS_30}`),
        by('nm_id', 'buyouts', `x.name ilike 'футболка оверсайз%' and ${DAYS_30}`),
      ),
    ],
  },
  {
    kind: 'name',
    text: 'толстовки выручка за октябрь',
    right: [total('revenue', `x.subject = 'Худи' and ${OCTOBER}`)],
  },
  {
    kind: 'name',
    text: 'дождевики заказывали за последние 20 дней?',
    right: [rowsOrCount('orders', `${RAINCOAT} and ${lastDays(20)}`)],
  },
  {
    kind: 'name',
    text: 'зайку плюшевую сколько раз купили в ноябре',
    right: [total('buyouts', `x.name ilike '%зайка%' and ${THIS_MONTH}`)],
  },
  {
    kind: 'name',
    text: 'курточек сколько разобрали за неделю',
    right: [
      either(
        total('buyouts', `x.subject = 'Куртки' and ${WEEK}`),
        pieces(`x.subject = 'Куртки' and ${WEEK}`),
      ),
    ],
  },
];
