import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareTimes, moscowDay, nextMillisecond } from '../../../src/wildberries/client/compare-times.ts';
import {
  isEndOfCards,
  nextArchive,
  nextCards,
  nextFeedbacks,
  nextOffset,
  nextPrices,
  nextTrash,
  readCardsCursor,
  readTrashCursor,
} from '../../../src/wildberries/client/paging.ts';
import {
  firstStatisticsCursor,
  nextStatistics,
  startTrace,
  statisticsQuery,
  traceRow,
  type NextStatistics,
  type StatisticsCursor,
} from '../../../src/wildberries/client/statistics-paging.ts';

const NOW = Date.parse('2026-11-22T22:30:00Z'); // in Moscow it is the 23rd already

function after(cursor: StatisticsCursor, times: readonly unknown[], pageRows = 3): NextStatistics {
  const trace = startTrace();
  for (const time of times) traceRow(trace, time);
  return nextStatistics(cursor, trace, pageRows, NOW);
}

describe('pages of orders and sales', () => {
  const from = { dateFrom: '2026-11-01T10:00:00' };

  it('an empty answer is the end, and the next sync asks from where this one did', () => {
    assert.deepEqual(after(from, []), { next: undefined, cursor: from });
  });

  it('a full page goes on at the lastChangeDate of its last row, character by character', () => {
    const next = { dateFrom: '2026-11-01T10:00:02.1200' };
    const times = ['2026-11-01T10:00:00', '2026-11-01T10:00:01', next.dateFrom];
    assert.deepEqual(after(from, times), { next, cursor: next });
  });

  it('a page that is not full is the last, though its boundary row would come again for ever', () => {
    const last = '2026-11-01T10:00:05';
    assert.deepEqual(after(from, [last]), { next: undefined, cursor: { dateFrom: last } });
    assert.deepEqual(after({ dateFrom: last }, [last]), { next: undefined, cursor: { dateFrom: last } });
  });

  it('a page a little short of the limit, which is "conditional", counts as full', () => {
    const times = Array.from({ length: 9 }, (_, index) => `2026-11-01T10:00:1${index}`);
    assert.deepEqual(after(from, times, 10).next, { dateFrom: times.at(-1) });
    assert.equal(after(from, times.slice(1), 10).next, undefined);
    assert.ok(after(from, [...times, ...times.map((time) => time.replace('00:1', '01:1'))], 10).next);
  });

  it('times that are the same with another number of digits are the same', () => {
    const times = ['2026-11-01T10:00:00.5', '2026-11-01T10:00:00.500', '2026-11-01T10:00:00.50'];
    const next = after(from, times).next;
    assert.deepEqual(next, { dateFrom: '2026-11-01T10:00:00.50' });
    // From there on the same three again: equal to dateFrom, however they are written.
    assert.equal(after(next, times).next?.days?.length, 91);
    assert.equal(
      after({ dateFrom: '2026-11-01' }, ['2026-11-01T00:00:00.000']).cursor.dateFrom,
      '2026-11-01',
    );
  });

  it('a page of one single moment is stuck: every day is asked for, then it goes on a millisecond later', () => {
    const at = '2026-11-01T10:00:00.1239';
    const stuck = after({ dateFrom: at }, [at, at, at]);
    let { next } = stuck;
    assert.ok(next);
    assert.equal(next.dateFrom, '2026-11-01T10:00:00.124');
    assert.equal(next.days?.[0], '2026-08-25');
    assert.equal(next.days.at(-1), '2026-11-23');
    assert.deepEqual(stuck.cursor, next, 'a sync that breaks off here goes on here');
    assert.deepEqual(statisticsQuery(next), { dateFrom: '2026-08-25', flag: 1 });
    for (let day = 1; day <= 91; day++) {
      next = after(next, [at, at, at, at, at]).next;
      assert.ok(next);
    }
    assert.deepEqual(next, { dateFrom: '2026-11-01T10:00:00.124' });
    assert.deepEqual(statisticsQuery(next), { dateFrom: '2026-11-01T10:00:00.124', flag: 0 });
    assert.deepEqual(after(next, []), { next: undefined, cursor: next });
  });

  it('a full page out of order does not say what it left out, so every day is asked for', () => {
    const times = ['2026-11-01T10:00:09', '2026-11-01T10:00:01', '2026-11-01T10:00:05'];
    const { next } = after(from, times);
    assert.equal(next?.dateFrom, '2026-11-01T10:00:09');
    assert.equal(next.days?.length, 91);
  });

  it('a page out of order that is not full lacks nothing: the latest row counts', () => {
    const { next, cursor } = after(from, ['2026-11-01T10:00:09', '2026-11-01T10:00:01'], 10);
    assert.equal(next, undefined);
    assert.deepEqual(cursor, { dateFrom: '2026-11-01T10:00:09' });
  });

  it('the cursor never goes back, whatever the rows say', () => {
    const early = ['2020-01-01T00:00:00', '2020-01-02T00:00:00', '2020-01-03T00:00:00'];
    assert.deepEqual(after(from, early.slice(1)).cursor, from);
    assert.equal(after(from, early).next?.dateFrom, '2026-11-01T10:00:00.001');
    const odd = [null, undefined, '', 'soon', '2026-13-45T00:00:00', '9999-12-31T00:00:00', 5];
    assert.deepEqual(after(from, odd, 10), { next: undefined, cursor: from });
  });

  it('every row is seen and the end is reached, however equal moments fall across pages', () => {
    const moments = [0, 0, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 4].map((tick) => `2026-11-01T10:00:0${tick}`);
    const seen = new Set<number>();
    let cursor: StatisticsCursor | undefined = from;
    let requests = 0;
    while (cursor) {
      assert.ok(++requests < 300, 'it does not end');
      const { dateFrom, flag }: { dateFrom: string; flag: number } = statisticsQuery(cursor);
      const page = moments
        .map((time, index) => ({ time, index }))
        .filter(({ time }) => (flag === 1 ? time.startsWith(dateFrom) : compareTimes(time, dateFrom) >= 0))
        .slice(0, flag === 1 ? undefined : 4);
      for (const { index } of page) seen.add(index);
      cursor = after(
        cursor,
        page.map(({ time }) => time),
        4,
      ).next;
    }
    assert.equal(seen.size, moments.length);
  });

  it('a seller of whom nothing is known starts 90 days ago, in Moscow', () => {
    assert.deepEqual(firstStatisticsCursor(NOW), { dateFrom: '2026-08-25' });
  });
});

