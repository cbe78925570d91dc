import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findDifference } from '../../../eval/compare-figures.ts';

const ranking = [
  { key: '11', buyouts: '9' },
  { key: '12', buyouts: '4' },
  { key: '13', buyouts: '4' },
  { key: '14', buyouts: '1' },
];
const row = (key: string, buyouts: number) => ({ key, buyouts });

describe('an analytics answer', () => {
  it('is right when the one figure is, to the kopeck and whatever else it says', () => {
    const expected = [{ revenue: '23256.02' }];
    assert.equal(findDifference(expected, [{ revenue: '23256.02', orders: 7 }], undefined), undefined);
    assert.equal(findDifference(expected, [{ revenue: 23256.02 }], undefined), undefined);
    assert.match(findDifference(expected, [{ revenue: '23256.03' }], undefined) ?? '', /not 23256\.02/);
    assert.match(findDifference(expected, [{ orders: 7 }], undefined) ?? '', /no revenue/);
    assert.match(findDifference(expected, [{ revenue: null }], undefined) ?? '', /nothing/);
    assert.match(findDifference(expected, [], undefined) ?? '', /0 rows/);
  });

  it('is a right table when it has every row that says something, and no other, in any order', () => {
    const expected = [
      { key: '2036-11-01', orders: '3' },
      { key: '2036-11-02', orders: '0' },
      { key: '2036-11-03', orders: '5' },
    ];
    const days = (...counts: [string, number][]) => counts.map(([key, orders]) => ({ key, orders }));
    const differs = (...counts: [string, number][]) => findDifference(expected, days(...counts), undefined);
    assert.equal(differs(['2036-11-03', 5], ['2036-11-01', 3]), undefined);
    assert.equal(differs(['2036-11-01', 3], ['2036-11-02', 0], ['2036-11-03', 5]), undefined);
    assert.match(differs(['2036-11-01', 3]) ?? '', /2036-11-03 is missing/);
    assert.match(differs(['2036-11-01', 3], ['2036-11-03', 4]) ?? '', /orders is 4/);
    assert.match(
      differs(['2036-11-01', 3], ['2036-11-03', 5], ['2036-11-04', 1]) ?? '',
      /should not be there/,
    );
    assert.match(
      differs(['2036-11-01', 3], ['2036-11-03', 5], ['2036-11-03', 5]) ?? '',
      /should not be there/,
    );
  });

  it('is a right ranking when the first ones are, equals in either order', () => {
    const top = { first: 2 };
    assert.equal(findDifference(ranking, [row('11', 9), row('12', 4)], top), undefined);
    assert.equal(findDifference(ranking, [row('11', 9), row('13', 4), row('14', 1)], top), undefined);
    assert.match(findDifference(ranking, [row('12', 4), row('11', 9)], top) ?? '', /place 1/);
    assert.match(findDifference(ranking, [row('11', 9), row('14', 1)], top) ?? '', /place 2/);
    assert.match(
      findDifference(ranking, [row('11', 9), row('11', 9)], top) ?? '',
      /should not be in place 2/,
    );
    assert.match(findDifference(ranking, [row('11', 9), row('14', 4)], top) ?? '', /buyouts is 4/);
    assert.match(findDifference(ranking, [row('11', 9)], top) ?? '', /1 rows of 2/);
  });

  it('has as many places as the question says', () => {
    const answer = [row('11', 9), row('12', 4), row('13', 4)];
    assert.equal(findDifference(ranking, answer, { exactly: 3 }), undefined);
    assert.match(findDifference(ranking, answer, { exactly: 2 }) ?? '', /3 rows where 2 were asked for/);
    assert.equal(findDifference(ranking, [...answer, row('14', 1)], { exactly: 9 }), undefined);
  });
});
