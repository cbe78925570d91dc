import { days, lastDays, OCTOBER, SEPTEMBER, WEEK, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { bought, compared, either, split, total } from '../rights.ts';

/** Odd periods and times of day, and one thing against another. */
export const PERIODS: readonly AnswerQuestion[] = [
  {
    kind: 'period',
    text: 'выручка за 2036-10',
    right: [total('revenue', OCTOBER)],
  },
  {
    kind: 'period',
    text: 'сколько заказов было вчера после 18:00',
    right: [total('orders', `${YESTERDAY} and x.hour >= 18`)],
  },
  {
    kind: 'period',
    text: 'за последние две недели сколько выкупили',
    right: [total('buyouts', lastDays(14))],
  },
  {
    kind: 'period',
    text: '01/11/2036 - 10/11/2036 сумма заказов',
    right: [total('orders_amount', days('11-01', '11-10'))],
  },
  {
    kind: 'period',
    text: 'выкупы за первую декаду ноября',
    right: [bought(days('11-01', '11-10'))],
  },
  {
    kind: 'period',
    text: 'сколько отмен позавчера',
    right: [total('cancelled_orders', 'x.age = 2')],
  },

  {
    kind: 'comparison',
    text: 'худи и джинсы чего больше заказали за неделю',
    right: [split('subject', ['Худи', 'Джинсы'], 'orders', WEEK)],
  },
  {
    kind: 'comparison',
    text: 'выручка 1-19 ноября против 1-19 октября',
    right: [compared('revenue', days('11-01', '11-19'), days('10-01', '10-19'))],
  },
  {
    kind: 'comparison',
    text: 'мирослава лён или сукноделъ, у кого выкуп выше в октябре',
    right: [
      either(
        split('brand', ['Мирослава Лён', 'Сукноделъ'], 'buyout_rate', OCTOBER),
        split('brand', ['Мирослава Лён', 'Сукноделъ'], 'buyouts', OCTOBER),
      ),
    ],
  },
  {
    kind: 'comparison',
    text: 'отзывов стало больше в октябре чем в сентябре?',
    right: [compared('reviews', OCTOBER, SEPTEMBER)],
  },
];
