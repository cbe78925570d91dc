import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Card, Shop } from '../../../src/simulator/shop/shop.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { useSync } from './harness.ts';

/** Takes cards off the list, into the trash or out of sight. */
function setCards(
  shop: Shop,
  listed: readonly Card[],
  trashed: readonly Card[] = [],
  trashedAt = FROZEN_AT,
): void {
  shop.cards = () => [...listed];
  shop.trashedCards = () => trashed.map((card) => ({ card, trashedAt }));
}

describe('a product', () => {
  const start = useSync();
  const INACTIVE = `select nm_id::float8 as nm_id, trashed_at is not null as trashed from wb_products
    where cabinet_id = $1 and not is_active order by nm_id`;

  it('is inactive while its card is in the trash, and active again after the next full listing', async (t) => {
    const { addCabinet, sync, makeListingDue, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [first, ...others] = shop.cards(FROZEN_AT);
    setCards(shop, [first!, ...others]);
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), []);
    setCards(shop, others, [first!]);
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), [{ nm_id: first!.nmId, trashed: true }]);
    // It comes back untouched: no list of changes has it.
    setCards(shop, [first!, ...others]);
    await sync(id);
    assert.equal((await rows(INACTIVE, [id])).length, 1);
    await makeListingDue(id);
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), []);
    // And to the trash again.
    setCards(shop, others, [first!], new Date(FROZEN_AT.getTime() + 60_000));
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), [{ nm_id: first!.nmId, trashed: true }]);
  });

  it('whose card is gone for good is retired by the daily full listing, not before', async (t) => {
    const { addCabinet, sync, makeListingDue, rows, part } = await start(t);
    const { id, shop } = await addCabinet();
    const [first, ...others] = shop.cards(FROZEN_AT);
    setCards(shop, [first!, ...others]);
    await sync(id);
    setCards(shop, others);
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), []);
    await makeListingDue(id);
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), [{ nm_id: first!.nmId, trashed: false }]);
    assert.equal((await part(id, 'products')).updated, 1);
  });

  it('is not retired by a listing with a card that cannot be used, which might be its own', async (t) => {
    const { simulator, addCabinet, sync, makeListingDue, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [first, ...others] = shop.cards(FROZEN_AT);
    setCards(shop, [first!, ...others]);
    await sync(id);
    setCards(shop, others);
    await makeListingDue(id);
    const fault = simulator.faults.add({ endpoint: 'cardsList', kind: 'malformed-row' });
    await sync(id);
    assert.equal(fault.hits, 1);
    assert.deepEqual(await rows(INACTIVE, [id]), []);
  });

  it('is retired all the same when the card that cannot be used says that it is another', async (t) => {
    const { simulator, addCabinet, sync, makeListingDue, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [first, second, ...others] = shop.cards(FROZEN_AT);
    setCards(shop, [first!, second!, ...others]);
    await sync(id);
    setCards(shop, [second!, ...others]);
    await makeListingDue(id);
    simulator.faults.add({
      ...{ endpoint: 'cardsList', kind: 'rewrite' },
      rewrite(body) {
        const { cards } = body as { cards: Record<string, unknown>[] };
        cards.find(({ nmID }) => nmID === second!.nmId)!['sizes'] = 'нет';
        return body;
      },
    });
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), [{ nm_id: first!.nmId, trashed: false }]);
  });

  it('is not retired by a listing without any card', async (t) => {
    const { addCabinet, sync, makeListingDue, rows } = await start(t);
    const { id, shop } = await addCabinet();
    setCards(shop, shop.cards(FROZEN_AT));
    await sync(id);
    setCards(shop, []);
    await makeListingDue(id);
    assert.equal((await sync(id)).status, 'completed');
    assert.deepEqual(await rows(INACTIVE, [id]), []);
  });

  it('is not retired by a listing that was cut off and went on; the next run lists all again', async (t) => {
    const { simulator, addCabinet, sync, wake, makeListingDue, rows, countRequests } = await start(t, {
      shop: { products: 150, ordersPerDay: 0, reviewsPerDay: 0 },
    });
    const { id, shop } = await addCabinet();
    const [first, ...others] = shop.cards(FROZEN_AT);
    setCards(shop, [first!, ...others]);
    await sync(id);
    setCards(shop, others);
    await makeListingDue(id);
    simulator.faults.add({ endpoint: 'cardsList', kind: '500', after: 1 });
    assert.equal((await sync(id)).status, 'waiting');
    await wake(id);
    simulator.forget();
    assert.equal((await sync(id)).status, 'completed');
    assert.equal(countRequests('cardsList'), 1, 'the page that was saved is not asked for again');
    assert.deepEqual(await rows(INACTIVE, [id]), []);
    await sync(id);
    assert.deepEqual(await rows(INACTIVE, [id]), [{ nm_id: first!.nmId, trashed: false }]);
  });

  it('has the sizes of its card, and no others', async (t) => {
    const { addCabinet, sync, makeListingDue, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const cards = shop.cards(FROZEN_AT);
    const card = cards.find(({ sizes }) => sizes.length > 1)!;
    const SIZES = `select chrt_id::float8 as chrt_id, price is not null as priced from wb_product_sizes
      where cabinet_id = $1 and nm_id = $2 order by chrt_id`;
    const sizes = card.sizes.map(({ chrtId }) => ({ chrt_id: chrtId, priced: true }));
    sizes.sort((a, b) => a.chrt_id - b.chrt_id);
    setCards(shop, cards);
    await sync(id);
    assert.deepEqual(await rows(SIZES, [id, card.nmId]), sizes);
    setCards(
      shop,
      cards.map((each) => (each === card ? { ...each, sizes: each.sizes.slice(1) } : each)),
    );
    await makeListingDue(id);
    await sync(id);
    assert.deepEqual(
      await rows(SIZES, [id, card.nmId]),
      sizes.filter(({ chrt_id }) => chrt_id !== card.sizes[0]!.chrtId),
    );
  });
});
