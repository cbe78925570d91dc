import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { msToNextDay } from '../../src/calendar.ts';

const HOUR = 3_600_000;

const DAYS: [what: string, zone: string, now: string, hours: number][] = [
  ['an ordinary day', 'Europe/Moscow', '2026-11-25T20:00:00Z', 1],
  ['the last millisecond of one', 'Europe/Moscow', '2026-11-25T20:59:59.999Z', 1 / HOUR],
  ['the first millisecond of one', 'Europe/Moscow', '2026-11-25T21:00:00.000Z', 24],
  ['a day of 23 hours', 'Europe/Berlin', '2026-03-28T23:00:00Z', 23],
  ['a day of 25 hours', 'Europe/Berlin', '2026-10-24T22:00:00Z', 25],
  ['a day of 25 hours, after the clock was put back', 'Europe/Berlin', '2026-10-25T01:30:00Z', 21.5],
  ['a day after which 00:00 is left out', 'America/Sao_Paulo', '2018-11-03T03:00:00Z', 24],
  ['a day that begins at 01:00', 'America/Sao_Paulo', '2018-11-04T03:00:00Z', 23],
  ['a day before one that is left out', 'Pacific/Apia', '2011-12-29T10:00:00Z', 24],
];

describe('the time until the next local day', () => {
  for (const [what, zone, now, hours] of DAYS) {
    it(`is right on ${what}`, () => {
      assert.equal(msToNextDay(new Date(now), zone), Math.round(hours * HOUR));
    });
  }
});
