import { TEE } from '../handmade.ts';
import { DAYS_30, OCTOBER, THIS_MONTH, WEEK, YESTERDAY } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import {
  bought,
  either,
  products,
  ranked,
  rows,
  rowsOrCount,
  says,
  split,
  stock,
  stockBy,
  total,
} from '../rights.ts';
import { rowsOf } from '../../views.ts';

const notWhite = "x.name !~* '\\mбел'";

/** Sizes, colours, warehouses and regions, and what is to be left out. */
export const NARROWING: readonly AnswerQuestion[] = [
  {
    kind: 'narrow',
    text: 'продажи в татарстане за октябрь',
    right: [bought(`x.warehouse_to = 'Республика Татарстан' and ${OCTOBER}`)],
  },
  {
    kind: 'narrow',
    text: 'сколько заказов в питер за неделю',
    right: [total('orders', `x.warehouse_to = 'Санкт-Петербург' and ${WEEK}`)],
  },
  {
    kind: 'narrow',
    text: 'остатки фт-1 размер L по складам',
    right: [stockBy('warehouse_name', `${TEE} and x.size = 'L'`)],
  },
  {
    kind: 'narrow',
    text: 'сколько худи XL на казани',
    right: [stock(`x.category = 'Худи' and x.size = 'XL' and x.warehouse_name = 'Казань'`)],
  },
  {
    kind: 'narrow',
    text: 'заказы кроссовок 38го размера за месяц',
    right: [rowsOrCount('orders', `x.subject = 'Кроссовки' and x.size = '38' and ${DAYS_30}`)],
  },
  {
    kind: 'narrow',
    text: 'сколько темно-зеленых джинсов продали за октябрь',
    right: [says('unread', 'т[её]мн|зел[её]н')],
  },
  {
    kind: 'narrow',
    text: 'отзывы на черные футболки',
    right: [rows('reviews', `x.color = 'чёрный' and x.name ilike 'футболка%'`)],
  },
  {
    kind: 'narrow',
    text: 'сколько с коледино ушло заказов вчера',
    right: [total('orders', `x.warehouse_from = 'Коледино' and ${YESTERDAY}`)],
  },
  {
    kind: 'narrow',
    text: 'москва и область заказы за 7 дней сколько',
    right: [
      either(
        total('orders', `x.warehouse_to in ('Москва', 'Московская область') and ${WEEK}`),
        split('warehouse_to', ['Москва', 'Московская область'], 'orders', WEEK),
      ),
    ],
  },
  {
    kind: 'narrow',
    text: 'сколько футболок XL заказали в ноябре с новосиба',
    right: [
      either(
        ...(['orders', 'ordered_pieces'] as const).map((name) =>
          total(
            name,
            `x.subject = 'Футболки' and x.size = 'XL' and x.warehouse_from = 'Новосибирск' and ${THIS_MONTH}`,
          ),
        ),
      ),
    ],
  },
  {
    kind: 'narrow',
    text: 'вчерашние заказы дороже двух тысяч',
    right: [rowsOrCount('orders', `x.total_price > 2000 and ${YESTERDAY}`)],
  },
  {
    kind: 'narrow',
    // «а» of these words is a Latin letter.
    text: 'зaкaзы джинсов > 3 000 ₽ зa неделю',
    right: [rowsOrCount('orders', `x.subject = 'Джинсы' and x.total_price > 3000 and ${WEEK}`)],
  },
  {
    kind: 'narrow',
    // A federal district is a column of orders alone, and no region of the shop.
    text: 'сколько заказов ушло в сибирь за октябрь',
    right: [total('orders', `x.okrug = 'Сибирский федеральный округ' and ${OCTOBER}`)],
    orHonest: true,
  },

  {
    kind: 'exclusion',
    text: 'топ 5 товаров по заказам за месяц кроме футболок',
    right: [ranked('nm_id', 'orders', { exactly: 5 }, { where: `x.subject <> 'Футболки' and ${DAYS_30}` })],
  },
  {
    kind: 'exclusion',
    text: 'выручка за октябрь без шагомиры',
    right: [total('revenue', `x.brand <> 'Шагомира' and ${OCTOBER}`)],
  },
  {
    kind: 'exclusion',
    text: 'товары не дороже 1000 рублей',
    right: [products('x.discount_price <= 1000')],
  },
  {
    kind: 'exclusion',
    text: 'отзывы на кроссовки не без ответа',
    right: [rows('reviews', `x.is_answered and x.name ilike 'кроссовки%'`)],
  },
  {
    kind: 'exclusion',
    text: 'сколько заказов вчера кроме отменённых',
    right: [total('orders', `x.status <> 'cancelled' and ${YESTERDAY}`)],
  },
  {
    kind: 'exclusion',
    text: 'остатки везде кроме казани',
    right: [
      either(
        stock(`x.warehouse_name <> 'Казань'`),
        stockBy('warehouse_name', `x.warehouse_name <> 'Казань'`),
      ),
    ],
  },
  {
    kind: 'exclusion',
    text: 'кросы без белых',
    right: [
      {
        rows: [
          rowsOf('products', `x.category = 'Кроссовки' and ${notWhite}`),
          rowsOf('stocks', `x.category = 'Кроссовки' and ${notWhite}`),
          rowsOf('orders', `x.subject = 'Кроссовки' and ${notWhite}`),
          rowsOf('sales', `x.subject = 'Кроссовки' and ${notWhite}`),
          rowsOf(
            'reviews',
            `x.name ilike 'кроссовки%' and ${notWhite} and coalesce(x.color, '') not like '%бел%'`,
          ),
        ],
      },
    ],
  },
  {
    kind: 'exclusion',
    text: 'сколько продали за неделю не считая подследников и термокружек',
    right: [total('buyouts', `x.subject not in ('Подследники', 'Термокружки') and ${WEEK}`)],
  },
  {
    kind: 'exclusion',
    text: 'заказов за месяц без москвы и московской области сколько',
    right: [total('orders', `x.warehouse_to not in ('Москва', 'Московская область') and ${DAYS_30}`)],
  },
  {
    kind: 'exclusion',
    text: 'негатив за октябрь, кремы не надо',
    right: [rows('reviews', `x.rating <= 2 and x.name not ilike 'крем%' and ${OCTOBER}`)],
  },
  {
    kind: 'exclusion',
    text: 'заказы за неделю не меньше 5K',
    right: [rowsOrCount('orders', `x.total_price >= 5000 and ${WEEK}`)],
  },
  {
    kind: 'exclusion',
    text: 'отзывы на худи не ниже четырех звёзд',
    right: [rows('reviews', `x.rating >= 4 and x.name ilike 'худи%'`)],
  },
];
