import { STATES, type Label } from '../../chunks/labels.ts';
import type { SearchHit } from '../../retrieval/search.ts';
import type { Language } from '../chat-answer.ts';
import { quote } from '../shown-text.ts';
import { readChunkFields, type ChunkFields } from '../../chunks/chunk-fields.ts';
import { createValueReader, type ValueReader } from './chunk-values.ts';

/** Characters of a buyer's text that are shown; pros and cons get half as many. */
const LONGEST_TEXT = 500;
const LONGEST_UNKNOWN = 300;

type Say = (russian: string, english: string) => string;
type Condense = (fields: ChunkFields, value: ValueReader, say: Say) => string[];

const CONDENSERS: ReadonlyMap<string, Condense> = new Map(
  Object.entries<Condense>({
    order: condenseOrder,
    sale: condenseSale,
    stock: condenseStock,
    review: condenseReview,
    product: condenseProduct,
  }),
);

/**
 * What a row says, in a line or two for a reader. Everything that came from the row stands within quotation marks or is a
 * value on the line; a buyer's own words have lines of their own. A text that is not as expected is quoted as it is.
 */
export function condenseHit({ chunkType: type, text }: SearchHit, language: Language): string[] {
  const fields = readChunkFields(text);
  const say: Say = (russian, english) => (language === 'ru' ? russian : english);
  const condense = CONDENSERS.get(type);
  if (condense === undefined || fields.values.size + fields.words.length === 0)
    return [`${say('Запись', 'Row')}: ${quote(text, LONGEST_UNKNOWN)}`];
  return condense(fields, createValueReader(fields.values, language), say);
}

type Part = string | false | undefined;

/** `Head: part, part`; without parts the head alone. */
function lineOf(head: string, parts: readonly Part[]): string {
  const said = parts.filter((part) => typeof part === 'string' && part !== '');
  return said.length === 0 ? head : `${head}: ${said.join(', ')}`;
}

/** `before value after`, when there is a value. */
const around = (before: string, value: string | undefined, after = ''): Part =>
  value === undefined ? undefined : `${before}${value}${after}`;

/** `«Кроссовки Роща» (148001001)` */
function goodsOf(value: ValueReader, name: Label): Part {
  const [called, nmId] = [value.name(name), value.text('Артикул WB (nm_id)')];
  if (called === undefined) return around('nm_id ', nmId);
  return nmId === undefined ? called : `${called} (${nmId})`;
}

/** Wildberries' own numbers of orders are of 40 characters and say nothing to a reader; the source has them. */
function shortNumberOf(value: ValueReader, label: Label, say: Say): Part {
  const number = value.text(label);
  return number !== undefined && number.length <= 24 && around(say('номер ', 'number '), number);
}

/** Wildberries' size of what has none. */
const sizeOf = (value: ValueReader, say: Say): Part =>
  value.text('Размер') !== '0' && around(say('размер ', 'size '), value.text('Размер'));

const headOf = (title: string, day: string | undefined, say: Say): string =>
  day === undefined ? title : `${title} ${say('от', 'of')} ${day}`;

function condenseOrder(_fields: ChunkFields, value: ValueReader, say: Say): string[] {
  const way = [value.text('Склад отгрузки'), value.text('Регион доставки')].filter(
    (place) => place !== undefined,
  );
  return [
    lineOf(headOf(say('Заказ', 'Order'), value.day('Дата заказа'), say), [
      goodsOf(value, 'Товар'),
      sizeOf(value, say),
      value.pieces('Количество'),
      value.money('Сумма') ?? value.money('Цена'),
      value.text('Статус'),
      way.join(' → '),
      shortNumberOf(value, 'Номер заказа', say),
    ]),
  ];
}

function condenseSale({ title }: ChunkFields, value: ValueReader, say: Say): string[] {
  const what = title.includes(STATES.return)
    ? say('Возврат', 'Return')
    : title.includes(STATES.buyout)
      ? say('Выкуп', 'Buyout')
      : say('Продажа', 'Sale');
  return [
    lineOf(headOf(what, value.day('Дата'), say), [
      goodsOf(value, 'Товар'),
      sizeOf(value, say),
      value.money('Сумма'),
      value.text('Отменена') === 'да' && say('отменено', 'cancelled'),
      shortNumberOf(value, 'Номер продажи', say),
    ]),
  ];
}

function condenseStock(_fields: ChunkFields, value: ValueReader, say: Say): string[] {
  return [
    lineOf(say('Остаток', 'Stock'), [
      goodsOf(value, 'Товар'),
      sizeOf(value, say),
      around(say('склад ', 'warehouse '), value.text('Склад')),
      value.pieces('Количество'),
      value.text('Состояние'),
      around(say('в пути к клиенту ', 'on the way to clients '), value.pieces('В пути к клиенту')),
      around(say('в пути от клиента ', 'on the way back '), value.pieces('В пути от клиента')),
    ]),
  ];
}

function condenseProduct(_fields: ChunkFields, value: ValueReader, say: Say): string[] {
  return [
    lineOf(say('Товар', 'Product'), [
      goodsOf(value, 'Название'),
      around(say('артикул продавца ', 'article '), value.text('Артикул продавца')),
      around(say('бренд ', 'brand '), value.name('Бренд')),
      around(say('категория ', 'category '), value.name('Категория')),
      around(say('цена ', 'price '), value.money('Цена')),
      around(say('со скидкой ', 'with discount '), value.money('Цена со скидкой')),
      around(say('рейтинг ', 'rating '), value.rating('Рейтинг')),
      around(say('отзывов ', 'reviews '), value.text('Отзывов')),
      value.text('Наличие'),
    ]),
  ];
}

/** Labels of a buyer's words in chunks. */
const WORDS_IN_ENGLISH: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    Достоинства: 'Pros',
    Недостатки: 'Cons',
    Текст: 'Text',
  }),
);

function condenseReview({ words }: ChunkFields, value: ValueReader, say: Say): string[] {
  const answered = value.text('Ответ продавца');
  const head = lineOf(headOf(say('Отзыв', 'Review'), value.day('Дата отзыва'), say), [
    around(say('оценка ', 'rating '), value.rating('Оценка')),
    goodsOf(value, 'Товар'),
    around(say('цвет ', 'colour '), value.name('Цвет')),
    around(say('размер: ', 'size: '), value.text('Соответствие размеру')),
    around(say('отмечено ', 'ticked '), value.name('Отмечено покупателем')),
    answered === STATES.unanswered && say('без ответа продавца', 'not answered'),
  ]);
  return [
    head,
    ...words.map(({ label, text }) => {
      const longest = label === 'Текст' ? LONGEST_TEXT : LONGEST_TEXT / 2;
      return `${say(label, WORDS_IN_ENGLISH.get(label)!)}: ${quote(text, longest)}`;
    }),
  ];
}
