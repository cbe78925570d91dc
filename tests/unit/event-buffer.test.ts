import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ActivityEvent } from '../../src/activity/activity-event.ts';
import { createEventBuffer } from '../../src/activity/event-buffer.ts';

const batch = (jobId: string, chunks: number, cabinetId = 1): ActivityEvent => ({
  ...{ type: 'batch_embedded', cabinetId },
  data: { job_id: jobId, chunks, batches: 1 },
});
const started = (jobId: string, cabinetId = 1): ActivityEvent => ({
  ...{ type: 'job_started', cabinetId },
  data: { job_id: jobId, rows: null },
});
const captured = (rows: Record<string, number> | null, at: string): ActivityEvent => ({
  ...{ type: 'change_captured', cabinetId: 1 },
  data: { rows, renamed_products: 1, captured_at: `2026-01-01T00:00:${at}Z` },
});

const contentOf = (events: readonly (ActivityEvent & { at: number })[]) =>
  events.map(({ at: _at, ...rest }) => rest);

describe('events that wait to be written', () => {
  it('batches of one job become one event, and stay in their place among others', () => {
    const buffer = createEventBuffer(10);
    buffer.push(batch('a', 100));
    buffer.push(batch('b', 7, 2));
    buffer.push(batch('a', 50));
    buffer.push(started('c'));
    buffer.push(batch('a', 1));
    const a = { ...batch('a', 150), data: { job_id: 'a', chunks: 150, batches: 2 } };
    assert.deepEqual(contentOf(buffer.take(10)), [a, batch('b', 7, 2), started('c'), batch('a', 1)]);
  });

  it('batches of two jobs stay two', () => {
    const buffer = createEventBuffer(10);
    buffer.push(batch('a', 1));
    buffer.push(batch('b', 1));
    assert.equal(buffer.size, 2);
  });

  it('captures of one cabinet are added up, and begin with the oldest', () => {
    const buffer = createEventBuffer(10);
    buffer.push(captured({ orders: 2 }, '05'));
    buffer.push(captured({ orders: 1, sales: 3 }, '04'));
    const [sum] = contentOf(buffer.take(10));
    assert.deepEqual(sum!.data, { ...captured({ orders: 3, sales: 3 }, '04').data, renamed_products: 2 });
    buffer.push(captured({ orders: 2 }, '05'));
    buffer.push(captured(null, '06'));
    const [all] = contentOf(buffer.take(10));
    assert.deepEqual(all!.data, { ...captured(null, '05').data, renamed_products: 2 });
  });

  it('nothing is added to what is being written, nor to what the sender still holds', () => {
    const buffer = createEventBuffer(10);
    const sent = batch('a', 1);
    buffer.push(sent);
    buffer.push(batch('a', 1));
    const [taken] = buffer.take(1);
    buffer.push(batch('a', 1));
    assert.deepEqual(taken!.data, { job_id: 'a', chunks: 2, batches: 2 });
    assert.deepEqual(sent, batch('a', 1));
    assert.equal(buffer.size, 1);
  });

  it('when there are too many the oldest go, and how many is said before the rest', () => {
    const buffer = createEventBuffer(3);
    for (const id of ['a', 'b', 'c', 'd', 'e']) buffer.push(started(id));
    const dropped = (events: number) => ({ type: 'dropped', cabinetId: null, data: { events } });
    assert.deepEqual(contentOf(buffer.take(2)), [dropped(2), started('c'), started('d')]);
    assert.deepEqual(contentOf(buffer.take(2)), [started('e')]);
    buffer.drop([started('c'), { type: 'dropped', cabinetId: null, data: { events: 2 } }]);
    buffer.push(started('f'));
    assert.deepEqual(contentOf(buffer.take(2)), [dropped(3), started('f')]);
  });
});
