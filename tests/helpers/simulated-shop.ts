import assert from 'node:assert/strict';
import type pg from 'pg';
import type { Shop } from '../../src/simulator/shop/shop.ts';

/**
 * What the tables have to hold after a sync of a simulated shop, worked out from the shop itself and docs/wildberries.md.
 * Nothing of src/wildberries/sync or of the client is used. Values are text as SQL prints them, or null.
 */
type Row = Record<string, string | null>;
type Table = Map<string, Row>;

const DAY_MS = 86_400_000;

const text = (value: string | number | boolean | null | undefined): string | null =>
  value === undefined || value === null || value === '' ? null : String(value);
/** Seconds since 1970: the same whatever the zone. */
const epoch = (time: Date | undefined): string | null =>
  time === undefined ? null : String(time.getTime() / 1000);
/** Wildberries writes 0 for an amount that it does not know yet. */
const amount = (value: number): string | null => (value === 0 ? null : String(value));

export interface ExpectedTables {
  wb_products: Table;
  wb_orders: Table;
  wb_sales: Table;
  wb_stocks: Table;
  wb_reviews: Table;
}

/** For a shop with hidden warehouses that is synced for the first time at `at`. */
export function expectedTables(shop: Shop, at: Date): ExpectedTables {
  const prices = new Map(shop.prices(at).map((price) => [price.nmId, price]));
  const ratings = new Map(shop.ratings(at).map((rating) => [rating.nmId, rating]));
  const names = new Map(shop.cards(at).map((card) => [card.nmId, card.title]));
  const reviews = shop.reviews(at);
  const bySize = Map.groupBy(shop.stocks(at), ({ chrtId }) => chrtId);
  const inStock = new Set(
    [...bySize.values()].flat().flatMap(({ nmId, quantity }) => (quantity > 0 ? [nmId] : [])),
  );
  const lastSales = new Map<string, string>();
  for (const sale of [...shop.sales(at)].sort((a, b) => a.soldAt.getTime() - b.soldAt.getTime()))
    lastSales.set(sale.order.srid, sale.saleId.startsWith('R') ? 'returned' : 'bought');

  const products = shop.cards(at).map((card): [string, Row] => {
    const price = prices.get(card.nmId)!;
    const cheapest = [...price.sizes].sort((a, b) => a.discountedPrice - b.discountedPrice)[0]!;
    const rating = ratings.get(card.nmId)!;
    return [
      String(card.nmId),
      {
        name: text(card.title),
        vendor_code: text(card.vendorCode),
        brand: text(card.brand),
        category: text(card.subjectName),
        description: text(card.description),
        image_url: text(card.photoUrl),
        discount_price: text(cheapest.discountedPrice),
        discount_percent: text(price.discount),
        rating: amount(rating.feedbackRating),
        seller_stock: text(rating.stockMp),
        reviews_count: String(reviews.filter((review) => review.card.nmId === card.nmId).length),
        in_stock: String(inStock.has(card.nmId) || rating.stockMp > 0),
        is_active: 'true',
      },
    ];
  });
  const orders = shop.orders(at).map((order): [string, Row] => [
    order.srid,
    {
      nm_id: text(order.card.nmId),
      article: text(order.card.vendorCode),
      name: text(names.get(order.card.nmId)),
      brand: text(order.card.brand),
      size: text(order.size.techSize),
      barcode: text(order.size.skus[0]),
      category: text(order.card.category),
      subject: text(order.card.subjectName),
      quantity: '1',
      price: text(order.totalPrice),
      total_price: text(order.priceWithDisc),
      customer_price: text(order.finishedPrice),
      discount_percent: text(order.discountPercent),
      spp_percent: text(order.spp),
      warehouse_to: text(order.regionName || order.oblastOkrugName || order.countryName),
      order_date: epoch(order.orderedAt),
      cancel_date: epoch(order.cancelledAt),
      last_change_date: epoch(order.lastChangeAt),
      g_number: text(order.gNumber),
      status:
        lastSales.get(order.srid) === 'returned'
          ? 'returned'
          : order.cancelledAt !== undefined
            ? 'cancelled'
            : (lastSales.get(order.srid) ?? 'active'),
    },
  ]);
  const sales = shop.sales(at).map((sale): [string, Row] => [
    sale.saleId,
    {
      order_id: sale.order.srid,
      nm_id: text(sale.order.card.nmId),
      product_name: text(names.get(sale.order.card.nmId)),
      brand: text(sale.order.card.brand),
      size: text(sale.order.size.techSize),
      amount: amount(sale.finishedPrice),
      for_pay: amount(sale.forPay),
      price_with_discount: amount(sale.priceWithDisc),
      sale_date: epoch(sale.soldAt),
      last_change_date: epoch(sale.lastChangeAt),
      type: sale.saleId.startsWith('R') ? 'return' : 'buyout',
    },
  ]);
  const stocks = [...bySize].map(([chrtId, rows]): [string, Row] => {
    const sum = (of: 'quantity' | 'inWayToClient' | 'inWayFromClient') =>
      rows.reduce((total, row) => total + row[of], 0);
    const first = rows[0]!;
    const size = prices.get(first.nmId)!.sizes.find((price) => price.chrtId === chrtId);
    return [
      String(chrtId),
      {
        nm_id: text(first.nmId),
        name: text(names.get(first.nmId)),
        size: text(first.techSize),
        barcode: text(first.barcode),
        quantity: String(sum('quantity')),
        in_way_to_client: String(sum('inWayToClient')),
        in_way_from_client: String(sum('inWayFromClient')),
        quantity_full: String(sum('quantity') + sum('inWayToClient') + sum('inWayFromClient')),
        warehouse_name: 'Склад WB',
        price: text(size?.price),
        discount: text(prices.get(first.nmId)?.discount),
      },
    ];
  });
  return {
    wb_products: new Map(products),
    wb_orders: new Map(orders),
    wb_sales: new Map(sales),
    wb_stocks: new Map(stocks),
    wb_reviews: new Map(
      reviews.map((review): [string, Row] => [
        review.id,
        {
          nm_id: text(review.card.nmId),
          product_name: text(review.card.title),
          rating: text(review.rating),
          text: text(review.text),
          pros: text(review.pros),
          cons: text(review.cons),
          is_answered: String(review.answer !== undefined),
          answer_text: text(review.answer?.text),
          created_date: epoch(review.createdAt),
          user_name: text(review.userName),
          size: text(review.size.techSize),
          was_viewed: String(review.viewed),
          bables:
            review.bables.length === 0
              ? '[]'
              : `[${review.bables.map((word) => JSON.stringify(word)).join(', ')}]`,
        },
      ]),
    ),
  };
}

