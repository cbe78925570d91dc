import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addMonths, daysOf, localDate, mondayOf, previousPeriod } from '../../../src/calendar.ts';
import { formatHundredths, parseHundredths, ratio } from '../../../src/analytics/decimal.ts';
import { countOf, enumerate, formatMoney, formatNumber, formatPeriod } from '../../../src/russian/formats.ts';

/** Numbers stand with spaces that do not break. */
const plain = (text: string) => text.replace(/\u00a0/g, ' ');

describe('Russian numbers', () => {
  const FORMS = ['заказ', 'заказа', 'заказов'] as const;
  const COUNTED: [number, string][] = [
    [0, '0 заказов'],
    [1, '1 заказ'],
    [2, '2 заказа'],
    [4, '4 заказа'],
    [5, '5 заказов'],
    [11, '11 заказов'],
    [12, '12 заказов'],
    [14, '14 заказов'],
    [21, '21 заказ'],
    [22, '22 заказа'],
    [100, '100 заказов'],
    [101, '101 заказ'],
    [111, '111 заказов'],
    [1_234_562, '1 234 562 заказа'],
    [2.5, '2,5 заказа'],
  ];
  for (const [count, text] of COUNTED)
    it(`${count} is ${text}`, () => assert.equal(plain(countOf(count, FORMS)), text));

  it('group thousands and have a comma', () => {
    assert.equal(plain(formatNumber('-1234567.8')), '−1 234 567,8');
    assert.equal(plain(formatMoney('1990.00')), '1 990 ₽');
    assert.equal(plain(formatMoney('-0.50')), '−0,50 ₽');
    assert.equal(plain(formatNumber(1e21)), '1 000 000 000 000 000 000 000');
  });

  it('are listed with «и»', () => {
    assert.equal(enumerate(['а', 'б', 'в']), 'а, б и в');
    assert.equal(enumerate(['а']), 'а');
  });
});

describe('Russian periods', () => {
  const PERIODS: [from: string, to: string, text: string][] = [
    ['2036-11-19', '2036-11-19', 'за 19 ноября 2036'],
    ['2036-11-01', '2036-11-15', 'с 1 по 15 ноября 2036'],
    ['2036-10-22', '2036-11-20', 'с 22 октября по 20 ноября 2036'],
    ['2035-12-30', '2036-01-02', 'с 30 декабря 2035 по 2 января 2036'],
    ['2036-02-01', '2036-02-29', 'за февраль 2036'],
    ['2036-01-01', '2036-12-31', 'за 2036 год'],
  ];
  for (const [from, to, text] of PERIODS) it(text, () => assert.equal(formatPeriod({ from, to }), text));
});

describe('days', () => {
  it('are those of the time zone, to the last minute', () => {
    assert.equal(localDate(new Date('2036-11-19T20:30:00Z'), 'Europe/Moscow'), '2036-11-19');
    assert.equal(localDate(new Date('2036-11-19T21:00:00Z'), 'Europe/Moscow'), '2036-11-20');
    assert.equal(localDate(new Date('2036-11-19T21:00:00Z'), 'Asia/Vladivostok'), '2036-11-20');
  });

  it('of months end where the month does', () => {
    assert.equal(addMonths('2036-03-31', -1), '2036-02-29');
    assert.equal(addMonths('2036-01-15', -13), '2034-12-15');
    assert.equal(mondayOf('2036-11-23'), '2036-11-17');
  });

  it('before a period are as many, and before a whole month the month before', () => {
    assert.deepEqual(previousPeriod({ from: '2036-11-14', to: '2036-11-20' }), {
      from: '2036-11-07',
      to: '2036-11-13',
    });
    assert.deepEqual(previousPeriod({ from: '2036-03-01', to: '2036-03-31' }), {
      from: '2036-02-01',
      to: '2036-02-29',
    });
    assert.deepEqual(previousPeriod({ from: '2036-01-01', to: '2036-03-31' }), {
      from: '2035-10-01',
      to: '2035-12-31',
    });
    assert.equal(daysOf({ from: '2036-02-01', to: '2036-03-01' }), 30);
  });
});

describe('sums', () => {
  it('come back as they were, however large', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (value) => {
        assert.equal(parseHundredths(formatHundredths(value)), value);
      }),
    );
    assert.equal(parseHundredths('12'), 1200n);
    assert.equal(parseHundredths('0.5'), 50n);
    assert.throws(() => parseHundredths('NaN'));
  });

  it('are divided with halves away from zero, and not at all by zero', () => {
    assert.equal(ratio(1n, 8n), 13n);
    assert.equal(ratio(-1n, 8n), -13n);
    assert.equal(ratio(2n, 3n, 100n), 6667n);
    assert.equal(ratio(5n, 0n), null);
  });
});
