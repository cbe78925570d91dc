import { Lines, oneLine, productName } from '../../chunks/chunk-text.ts';
import { STATES, TITLES } from '../../chunks/labels.ts';
import { PRODUCT_JOIN, inWindow, moscowDate, type Source, type SourceRow } from './source.ts';

interface ReviewRow extends SourceRow {
  ofProduct: string | null;
  product_name: string | null;
  nm_id: string | null;
  rating: string | null;
  created_date: string | null;
  color: string | null;
  matching_size: string | null;
  is_answered: boolean | null;
  bables: unknown;
  pros: string | null;
  cons: string | null;
  text: string | null;
}

/** As Wildberries writes what the buyer said of the size. */
const MATCHING_SIZES = new Map([
  ['ok', 'соответствует'],
  ['ок', 'соответствует'],
  ['smaller', 'маломерит'],
  ['bigger', 'большемерит'],
]);

function sentiment(rating: string): string {
  const stars = BigInt(rating);
  if (stars <= 2n) return 'негативный';
  return stars === 3n ? 'нейтральный' : 'позитивный';
}

/** What the buyer ticked: the strings of a JSON array; anything else in the column says nothing. */
function ticked(bables: unknown): string {
  if (!Array.isArray(bables)) return '';
  return bables
    .map((item: unknown) => (typeof item === 'string' ? oneLine(item) : ''))
    .filter((item) => item !== '')
    .join(', ');
}

export const reviews: Source<ReviewRow> = {
  name: 'reviews',
  chunkType: 'review',
  columns: `s.id::text as id, p.name as "ofProduct", s.product_name, s.nm_id::text as nm_id, s.rating::text as rating,
    ${moscowDate('s.created_date', 'created_date')}, s.color, s.matching_size, s.is_answered, s.bables,
    s.pros, s.cons, s.text`,
  joins: PRODUCT_JOIN,
  condition: inWindow('s.created_date'),
  toText: (row) =>
    new Lines(TITLES.review)
      .add('Товар', productName(row.ofProduct, row.product_name))
      .add('Артикул WB (nm_id)', row.nm_id)
      .addNumber('Оценка', row.rating, row.rating === null ? '' : ` из 5 (${sentiment(row.rating)})`)
      .add('Дата отзыва', row.created_date)
      .add('Цвет', row.color)
      .add(
        'Соответствие размеру',
        row.matching_size === null ? null : (MATCHING_SIZES.get(row.matching_size) ?? row.matching_size),
      )
      .add(
        'Ответ продавца',
        row.is_answered === null ? null : row.is_answered ? STATES.answered : STATES.unanswered,
      )
      .add('Отмечено покупателем', ticked(row.bables))
      .addText('Достоинства', row.pros)
      .addText('Недостатки', row.cons)
      .addText('Текст', row.text)
      .toString(),
};