/**
 * What the tables have to hold when a later sync found `now` where an earlier one had found `before`: what Wildberries no
 * longer tells stays as it was told last.
 */
export function keptTables(before: ExpectedTables, now: ExpectedTables): ExpectedTables {
  const kept = {
    ...now,
    wb_orders: new Map([...before.wb_orders, ...now.wb_orders]),
    wb_sales: new Map([...before.wb_sales, ...now.wb_sales]),
    wb_reviews: new Map([...before.wb_reviews, ...now.wb_reviews]),
  };
  const reviews = [...kept.wb_reviews.values()];
  const products = [...now.wb_products].map(([nmId, row]): [string, Row] => [
    nmId,
    { ...row, reviews_count: String(reviews.filter((review) => review['nm_id'] === nmId).length) },
  ]);
  // The name is what the product was called when the row came; a product that is retired still has one.
  for (const [table, column] of [
    ['wb_orders', 'name'],
    ['wb_sales', 'product_name'],
  ] as const) {
    for (const [key, row] of kept[table]) {
      const old = before[table].get(key)?.[column] ?? null;
      const retired = before.wb_products.get(row['nm_id'] ?? '')?.['name'] ?? null;
      kept[table].set(key, { ...row, [column]: old ?? row[column] ?? retired });
    }
  }
  return { ...kept, wb_products: new Map(products) };
}

