import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deferredParts } from '../../../src/wildberries/sync/deferred-parts.ts';
import type { PartLog } from '../../../src/wildberries/sync/sync-run.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const inMinutes = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);

const part = (values: Partial<PartLog>): PartLog => ({
  part: 'orders',
  status: 'waiting',
  processed: 0,
  created: 0,
  updated: 0,
  errors: 0,
  errorMessage: 'the limit is used up',
  attempts: 0,
  nextAttemptAt: inMinutes(180),
  position: null,
  startedAt: NOW,
  completedAt: null,
  ...values,
});
const DONE = part({ part: 'products', status: 'completed', nextAttemptAt: null });
const names = (parts: PartLog[]) => deferredParts(parts, NOW).map((each) => each.part);

describe('a run', () => {
  it('is not kept open by a limit of hours for a part that has not begun', () => {
    assert.deepEqual(names([DONE, part({})]), ['orders']);
  });

  it('waits for a limit of minutes', () => {
    assert.deepEqual(names([DONE, part({ nextAttemptAt: inMinutes(14) })]), []);
  });

  it('waits for a part that has begun, as it would have to begin again', () => {
    assert.deepEqual(names([DONE, part({ processed: 5 })]), []);
    assert.deepEqual(names([DONE, part({ position: { taskId: 'a' } })]), []);
  });

  it('waits for a fault of Wildberries to pass', () => {
    assert.deepEqual(names([DONE, part({ attempts: 1 })]), []);
  });

  it('waits when nothing else was done: it has nothing to show yet', () => {
    assert.deepEqual(names([part({}), part({ part: 'sales' })]), []);
  });
});
