import type { Executor } from '../src/database/pool.ts';

/**
 * Products whose articles and names are unlike those of the simulator's shop, as sellers make them up: with strokes, dots, a
 * comma, two alphabets. One is out of stock and has no review, one is about to end, one has a size that is gone.
 */
const PRODUCTS: readonly Product[] = [
  {
    ...{ nm_id: 211000001, vendor_code: 'КР-42/бел', name: 'Кроссовки женские белые на платформе' },
    ...{ brand: 'Шагомира', category: 'Обувь', subject: 'Кроссовки', price: 6990, discount: 30 },
    ...{ sizes: ['36', '37', '38', '39', '40', '41'], color: 'белый', ages: [0, 58], orders: 72, piled: 5 },
    complaint: ['Натирают', 'Натирают пятку до крови.'],
  },
  {
    ...{ nm_id: 211000002, vendor_code: 'ФТ-1', name: 'Футболка оверсайз хлопок' },
    ...{ brand: 'Ниткоград', category: 'Одежда', subject: 'Футболки', price: 1650, discount: 40 },
    ...{ sizes: ['S', 'M', 'L', 'XL'], color: 'чёрный', ages: [0, 59], orders: 118, piled: 9, gone: 'M' },
    complaint: ['Катышки', 'Ткань скаталась за пару дней.'],
  },
  {
    ...{ nm_id: 211000003, vendor_code: 'NSK_podsled_5', name: 'Подследники женские набор 5 пар' },
    ...{ brand: 'Веретенея', category: 'Одежда', subject: 'Подследники', price: 700, discount: 30 },
    ...{ sizes: ['36-38', '39-41'], color: 'бежевый', ages: [0, 55], orders: 176, piled: 1 },
    complaint: ['Швы', 'Швы расходятся, нитки торчат отовсюду.'],
  },
  {
    ...{ nm_id: 211000004, vendor_code: 'Терм-450ч', name: 'Термокружка чёрная 450 мл' },
    ...{ brand: 'Печкинъ дом', category: 'Дом', subject: 'Термокружки', price: 1990, discount: 25 },
    ...{ sizes: ['0'], color: 'чёрный', ages: [0, 57], orders: 64, piled: 14 },
    complaint: ['Протекает', 'Протекает крышка, залило сумку.'],
  },
  {
    ...{ nm_id: 211000005, vendor_code: 'ДЖ.дет,110', name: 'Дождевик детский жёлтый' },
    ...{
      brand: 'Варежкин двор',
      category: 'Детская одежда',
      subject: 'Дождевики',
      price: 1600,
      discount: 30,
    },
    ...{ sizes: ['104', '110', '116'], color: undefined, ages: [9, 61], orders: 37, piled: 0 },
    complaint: undefined,
  },
];

interface Product {
  nm_id: number;
  vendor_code: string;
  name: string;
  brand: string;
  category: string;
  subject: string;
  price: number;
  discount: number;
  sizes: readonly string[];
  color: string | undefined;
  /** Days ago of the last and the first order. */
  ages: readonly [number, number];
  orders: number;
  /** About how many pieces of a size lie in a warehouse. */
  piled: number;
  /** A size that is nowhere in stock. */
  gone?: string;
  /** As cons and as text. */
  complaint: readonly [string, string] | undefined;
}

type Row = Readonly<Record<string, unknown>>;

const WAREHOUSES = ['Коледино', 'Казань', 'Электросталь', 'Краснодар', 'Новосибирск'];
const REGIONS = [
  ['Москва', 'Центральный'],
  ['Краснодарский край', 'Южный'],
  ['Санкт-Петербург', 'Северо-Западный'],
  ['Республика Татарстан', 'Приволжский'],
  ['Московская область', 'Центральный'],
  ['Свердловская область', 'Уральский'],
  ['Новосибирская область', 'Сибирский'],
] as const;
const DAY = 86_400_000;

/** Stores them with orders, sales, stocks and reviews up to `now`: the same rows each time. */
export async function addHandmadeProducts(executor: Executor, cabinetId: number, now: Date): Promise<void> {
  const orders = PRODUCTS.flatMap((product) => ordersOf(product, now));
  const reviews = PRODUCTS.flatMap((product) => reviewsOf(product, orders));
  const tables = {
    wb_products: PRODUCTS.map((product) => productRow(product, reviews)),
    wb_orders: orders,
    wb_sales: orders.flatMap(salesOf),
    wb_stocks: PRODUCTS.flatMap(stocksOf),
    wb_reviews: reviews,
  };
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0]!).join(', ');
    await executor.query(
      `insert into ${table} (cabinet_id, ${columns})
       select $1::bigint, ${columns} from jsonb_populate_recordset(null::${table}, $2::jsonb)`,
      [cabinetId, JSON.stringify(rows)],
    );
  }
}

const soldFor = ({ price, discount }: Product): number => Math.round(price * (100 - discount)) / 100;

