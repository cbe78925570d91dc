import { MUG, TEE } from '../handmade.ts';
import { OCTOBER, THIS_MONTH, WEEK } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { cover, either, ranked, rows, stock, supply, total } from '../rights.ts';

/** Several things at once, messages that follow others, and what is dictated. */
export const CONVERSATIONS: readonly AnswerQuestion[] = [
  {
    kind: 'compound',
    text: 'средний чек и сумма заказов за ноябрь',
    right: [total('average_check', THIS_MONTH), total('orders_amount', THIS_MONTH)],
  },
  {
    kind: 'compound',
    text: 'остаток фт-1 и отзывы на неё с 1 звездой',
    right: [stock(TEE), rows('reviews', `${TEE} and x.rating = 1`)],
  },
  {
    kind: 'compound',
    text: 'что кончается за 2 недели и что вообще не продаётся',
    right: [
      either(supply('x.stock > 0 and x.cover_days <= 14'), supply('x.stock = 0 or x.cover_days <= 14')),
      supply('x.stock > 0 and x.ordered = 0'),
    ],
  },

  {
    kind: 'follow-up',
    after: ['выручка за октябрь'],
    text: 'а по шагомире?',
    right: [total('revenue', `x.brand = 'Шагомира' and ${OCTOBER}`)],
  },
  {
    kind: 'follow-up',
    after: ['сколько заказов вчера', 'а позавчера?'],
    text: 'а отмен?',
    right: [total('cancelled_orders', 'x.age = 2')],
  },
  {
    kind: 'follow-up',
    after: ['топ 5 брендов по выручке за октябрь'],
    text: 'а худшие?',
    right: [ranked('brand', 'revenue', { exactly: 5 }, { where: OCTOBER, order: 'asc' })],
  },
  {
    kind: 'follow-up',
    after: ['сколько осталось термокружек'],
    text: 'на сколько их хватит',
    right: [cover(MUG)],
  },

  {
    kind: 'long',
    text: 'короче смотри у меня вопрос такой сколько мы получили ну в смысле выручка за прошлый месяц по бренду шагомира если можно',
    right: [total('revenue', `x.brand = 'Шагомира' and ${OCTOBER}`)],
  },
  {
    kind: 'long',
    text: 'алло да так вот скажи сколько сейчас осталось термокружек черных которые четыреста пятьдесят миллилитров',
    right: [stock(MUG)],
  },
  {
    kind: 'long',
    text: 'и еще хотел узнать там в краснодарский край сколько заказов ушло за последние семь дней если не сложно',
    right: [total('orders', `x.warehouse_to = 'Краснодарский край' and ${WEEK}`)],
  },
];