describe('times of Statistics', () => {
  it('are compared as moments, without losing a digit', () => {
    assert.ok(compareTimes('2026-11-01T10:00:00.1234567', '2026-11-01T10:00:00.1234568') < 0);
    assert.ok(compareTimes('2026-11-01T10:00:00', '2026-11-01T07:00:00.001Z') < 0);
    assert.equal(compareTimes('2026-11-01T10:00:00', '2026-11-01T07:00:00Z'), 0);
    assert.equal(compareTimes('2026-11-01T10:00', '2026-11-01T10:00:00+0300'), 0);
    assert.ok(compareTimes('rubbish', '2026-11-01') < 0);
    assert.equal(compareTimes('rubbish', 'nonsense'), 0);
  });

  it('a millisecond later is later, also across midnight', () => {
    assert.equal(nextMillisecond('2026-12-31T23:59:59.9991'), '2027-01-01T00:00:00.000');
    assert.equal(nextMillisecond('2026-11-01'), '2026-11-01T00:00:00.001');
    assert.equal(moscowDay(NOW), '2026-11-23');
  });
});

describe('pages of cards', () => {
  const cards = Array.from({ length: 100 }, (_, index) => ({
    nmID: index + 1,
    updatedAt: `2026-11-01T10:00:00.${index}Z`,
  }));
  const cursor = { updatedAt: '2026-11-01T10:00:00.96577Z', nmID: 100 };

  it('go on while they are full, and the last cursor is where a later sync goes on', () => {
    assert.deepEqual(nextCards(undefined, { cards, cursor: { ...cursor, total: 100 } }), {
      next: cursor,
      cursor,
    });
    const short = nextCards(undefined, { cards: cards.slice(90), cursor: { ...cursor, total: 10 } });
    assert.deepEqual(short, { next: undefined, cursor });
  });

  it('an empty page keeps the cursor before it', () => {
    for (const empty of [{ total: 0 }, null, undefined, { updatedAt: '', nmID: 0, total: 0 }]) {
      assert.deepEqual(nextCards(cursor, { cards: [], cursor: empty }), { next: undefined, cursor });
    }
    assert.equal(nextCards(undefined, { cards: [], cursor: null }).cursor, undefined);
  });

  it('a full page without a cursor goes on behind its last card; one that does not move is the last', () => {
    const last = { updatedAt: '2026-11-01T10:00:00.99Z', nmID: 100 };
    assert.deepEqual(nextCards(undefined, { cards, cursor: undefined }).next, last);
    assert.equal(nextCards(last, { cards, cursor: { ...last, total: 100 } }).next, undefined);
  });

  it('that are far fewer than they say they are, are the last, but no sure end', () => {
    for (const total of [100, '800', 1e6]) {
      const answer = { cards: cards.slice(0, 7), cursor: { ...cursor, total } };
      assert.deepEqual(nextCards(undefined, answer), { next: undefined, cursor });
      assert.equal(isEndOfCards(answer), false);
    }
    // A card or two that Wildberries does not show are no end.
    const almost = { cards: cards.slice(0, 98), cursor: { ...cursor, total: 100 } };
    assert.deepEqual(nextCards(undefined, almost).next, cursor);
    assert.equal(
      isEndOfCards({ cards, cursor: { ...cursor, total: 100 } }),
      false,
      'a full page that does not move',
    );
    assert.equal(isEndOfCards({ cards: cards.slice(0, 7), cursor: { ...cursor, total: 7 } }), true);
    assert.equal(isEndOfCards({ cards: [], cursor: null }), true);
  });

  it('go on at no cursor that is no date, and keep the digits of its article', () => {
    for (const updatedAt of ['soon', '2026-13-01T00:00:00Z', '9999-01-01T00:00:00Z', 5, null]) {
      const answer = { cards: [{}], cursor: { updatedAt, nmID: 5, total: 100 } };
      assert.deepEqual(nextCards(cursor, answer), { next: undefined, cursor });
      assert.equal(readCardsCursor({ updatedAt, nmID: 5 }), undefined);
      assert.equal(readTrashCursor({ trashedAt: updatedAt, nmID: 5 }), undefined);
    }
    const big = { updatedAt: cursor.updatedAt, nmID: '9007199254740993' };
    assert.deepEqual(nextCards(cursor, { cards, cursor: { ...big, total: 100 } }).next, big);
    assert.deepEqual(readCardsCursor(big), big);
    assert.equal(readCardsCursor(undefined), undefined);
  });

  it('of the trash are ordered by trashedAt', () => {
    const trashed = { trashedAt: '2026-11-01T10:00:00.1Z', nmID: 5 };
    const answer = { cards, cursor: { ...trashed, total: 100 } };
    assert.deepEqual(nextTrash(undefined, answer), { next: trashed, cursor: trashed });
  });
});