function productRow(product: Product, reviews: readonly Row[]): Row {
  const { nm_id, vendor_code, name, brand, subject, price, discount, piled } = product;
  const stars = reviews.filter((row) => row['nm_id'] === nm_id).map((row) => Number(row['rating']));
  return {
    ...{ nm_id, vendor_code, name, brand, category: subject, price, discount_price: soldFor(product) },
    ...{ discount_percent: discount, in_stock: piled > 0, is_active: true, reviews_count: stars.length },
    rating:
      stars.length === 0
        ? null
        : Math.round((10 * stars.reduce((sum, star) => sum + star, 0)) / stars.length) / 10,
  };
}

function ordersOf(product: Product, now: Date): Row[] {
  const { nm_id, vendor_code, name, brand, category, subject, price, sizes, ages, orders } = product;
  return Array.from({ length: orders }, (_, n) => {
    const age = ages[0] + Math.floor((n * (ages[1] - ages[0] + 1)) / orders);
    // Of today up to the hour before now, which is in the afternoon.
    const hour = age === 0 ? 7 + (n % 6) : 7 + ((n * 5) % 16);
    const day = new Date(now.getTime() - age * DAY).toISOString().slice(0, 10);
    const status = statusOf(n, age);
    const [region, okrug] = REGIONS[(n * 3 + (nm_id % 5)) % REGIONS.length]!;
    return {
      ...{ order_id: `hand-${nm_id}-${n}`, nm_id, article: vendor_code, name, brand, category, subject },
      ...{ size: sizes[n % sizes.length], quantity: 1, price, total_price: soldFor(product) },
      customer_price: Math.round(soldFor(product) * 85) / 100,
      warehouse_from: WAREHOUSES[(n * 3) % WAREHOUSES.length],
      ...{ warehouse_to: region, country: 'Россия', okrug: `${okrug} федеральный округ` },
      order_date: `${day}T${String(hour).padStart(2, '0')}:${String((n * 7) % 60).padStart(2, '0')}:00+03:00`,
      ...{ status, is_cancel: status === 'cancelled' },
    };
  });
}

/** The youngest are under way, so that no sale is later than now. */
function statusOf(n: number, age: number): string {
  if (n % 8 === 3) return 'cancelled';
  if (age < 7 || n % 15 === 7) return 'active';
  return n % 12 === 5 ? 'returned' : 'bought';
}

function salesOf(order: Row): Row[] {
  const after = (days: number) =>
    new Date(Date.parse(String(order['order_date'])) + days * DAY).toISOString();
  const { order_id, nm_id, article, brand, category, subject, size, warehouse_from, warehouse_to } = order;
  const sale = (type: 'buyout' | 'return', days: number): Row => ({
    ...{ sale_id: `${type === 'buyout' ? 'S' : 'R'}-${String(order_id)}`, order_id, nm_id, article },
    ...{ product_name: order['name'], brand, category, subject, size, warehouse_from, warehouse_to, type },
    ...{ amount: order['customer_price'], sale_date: after(days) },
    for_pay: Math.round(Number(order['total_price']) * 72) / 100,
  });
  if (order['status'] === 'bought') return [sale('buyout', 3)];
  return order['status'] === 'returned' ? [sale('buyout', 3), sale('return', 5)] : [];
}

function stocksOf({ nm_id, vendor_code, name, brand, subject, price, discount, ...product }: Product): Row[] {
  return product.sizes.flatMap((size, s) =>
    WAREHOUSES.slice(0, 3).map((warehouse_name, w) => {
      const quantity = size === product.gone ? 0 : product.piled * (1 + ((s * 2 + w) % 5));
      return {
        ...{
          nm_id,
          article: vendor_code,
          name,
          brand,
          category: subject,
          size,
          warehouse_name,
          price,
          discount,
        },
        ...{ quantity, in_way_to_client: w, in_way_from_client: 0, quantity_full: quantity + w },
      };
    }),
  );
}

function reviewsOf({ nm_id, name, color, complaint, sizes }: Product, orders: readonly Row[]): Row[] {
  if (complaint === undefined) return [];
  const kept = orders.filter((order) => order['nm_id'] === nm_id && order['status'] === 'bought');
  return kept
    .filter((_, n) => n % 2 === 0)
    .map((order, n) => {
      const rating = [5, 5, 4, 1, 5, 3, 5, 2, 4, 5, 5][n % 11]!;
      return {
        ...{ review_id: `hand-${nm_id}-${n}`, nm_id, product_name: name, color, rating, size: order['size'] },
        text: rating >= 4 ? 'Всё понравилось, советую.' : complaint[1],
        ...{ pros: rating === 5 ? 'Качество' : null, cons: rating <= 3 ? complaint[0] : null, bables: [] },
        matching_size: sizes.length < 3 ? null : ['ok', 'smaller', 'ok', 'bigger', 'smaller'][n % 5],
        is_answered: n % 4 !== 1,
        created_date: new Date(Date.parse(String(order['order_date'])) + 6 * DAY).toISOString(),
      };
    });
}
