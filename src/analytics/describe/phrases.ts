import { DIMENSIONS, type Dimension } from '../dimensions.ts';
import { measure, type MeasureName } from '../measures.ts';
import type { Row, Value } from '../result.ts';
import {
  countOf,
  enumerate,
  formatDay,
  formatMoney,
  formatMonth,
  formatNumber,
  formatPercent,
  formatPeriod,
  type Forms,
} from '../../russian/formats.ts';

/** What is counted has a noun, what is measured a name. */
const COUNTED: Partial<Record<MeasureName, Forms>> = {
  orders: ['заказ', 'заказа', 'заказов'],
  cancelled_orders: ['отмена', 'отмены', 'отмен'],
  buyouts: ['выкуп', 'выкупа', 'выкупов'],
  returns: ['возврат', 'возврата', 'возвратов'],
  reviews: ['отзыв', 'отзыва', 'отзывов'],
  negative_reviews: ['негативный отзыв', 'негативных отзыва', 'негативных отзывов'],
  unanswered_reviews: ['отзыв без ответа', 'отзыва без ответа', 'отзывов без ответа'],
  ordered_pieces: ['заказанная штука', 'заказанные штуки', 'заказанных штук'],
};

const NAMED: Partial<Record<MeasureName, string>> = {
  orders_amount: 'сумма заказов',
  average_order: 'средний заказ',
  cancelled_amount: 'сумма отмен',
  cancel_rate: 'доля отмен',
  buyout_rate: 'выкуп',
  return_rate: 'доля возвратов',
  buyouts_amount: 'сумма выкупов',
  returns_amount: 'сумма возвратов',
  revenue: 'выручка',
  average_check: 'средний чек',
  payout: 'к перечислению',
  average_rating: 'средняя оценка',
  negative_share: 'доля негативных отзывов',
};

/** Of which most or least may be asked: `по …`. */
const DATIVE: Partial<Record<MeasureName, string>> = {
  orders: 'числу заказов',
  ordered_pieces: 'заказанным штукам',
  orders_amount: 'сумме заказов',
  average_order: 'среднему заказу',
  cancelled_orders: 'отменам',
  cancelled_amount: 'сумме отмен',
  cancel_rate: 'доле отмен',
  buyout_rate: 'выкупу',
  return_rate: 'доле возвратов',
  buyouts: 'числу выкупов',
  buyouts_amount: 'сумме выкупов',
  returns: 'возвратам',
  returns_amount: 'сумме возвратов',
  revenue: 'выручке',
  average_check: 'среднему чеку',
  payout: 'сумме к перечислению',
  reviews: 'числу отзывов',
  average_rating: 'средней оценке',
  negative_reviews: 'негативным отзывам',
  negative_share: 'доле негативных отзывов',
  unanswered_reviews: 'отзывам без ответа',
};

export const nameOf = (name: MeasureName): string => NAMED[name] ?? COUNTED[name]![2];
export const dativeOf = (name: MeasureName): string => DATIVE[name]!;

/** `25 заказов`, `12 345 ₽`, `75,3 %`, `4,5`. */
export function amountOf(name: MeasureName, value: Value): string {
  if (value === null) return 'нет данных';
  const forms = COUNTED[name];
  if (forms !== undefined) return countOf(Number(value), forms);
  if (typeof value === 'string') return formatMoney(value);
  return name === 'average_rating' ? formatNumber(value) : formatPercent(value);
}

/** `25 заказов`, `выручка 12 345 ₽`. */
export function phraseOf(name: MeasureName, value: Value): string {
  return COUNTED[name] !== undefined && value !== null
    ? amountOf(name, value)
    : `${nameOf(name)}${value === null ? ': ' : ' '}${amountOf(name, value)}`;
}

/** ` (61 из 81)` behind a rate, of a row that says what it is made of; otherwise empty. `suffix`: of which columns. */
export function countsOf(name: MeasureName, row: Row, suffix = ''): string {
  const { unit, madeOf } = measure(name);
  if (unit !== 'percent' || madeOf === undefined || row[`${name}${suffix}`] === null) return '';
  const count = (figure: string) => row[`${figure}${suffix}`] ?? row[figure.replace('_orders', '')] ?? null;
  const [part, whole] = [count(madeOf.part), madeOf.whole.map(count)];
  if (part === null || whole.includes(null)) return '';
  const all = whole.reduce<number>((sum, value) => sum + Number(value), 0);
  return ` (${formatNumber(Number(part))} из ${formatNumber(all)})`;
}

/** `с 1 по 15 ноября 2036`, `за всё время`. */
export function periodOf(parameters: Record<string, unknown>): string {
  const { from, to } = parameters as { from?: string; to?: string };
  return from === undefined || to === undefined ? 'за всё время' : formatPeriod({ from, to });
}

/** How each filter is called before its values, in the order in which a reader looks for them. */
const FILTERS: readonly [name: string, called: string, quoted: boolean][] = [
  ['product', 'товар', true],
  ['nm_id', 'артикул WB', false],
  ['brand', 'бренд', true],
  ['category', 'категория', true],
  ['size', 'размер', false],
  ['color', 'цвет', true],
  ['warehouse', 'склад', true],
  ['region', 'регион', true],
  ['tag', 'отмечено', true],
];
/** More numbers than that nobody reads. */
const LISTED_NUMBERS = 3;

