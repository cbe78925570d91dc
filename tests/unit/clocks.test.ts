import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CAN_TELL, CANNOT_TELL, filesThatReadTheClock } from '../clocks/files-that-can-tell.ts';
import { MOMENTS, startOf } from '../clocks/moments.ts';

/** What the clocks of a zone show: `2026-12-31 23:59:30`, and the name of the day. */
function read(at: Date, timeZone: string): { time: string; weekday: string } {
  return {
    time: new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at),
    weekday: new Intl.DateTimeFormat('en', { timeZone, weekday: 'long' }).format(at),
  };
}

const momentOf = (name: string) => MOMENTS.find((moment) => moment.name === name)!;
const MINUTE_MS = 60_000;

describe('`npm run test:clocks`', () => {
  it('knows of each test file that reads the clock whether it can tell what time it is', () => {
    const known = [...Object.keys(CAN_TELL), ...Object.values(CANNOT_TELL).flat()];
    const unknown = filesThatReadTheClock().filter((file) => !known.includes(file));
    assert.deepEqual(unknown, [], 'belongs in one of the lists of tests/clocks/files-that-can-tell.ts');
    assert.deepEqual(
      known.filter((file, place) => !existsSync(file) || known.indexOf(file) !== place),
      [],
      'is gone, or there twice',
    );
  });

  it('runs at the moments that it names', () => {
    const moscow = (name: string, minutes = 0) =>
      read(new Date(momentOf(name).at.getTime() + minutes * MINUTE_MS), 'Europe/Moscow').time;
    const berlin = (name: string, minutes: number) =>
      read(new Date(momentOf(name).at.getTime() + minutes * MINUTE_MS), 'Europe/Berlin').time.slice(11, 16);
    assert.equal(moscow('New Year in Moscow').slice(5), '01-01 00:00:00');
    assert.equal(moscow('the end of 29 February in Moscow', -1).slice(5), '02-29 23:59:00');
    const monthEnd = momentOf('the last day of a month, the next one in Moscow').at;
    assert.equal(monthEnd.toISOString().slice(8, 16), '30T21:30');
    assert.equal(read(monthEnd, 'Europe/Moscow').time.slice(8), '01 00:30:00');
    const sunday = momentOf('Sunday, when the weekly rebuild begins').at;
    assert.equal(read(sunday, 'UTC').weekday, 'Sunday');
    assert.equal(read(sunday, 'UTC').time.slice(11), '03:00:00');
    assert.deepEqual(
      [-1, 0].map((minutes) => berlin('the beginning of summer time', minutes)),
      [...['01:59', '03:00']],
    );
    assert.deepEqual(
      [-1, 0].map((minutes) => berlin('the end of summer time', minutes)),
      ['02:59', '02:00'],
    );
  });

  it('begins a little before them, each file at another time', () => {
    const leads = MOMENTS.filter(({ passes }) => passes).map(
      (moment) => moment.at.getTime() - startOf(moment, 'tests/end-to-end/demo.test.ts').getTime(),
    );
    assert.ok(
      leads.every((ms) => ms >= 1_000 && ms <= 30_000),
      leads.join(),
    );
    assert.equal(new Set(leads).size, leads.length);
  });
});
