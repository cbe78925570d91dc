import { Lines, productName } from '../../chunks/chunk-text.ts';
import { STATES, TITLES } from '../../chunks/labels.ts';
import { PRODUCT_JOIN, decimal, type Source, type SourceRow } from './source.ts';

interface StockRow extends SourceRow {
  product_name: string | null;
  name: string | null;
  nm_id: string;
  article: string | null;
  brand: string | null;
  category: string | null;
  subject: string | null;
  size: string | null;
  barcode: string | null;
  warehouse_name: string | null;
  quantity: string;
  quantity_full: string | null;
  in_way_to_client: string | null;
  in_way_from_client: string | null;
  price: string | null;
  discount: string | null;
}

/** Up to how many pieces of one size in one warehouse a seller should hear "running out" and "few". */
const RUNNING_OUT = 5n;
const FEW = 20n;

function stockState(quantity: string): string {
  const pieces = BigInt(quantity);
  if (pieces <= RUNNING_OUT) return STATES.runningOut;
  return pieces <= FEW ? STATES.few : STATES.enough;
}

const unlessZero = (pieces: string | null) => (pieces === '0' ? null : pieces);

export const stocks: Source<StockRow> = {
  name: 'stocks',
  chunkType: 'stock',
  columns: `s.id::text as id, p.name as product_name, s.name, s.nm_id::text as nm_id, s.article, s.brand, s.category,
    s.subject, s.size, s.barcode, s.warehouse_name, s.quantity::text as quantity,
    s.quantity_full::text as quantity_full, s.in_way_to_client::text as in_way_to_client,
    s.in_way_from_client::text as in_way_from_client, ${decimal('s.price', 'price')},
    ${decimal('s.discount', 'discount')}`,
  joins: PRODUCT_JOIN,
  condition: 's.quantity > 0',
  toText: (row) =>
    new Lines(TITLES.stock)
      .add('Товар', productName(row.product_name, row.name))
      .add('Артикул WB (nm_id)', row.nm_id)
      .add('Артикул продавца', row.article)
      .add('Бренд', row.brand)
      .add('Категория', row.category)
      .add('Предмет', row.subject)
      .add('Размер', row.size)
      .add('Штрихкод', row.barcode)
      .add('Склад', row.warehouse_name)
      .addNumber('Количество', row.quantity, ' шт.')
      .add('Состояние', stockState(row.quantity))
      .addNumber('Всего с учётом товаров в пути', row.quantity_full, ' шт.')
      .addNumber('В пути к клиенту', unlessZero(row.in_way_to_client), ' шт.')
      .addNumber('В пути от клиента', unlessZero(row.in_way_from_client), ' шт.')
      .addMoney('Цена', row.price)
      .addNumber('Скидка', row.discount, ' %')
      .toString(),
};
