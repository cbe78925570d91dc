import type { AnalyticsAnswer } from '../analytics.ts';
import type { Row } from '../result.ts';
import {
  filterOf,
  FIT_NAMES,
  groupOf,
  NAMED_GROUPS,
  periodOf,
  quoted,
  sizeOf,
  type Said,
} from './phrases.ts';
import { capitalize, countOf, formatDay, formatMoney, type Forms } from '../../russian/formats.ts';

const LISTED: ReadonlyMap<string, Forms> = new Map(
  Object.entries<Forms>({
    orders: ['заказ', 'заказа', 'заказов'],
    bought_orders: ['выкупленный заказ', 'выкупленных заказа', 'выкупленных заказов'],
    returned_orders: ['возвращённый заказ', 'возвращённых заказа', 'возвращённых заказов'],
    cancelled_orders: ['отменённый заказ', 'отменённых заказа', 'отменённых заказов'],
    open_orders: ['заказ в пути', 'заказа в пути', 'заказов в пути'],
    sales: ['продажа или возврат', 'продажи и возврата', 'продаж и возвратов'],
    buyouts: ['выкуп', 'выкупа', 'выкупов'],
    returns: ['возврат', 'возврата', 'возвратов'],
    reviews: ['отзыв', 'отзыва', 'отзывов'],
  }),
);

const STATES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    open: 'в пути',
    bought: 'выкуплен',
    returned: 'возвращён',
    cancelled: 'отменён',
    buyout: 'выкуп',
    return: 'возврат',
    answered: 'с ответом',
    unanswered: 'без ответа',
  }),
);

/** `За 5 ноября 2036: 12 заказов на 24 000 ₽. Новые сначала: 5 ноября 2036 14:02, «Плед» (ПЛ-1), 1 990 ₽, в пути; …` */
export function describeRows({ parameters, rows, found, total }: AnalyticsAnswer): Said {
  const counted = countOf(found, LISTED.get(String(parameters['of']))!);
  const sum = total?.['amount'];
  const worth = typeof sum === 'string' && found > 0 ? ` на ${formatMoney(sum)}` : '';
  const head = `${capitalize(periodOf(parameters))}${filterOf(parameters)}: ${counted}${worth}`;
  if (rows.length === 0) return `${head}.`;
  const shown = rows.slice(0, NAMED_GROUPS);
  const more = parameters['before'] === undefined ? found - shown.length : 0;
  return { head: `${head}. Новые сначала`, items: shown.map(rowOf), more };
}

function rowOf(row: Row): string {
  const { date, time, amount, stars, quote, state } = row;
  return [
    typeof date === 'string' ? `${formatDay(date)} ${time}` : 'без даты',
    `${groupOf('product', row)}${sizeOf(row)}`,
    ...(typeof amount === 'string' ? [formatMoney(amount)] : []),
    ...(typeof stars === 'number' ? [`оценка ${stars}`] : []),
    STATES.get(String(state)) ?? String(state),
    ...(typeof quote === 'string' ? [quoted(quote)] : []),
  ].join(', ');
}

const VALUES: ReadonlyMap<string, Forms> = new Map(
  Object.entries<Forms>({
    brand: ['бренд', 'бренда', 'брендов'],
    category: ['категория', 'категории', 'категорий'],
    subject: ['предмет', 'предмета', 'предметов'],
    size: ['размер', 'размера', 'размеров'],
    warehouse: ['склад', 'склада', 'складов'],
    region: ['регион', 'региона', 'регионов'],
    color: ['цвет', 'цвета', 'цветов'],
    matching_size: ['ответ о размере', 'ответа о размере', 'ответов о размере'],
    tag: ['отметка', 'отметки', 'отметок'],
  }),
);
const NAMED_VALUES = 30;

/** `В кабинете 3 бренда: Тополея — 12 товаров; …` */
export function describeValues({ parameters, rows, found, columns }: AnalyticsAnswer): Said {
  const by = columns.at(-1)!;
  const items = rows.slice(0, NAMED_VALUES).map((row) => {
    const value = FIT_NAMES.get(String(row['value'])) ?? row['value'];
    return `${value} — ${countOf(Number(row[by.name]), COUNTED.get(by.name)!)}`;
  });
  const head = `В кабинете ${countOf(found, VALUES.get(String(parameters['of']))!)}`;
  return { head, items, more: found - items.length };
}

const COUNTED: ReadonlyMap<string, Forms> = new Map(
  Object.entries<Forms>({
    products: ['товар', 'товара', 'товаров'],
    pieces: ['штука', 'штуки', 'штук'],
    orders: ['заказ', 'заказа', 'заказов'],
    reviews: ['отзыв', 'отзыва', 'отзывов'],
  }),
);
