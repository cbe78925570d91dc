import { DAYS_30, OCTOBER, THIS_MONTH, WEEK } from '../periods.ts';
import type { AnswerQuestion } from '../question.ts';
import {
  either,
  products,
  ranked,
  returned,
  rows,
  rowsOrCount,
  says,
  stock,
  supply,
  total,
} from '../rights.ts';

/** Sizes, colours, warehouses and regions, and what is to be left out. */
export const NARROWING: readonly AnswerQuestion[] = [
  {
    kind: 'narrow',
    text: 'сколько заказов в свердловскую область в ноябре',
    right: [total('orders', `x.warehouse_to = 'Свердловская область' and ${THIS_MONTH}`)],
  },
  {
    kind: 'narrow',
    text: 'джинсы 30 размера сколько штук осталось',
    right: [stock(`x.category = 'Джинсы' and x.size = '30'`)],
  },
  {
    kind: 'narrow',
    text: 'возвраты из питера в октябре',
    right: [returned(`x.warehouse_to = 'Санкт-Петербург' and ${OCTOBER}`)],
  },
  {
    kind: 'narrow',
    text: 'остаток кроссовок на электростали',
    right: [stock(`x.category = 'Кроссовки' and x.warehouse_name = 'Электросталь'`)],
  },
  {
    kind: 'narrow',
    text: 'сколько белых футболок продали в сентябре',
    right: [says('unread', 'белы|цвет')],
  },
  {
    kind: 'narrow',
    text: 'заказы за неделю дороже чем 1.500 руб',
    right: [rowsOrCount('orders', `x.total_price > 1500 and ${WEEK}`)],
  },

  {
    kind: 'exclusion',
    text: 'топ 3 бренда по выручке за месяц исключая ниткоград',
    right: [ranked('brand', 'revenue', { exactly: 3 }, { where: `x.brand <> 'Ниткоград' and ${DAYS_30}` })],
  },
  {
    kind: 'exclusion',
    text: 'заказы не дороже 1000 руб за неделю',
    right: [rowsOrCount('orders', `x.total_price <= 1000 and ${WEEK}`)],
  },
  {
    kind: 'exclusion',
    text: 'сколько худи на складах кроме размера XL',
    right: [stock(`x.category = 'Худи' and x.size <> 'XL'`)],
  },
  {
    kind: 'exclusion',
    text: 'какие товары не в наличии',
    right: [either(products('not x.in_stock'), supply('x.stock = 0'))],
  },
  {
    kind: 'exclusion',
    text: 'отзывы за неделю без негатива',
    right: [rows('reviews', `x.rating > 2 and ${WEEK}`)],
  },
  {
    kind: 'exclusion',
    text: 'товары не дешевле 8к',
    right: [products('x.discount_price >= 8000')],
  },
];
