import { article } from '../../given.ts';
import { MUG, RAINCOAT, sameNm, SOCKS, TEE, TRAINERS } from '../handmade.ts';
import { days, DAYS_30, OCTOBER, THIS_MONTH, WEEK, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import {
  cover,
  either,
  pieces,
  products,
  rows,
  rowsOrCount,
  split,
  stock,
  stockBy,
  supply,
  total,
} from '../rights.ts';

/** Products by their article, in any spelling, and by slang, synonyms and parts of their names. */
export const NAMING: readonly AnswerQuestion[] = [
  {
    kind: 'article',
    text: 'сколько продали кр-42/бел за октябрь',
    right: [total('buyouts', `${TRAINERS} and ${OCTOBER}`)],
  },
  {
    kind: 'article',
    text: 'фт 1 остаток по размерам',
    right: [stockBy('size', TEE)],
  },
  {
    kind: 'article',
    text: '{spaced} сколько заказов за неделю',
    given: article(2, 'orders', `x.age between 0 and 6 and p.vendor_code like 'DZH%'`),
    right: [total('orders', `${sameNm} and ${WEEK}`)],
  },
  {
    kind: 'article',
    text: 'терм450ч выручка за прошлый месяц',
    right: [total('revenue', `${MUG} and ${OCTOBER}`)],
  },
  {
    kind: 'article',
    text: 'какой выкуп у nsk podsled 5',
    right: [total('buyout_rate', `${SOCKS} and ${DAYS_30}`)],
  },
  {
    kind: 'article',
    text: 'отзывы на КР42бел',
    right: [rows('reviews', TRAINERS)],
  },
  {
    kind: 'article',
    text: '{joined} цена какая щас стоит',
    given: article(5),
    right: [products(sameNm)],
  },
  {
    kind: 'article',
    text: 'ФТ-1 и КР-42/бел: сколько заказали каждого за 7 дней',
    right: [split('nm_id', ['211000001', '211000002'], 'orders', WEEK)],
  },
  {
    kind: 'article',
    text: 'дж.дет 110 сколько на складе',
    right: [either(stock(RAINCOAT), supply(RAINCOAT))],
  },
  {
    kind: 'article',
    text: '{cyrillic} заказы за месяц',
    given: article(1, 'orders', `x.age between 0 and 29 and p.vendor_code like 'KRS-TPL%'`),
    right: [rowsOrCount('orders', `${sameNm} and ${DAYS_30}`)],
  },
  {
    kind: 'article',
    text: 'нм 211000003 сколько заказали за неделю',
    right: [pieces(`${SOCKS} and ${WEEK}`)],
  },
  {
    kind: 'article',
    text: 'фт_1 и nsk podsled 5 остатки',
    right: [
      either(stockBy('nm_id', `(${TEE} or ${SOCKS})`), stock(`(${TEE} or ${SOCKS})`), [
        stock(TEE),
        stock(SOCKS),
      ]),
    ],
  },

  {
    kind: 'name',
    text: 'сколько продали кроссов за неделю',
    right: [total('buyouts', `x.subject = 'Кроссовки' and ${WEEK}`)],
  },
  {
    kind: 'name',
    text: 'чё по комбезам, заказы за осень',
    right: [rowsOrCount('orders', `x.subject = 'Комбинезоны детские' and ${days('09-01', '11-20')}`)],
  },
  {
    kind: 'name',
    text: 'наушники беспроводные сколько ушло за месяц',
    right: [
      either(
        total('buyouts', `x.name ilike 'наушники беспроводные%' and ${DAYS_30}`),
        total('orders', `x.name ilike 'наушники беспроводные%' and ${DAYS_30}`),
      ),
    ],
  },
  {
    kind: 'name',
    text: 'скока лежит худиков',
    right: [stock(`x.category = 'Худи'`)],
  },
  {
    kind: 'name',
    text: 'сковородок сколько заказали в этом месяце',
    right: [pieces(`x.subject = 'Сковороды' and ${THIS_MONTH}`)],
  },
  {
    kind: 'name',
    text: 'термокружка сколько дней еще протянет',
    right: [cover(MUG)],
  },
  {
    kind: 'name',
    text: 'подследники процент выкупа в октябре',
    right: [total('buyout_rate', `${SOCKS} and ${OCTOBER}`)],
  },
  {
    kind: 'name',
    text: 'белые кросы на платформе остатки',
    right: [either(stock(TRAINERS), rows('stocks', TRAINERS))],
  },
  {
    kind: 'name',
    text: 'джинсов вчера сколько ушло',
    right: [
      either(
        total('buyouts', `x.subject = 'Джинсы' and ${YESTERDAY}`),
        pieces(`x.subject = 'Джинсы' and ${YESTERDAY}`),
      ),
    ],
  },
  {
    kind: 'name',
    // Withdrawn: no card has this name any more, only its reviews do.
    text: 'сколько всего продали {said} за всё время',
    given: `select nm_id, lower(name) as said from reviews where brand is null and nm_id in (select nm_id from sales)
      group by nm_id, name order by count(*) desc, nm_id limit 1`,
    right: [total('buyouts', sameNm)],
  },
];
