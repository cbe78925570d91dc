import type { CabinetRows, OrderRow, SaleRow } from './analytics-rows.ts';

/** Filters as a request names them, each a list. */
export type Filters = Partial<Record<string, (string | number)[]>>;

type Goods = OrderRow | SaleRow;

const said = (text: string | null | undefined): string | null =>
  (text ?? '').trim() === '' ? null : text!.trim().toLowerCase();

/** Everything that a row says of one thing; a category may be that of the card, too. */
function valuesOf(rows: CabinetRows, row: Goods, name: string): (string | null)[] {
  const card = rows.products.find(({ nm_id: nmId }) => nmId === row.nm_id);
  switch (name) {
    case 'nm_id':
      return [row.nm_id === null ? null : String(row.nm_id)];
    case 'brand':
      return [said(card?.brand) ?? said(row.brand)];
    case 'category':
      return [said(row.category), said(card?.category)];
    case 'size':
      return [said(row.size)];
    case 'warehouse':
      return [said(row.warehouse_from)];
    case 'region':
      return [said(row.warehouse_to)];
    default:
      throw new Error(`no such filter here: ${name}`);
  }
}

function passes(rows: CabinetRows, row: Goods, filters: Filters): boolean {
  return Object.entries(filters).every(([parameter, wanted]) => {
    const values = valuesOf(rows, row, parameter.replace('exclude_', ''));
    const isAmong = (wanted ?? []).some((value) => values.includes(String(value).toLowerCase()));
    return parameter.startsWith('exclude_') ? !isAmong : isAmong;
  });
}

/** The rows that the filters let through. What a row does not say is among nothing that is excluded. */
export function selectRows(rows: CabinetRows, filters: Filters): CabinetRows {
  return {
    ...rows,
    orders: rows.orders.filter((row) => passes(rows, row, filters)),
    sales: rows.sales.filter((row) => passes(rows, row, filters)),
  };
}

/** Whether anything of the cabinet has one of the names at all. */
export function isKnownName(rows: CabinetRows, name: string, wanted: (string | number)[]): boolean {
  const lists: Record<string, (string | null | undefined)[]> = {
    nm_id: [
      ...[...rows.products, ...rows.orders, ...rows.sales, ...rows.reviews, ...rows.stocks].map((row) =>
        row.nm_id === null ? null : String(row.nm_id),
      ),
    ],
    brand: [...rows.products, ...rows.orders, ...rows.sales].map((row) => row.brand),
    category: [...rows.products, ...rows.orders, ...rows.sales].map((row) => row.category),
    size: [...rows.orders, ...rows.sales, ...rows.stocks, ...rows.reviews].map((row) => row.size),
    warehouse: [
      ...[...rows.orders, ...rows.sales].map((row) => row.warehouse_from),
      ...rows.stocks.map((row) => row.warehouse_name),
    ],
    region: [...rows.orders, ...rows.sales].map((row) => row.warehouse_to),
  };
  const known = new Set(lists[name]!.map((value) => said(value)));
  return wanted.some((value) => known.has(String(value).toLowerCase()));
}
