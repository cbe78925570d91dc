import { Lines, productName } from '../../chunks/chunk-text.ts';
import { STATES, TITLES } from '../../chunks/labels.ts';
import { PRODUCT_JOIN, decimal, inWindow, moscowDate, type Source, type SourceRow } from './source.ts';

interface OrderRow extends SourceRow {
  order_id: string;
  product_name: string | null;
  name: string | null;
  nm_id: string | null;
  article: string | null;
  brand: string | null;
  category: string | null;
  subject: string | null;
  size: string | null;
  barcode: string | null;
  quantity: string | null;
  price: string | null;
  total_price: string | null;
  customer_price: string | null;
  discount_percent: string | null;
  spp_percent: string | null;
  warehouse_from: string | null;
  warehouse_to: string | null;
  order_date: string | null;
  status: string | null;
}

const STATUSES = new Map<string, string>([
  ['active', STATES.active],
  ['cancelled', STATES.cancelled],
  ['bought', STATES.bought],
  ['returned', STATES.returned],
]);

export const orders: Source<OrderRow> = {
  name: 'orders',
  chunkType: 'order',
  columns: `s.id::text as id, s.order_id, p.name as product_name, s.name, s.nm_id::text as nm_id, s.article, s.brand,
    s.category, s.subject, s.size, s.barcode, s.quantity::text as quantity, ${decimal('s.price', 'price')},
    ${decimal('s.total_price', 'total_price')}, ${decimal('s.customer_price', 'customer_price')},
    ${decimal('s.discount_percent', 'discount_percent')}, ${decimal('s.spp_percent', 'spp_percent')},
    s.warehouse_from, s.warehouse_to, ${moscowDate('s.order_date', 'order_date')}, s.status`,
  joins: PRODUCT_JOIN,
  condition: inWindow('s.order_date'),
  toText: (row) =>
    new Lines(TITLES.order)
      .add('Номер заказа', row.order_id)
      .add('Товар', productName(row.product_name, row.name))
      .add('Артикул WB (nm_id)', row.nm_id)
      .add('Артикул продавца', row.article)
      .add('Бренд', row.brand)
      .add('Категория', row.category)
      .add('Предмет', row.subject)
      .add('Размер', row.size)
      .add('Штрихкод', row.barcode)
      .addNumber('Количество', row.quantity, ' шт.')
      .addMoney('Цена', row.price)
      .addMoney('Сумма', row.total_price)
      .addMoney('Цена для покупателя', row.customer_price)
      .addNumber('Скидка продавца', row.discount_percent, ' %')
      .addNumber('Скидка WB (СПП)', row.spp_percent, ' %')
      .add('Склад отгрузки', row.warehouse_from)
      .add('Регион доставки', row.warehouse_to)
      .add('Дата заказа', row.order_date)
      .add('Статус', row.status === null ? null : (STATUSES.get(row.status) ?? row.status))
      .toString(),
};
