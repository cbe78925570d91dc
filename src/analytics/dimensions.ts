import type { FigureSource } from './measures.ts';

/** By what figures may be told apart. */
export const DIMENSIONS = {
  none: { label: 'Всего', isTime: false },
  day: { label: 'День', isTime: true },
  week: { label: 'Неделя с', isTime: true },
  month: { label: 'Месяц', isTime: true },
  weekday: { label: 'День недели', isTime: false },
  hour: { label: 'Час', isTime: false },
  product: { label: 'Товар', isTime: false },
  brand: { label: 'Бренд', isTime: false },
  category: { label: 'Категория', isTime: false },
  subject: { label: 'Предмет', isTime: false },
  size: { label: 'Размер', isTime: false },
  warehouse: { label: 'Склад', isTime: false },
  region: { label: 'Регион', isTime: false },
  rating: { label: 'Оценка', isTime: false },
  color: { label: 'Цвет', isTime: false },
  matching_size: { label: 'Как подошёл размер', isTime: false },
} as const;

export type Dimension = keyof typeof DIMENSIONS;
export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]];

export const WEEKDAYS = [
  'понедельник',
  'вторник',
  'среда',
  'четверг',
  'пятница',
  'суббота',
  'воскресенье',
] as const;

/** What the rows of a table do not say. */
const UNKNOWN: Readonly<Record<FigureSource, readonly Dimension[]>> = {
  orders: ['rating', 'color', 'matching_size'],
  sales: ['rating', 'color', 'matching_size'],
  reviews: ['warehouse', 'region'],
};

export function isKnownOf(source: FigureSource, dimension: Dimension): boolean {
  return !UNKNOWN[source].includes(dimension);
}
