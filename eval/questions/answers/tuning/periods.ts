import { days, DAYS_30, LAST_WEEK, OCTOBER, SEPTEMBER, THIS_WEEK, TODAY, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { bought, compared, either, returned, rowsOrCount, split, total } from '../rights.ts';
import { REVENUE } from '../../measures.ts';

/** Odd periods and times of day, and one thing against another. */
export const PERIODS: readonly AnswerQuestion[] = [
  {
    kind: 'period',
    text: 'заказы 05-11-2036',
    right: [rowsOrCount('orders', days('11-05'))],
  },
  {
    kind: 'period',
    text: 'выручка за 4-й квартал',
    right: [total('revenue', days('10-01', '11-20'))],
  },
  {
    kind: 'period',
    text: 'сколько заказов с 15 числа',
    right: [total('orders', days('11-15', '11-20'))],
  },
  {
    kind: 'period',
    text: 'выкупы за прошл. мес.',
    right: [bought(OCTOBER)],
  },
  {
    kind: 'period',
    text: 'сколько всего было заказов за всё время',
    right: [total('orders')],
  },
  {
    kind: 'period',
    text: 'выручка этой и прошлой недели',
    right: [
      either(compared('revenue', THIS_WEEK, LAST_WEEK), total('revenue', days('11-10', '11-20')), {
        figures: `select date_trunc('week', x.day)::date::text as key, ${REVENUE} as revenue from sales x
            where ${days('11-10', '11-20')} group by 1`,
      }),
    ],
  },
  {
    kind: 'period',
    text: 'сколько заказов сегодня до 10 утра',
    right: [total('orders', `${TODAY} and x.hour < 10`)],
  },
  {
    kind: 'period',
    text: 'сколько продали с нового года',
    right: [total('buyouts', `x.day >= '2036-01-01'`)],
  },
  {
    kind: 'period',
    text: 'возвраты 3 кв',
    right: [returned(days('07-01', '09-30'))],
  },
  {
    kind: 'period',
    text: 'сколько вб перечислит за 10.2036',
    right: [total('payout', OCTOBER)],
  },
  {
    kind: 'period',
    text: 'средний чек за позапрошлую неделю',
    right: [total('average_check', days('11-03', '11-09'))],
  },
  {
    kind: 'period',
    text: 'какая выручка была в прошлую субботу',
    right: [total('revenue', days('11-15'))],
  },

  {
    kind: 'comparison',
    text: 'казань или коледино, откуда больше заказов за месяц',
    right: [split('warehouse_from', ['Казань', 'Коледино'], 'orders', DAYS_30)],
  },
  {
    kind: 'comparison',
    text: 'сравни возвраты октябрь и сентябрь',
    right: [compared('returns', OCTOBER, SEPTEMBER)],
  },
  {
    kind: 'comparison',
    text: 'насколько просела выручка на этой неделе к прошлой',
    right: [
      either(
        compared('revenue', THIS_WEEK, LAST_WEEK),
        compared('revenue', THIS_WEEK, days('11-10', '11-13')),
      ),
    ],
  },
  {
    kind: 'comparison',
    text: 'шагомира vs тополея продажи за октябрь',
    right: [
      either(
        split('brand', ['Шагомира', 'Тополея'], 'buyouts', OCTOBER),
        split('brand', ['Шагомира', 'Тополея'], 'revenue', OCTOBER),
      ),
    ],
  },
  {
    kind: 'comparison',
    text: 'когда заказов больше было, с 1 по 7 ноября или с 8 по 14',
    right: [
      either(
        compared('orders', days('11-08', '11-14'), days('11-01', '11-07')),
        compared('orders', days('11-01', '11-07'), days('11-08', '11-14')),
      ),
    ],
  },
  {
    kind: 'comparison',
    text: 'кр-42/бел и фт-1 кто больше денег принёс за месяц',
    right: [split('nm_id', ['211000001', '211000002'], 'revenue', DAYS_30)],
  },
  {
    kind: 'comparison',
    text: 'вчера заказов больше чем 12 ноября?',
    right: [compared('orders', YESTERDAY, days('11-12'))],
  },
  {
    kind: 'comparison',
    text: 'москва против питера по выручке за октябрь',
    right: [split('warehouse_to', ['Москва', 'Санкт-Петербург'], 'revenue', OCTOBER)],
  },
];
