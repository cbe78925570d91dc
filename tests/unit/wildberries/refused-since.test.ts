import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  readRefusedSince,
  refusedAfter,
  type RefusedSince,
} from '../../../src/wildberries/sync/parts/refused-since.ts';
import { beginBeforeRefused } from '../../../src/wildberries/sync/parts/statistics-cursor.ts';

const NOW = Date.parse('2026-11-22T00:00:00Z');
const MINUTE_MS = 60_000;
const [EARLY, LATE] = ['2026-11-01T00:00:00', '2026-11-10T00:00:00'];
const refused = (tries: number, nextAtMs: number): RefusedSince => ({
  ...{ dateFrom: EARLY, tries },
  nextAt: new Date(nextAtMs),
});

describe('orders and sales that were of no use', () => {
  it('are asked for again at once, then after longer and longer pauses, at most a day', () => {
    let kept = refusedAfter(undefined, { oldest: EARLY, isWhole: false, nowMs: NOW });
    const pauses: number[] = [];
    for (let tries = 0; tries < 7; tries++) {
      pauses.push((kept!.nextAt.getTime() - NOW) / MINUTE_MS);
      kept = refusedAfter(kept, { oldest: EARLY, isWhole: true, nowMs: NOW });
    }
    assert.deepEqual(pauses, [0, 15, 60, 240, 960, 1440, 1440]);
  });

  it('are forgotten when all since the oldest was read and of use, and not before', () => {
    const before = refused(2, NOW);
    assert.equal(refusedAfter(before, { oldest: undefined, isWhole: true, nowMs: NOW }), undefined);
    assert.deepEqual(refusedAfter(before, { oldest: undefined, isWhole: false, nowMs: NOW }), before);
    assert.deepEqual(refusedAfter(before, { oldest: LATE, isWhole: false, nowMs: NOW }), before);
    assert.equal(refusedAfter(before, { oldest: LATE, isWhole: true, nowMs: NOW })?.dateFrom, LATE);
    assert.equal(refusedAfter(undefined, { oldest: undefined, isWhole: true, nowMs: NOW }), undefined);
  });

  it('are where a sync begins when their turn has come, or it begins before them anyhow', () => {
    const begin = { dateFrom: LATE };
    assert.deepEqual(beginBeforeRefused(begin, undefined, NOW), { cursor: begin, isWhole: false });
    assert.deepEqual(beginBeforeRefused(begin, refused(1, NOW + 1), NOW), { cursor: begin, isWhole: false });
    assert.deepEqual(beginBeforeRefused(begin, refused(1, NOW), NOW), {
      cursor: { dateFrom: EARLY },
      isWhole: true,
    });
    const first = { dateFrom: '2026-08-24' };
    assert.deepEqual(beginBeforeRefused(first, refused(1, NOW + 1), NOW), { cursor: first, isWhole: true });
    const stuck = { dateFrom: LATE, days: ['2026-11-01'] };
    assert.deepEqual(beginBeforeRefused(stuck, refused(1, NOW), NOW), { cursor: stuck, isWhole: false });
  });

  it('are kept as JSON, and nothing that could not be asked for is', () => {
    const kept = refused(3, NOW);
    assert.deepEqual(readRefusedSince(JSON.parse(JSON.stringify(kept))), kept);
    for (const bad of [null, undefined, 'x', {}, { ...kept, dateFrom: 'soon' }, { ...kept, nextAt: 'soon' }])
      assert.equal(readRefusedSince(bad), undefined);
  });
});
