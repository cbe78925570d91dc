import type { AnalyticsAnswer } from '../analytics.ts';
import type { Dimension } from '../dimensions.ts';
import type { Row, Value } from '../result.ts';
import { filterOf, groupOf, NAMED_GROUPS, periodOf, sizeOf, type Said } from './phrases.ts';
import {
  capitalize,
  countOf,
  formatDay,
  formatMoney,
  formatNumber,
  formatPercent,
  type Forms,
} from '../../russian/formats.ts';

const PIECES: Forms = ['штука', 'штуки', 'штук'];
/** After «меньше». */
const OF_PIECES: Forms = ['штуки', 'штук', 'штук'];
const DAYS: Forms = ['день', 'дня', 'дней'];
const PRODUCTS: Forms = ['товар', 'товара', 'товаров'];
/** After «у». */
const OF_PRODUCTS: Forms = ['товара', 'товаров', 'товаров'];

export function describeStockLevels({ parameters, rows, found, total }: AnalyticsAnswer): Said {
  const dimensions = [parameters['group_by']].flat() as Dimension[];
  const below = parameters['below'];
  const filter = filterOf(parameters);
  const shown = rows.slice(0, NAMED_GROUPS);
  const items = shown.map((row) => `${groupsOf(dimensions, row)} — ${leftOf(row['quantity']!)}`);
  const more = found - shown.length;
  if (typeof below === 'number') {
    const less = `меньше ${countOf(below, OF_PIECES)}${filter}`;
    return rows.length === 0
      ? `Того, чего осталось ${less}, нет.`
      : { head: `Осталось ${less}`, items, more };
  }
  const whole = `Сейчас на складах${filter} ${levelOf(total!)}`;
  if (dimensions[0] === 'none') return `${whole}.`;
  return rows.length === 0 ? `На складах${filter} ничего нет.` : { head: whole, items, more };
}

/** `«Плед» (ПЛ-1), размер 42, склад Казань` */
function groupsOf(dimensions: readonly Dimension[], row: Row): string {
  if (dimensions.length === 1) return groupOf(dimensions[0]!, row);
  return dimensions
    .flatMap((dimension) => {
      if (dimension === 'size' && row['size'] === '0') return [];
      const said = groupOf(dimension, row);
      return [dimension === 'warehouse' && row['warehouse'] !== null ? `склад ${said}` : said];
    })
    .join(', ');
}

const leftOf = (quantity: Value) => (Number(quantity) <= 0 ? 'нет в наличии' : pieces(quantity));

function levelOf(row: Row): string {
  const ways = [
    [row['in_way_to_client'], 'в пути к клиенту'],
    [row['in_way_from_client'], 'в пути от клиента'],
  ] as const;
  return [
    pieces(row['quantity']!),
    ...ways.flatMap(([count, what]) =>
      Number(count) === 0 ? [] : [`${what} ${formatNumber(Number(count))}`],
    ),
    ...(row['stock_value'] === '0.00' ? [] : [`на сумму ${formatMoney(String(row['stock_value']))}`]),
  ].join(', ');
}

const pieces = (count: Value) => countOf(Number(count), PIECES);

export function describeStockCover({ parameters, rows, found }: AnalyticsAnswer): Said {
  const [show, within, overstock] = [
    parameters['show'],
    parameters['within_days'],
    parameters['overstock_days'],
  ];
  const bySize = parameters['group_by'] === 'size';
  const what = (count: number) =>
    bySize ? countOf(count, ['размера', 'размеров', 'размеров']) : countOf(count, OF_PRODUCTS);
  const heads = new Map(
    Object.entries({
      all: `Остатки ${what(found)}, начиная с тех, которых хватит на меньшее время`,
      ending: `За ${countOf(Number(within), DAYS)} закончатся остатки у ${what(found)}`,
      out_of_stock: `Нет в наличии у ${what(found)}`,
      enough: `Остатков достаточно у ${what(found)}`,
      overstock: `Остатков больше чем на ${countOf(Number(overstock), DAYS)} у ${what(found)}`,
      not_selling: `Есть остатки, но нет заказов у ${what(found)}`,
    }),
  );
  const filter = filterOf(parameters);
  if (rows.length === 0)
    return `${show === 'ending' ? `За ${countOf(Number(within), DAYS)} ничего не закончится` : NOTHING.get(String(show))!}${filter}.`;
  const shown = rows.slice(0, NAMED_GROUPS);
  const items = shown.map((row) => `${groupOf('product', row)}${sizeOf(row)} — ${coverOf(row)}`);
  return { head: `${heads.get(String(show))!}${filter}`, items, more: found - shown.length };
}

const NOTHING: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    all: 'Ничего не найдено',
    out_of_stock: 'Всё есть в наличии',
    enough: 'Таких товаров нет',
    overstock: 'Лишних остатков нет',
    not_selling: 'Товаров с остатками, но без заказов нет',
  }),
);

function coverOf(row: Row): string {
  const [stock, days, ends] = [row['stock'], row['cover_days'], row['ends_on']];
  if (Number(stock) <= 0) return 'нет в наличии';
  if (typeof days !== 'number') return `${pieces(stock!)}, заказов нет`;
  const until = typeof ends === 'string' ? ` (до ${formatDay(ends)})` : '';
  return `${pieces(stock!)}, хватит на ${countOf(days, DAYS)}${until}`;
}

const SORTED: ReadonlyMap<string, [most: string, least: string]> = new Map(
  Object.entries<[most: string, least: string]>({
    price: ['самая высокая цена до скидки', 'самая низкая цена до скидки'],
    discount_price: ['самая высокая цена', 'самая низкая цена'],
    discount_percent: ['самая большая скидка', 'самая маленькая скидка'],
    rating: ['самый высокий рейтинг', 'самый низкий рейтинг'],
    reviews_count: ['больше всего отзывов', 'меньше всего отзывов'],
    stock: ['самый большой остаток', 'самый маленький остаток'],
  }),
);

export function describeProducts({ parameters, rows, found, total }: AnalyticsAnswer): Said {
  const by = String(parameters['by']);
  const head = `В продаже${filterOf(parameters)} ${countOf(found, PRODUCTS)}${withoutOf(parameters)}`;
  if (rows.length === 0) return `${head}.`;
  const average =
    typeof total?.['average_price'] === 'string'
      ? `, средняя цена ${formatMoney(total['average_price'])}`
      : '';
  const shown = rows.slice(0, NAMED_GROUPS);
  const items = shown.map((row) => `${groupOf('product', row)} — ${sayFigure(by, row[by] ?? null)}`);
  const sorted = capitalize(SORTED.get(by)![parameters['order'] === 'most' ? 0 : 1]);
  return { head: `${head}${average}. ${sorted}`, items, more: found - shown.length };
}

const WITHOUT: ReadonlyMap<string, string> = new Map([
  ['reviews', 'без отзывов'],
  ['sales', 'без выкупов'],
  ['orders', 'без заказов'],
  ['stock', 'без остатка на складах Wildberries'],
]);

/** ` без заказов за октябрь 2036` */
function withoutOf(parameters: Record<string, unknown>): string {
  const without = WITHOUT.get(String(parameters['without']));
  if (without === undefined) return '';
  return parameters['without'] === 'stock' ? ` ${without}` : ` ${without} ${periodOf(parameters)}`;
}

function sayFigure(by: string, value: Value): string {
  if (value === null) return 'не указано';
  if (typeof value === 'string') return formatMoney(value);
  if (by === 'discount_percent') return formatPercent(value);
  return by === 'stock' ? pieces(value) : formatNumber(value);
}
