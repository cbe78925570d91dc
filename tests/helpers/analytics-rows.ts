import fc from 'fast-check';
import type pg from 'pg';

/** Rows of the source tables as tests write them: only what analytics look at. Money is decimal text. */
export interface OrderRow {
  order_id: string;
  nm_id: number | null;
  brand: string | null;
  category: string | null;
  size: string | null;
  warehouse_from: string | null;
  warehouse_to?: string | null;
  quantity: number | null;
  total_price: string | null;
  order_date: string | null;
  status: string | null;
  is_cancel: boolean | null;
}

export interface SaleRow {
  sale_id: string;
  nm_id: number | null;
  brand: string | null;
  category: string | null;
  size: string | null;
  warehouse_from?: string | null;
  warehouse_to?: string | null;
  amount: string | null;
  for_pay: string | null;
  sale_date: string | null;
  type: string | null;
  is_cancel: boolean | null;
}

export interface ReviewRow {
  review_id: string;
  nm_id: number | null;
  rating: number | null;
  is_answered: boolean | null;
  created_date: string | null;
  text?: string | null;
  pros?: string | null;
  cons?: string | null;
  color?: string | null;
  size?: string | null;
  matching_size?: string | null;
  bables?: string[] | null | undefined;
}

export interface StockRow {
  nm_id: number;
  size: string | null;
  warehouse_name: string | null;
  quantity: number | null;
  quantity_full: number | null;
  in_way_from_client?: number | null | undefined;
  price: string | null;
  discount: string | null;
}

export interface ProductRow {
  nm_id: number;
  name: string | null;
  brand: string | null;
  category: string | null;
  is_active: boolean;
  rating: string | null;
}

export interface CabinetRows {
  products: ProductRow[];
  orders: OrderRow[];
  sales: SaleRow[];
  reviews: ReviewRow[];
  stocks: StockRow[];
}

/** "Now" of the tests: 14:00 in Moscow on a Thursday. */
export const NOW = new Date('2036-11-20T11:00:00Z');
export const TODAY = '2036-11-20';

/**
 * Moments of some weeks before NOW, many of them at the edges of Moscow's days: 23:30 there is 20:30 in UTC, and the day
 * begins at 21:00.
 */
const moment = fc
  .tuple(
    fc.integer({ min: -45, max: 1 }),
    fc.constantFrom('20:30:00Z', '20:59:59.999999Z', '21:00:00Z', '00:00:00Z', '11:22:33Z', '23:59:59Z'),
  )
  .map(([days, time]) => `${new Date(NOW.getTime() + days * 86_400_000).toISOString().slice(0, 10)}T${time}`);

const time = fc.option(moment, { freq: 20 });
/** Kopecks, now and then an amount that no float holds. */
const money = fc
  .oneof(
    { weight: 8, arbitrary: fc.bigInt({ min: 0n, max: 2_000_000n }) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 19n }) },
    { weight: 1, arbitrary: fc.constant(0n) },
  )
  .map((kopecks) => `${kopecks / 100n}.${String(kopecks % 100n).padStart(2, '0')}`);
const amount = fc.option(
  fc.oneof({ weight: 15, arbitrary: money }, { weight: 1, arbitrary: fc.constant('NaN') }),
  {
    freq: 6,
  },
);
const nmId = fc.option(fc.integer({ min: 1, max: 4 }), { freq: 12 });
const brand = fc.constantFrom('Шагомира', 'Жаролада', null, ' ');
const category = fc.constantFrom('Обувь', 'Дом', null);
const size = fc.constantFrom('42', 'XL', null);
const warehouse = fc.constantFrom('Коледино', 'Казань', null);
const region = fc.constantFrom('Тверская область', 'Москва', null);
const flag = fc.constantFrom(true, false, null);

/** Keys are made of the place: rows differ, whatever else they say. */
const keyed = <Row>(name: string, row: fc.Arbitrary<Row>, maxLength: number) =>
  fc.array(row, { maxLength }).map((rows) => rows.map((value, place) => ({ ...value, [name]: `k${place}` })));

