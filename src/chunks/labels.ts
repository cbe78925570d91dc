/**
 * Every label of a chunk's text, `Label: value` a line (docs/chunks.md). The one table: who writes chunks, who reads them and
 * the columns that Postgres generates from them (rag-migrations/013_add_chunk_facts.sql) have no others. A label that changes
 * needs a migration of those columns, and a new version of the texts (indexing/sources/texts-version.ts).
 */
export const LABELS = [
  ...([
    'Номер заказа',
    'Номер продажи',
    'Товар',
    'Название',
    'Артикул WB (nm_id)',
    'Артикул продавца',
  ] as const),
  ...([
    'Бренд',
    'Категория',
    'Предмет',
    'Размер',
    'Штрихкод',
    'Количество',
    'Цена',
    'Цена со скидкой',
  ] as const),
  ...(['Цена для покупателя', 'Сумма', 'Скидка', 'Скидка продавца', 'Скидка WB (СПП)', 'Рейтинг'] as const),
  ...(['Отзывов', 'Наличие', 'Склад', 'Склад отгрузки', 'Регион доставки', 'Дата', 'Дата заказа'] as const),
  ...(['Дата отзыва', 'Статус', 'Тип', 'Отменена', 'Состояние', 'Всего с учётом товаров в пути'] as const),
  ...(['В пути к клиенту', 'В пути от клиента', 'Оценка', 'Цвет', 'Соответствие размеру'] as const),
  ...(['Ответ продавца', 'Отмечено покупателем', 'Достоинства', 'Недостатки', 'Текст'] as const),
] as const;
export type Label = (typeof LABELS)[number];

/** What a buyer wrote: they come last, in this order, and go on over lines that may look like anything. */
export const BUYERS_WORDS = ['Достоинства', 'Недостатки', 'Текст'] as const satisfies readonly Label[];

/** The first line of a chunk, by `chunk_type`. A sale's goes on with what it is: `Продажа (ВЫКУП)`. */
export const TITLES = {
  order: 'Заказ',
  sale: 'Продажа',
  stock: 'Остаток на складе',
  review: 'Отзыв',
  product: 'Товар',
} as const;

/** What a row has come to, in the words of chunks: `rag_metadata.state`. */
export const STATES = {
  active: 'активен',
  cancelled: 'отменён',
  bought: 'выкуплен',
  returned: 'возвращён',
  buyout: 'ВЫКУП',
  return: 'ВОЗВРАТ',
  runningOut: 'заканчивается',
  few: 'мало',
  enough: 'достаточно',
  inStock: 'в наличии',
  soldOut: 'нет в наличии',
  answered: 'есть',
  unanswered: 'нет',
} as const;
