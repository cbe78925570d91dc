import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { useSync } from './harness.ts';

describe('an amount that Wildberries does not know yet', () => {
  const start = useSync();
  const AMOUNTS = `select sale_id, amount::text, for_pay::text, price_with_discount::text as price from wb_sales
    where cabinet_id = $1 order by sale_id`;

  it('is empty, and is asked for again until it is there, though nothing says that the row changed', async (t) => {
    const { addCabinet, sync, rows } = await start(t);
    const { id, shop } = await addCabinet();
    const [sale] = shop.sales(FROZEN_AT);
    const at = (hours: number): Date => new Date(FROZEN_AT.getTime() - hours * 3_600_000);
    const known = { forPay: 90.5, finishedPrice: 110.25, priceWithDisc: 120 };
    const unknown = { forPay: 0, finishedPrice: 0, priceWithDisc: 0 };
    const early = { ...sale!, saleId: 'S1', soldAt: at(20), lastChangeAt: at(20) };
    const late = { ...sale!, ...known, saleId: 'S2', soldAt: at(2), lastChangeAt: at(2) };
    shop.sales = () => [{ ...early, ...unknown }, late];
    await sync(id);
    const filled = { amount: '110.25', for_pay: '90.5', price: '120' };
    assert.deepEqual(await rows(AMOUNTS, [id]), [
      { sale_id: 'S1', amount: null, for_pay: null, price: null },
      { sale_id: 'S2', ...filled },
    ]);
    // The cursor is behind it, at S2.
    shop.sales = () => [{ ...early, ...known }, late];
    await sync(id);
    assert.deepEqual(await rows(AMOUNTS, [id]), [
      { sale_id: 'S1', ...filled },
      { sale_id: 'S2', ...filled },
    ]);
  });
});
