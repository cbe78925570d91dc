/**
 * docs/chunks.md a second time, for tests: rows in, texts out. Written from the page alone. It imports nothing from
 * src/indexing, so that a mistake there cannot repeat itself here.
 */

/** A row as the oracle reads it: every value as Postgres writes it as text, `null` where there is none. */
export type TextRow = Readonly<Record<string, string | null>>;

type Line = readonly [label: string, value: string | null];

/** A one-line value; `null` when it is null or blank. */
function oneLine(value: string | null | undefined): string | null {
  const folded = (value ?? '').replace(/\s+/g, ' ').replace(/^ | $/g, '');
  return folded === '' ? null : folded;
}

/** A text that keeps its line breaks. */
function longText(value: string | null | undefined): string | null {
  const trimmed = (value ?? '').replace(/^\s+/, '').replace(/\s+$/, '');
  return trimmed === '' ? null : trimmed;
}

/** Whole part and fraction of a decimal, the fraction without trailing zeros; `null` for NaN and infinities. */
function decimal(value: string | null | undefined): { whole: string; fraction: string } | null {
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(value ?? '');
  return match === null ? null : { whole: match[1]!, fraction: (match[2] ?? '').replace(/0+$/, '') };
}

function number(value: string | null | undefined, unit = ''): string | null {
  const parts = decimal(value);
  if (parts === null) return null;
  return parts.whole + (parts.fraction === '' ? '' : `.${parts.fraction}`) + unit;
}

function money(value: string | null | undefined): string | null {
  const parts = decimal(value);
  if (parts === null) return null;
  return parts.whole + (parts.fraction === '' ? '' : `.${parts.fraction.padEnd(2, '0')}`) + ' ₽';
}

