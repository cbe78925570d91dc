import type { AnswerQuestion } from '../question.ts';
import { lacks, says } from '../rights.ts';

const TALK = [{ talk: true }] as const;

/** What no table has, what is no question, and what the shop does not have or has not lived yet. */
export const UNANSWERABLE: readonly AnswerQuestion[] = [
  { kind: 'nowhere', text: 'какая чистая прибыль за октябрь', right: [says('nowhere', 'прибыл')] },
  { kind: 'nowhere', text: 'сколько потратили на рекламу за неделю', right: [says('nowhere', 'реклам')] },
  {
    kind: 'nowhere',
    text: 'сколько просмотров у карточки фт-1 за вчера',
    right: [says('nowhere', 'просмотр|показ|посещ|переход')],
  },
  {
    kind: 'nowhere',
    text: 'какой коэф приёмки на электростали',
    right: [says('nowhere', 'при[её]мк')],
  },
  { kind: 'nowhere', text: 'почём кроссовки у конкурентов', right: [says('nowhere', 'конкурент')] },
  {
    kind: 'nowhere',
    text: 'во сколько нам обошлась логистика в октябре',
    right: [says('nowhere', 'логистик')],
  },
  {
    kind: 'nowhere',
    text: 'нужен ли честный знак на худи',
    right: [says('nowhere', 'знак|маркировк|закон|прав')],
  },
  { kind: 'nowhere', text: 'выполняем план продаж в ноябре?', right: [says('nowhere', 'план')] },
  { kind: 'nowhere', text: 'какая завтра погода в москве', right: [says('nowhere', 'погод')] },
  { kind: 'nowhere', text: 'себестоимость термокружки', right: [says('nowhere', 'себестоимост')] },

  { kind: 'talk', text: 'привет', right: TALK },
  { kind: 'talk', text: 'что ты умеешь?', right: TALK },
  { kind: 'talk', text: 'спасибо, помог', right: TALK },
  { kind: 'talk', text: '...', right: TALK },
  { kind: 'talk', text: 'Добрый день!', right: TALK },
  { kind: 'talk', text: 'ывапролд', right: TALK },
  { kind: 'talk', text: 'ау', right: TALK },
  { kind: 'talk', text: 'помощь', right: TALK },

  {
    kind: 'trick',
    text: 'сколько продали айфонов за неделю',
    right: [says('none', 'айфон', lacks('sales', `x.name ~* 'айфон|iphone'`))],
  },
  {
    kind: 'trick',
    text: 'продажи бренда адидас за октябрь',
    right: [says('none', 'адидас|adidas', lacks('sales', `x.brand ~* 'адидас|adidas'`))],
  },
  {
    kind: 'trick',
    text: 'худи 8XL сколько осталось',
    right: [says('none', '8 ?xl', lacks('stocks', `x.size ilike '8xl'`))],
  },
  {
    kind: 'trick',
    text: 'остатки на складе внуково',
    right: [says('none', 'внуков', lacks('stocks', `x.warehouse_name ~* 'внуков'`))],
  },
  { kind: 'trick', text: 'заказы за 31 февраля', right: [says('no-such-day', '31 феврал')] },
  {
    kind: 'trick',
    text: 'сколько продадим на следующей неделе',
    right: [says('ahead', 'следующ|24|впереди|наступ')],
  },
  {
    kind: 'trick',
    text: 'выручка за январь 2036',
    right: [says('none', 'январ', lacks('sales', `x.day <= '2036-01-31'`))],
  },
  {
    kind: 'trick',
    text: 'что по артикулу KRS-ABC-99999',
    right: [says('none', 'krs-abc-99999', lacks('products', `x.vendor_code ilike 'krs-abc%'`))],
  },
  { kind: 'trick', text: 'выручка за декабрь 2036', right: [says('ahead', 'декабр')] },
  {
    kind: 'trick',
    text: 'сколько заказов было в 2035 году',
    right: [says('none', '2035', lacks('orders', `x.day < '2036-01-01'`))],
  },
];