export const cabinetRows: fc.Arbitrary<CabinetRows> = fc.record({
  products: fc.uniqueArray(
    fc.record({
      nm_id: fc.integer({ min: 1, max: 5 }),
      name: fc.constantFrom('Кроссовки Роща', 'Плед Иней', null),
      brand: fc.constantFrom('Шагомира', 'Тополея', null),
      category: fc.constantFrom('Кроссовки', 'Пледы', null),
      is_active: fc.boolean(),
      rating: fc.constantFrom('4.7', '3', null),
    }),
    { maxLength: 5, selector: (product) => product.nm_id },
  ),
  orders: keyed<OrderRow>(
    'order_id',
    fc.record({
      order_id: fc.constant(''),
      nm_id: nmId,
      brand,
      category,
      size,
      warehouse_from: warehouse,
      warehouse_to: region,
      quantity: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 5 }),
      total_price: amount,
      order_date: time,
      status: fc.constantFrom('active', 'bought', 'returned', 'cancelled', null),
      is_cancel: flag,
    }),
    25,
  ),
  sales: keyed<SaleRow>(
    'sale_id',
    fc.record({
      sale_id: fc.constant(''),
      nm_id: nmId,
      brand,
      category,
      size,
      warehouse_from: warehouse,
      warehouse_to: region,
      // Wildberries has sent returns with either sign.
      amount: fc
        .tuple(amount, fc.boolean())
        .map(([value, isNegative]) =>
          isNegative && value !== null && value !== 'NaN' ? `-${value}` : value,
        ),
      for_pay: amount,
      sale_date: time,
      type: fc.constantFrom('buyout', 'buyout', 'return', 'other', null),
      is_cancel: fc.constantFrom(true, false, null, null, null),
    }),
    25,
  ),
  reviews: keyed<ReviewRow>(
    'review_id',
    fc.record({
      review_id: fc.constant(''),
      nm_id: nmId,
      rating: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 10 }),
      is_answered: flag,
      created_date: time,
      color: fc.constantFrom('белый', 'чёрный', null),
      size,
      matching_size: fc.constantFrom('ок', 'ok', 'smaller', 'bigger', '', null),
      bables: fc.option(fc.uniqueArray(fc.constantFrom('Плохой запах', 'Цвет'), { maxLength: 2 })),
    }),
    20,
  ),
  stocks: fc.uniqueArray(
    fc.record({
      nm_id: fc.integer({ min: 1, max: 5 }),
      size,
      warehouse_name: warehouse,
      quantity: fc.option(fc.integer({ min: 0, max: 40 }), { freq: 10 }),
      quantity_full: fc.option(fc.integer({ min: 0, max: 60 })),
      in_way_from_client: fc.option(fc.integer({ min: 0, max: 3 })),
      price: fc.option(fc.constantFrom('1000', '999.99', '3000'), { freq: 5 }),
      discount: fc.constantFrom('0', '25', null),
    }),
    { maxLength: 12, selector: (row) => `${row.nm_id}/${row.size}/${row.warehouse_name}` },
  ),
});

/**
 * The same rows with what they say of one product made the same, as Wildberries has it. Which of a product's rows is looked at
 * for its brand is the planner's choice, so answers to others may differ between two plans.
 */
export function agreeing(rows: CabinetRows): CabinetRows {
  const ofProduct = new Map<number, Pick<OrderRow, 'brand' | 'category'>>();
  const agree = <Row extends OrderRow | SaleRow>(row: Row): Row => {
    if (row.nm_id === null) return row;
    const { brand, category } = ofProduct.get(row.nm_id) ?? row;
    ofProduct.set(row.nm_id, { brand, category });
    return { ...row, brand, category };
  };
  return { ...rows, orders: rows.orders.map(agree), sales: rows.sales.map(agree) };
}

/** Stores the rows in a new cabinet. */
export async function insertCabinet(pool: pg.Pool, rows: CabinetRows): Promise<number> {
  const { rows: made } = await pool.query<{ id: number }>(
    `insert into wb_cabinets (name) values ('Кабинет') returning id::float8 as id`,
  );
  const cabinetId = made[0]!.id;
  for (const [name, list] of Object.entries(rows) as [keyof CabinetRows, Record<string, unknown>[]][]) {
    if (list.length === 0) continue;
    const columns = Object.keys(list[0]!).join(', ');
    await pool.query(
      `insert into wb_${name} (cabinet_id, ${columns})
       select $1::bigint, ${columns} from jsonb_populate_recordset(null::wb_${name}, $2::jsonb)`,
      [cabinetId, JSON.stringify(list)],
    );
  }
  return cabinetId;
}
