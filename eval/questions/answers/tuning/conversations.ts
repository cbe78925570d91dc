import { SOCKS, TEE, TRAINERS } from '../handmade.ts';
import { DAYS_30, LAST_WEEK, OCTOBER, SEPTEMBER, WEEK, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { by, complaints, compared, either, ranked, rows, says, stock, stockBy, total } from '../rights.ts';

/** Several things at once, messages that follow others, and what is dictated. */
export const CONVERSATIONS: readonly AnswerQuestion[] = [
  {
    kind: 'compound',
    text: 'заказы за неделю и процент выкупа за месяц',
    right: [total('orders', WEEK), total('buyout_rate', DAYS_30)],
  },
  {
    kind: 'compound',
    text: 'сколько худи продали в октябре и сколько осталось',
    right: [total('buyouts', `x.subject = 'Худи' and ${OCTOBER}`), stock(`x.category = 'Худи'`)],
  },
  {
    kind: 'compound',
    text: 'выручка и возвраты за вчера',
    right: [total('revenue', YESTERDAY), total('returns', YESTERDAY)],
  },
  {
    kind: 'compound',
    text: 'сколько продали кремов за месяц и на что жалуются',
    right: [total('buyouts', `x.subject = 'Кремы' and ${DAYS_30}`), complaints(`x.name ilike 'крем%'`)],
  },
  {
    kind: 'compound',
    text: 'топ 3 товара по выручке за неделю и топ 3 бренда по заказам за месяц',
    right: [
      ranked('nm_id', 'revenue', { exactly: 3 }, { where: WEEK }),
      ranked('brand', 'orders', { exactly: 3 }, { where: DAYS_30 }),
    ],
  },
  {
    kind: 'compound',
    text: 'сколько заказов и какая прибыль за октябрь',
    right: [total('orders', OCTOBER), says('nowhere', 'прибыл')],
  },

  {
    kind: 'follow-up',
    after: ['выручка за октябрь'],
    text: 'а за сентябрь?',
    right: [total('revenue', SEPTEMBER)],
  },
  {
    kind: 'follow-up',
    after: ['сколько заказов за неделю'],
    text: 'а возвратов?',
    right: [total('returns', WEEK)],
  },
  {
    kind: 'follow-up',
    after: ['топ 3 товара по заказам за октябрь'],
    text: 'покажи отзывы на первый',
    given: `select nm_id from orders x where ${OCTOBER} group by nm_id order by count(*) desc, nm_id limit 1`,
    right: [rows('reviews', 'x.nm_id = g.nm_id')],
  },
  {
    kind: 'follow-up',
    after: ['остатки ФТ-1'],
    text: 'а по размерам?',
    right: [stockBy('size', TEE)],
  },
  {
    kind: 'follow-up',
    after: ['сколько продали за октябрь', 'а за сентябрь'],
    text: 'а без кроссовок?',
    right: [total('buyouts', `x.subject <> 'Кроссовки' and ${SEPTEMBER}`)],
  },
  {
    kind: 'follow-up',
    after: ['сколько заказов КР-42/бел на этой неделе'],
    text: 'то же за прошлую неделю',
    right: [total('orders', `${TRAINERS} and ${LAST_WEEK}`)],
  },
  {
    kind: 'follow-up',
    after: ['какой процент выкупа за октябрь'],
    text: 'а по брендам',
    right: [by('brand', 'buyout_rate', OCTOBER)],
  },
  {
    kind: 'follow-up',
    after: ['спасибо'],
    text: 'а за прошлую?',
    right: [{ talk: true }],
  },

  {
    kind: 'long',
    text: 'слушай глянь пожалуйста сколько у нас за прошлую неделю было заказов ну вот именно по джинсам только без учета отмененных',
    right: [total('orders', `x.subject = 'Джинсы' and x.status <> 'cancelled' and ${LAST_WEEK}`)],
  },
  {
    kind: 'long',
    text: 'так короче мне надо понять какие у нас три самых продаваемых товара были в октябре месяце по количеству выкупов и все',
    right: [ranked('nm_id', 'buyouts', { exactly: 3 }, { where: `x.type = 'buyout' and ${OCTOBER}` })],
  },
  {
    kind: 'long',
    text: 'добрый вечер подскажите пожалуйста а сколько сейчас лежит на всех складах кроссовок женских белых на платформе артикул кр 42 бел мне для поставки нужно',
    right: [either(stock(TRAINERS), stockBy('warehouse_name', TRAINERS))],
  },
  {
    kind: 'long',
    text: 'я вот смотрел и вроде заказы просели хочу сравнить сколько было заказов вчера и сколько позавчера',
    right: [compared('orders', YESTERDAY, 'x.age = 2')],
  },
  {
    kind: 'long',
    text: 'посмотри пожалуйста отзывы на подследники женские у нас вроде на них на что то жалуются вот на что именно мне поставщику написать надо',
    right: [complaints(SOCKS)],
  },
  {
    kind: 'long',
    text: 'мне бухгалтер просит сумму выручки за период с первого сентября по тридцать первое октября включительно и отдельно сколько было возвратов штук',
    right: [
      total('revenue', `(${SEPTEMBER} or ${OCTOBER})`),
      total('returns', `(${SEPTEMBER} or ${OCTOBER})`),
    ],
  },
];
