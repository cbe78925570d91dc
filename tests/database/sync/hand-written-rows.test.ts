import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useSync } from './harness.ts';

const TABLES = ['wb_products', 'wb_orders', 'wb_sales', 'wb_stocks', 'wb_reviews'] as const;

describe('what a person writes', () => {
  const start = useSync();

  it('is left alone in all five tables, sync after sync, where Wildberries knows no such row', async (t) => {
    const { addCabinet, syncToTheEnd, makeListingDue, rows } = await start(t);
    const { id } = await addCabinet();
    await rows(
      `insert into wb_products (cabinet_id, nm_id, name, in_stock, reviews_count, is_active, rating)
       values ($1, 77, 'Своё', false, 41, true, 4.5)`,
      [id],
    );
    await rows(`insert into wb_orders (cabinet_id, order_id, nm_id, status) values ($1, 'own', 77, 'new')`, [
      id,
    ]);
    await rows(`insert into wb_sales (cabinet_id, sale_id, order_id, amount) values ($1, 'own', 'own', 5)`, [
      id,
    ]);
    await rows(
      `insert into wb_stocks (cabinet_id, nm_id, size, warehouse_name, quantity) values ($1, 77, 'M', 'Сарай', 3)`,
      [id],
    );
    await rows(`insert into wb_reviews (cabinet_id, review_id, nm_id, text) values ($1, 'own', 77, 'Да')`, [
      id,
    ]);
    const readOwn = async () =>
      Promise.all(
        TABLES.map((table) =>
          rows(
            `select xmin::text, t.*::text as row from ${table} t
             where cabinet_id = $1 and ${table === 'wb_products' || table === 'wb_stocks' ? 'nm_id = 77' : `'own' in (${{ wb_orders: 'order_id', wb_sales: 'sale_id', wb_reviews: 'review_id' }[table]})`}`,
            [id],
          ),
        ),
      );
    const written = await readOwn();
    assert.deepEqual(
      written.map((own) => own.length),
      [1, 1, 1, 1, 1],
    );
    for (let times = 0; times < 2; times++) {
      assert.equal((await syncToTheEnd(id)).status, 'completed');
      assert.deepEqual(await readOwn(), written);
      // The full listing of the cards is what retires products.
      await makeListingDue(id);
    }
  });

  it('over a row of Wildberries is set right when Wildberries sends the row again', async (t) => {
    const { addCabinet, sync, makeListingDue, rows } = await start(t);
    const { id, shop } = await addCabinet();
    await sync(id);
    const [card] = shop.cards(new Date('2036-11-20T14:00:00+03:00'));
    const NAME = `select name from wb_products where cabinet_id = $1 and nm_id = $2`;
    await rows(`update wb_products set name = 'Моё имя' where cabinet_id = $1 and nm_id = $2`, [
      id,
      card!.nmId,
    ]);
    // A card that has not changed is not listed among those that have.
    await sync(id);
    assert.deepEqual(await rows(NAME, [id, card!.nmId]), [{ name: 'Моё имя' }]);
    await makeListingDue(id);
    await sync(id);
    assert.deepEqual(await rows(NAME, [id, card!.nmId]), [{ name: card!.title }]);

    // A stock report is always sent as a whole.
    await rows(`update wb_stocks set quantity = quantity + 1000 where cabinet_id = $1`, [id]);
    await sync(id);
    assert.deepEqual(
      await rows(`select count(*)::int as n from wb_stocks where cabinet_id = $1 and quantity >= 1000`, [id]),
      [{ n: 0 }],
    );
  });

  it('as a product becomes the card when Wildberries has one with its number', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [card] = shop.cards(new Date('2036-11-20T14:00:00+03:00'));
    await rows(`insert into wb_products (cabinet_id, nm_id, name) values ($1, $2, 'Черновик')`, [
      id,
      card!.nmId,
    ]);
    assert.equal((await sync(id)).status, 'completed');
    assert.deepEqual(
      await rows(
        `select name, wb_updated_at is not null as known from wb_products where cabinet_id = $1 and nm_id = $2`,
        [id, card!.nmId],
      ),
      [{ name: card!.title, known: true }],
    );
  });
});
