import { TEE } from '../handmade.ts';
import { days, DAYS_30, lastDays, OCTOBER, THIS_MONTH } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import { by, either, least, ranked, rows, total } from '../rights.ts';

/** What is best and worst, and rates. */
export const RANKINGS: readonly AnswerQuestion[] = [
  {
    kind: 'ranking',
    text: 'топ 3 бренда по выручке за октябрь',
    right: [ranked('brand', 'revenue', { exactly: 3 }, { where: OCTOBER })],
  },
  {
    kind: 'ranking',
    text: 'что хуже всего продаётся за месяц, 5 товаров',
    right: [least('buyouts', { exactly: 5 }, `x.type = 'buyout' and ${DAYS_30}`)],
  },
  {
    kind: 'ranking',
    text: 'какой размер футболок самый ходовой за месяц',
    right: [
      either(
        ranked('size', 'orders', { first: 1 }, { where: `x.subject = 'Футболки' and ${DAYS_30}` }),
        ranked('size', 'ordered_pieces', { first: 1 }, { where: `x.subject = 'Футболки' and ${DAYS_30}` }),
        ranked('size', 'buyouts', { first: 1 }, { where: `x.subject = 'Футболки' and ${DAYS_30}` }),
      ),
    ],
  },
  {
    kind: 'ranking',
    text: 'самый дорогой товар у меня какой',
    right: [
      either(rows('products', 'x.discount_price = (select max(discount_price) from products)'), {
        figures: 'select nm_id::text as key, discount_price from products order by discount_price desc',
        top: { first: 1 },
      }),
    ],
  },
  {
    kind: 'ranking',
    text: 'топ-5 регионов по заказам за месяц',
    right: [ranked('warehouse_to', 'orders', { exactly: 5 }, { where: DAYS_30 })],
  },
  {
    kind: 'ranking',
    text: 'какие 3 товара чаще всего отменяли в октябре',
    right: [ranked('nm_id', 'cancelled_orders', { exactly: 3 }, { where: OCTOBER })],
  },
  {
    kind: 'ranking',
    text: 'в какой день ноября было больше всего заказов',
    right: [ranked('day', 'orders', { first: 1 }, { where: THIS_MONTH })],
  },
  {
    kind: 'ranking',
    text: 'у какого бренда меньше всего выручки за октябрь',
    right: [ranked('brand', 'revenue', { first: 1 }, { where: OCTOBER, order: 'asc' })],
  },
  {
    kind: 'ranking',
    text: 'разбей товары на abc по заказам за октябрь',
    right: [ranked('nm_id', 'orders', { first: 3 }, { where: OCTOBER })],
    orHonest: true,
  },

  {
    kind: 'rate',
    text: 'какая доля отмен в октябре',
    right: [total('cancel_rate', OCTOBER)],
  },
  {
    kind: 'rate',
    text: 'процент выкупа по размерам у фт-1 за октябрь',
    right: [by('size', 'buyout_rate', `${TEE} and ${OCTOBER}`)],
  },
  {
    kind: 'rate',
    text: 'выкуп по предметам за октябрь в процентах',
    right: [by('subject', 'buyout_rate', OCTOBER)],
  },
  {
    kind: 'rate',
    text: 'сколько процентов кроссовок возвращают за последние 90 дней',
    right: [total('return_rate', `x.subject = 'Кроссовки' and ${lastDays(90)}`)],
  },
  {
    kind: 'rate',
    text: 'выкупаемость курток',
    right: [total('buyout_rate', `x.subject = 'Куртки' and ${DAYS_30}`)],
  },
  {
    kind: 'rate',
    text: 'как часто выкупают шагомиру, октябрь',
    right: [total('buyout_rate', `x.brand = 'Шагомира' and ${OCTOBER}`)],
  },
  {
    kind: 'rate',
    text: 'у каких складов плохой выкуп в октябре',
    right: [by('warehouse_from', 'buyout_rate', OCTOBER)],
  },
  {
    kind: 'rate',
    text: 'доля отмен по дням с 10 по 16 ноября',
    right: [by('day', 'cancel_rate', days('11-10', '11-16'))],
  },
];
