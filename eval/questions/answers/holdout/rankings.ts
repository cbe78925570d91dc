import { MUG } from '../handmade.ts';
import { DAYS_30, lastDays, OCTOBER, WEEK } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { by, least, ranked, total } from '../rights.ts';

/** What is best and worst, and rates. */
export const RANKINGS: readonly AnswerQuestion[] = [
  {
    kind: 'ranking',
    text: 'антитоп 3 товара по заказам за неделю',
    right: [least('orders', { exactly: 3 }, WEEK)],
  },
  {
    kind: 'ranking',
    text: 'десятка артикулов с максимумом заказов за 2 недели',
    right: [ranked('nm_id', 'orders', { exactly: 10 }, { where: lastDays(14) })],
  },
  {
    kind: 'ranking',
    text: 'с какого склада больше всего отгружали в октябре',
    right: [ranked('warehouse_from', 'orders', { first: 1 }, { where: OCTOBER })],
  },
  {
    kind: 'ranking',
    text: 'у какого бренда больше всех возвратов за октябрь',
    right: [ranked('brand', 'returns', { first: 1 }, { where: OCTOBER })],
  },

  {
    kind: 'rate',
    text: 'какой процент выкупа термокружки в октябре',
    right: [total('buyout_rate', `${MUG} and ${OCTOBER}`)],
  },
  {
    kind: 'rate',
    text: 'доля возвратов по категориям за октябрь',
    right: [by('category', 'return_rate', OCTOBER)],
  },
  {
    kind: 'rate',
    text: '% отмен по москве за октябрь',
    right: [total('cancel_rate', `x.warehouse_to = 'Москва' and ${OCTOBER}`)],
  },
  {
    kind: 'rate',
    text: 'сколько кремов из 10 заказанных реально выкупают',
    right: [total('buyout_rate', `x.subject = 'Кремы' and ${DAYS_30}`)],
  },
];