describe('pages by offset', () => {
  it('of prices go on until one is empty, others until one is not full', () => {
    assert.equal(nextPrices(0, 1), 1_000);
    assert.equal(nextPrices(1_000, 0), undefined);
    assert.equal(nextOffset(0, 250_000, 250_000), 250_000);
    assert.equal(nextOffset(250_000, 249_999, 250_000), undefined);
  });

  it('of feedbacks begin a new window of dates where skip ends', () => {
    const query = { isAnswered: true, skip: 0, dateFrom: 100 };
    assert.equal(nextFeedbacks(query, 4_999, '2026-01-01T00:00:00Z'), undefined);
    assert.deepEqual(nextFeedbacks(query, 5_000, null), { ...query, skip: 5_000 });
    const last = { ...query, skip: 195_000 };
    const next = nextFeedbacks(last, 5_000, '2026-01-01T00:00:00.9Z');
    assert.deepEqual(next, { isAnswered: true, skip: 0, dateFrom: 1_767_225_600 });
    assert.equal(
      nextFeedbacks({ ...last, dateFrom: 1_767_225_600 }, 5_000, '2026-01-01T00:00:00Z'),
      undefined,
    );
    assert.equal(nextFeedbacks(last, 5_000, null), undefined);
    assert.equal(nextArchive(0, 5_000), 5_000);
    assert.equal(nextArchive(195_000, 5_000), undefined);
  });
});
