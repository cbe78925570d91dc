import { Lines, productName } from '../../chunks/chunk-text.ts';
import { STATES, TITLES } from '../../chunks/labels.ts';
import { PRODUCT_JOIN, decimal, inWindow, moscowDate, type Source, type SourceRow } from './source.ts';

interface SaleRow extends SourceRow {
  sale_id: string;
  order_id: string | null;
  ofProduct: string | null;
  product_name: string | null;
  nm_id: string | null;
  brand: string | null;
  size: string | null;
  barcode: string | null;
  amount: string | null;
  sale_date: string | null;
  type: string | null;
  status: string | null;
  is_cancel: boolean | null;
}

const TITLES_OF_TYPES = new Map([
  ['buyout', `${TITLES.sale} (${STATES.buyout})`],
  ['return', `${TITLES.sale} (${STATES.return})`],
]);

export const sales: Source<SaleRow> = {
  name: 'sales',
  chunkType: 'sale',
  columns: `s.id::text as id, s.sale_id, s.order_id, p.name as "ofProduct", s.product_name, s.nm_id::text as nm_id,
    s.brand, s.size, s.barcode, ${decimal('s.amount', 'amount')}, ${moscowDate('s.sale_date', 'sale_date')}, s.type,
    s.status, s.is_cancel`,
  joins: PRODUCT_JOIN,
  condition: inWindow('s.sale_date'),
  toText: (row) => {
    const title = row.type === null ? undefined : TITLES_OF_TYPES.get(row.type);
    return new Lines(title ?? TITLES.sale)
      .add('Номер продажи', row.sale_id)
      .add('Номер заказа', row.order_id)
      .add('Товар', productName(row.ofProduct, row.product_name))
      .add('Артикул WB (nm_id)', row.nm_id)
      .add('Бренд', row.brand)
      .add('Размер', row.size)
      .add('Штрихкод', row.barcode)
      .addMoney('Сумма', row.amount)
      .add('Дата', row.sale_date)
      .add('Тип', title === undefined ? row.type : null)
      .add('Статус', row.status)
      .add('Отменена', row.is_cancel === true ? 'да' : null)
      .toString();
  },
};