/** Keys of rows that are new or different, as `<table>/<key>`. */
export function changedKeys(before: ExpectedTables, now: ExpectedTables): Set<string> {
  const changed = new Set<string>();
  for (const table of Object.keys(now) as (keyof ExpectedTables)[]) {
    const keys = new Set([...before[table].keys(), ...now[table].keys()]);
    for (const key of keys) {
      const [old, current] = [before[table].get(key), now[table].get(key)];
      if (JSON.stringify(old) !== JSON.stringify(current)) changed.add(`${table}/${key}`);
    }
  }
  return changed;
}

const KEYS: Readonly<Record<keyof ExpectedTables, string>> = {
  wb_products: 'nm_id',
  wb_orders: 'order_id',
  wb_sales: 'sale_id',
  wb_stocks: 'chrt_id',
  wb_reviews: 'review_id',
};

async function readTable(
  pool: pg.Pool,
  cabinetId: number,
  table: keyof ExpectedTables,
  columns: readonly string[],
  condition: string,
): Promise<Table> {
  const { rows: types } = await pool.query<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns where table_name = $1`,
    [table],
  );
  const typeOf = new Map(types.map(({ name, type }) => [name, type]));
  const list = columns.map((column) => {
    switch (typeOf.get(column)) {
      case 'numeric':
        return `trim_scale(${column})::text as ${column}`;
      case 'timestamp with time zone':
        return `trim_scale(extract(epoch from ${column}))::text as ${column}`;
      case undefined:
        throw new Error(`${table} has no column ${column}`);
      default:
        return `${column}::text as ${column}`;
    }
  });
  const { rows } = await pool.query<Row>(
    `select ${KEYS[table]}::text as key, ${list.join(', ')} from ${table} where cabinet_id = $1 ${condition}`,
    [cabinetId],
  );
  const keyed = rows.map(({ key, ...row }): [string, Row] => [key!, row]);
  assert.equal(new Set(keyed.map(([key]) => key)).size, keyed.length, `${table} has a row twice`);
  return new Map(keyed);
}

/** Fails with the rows that are missing, too many or different. */
export async function assertTablesHold(
  pool: pg.Pool,
  cabinetId: number,
  expected: ExpectedTables,
): Promise<void> {
  for (const table of Object.keys(expected) as (keyof ExpectedTables)[]) {
    const wanted = expected[table];
    const columns = Object.keys([...wanted.values()][0] ?? {});
    assert.ok(columns.length > 0, `the shop has nothing for ${table}`);
    // What went to the trash stays as a row, and what ran out as an empty one.
    const condition =
      { wb_products: 'and is_active', wb_stocks: 'and quantity_full > 0' }[table as string] ?? '';
    const stored = await readTable(pool, cabinetId, table, columns, condition);
    if (table === 'wb_stocks')
      for (const [key, row] of wanted) if (row['quantity_full'] === '0') wanted.delete(key);
    const differences: string[] = [];
    for (const [key, row] of wanted) {
      const found = stored.get(key);
      if (found === undefined) differences.push(`${key} is missing`);
      else {
        const wrong = columns.filter((column) => found[column] !== row[column]);
        if (wrong.length > 0)
          differences.push(
            `${key}: ${wrong.map((column) => `${column} is ${found[column] ?? 'null'}, should be ${row[column] ?? 'null'}`).join('; ')}`,
          );
      }
    }
    for (const key of stored.keys()) if (!wanted.has(key)) differences.push(`${key} should not be there`);
    assert.equal(
      differences.length,
      0,
      `${table}: ${differences.length} of ${wanted.size} rows differ:\n${differences.slice(0, 10).join('\n')}`,
    );
  }
}

/** Every row of the source tables, by `<table>/<key>`, with the transaction that wrote it last: it changes when the row is written, even equally. */
export async function readRowVersions(pool: pg.Pool, cabinetId: number): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  for (const [table, key] of Object.entries(KEYS)) {
    const { rows } = await pool.query<{ key: string; version: string }>(
      `select '${table}/' || ${key} as key, xmin::text || ctid::text as version from ${table} where cabinet_id = $1`,
      [cabinetId],
    );
    for (const { key, version } of rows) versions.set(key, version);
  }
  return versions;
}

/** Days as milliseconds. */
export const days = (count: number): number => count * DAY_MS;
