import { MUG, TRAINERS } from '../handmade.ts';
import type { AnswerQuestion } from '../question.ts';
import { either, rows, stock, stockBy, supply, total } from '../rights.ts';

/** What is in stock and on its way, how long it lasts, what has to be sent. */
export const STOCKS: readonly AnswerQuestion[] = [
  {
    kind: 'stock',
    text: 'сколько кр-42/бел в каждом размере',
    right: [stockBy('size', TRAINERS)],
  },
  {
    kind: 'stock',
    text: 'сколько джинсов на складе новосибирск',
    right: [stock(`x.category = 'Джинсы' and x.warehouse_name = 'Новосибирск'`)],
  },
  {
    kind: 'stock',
    text: 'чё кончится за неделю',
    right: [either(supply('x.stock > 0 and x.cover_days <= 7'), supply('x.stock = 0 or x.cover_days <= 7'))],
  },
  {
    kind: 'stock',
    text: 'где лежат термокружки и сколько',
    right: [either(stockBy('warehouse_name', MUG), rows('stocks', MUG))],
  },
  {
    kind: 'stock',
    text: 'сколько едет обратно от клиентов',
    right: [total('in_way_from_client')],
  },
  {
    kind: 'stock',
    text: 'остатки по брендам в штуках',
    right: [stockBy('brand')],
  },
];