/** ` (бренд «Жаролада», размер 42, без учёта: категория «Дом»)`; empty without a filter. */
export function filterOf(parameters: Record<string, unknown>): string {
  const said = (prefix: string) =>
    FILTERS.flatMap(([name, called, quoted]) => {
      const value = parameters[`${prefix}${name}`];
      if (value === undefined) return [];
      const values = [value].flat().map(String);
      if (name === 'nm_id' && values.length > LISTED_NUMBERS) return [`${values.length} товаров`];
      return [`${called} ${enumerate(quoted ? values.map((each) => `«${each}»`) : values)}`];
    });
  const excluded = said('exclude_');
  const parts = [
    ...said(''),
    ...reviewsOf(parameters),
    ...(excluded.length === 0 ? [] : [`без учёта: ${excluded.join(', ')}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** `«Кроссовки Роща» (КР-42/бел)`: sellers know their goods by their own articles, and by Wildberries' where they have none. */
function productOf(row: Row): string {
  const { product, article, nm_id: nmId } = row;
  if (nmId === null || nmId === undefined) return 'товар не указан';
  const number = String(article ?? nmId);
  return product === null || product === undefined ? number : `«${product}» (${number})`;
}

export const FIT_NAMES: ReadonlyMap<string, string> = new Map([
  ['ok', 'размер подошёл'],
  ['smaller', 'маломерит'],
  ['bigger', 'большемерит'],
]);

/** What a filter says of reviews: `оценка 1 и 2`, `без ответа`, `маломерит`. */
function reviewsOf(parameters: Record<string, unknown>): string[] {
  const { rating, rating_below: below, rating_above: above, answered, matching_size: fits } = parameters;
  return [
    ...(rating === undefined ? [] : [`оценка ${enumerate([rating].flat().map(String))}`]),
    ...(typeof below === 'number' ? [`оценка ниже ${formatNumber(below)}`] : []),
    ...(typeof above === 'number' ? [`оценка выше ${formatNumber(above)}`] : []),
    ...(answered === undefined ? [] : [answered === true ? 'с ответом' : 'без ответа']),
    ...(Array.isArray(fits) ? [enumerate(fits.map((fit) => FIT_NAMES.get(String(fit)) ?? String(fit)))] : []),
  ];
}

/** How a group is called: `«Кроссовки Роща» (КР-42/бел)`, `бренд Жаролада`, `5 ноября 2036`. */
export function groupOf(dimension: Dimension, row: Row): string {
  if (dimension === 'product') return productOf(row);
  const key = row[dimension];
  if (key === null || key === undefined)
    return `${DIMENSIONS[dimension].label.toLowerCase()} не указан${ending(dimension)}`;
  if (dimension === 'day') return formatDay(String(key));
  if (dimension === 'week') return `неделя с ${formatDay(String(key))}`;
  if (dimension === 'month') return formatMonth(String(key));
  if (dimension === 'hour') return `${key}:00`;
  // Wildberries' size of what has none.
  if (dimension === 'size') return key === '0' ? 'без размера' : `размер ${key}`;
  if (dimension === 'rating') return `оценка ${key}`;
  if (dimension === 'matching_size') return FIT_NAMES.get(String(key)) ?? String(key);
  return String(key);
}

/** `, размер 42` of a row that says one; Wildberries writes 0 for goods without sizes. */
export function sizeOf(row: Row): string {
  const { size } = row;
  return typeof size === 'string' && size !== '0' ? `, размер ${size}` : '';
}

/** A stranger's words, in which nothing ends the quotation or the line. */
export const quoted = (text: string): string =>
  `«${text
    .replaceAll('«', '„')
    .replaceAll('»', '“')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()}»`;

const ending = (dimension: Dimension) => (dimension === 'category' || dimension === 'rating' ? 'а' : '');

/** How many groups a sentence names before it becomes a list that nobody reads. */
export const NAMED_GROUPS = 10;

/** `; и ещё 5`. */
function restOf(found: number, shown: number): string {
  return found > shown ? `; и ещё ${formatNumber(found - shown)}` : '';
}

/** What is said of several groups: how it begins, each group, and what follows. */
export interface Listing {
  head: string;
  items: string[];
  /** Groups that are not among the items. */
  more: number;
  /** The place of the first item; absent: they are in no order that counts. */
  from?: number;
  /** Sentences. */
  tail?: string;
}

export type Said = string | Listing;

/** In one paragraph. */
export function asParagraph(said: Said): string {
  if (typeof said === 'string') return said;
  const { head, items, more, tail } = said;
  return [`${head}: ${items.join('; ')}${restOf(items.length + more, items.length)}.`, tail ?? []]
    .flat()
    .join(' ');
}

/** Each group on a line of its own. */
export function asLines(said: Said): string[] {
  if (typeof said === 'string') return [said];
  const { head, items, more, from, tail } = said;
  return [
    `${head}:`,
    ...items.map((item, place) => `${from === undefined ? '–' : `${from + place}.`} ${item}`),
    ...(more > 0 ? [`… и ещё ${formatNumber(more)}`] : []),
    ...(tail === undefined ? [] : [tail]),
  ];
}
