import { MUG, SOCKS, TEE } from '../handmade.ts';
import type { AnswerQuestion } from '../question.ts';
import { cover, either, products, rows, stock, stockBy, supply, total } from '../rights.ts';

const ends = 'x.stock > 0 and x.cover_days <= 14';
const isGone = 'x.stock = 0';

/** What is in stock and on its way, how long it lasts, what has to be sent. */
export const STOCKS: readonly AnswerQuestion[] = [
  {
    kind: 'stock',
    text: 'что пора заказывать, какие товары кончаются в ближайшие 2 недели',
    right: [either(supply(`${ends} or ${isGone}`), supply(ends))],
  },
  {
    kind: 'stock',
    text: 'какие товары обнулились, ноль на всех складах',
    right: [either(products('not x.in_stock'), supply(isGone))],
  },
  {
    kind: 'stock',
    text: 'какие размеры фт-1 есть в наличии, по сколько штук',
    right: [stockBy('size', TEE)],
  },
  {
    kind: 'stock',
    text: 'чего осталось меньше 15 штук в сумме по складам',
    right: [either(supply('x.stock < 15'), supply('x.stock between 1 and 14'))],
  },
  {
    kind: 'stock',
    text: 'сколько всего штук лежит на складах вб',
    right: [stock()],
  },
  {
    kind: 'stock',
    text: 'сколько штук сейчас едет к клиентам',
    right: [total('in_way_to_client')],
  },
  {
    kind: 'stock',
    text: 'на сколько дней хватит подследников',
    right: [cover(SOCKS)],
  },
  {
    kind: 'stock',
    text: 'сколько довезти nsk_podsled_5 чтоб хватило на 30 дней',
    right: [either(cover(SOCKS), stockBy('size', SOCKS))],
  },
  {
    kind: 'stock',
    text: 'что лежит мёртвым грузом, вообще не заказывают',
    right: [supply('x.stock > 0 and x.ordered = 0')],
  },
  {
    kind: 'stock',
    text: 'последняя штука осталась у каких джинсов',
    right: [rows('stocks', `x.category = 'Джинсы' and x.quantity = 1`)],
  },
  {
    kind: 'stock',
    text: 'сколько завезти термокружек чтоб на 4 месяца хватило',
    right: [cover(MUG)],
  },
  {
    kind: 'stock',
    text: 'крем для рук где лежит и по сколько',
    right: [
      either(
        stockBy('warehouse_name', `x.name ilike 'крем для рук%'`),
        rows('stocks', `x.name ilike 'крем для рук%'`),
      ),
    ],
  },
];
