import { Lines } from '../../chunks/chunk-text.ts';
import { STATES, TITLES } from '../../chunks/labels.ts';
import { decimal, type Source, type SourceRow } from './source.ts';

interface ProductRow extends SourceRow {
  name: string | null;
  nm_id: string;
  vendor_code: string | null;
  brand: string | null;
  category: string | null;
  price: string | null;
  discount_price: string | null;
  rating: string | null;
  reviews_count: string | null;
  in_stock: boolean | null;
}

export const products: Source<ProductRow> = {
  name: 'products',
  chunkType: 'product',
  columns: `s.id::text as id, s.name, s.nm_id::text as nm_id, s.vendor_code, s.brand, s.category,
    ${decimal('s.price', 'price')}, ${decimal('s.discount_price', 'discount_price')}, ${decimal('s.rating', 'rating')},
    s.reviews_count::text as reviews_count, s.in_stock`,
  joins: '',
  condition: 's.is_active is distinct from false',
  toText: (row) =>
    new Lines(TITLES.product)
      .add('Название', row.name)
      .add('Артикул WB (nm_id)', row.nm_id)
      .add('Артикул продавца', row.vendor_code)
      .add('Бренд', row.brand)
      .add('Категория', row.category)
      .addMoney('Цена', row.price)
      .addMoney('Цена со скидкой', row.discount_price)
      .addNumber('Рейтинг', row.rating, ' из 5')
      .addNumber('Отзывов', row.reviews_count)
      .add('Наличие', row.in_stock === null ? null : row.in_stock ? STATES.inStock : STATES.soldOut)
      .toString(),
};
