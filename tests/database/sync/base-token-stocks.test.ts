import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { allParts, useSync } from './harness.ts';

describe('stocks for a base token', () => {
  const start = useSync();
  const STEPS = ['remainsCreate', 'remainsStatus', 'remainsDownload'] as const;

  it('come in three steps over several runs, each asked for once; the other parts do not wait for them', async (t) => {
    const { addCabinet, sync, wake, part, statuses, rows, countRequests } = await start(t);
    const { id, shop } = await addCabinet({ type: 'base' });
    const outcome = await sync(id);
    assert.ok(outcome.status === 'waiting');
    assert.deepEqual(await statuses(id), allParts('completed', { stocks: 'waiting' }));
    const { nextAttemptAt, errorMessage } = await part(id, 'stocks');
    assert.ok(nextAttemptAt !== null && nextAttemptAt > new Date());
    assert.match(errorMessage ?? '', /making the stock report/);
    assert.ok(outcome.nextAttemptAt.getTime() === nextAttemptAt.getTime());
    assert.deepEqual(STEPS.map(countRequests), [1, 0, 0]);
    // Too early: nothing is asked for.
    assert.equal((await sync(id, { continueOnly: true })).status, 'waiting');
    assert.deepEqual(STEPS.map(countRequests), [1, 0, 0]);
    await wake(id);
    // Not ready yet.
    assert.equal((await sync(id)).status, 'waiting');
    assert.deepEqual(STEPS.map(countRequests), [1, 1, 0]);
    await wake(id);
    assert.equal((await sync(id)).status, 'completed');
    assert.deepEqual(STEPS.map(countRequests), [1, 2, 1]);
    const stocks = shop.stocks(FROZEN_AT);
    const sum = (of: 'quantity' | 'inWayToClient' | 'inWayFromClient') =>
      stocks.reduce((total, stock) => total + stock[of], 0);
    assert.deepEqual(
      await rows(
        `select sum(quantity)::int as pieces, sum(in_way_to_client)::int as "to", sum(in_way_from_client)::int as "from",
           sum(quantity_full)::int as full, bool_and(chrt_id is not null) as sized from wb_stocks where cabinet_id = $1`,
        [id],
      ),
      [
        {
          pieces: sum('quantity'),
          to: sum('inWayToClient'),
          from: sum('inWayFromClient'),
          full: sum('quantity') + sum('inWayToClient') + sum('inWayFromClient'),
          sized: true,
        },
      ],
    );
    assert.equal(countRequests('stocks'), 0);
    assert.equal(countRequests('cardsList'), 1, 'what is done is not done again');
  });

  it('without a name of the size are those of its barcode, and stay from sync to sync', async (t) => {
    const { addCabinet, syncToTheEnd, rows } = await start(t);
    const { id, shop } = await addCabinet({ type: 'base' });
    const cards = shop.cards(FROZEN_AT);
    const listed = cards.map((card) => ({
      ...card,
      sizes: card.sizes.map((size) => ({ ...size, techSize: '' })),
    }));
    await syncToTheEnd(id);
    const stored = () =>
      rows(
        `select chrt_id, quantity_full from wb_stocks where cabinet_id = $1 and quantity_full > 0 order by 1, 2`,
        [id],
      );
    const before = await stored();
    assert.ok(before.length > 1);
    // The report loses the names, the stored sizes keep theirs: cards are not listed again.
    shop.cards = () => listed;
    for (let times = 0; times < 2; times++) {
      await syncToTheEnd(id);
      assert.deepEqual(await stored(), before);
    }
  });

  it('are ordered anew when Wildberries does not know the task any more, but not for ever', async (t) => {
    const { simulator, addCabinet, sync, wake, part, statuses, countRequests } = await start(t);
    const { id } = await addCabinet({ type: 'base' });
    await sync(id);
    const once = simulator.faults.add({ endpoint: 'remainsStatus', kind: '404' });
    await wake(id);
    assert.equal((await sync(id)).status, 'waiting');
    assert.equal(once.hits, 1);
    assert.match((await part(id, 'stocks')).errorMessage ?? '', /ordered again/);
    // A download that is gone is the same.
    simulator.faults.add({ endpoint: 'remainsDownload', kind: '404' });
    let calls = 0;
    do {
      await wake(id);
      assert.ok(++calls < 12);
    } while ((await sync(id)).status === 'waiting');
    assert.deepEqual(await statuses(id), allParts('completed'));
    assert.equal(countRequests('remainsCreate'), 3);

    simulator.forget();
    simulator.faults.add({ endpoint: 'remainsStatus', kind: '404', times: Infinity });
    await sync(id);
    for (calls = 0; ; calls++) {
      assert.ok(calls < 12);
      await wake(id);
      if ((await sync(id, { continueOnly: true })).status !== 'waiting') break;
    }
    assert.deepEqual(await statuses(id), allParts('completed', { stocks: 'failed' }));
    assert.deepEqual([countRequests('remainsCreate'), countRequests('remainsStatus')], [2, 2]);
  });
});
