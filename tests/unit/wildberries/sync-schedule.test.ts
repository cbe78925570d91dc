import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spreadSeconds, syncSchedules } from '../../../src/wildberries/sync/schedule.ts';

describe('the schedule of syncs', () => {
  it('ticks every so many minutes, and not at all for 0', () => {
    assert.deepEqual(syncSchedules(15), [{ queue: 'wb-sync-all', cron: '*/15 * * * *', missed: 'skip' }]);
    assert.deepEqual(syncSchedules(60), [{ queue: 'wb-sync-all', cron: '0 * * * *', missed: 'skip' }]);
    assert.deepEqual(syncSchedules(0), []);
  });

  it('gives each cabinet the same turn every time, before the next tick', () => {
    for (const cabinet of [1, 2, 17, 9_007_199_254_740_991]) {
      const turn = spreadSeconds(cabinet, 15);
      assert.equal(turn, spreadSeconds(cabinet, 15));
      assert.ok(turn >= 0 && turn < 15 * 60, `cabinet ${cabinet} after ${turn} s`);
    }
  });

  it('spreads cabinets evenly: a hundred of them never leave a minute of the spread empty', () => {
    const turns = Array.from({ length: 100 }, (_, n) => spreadSeconds(n + 1, 15));
    const minutes = new Set(turns.map((turn) => Math.floor(turn / 60)));
    assert.equal(minutes.size, 12);
    const busiest = Math.max(
      ...[...Map.groupBy(turns, (turn) => Math.floor(turn / 60)).values()].map((group) => group.length),
    );
    assert.ok(busiest <= 12, `${busiest} cabinets in one minute`);
  });
});
