import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldChanges, toPayloads } from '../../src/changes/batches.ts';
import type { Change } from '../../src/changes/queries.ts';
import { ragIndexPayloadSchema } from '../../src/jobs/queues.ts';
import { SOURCE_NAMES, countChangedIds } from '../../src/source-tables.ts';

const change = (cabinetId: number, kind: Change['kind'], ...ids: number[]): Change => ({
  ...{ id: '1', cabinetId, kind, ids: ids.map(String), capturedAt: new Date(0) },
});
const payloadsOf = (changes: Change[], maxIds = 500) => toPayloads(foldChanges(changes), maxIds);

describe('folding changes', () => {
  it('makes one job of several changes of a cabinet, with each row once', () => {
    const changes = [change(1, 'orders', 5, 6), change(1, 'sales', 5), change(1, 'orders', 6, 7)];
    assert.deepEqual(payloadsOf(changes), [
      { cabinet_id: 1, mode: 'incremental', changed_ids: { orders: [5, 6, 7], sales: [5] } },
    ]);
  });

  it('lets a cabinet that has to be compared whole swallow its other changes, the names included', () => {
    const changes = [
      change(1, 'orders', 5),
      change(1, 'cabinet'),
      change(1, 'product_names', 9),
      change(2, 'sales', 1),
    ];
    const folded = foldChanges(changes);
    assert.equal(folded.productNames.size, 0);
    assert.deepEqual(toPayloads(folded, 500), [
      { cabinet_id: 1, mode: 'incremental' },
      { cabinet_id: 2, mode: 'incremental', changed_ids: { sales: [1] } },
    ]);
  });

  it('makes no job of names alone: the rows that quote them come as changes of their own', () => {
    const folded = foldChanges([change(1, 'product_names', 9, 9, 8)]);
    assert.deepEqual([...folded.productNames.get(1)!], ['9', '8']);
    assert.deepEqual(toPayloads(folded, 500), []);
  });

  it('makes nothing of nothing', () => {
    assert.deepEqual(payloadsOf([]), []);
    assert.deepEqual(payloadsOf([change(1, 'orders')]), []);
  });

  it('keeps every row exactly once, in jobs no larger than allowed that the worker understands', () => {
    const anyChange = fc.record({
      id: fc.constant('1'),
      cabinetId: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom(...SOURCE_NAMES),
      ids: fc.array(fc.integer({ min: 1, max: 40 }).map(String), { maxLength: 20 }),
      capturedAt: fc.constant(new Date(0)),
    });
    fc.assert(
      fc.property(
        fc.array(anyChange, { maxLength: 12 }),
        fc.integer({ min: 1, max: 15 }),
        (changes, maxIds) => {
          const wanted = new Set(
            changes.flatMap(({ cabinetId, kind, ids }) => ids.map((id) => `${cabinetId} ${kind} ${id}`)),
          );
          const payloads = payloadsOf(changes, maxIds);
          const got = payloads.flatMap(({ cabinet_id, changed_ids }) =>
            Object.entries(changed_ids ?? {}).flatMap(([source, ids]) =>
              ids.map((id) => `${cabinet_id} ${source} ${id}`),
            ),
          );
          assert.deepEqual(got.sort(), [...wanted].sort());
          for (const payload of payloads) {
            const size = countChangedIds(payload.changed_ids ?? {});
            assert.ok(size >= 1 && size <= maxIds);
            assert.deepEqual(ragIndexPayloadSchema.parse(JSON.parse(JSON.stringify(payload))), payload);
          }
          // No cabinet has more jobs than its rows need.
          for (const cabinetId of new Set(changes.map((one) => one.cabinetId))) {
            const rows = [...wanted].filter((row) => row.startsWith(`${cabinetId} `)).length;
            const jobs = payloads.filter((payload) => payload.cabinet_id === cabinetId).length;
            assert.equal(jobs, Math.ceil(rows / maxIds));
          }
        },
      ),
    );
  });
});
