import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Order, Sale, Shop } from '../../../src/simulator/shop/shop.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { useSync } from './harness.ts';

const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number): Date => new Date(FROZEN_AT.getTime() - hours * HOUR_MS);

/** What was served last counts; the rest of each row is that of a real one. */
function serve(shop: Shop, orders: Partial<Order>[], sales: (Partial<Sale> & { srid: string })[]): void {
  const [order, sale] = [shop.orders(FROZEN_AT)[0]!, shop.sales(FROZEN_AT)[0]!];
  const served = orders.map((own): Order => ({ ...order, cancelledAt: undefined, ...own }));
  shop.orders = () => served;
  shop.sales = () =>
    sales.map(({ srid, ...own }) => ({
      ...sale,
      order: { ...order, srid },
      lastChangeAt: own.soldAt!,
      ...own,
    }));
}

describe('the status of an order', () => {
  const start = useSync();
  const STATUSES = `select order_id, status from wb_orders where cabinet_id = $1 order by order_id`;
  const expected = (statuses: Record<string, string>) =>
    Object.entries(statuses).map(([order_id, status]) => ({ order_id, status }));

  it('follows from its cancellation and its latest sale or return', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const lastChangeAt = hoursAgo(50);
    serve(
      shop,
      [
        { srid: 'a-active', lastChangeAt },
        { srid: 'b-cancelled', lastChangeAt, cancelledAt: hoursAgo(60) },
        { srid: 'c-bought', lastChangeAt },
        { srid: 'd-returned', lastChangeAt },
        { srid: 'e-bought-again', lastChangeAt },
        { srid: 'f-odd', lastChangeAt },
      ],
      [
        { srid: 'c-bought', saleId: 'S1', soldAt: hoursAgo(40) },
        // The return is told of before the sale.
        { srid: 'd-returned', saleId: 'R2', soldAt: hoursAgo(30) },
        { srid: 'd-returned', saleId: 'S2', soldAt: hoursAgo(40) },
        { srid: 'e-bought-again', saleId: 'S3', soldAt: hoursAgo(40) },
        { srid: 'e-bought-again', saleId: 'R3', soldAt: hoursAgo(30) },
        { srid: 'e-bought-again', saleId: 'S4', soldAt: hoursAgo(20) },
        { srid: 'f-odd', saleId: 'D5', soldAt: hoursAgo(20) },
      ],
    );
    assert.equal((await sync(id)).status, 'completed');
    assert.deepEqual(
      await rows(STATUSES, [id]),
      expected({
        'a-active': 'active',
        'b-cancelled': 'cancelled',
        'c-bought': 'bought',
        'd-returned': 'returned',
        'e-bought-again': 'bought',
        'f-odd': 'active',
      }),
    );
    assert.deepEqual(
      await rows(`select sale_id, type from wb_sales where cabinet_id = $1 order by sale_id`, [id]),
      Object.entries({
        D5: 'D',
        R2: 'return',
        R3: 'return',
        S1: 'buyout',
        S2: 'buyout',
        S3: 'buyout',
        S4: 'buyout',
      }).map(([sale_id, type]) => ({ sale_id, type })),
    );
  });

  it('follows when the sale comes before the order, and when it comes after', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    serve(
      shop,
      [{ srid: 'there', lastChangeAt: hoursAgo(50) }],
      [{ srid: 'to-come', saleId: 'S1', soldAt: hoursAgo(40) }],
    );
    await sync(id);
    assert.deepEqual(await rows(STATUSES, [id]), expected({ there: 'active' }));
    // The order that was there is not sent again: its row says nothing new.
    serve(
      shop,
      [{ srid: 'to-come', lastChangeAt: hoursAgo(20) }],
      [{ srid: 'there', saleId: 'S2', soldAt: hoursAgo(20) }],
    );
    await sync(id);
    assert.deepEqual(await rows(STATUSES, [id]), expected({ there: 'bought', 'to-come': 'bought' }));
    serve(shop, [], [{ srid: 'there', saleId: 'R2', soldAt: hoursAgo(10) }]);
    await sync(id);
    assert.deepEqual(await rows(STATUSES, [id]), expected({ there: 'returned', 'to-come': 'bought' }));
  });

  it('stays what a person wrote on an order of their own', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    await rows(`insert into wb_orders (cabinet_id, order_id, status) values ($1, 'by-hand', 'на складе')`, [
      id,
    ]);
    serve(shop, [], [{ srid: 'by-hand', saleId: 'S1', soldAt: hoursAgo(20) }]);
    await sync(id);
    assert.deepEqual(await rows(STATUSES, [id]), expected({ 'by-hand': 'на складе' }));
  });

  it('and the rest of it are those of the latest change, in whatever order the answers say so', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const PRICES = `select price::text, status from wb_orders where cabinet_id = $1`;
    const newer = { srid: 'x', totalPrice: 200, lastChangeAt: hoursAgo(10), cancelledAt: hoursAgo(10) };
    // Twice in one answer, the newer row first.
    serve(shop, [newer, { srid: 'x', totalPrice: 100, lastChangeAt: hoursAgo(20) }], []);
    await sync(id);
    assert.deepEqual(await rows(PRICES, [id]), [{ price: '200', status: 'cancelled' }]);
    // In an answer of its own; the cursor is taken away, or it would not be asked for.
    await rows(`delete from wb_sync_cursors where cabinet_id = $1 and name = 'orders'`, [id]);
    serve(shop, [{ srid: 'x', totalPrice: 100, lastChangeAt: hoursAgo(20) }], []);
    await sync(id);
    assert.deepEqual(await rows(PRICES, [id]), [{ price: '200', status: 'cancelled' }]);
    serve(shop, [{ srid: 'x', totalPrice: 300, lastChangeAt: hoursAgo(5) }], []);
    await sync(id);
    assert.deepEqual(await rows(PRICES, [id]), [{ price: '300', status: 'active' }]);
  });
});