const moscow = new Intl.DateTimeFormat('en-u-ca-gregory', {
  timeZone: 'Europe/Moscow',
  era: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** `value` is seconds since 1970, as `extract(epoch from …)::text` gives them: `Infinity` for infinite times. */
function date(value: string | null | undefined): string | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value ?? '');
  if (match === null) return null;
  // Floored to the second without floating point, which would round the last microsecond of a year up.
  const whole = Number(match[2]);
  const seconds = match[1] === '' ? whole : -whole - (Number(match[3] ?? '0') > 0 ? 1 : 0);
  const instant = new Date(seconds * 1000);
  if (Number.isNaN(instant.getTime())) return null; // far beyond the year 9999
  const parts = Object.fromEntries(moscow.formatToParts(instant).map((part) => [part.type, part.value]));
  const year = Number(parts['year']);
  if (parts['era'] !== 'AD' || year < 1 || year > 9999) return null;
  return `${String(year).padStart(4, '0')}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
}

function word(value: string | null | undefined, words: Readonly<Record<string, string>>): string | null {
  return words[value ?? ''] ?? null;
}

function productName(row: TextRow, own: string | null | undefined): string | null {
  return oneLine(row['product_name_of_product']) ?? oneLine(own);
}

function unlessZero(value: string | null | undefined): string | null {
  return value === '0' ? null : (value ?? null);
}

function ticked(value: string | null | undefined): string | null {
  const parsed: unknown = JSON.parse(value ?? 'null');
  if (!Array.isArray(parsed)) return null;
  const words = parsed
    .map((item) => (typeof item === 'string' ? oneLine(item) : null))
    .filter((item) => item !== null);
  return words.length === 0 ? null : words.join(', ');
}

function stockState(quantity: string | null | undefined): string {
  const value = BigInt(quantity ?? '0');
  return value <= 5n ? 'заканчивается' : value <= 20n ? 'мало' : 'достаточно';
}

function reviewRating(rating: string | null | undefined): string | null {
  if (rating === null || rating === undefined) return null;
  const value = BigInt(rating);
  const mood = value <= 2n ? 'негативный' : value === 3n ? 'нейтральный' : 'позитивный';
  return `${rating} из 5 (${mood})`;
}

const MATCHING_SIZES = {
  ok: 'соответствует',
  ок: 'соответствует',
  smaller: 'маломерит',
  bigger: 'большемерит',
};
const ORDER_STATUSES = { active: 'активен', cancelled: 'отменён', bought: 'выкуплен', returned: 'возвращён' };
const SALE_TITLES = { buyout: 'Продажа (ВЫКУП)', return: 'Продажа (ВОЗВРАТ)' };

/** Columns of `rag_metadata` by name, numbers and all else as text; null when the row does not say. */
export type Facts = Readonly<Partial<Record<FactName, string | null>>>;
export const FACT_NAMES = [
  ...([
    'nm_id',
    'document_date',
    'state',
    'rating',
    'quantity',
    'amount',
    'size',
    'name',
    'article',
  ] as const),
  ...([
    'brand',
    'category',
    'subject',
    'region',
    'warehouse',
    'in_way_to_client',
    'in_way_from_client',
  ] as const),
] as const;
export type FactName = (typeof FACT_NAMES)[number];

/** A number that can be filtered by: up to 18 digits before and behind the point. */
function fact(value: string | null | undefined): string | null {
  const written = number(value, '');
  return written !== null && /^-?\d{1,18}(\.\d{1,18})?$/.test(written) ? written : null;
}

/** The first of some sums that has a line; the rest is not looked at. */
function firstSum(...sums: (string | null | undefined)[]): string | null {
  return fact(sums.find((sum) => money(sum) !== null));
}

/** For each table: its chunk type, its columns of times, and the title and lines of a row. */
export const ORACLE_TABLES: Readonly<
  Record<
    string,
    {
      chunkType: string;
      times: readonly string[];
      title: (row: TextRow) => string;
      lines: (row: TextRow) => Line[];
      /** What searches filter by (docs/search.md); a fact that is not named is null. */
      facts: (row: TextRow) => Facts;
    }
  >
> = {
  wb_orders: {
    chunkType: 'order',
    times: ['order_date'],
    title: () => 'Заказ',
    facts: (row) => ({
      nm_id: fact(row['nm_id']),
      document_date: date(row['order_date']),
      state: word(row['status'], ORDER_STATUSES) ?? oneLine(row['status']),
      quantity: fact(row['quantity']),
      amount: firstSum(row['total_price'], row['customer_price'], row['price']),
      size: oneLine(row['size']),
      name: productName(row, row['name']),
      article: oneLine(row['article']),
      brand: oneLine(row['brand']),
      category: oneLine(row['category']),
      subject: oneLine(row['subject']),
      region: oneLine(row['warehouse_to']),
      warehouse: oneLine(row['warehouse_from']),
    }),
    lines: (row) => [
      ['Номер заказа', oneLine(row['order_id'])],
      ['Товар', productName(row, row['name'])],
      ['Артикул WB (nm_id)', oneLine(row['nm_id'])],
      ['Артикул продавца', oneLine(row['article'])],
      ['Бренд', oneLine(row['brand'])],
      ['Категория', oneLine(row['category'])],
      ['Предмет', oneLine(row['subject'])],
      ['Размер', oneLine(row['size'])],
      ['Штрихкод', oneLine(row['barcode'])],
      ['Количество', number(row['quantity'], ' шт.')],
      ['Цена', money(row['price'])],
      ['Сумма', money(row['total_price'])],
      ['Цена для покупателя', money(row['customer_price'])],
      ['Скидка продавца', number(row['discount_percent'], ' %')],
      ['Скидка WB (СПП)', number(row['spp_percent'], ' %')],
      ['Склад отгрузки', oneLine(row['warehouse_from'])],
      ['Регион доставки', oneLine(row['warehouse_to'])],
      ['Дата заказа', date(row['order_date'])],
      ['Статус', word(row['status'], ORDER_STATUSES) ?? oneLine(row['status'])],
    ],
  },
  wb_products: {
    chunkType: 'product',
    times: [],
    title: () => 'Товар',
    facts: (row) => ({
      nm_id: fact(row['nm_id']),
      state: word(row['in_stock'], { true: 'в наличии', false: 'нет в наличии' }),
      rating: fact(row['rating']),
      amount: firstSum(row['discount_price'], row['price']),
      name: oneLine(row['name']),
      article: oneLine(row['vendor_code']),
      brand: oneLine(row['brand']),
      category: oneLine(row['category']),
    }),
    lines: (row) => [
      ['Название', oneLine(row['name'])],
      ['Артикул WB (nm_id)', oneLine(row['nm_id'])],
      ['Артикул продавца', oneLine(row['vendor_code'])],
      ['Бренд', oneLine(row['brand'])],
      ['Категория', oneLine(row['category'])],
      ['Цена', money(row['price'])],
      ['Цена со скидкой', money(row['discount_price'])],
      ['Рейтинг', number(row['rating'], ' из 5')],
      ['Отзывов', number(row['reviews_count'])],
      ['Наличие', word(row['in_stock'], { true: 'в наличии', false: 'нет в наличии' })],
    ],
  },
  wb_stocks: {
    chunkType: 'stock',
    times: [],
    title: () => 'Остаток на складе',
    facts: (row) => ({
      nm_id: fact(row['nm_id']),
      state: stockState(row['quantity']),
      quantity: fact(row['quantity']),
      amount: fact(row['price']),
      size: oneLine(row['size']),
      name: productName(row, row['name']),
      article: oneLine(row['article']),
      brand: oneLine(row['brand']),
      category: oneLine(row['category']),
      subject: oneLine(row['subject']),
      warehouse: oneLine(row['warehouse_name']),
      in_way_to_client: fact(unlessZero(row['in_way_to_client'])),
      in_way_from_client: fact(unlessZero(row['in_way_from_client'])),
    }),
    lines: (row) => [
      ['Товар', productName(row, row['name'])],
      ['Артикул WB (nm_id)', oneLine(row['nm_id'])],
      ['Артикул продавца', oneLine(row['article'])],
      ['Бренд', oneLine(row['brand'])],
      ['Категория', oneLine(row['category'])],
      ['Предмет', oneLine(row['subject'])],
      ['Размер', oneLine(row['size'])],
      ['Штрихкод', oneLine(row['barcode'])],
      ['Склад', oneLine(row['warehouse_name'])],
      ['Количество', number(row['quantity'], ' шт.')],
      ['Состояние', stockState(row['quantity'])],
      ['Всего с учётом товаров в пути', number(row['quantity_full'], ' шт.')],
      ['В пути к клиенту', number(unlessZero(row['in_way_to_client']), ' шт.')],
      ['В пути от клиента', number(unlessZero(row['in_way_from_client']), ' шт.')],
      ['Цена', money(row['price'])],
      ['Скидка', number(row['discount'], ' %')],
    ],
  },
  wb_reviews: {
    chunkType: 'review',
    times: ['created_date'],
    title: () => 'Отзыв',
    facts: (row) => ({
      nm_id: fact(row['nm_id']),
      document_date: date(row['created_date']),
      state: word(row['is_answered'], { true: 'есть', false: 'нет' }),
      rating: fact(row['rating']),
      name: productName(row, row['product_name']),
    }),
    lines: (row) => [
      ['Товар', productName(row, row['product_name'])],
      ['Артикул WB (nm_id)', oneLine(row['nm_id'])],
      ['Оценка', reviewRating(row['rating'])],
      ['Дата отзыва', date(row['created_date'])],
      ['Цвет', oneLine(row['color'])],
      ['Соответствие размеру', word(row['matching_size'], MATCHING_SIZES) ?? oneLine(row['matching_size'])],
      ['Ответ продавца', word(row['is_answered'], { true: 'есть', false: 'нет' })],
      ['Отмечено покупателем', ticked(row['bables'])],
      ['Достоинства', longText(row['pros'])],
      ['Недостатки', longText(row['cons'])],
      ['Текст', longText(row['text'])],
    ],
  },
  wb_sales: {
    chunkType: 'sale',
    times: ['sale_date'],
    title: (row) => word(row['type'], SALE_TITLES) ?? 'Продажа',
    facts: (row) => ({
      nm_id: fact(row['nm_id']),
      document_date: date(row['sale_date']),
      state: word(row['type'], { buyout: 'ВЫКУП', return: 'ВОЗВРАТ' }),
      amount: fact(row['amount']),
      size: oneLine(row['size']),
      name: productName(row, row['product_name']),
      brand: oneLine(row['brand']),
    }),
    lines: (row) => [
      ['Номер продажи', oneLine(row['sale_id'])],
      ['Номер заказа', oneLine(row['order_id'])],
      ['Товар', productName(row, row['product_name'])],
      ['Артикул WB (nm_id)', oneLine(row['nm_id'])],
      ['Бренд', oneLine(row['brand'])],
      ['Размер', oneLine(row['size'])],
      ['Штрихкод', oneLine(row['barcode'])],
      ['Сумма', money(row['amount'])],
      ['Дата', date(row['sale_date'])],
      ['Тип', word(row['type'], SALE_TITLES) === null ? oneLine(row['type']) : null],
      ['Статус', oneLine(row['status'])],
      ['Отменена', word(row['is_cancel'], { true: 'да' })],
    ],
  },
};

/** The text of one row of `table`. */
export function chunkTextOf(table: string, row: TextRow): string {
  const spec = ORACLE_TABLES[table]!;
  const lines = spec.lines(row).flatMap(([label, value]) => (value === null ? [] : [`${label}: ${value}`]));
  return [spec.title(row), ...lines].join('\n');
}

/** What the chunk of one row of `table` can be filtered by: every fact, null where the row does not say. */
export function factsOf(table: string, row: TextRow): Record<FactName, string | null> {
  const said = ORACLE_TABLES[table]!.facts(row);
  return Object.fromEntries(FACT_NAMES.map((name) => [name, said[name] ?? null])) as Record<
    FactName,
    string | null
  >;
}
