import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  calculate,
  calculateParameters,
  findMistake,
  type Calculated,
} from '../../../src/analytics/calculate.ts';

const of = (operation: string, values: (string | number)[], digits?: number): Calculated =>
  calculate(calculateParameters.parse({ operation, values, ...(digits === undefined ? {} : { digits }) }));

describe('calculate', () => {
  const EXAMPLES: [operation: string, values: (string | number)[], result: string | null, exact: boolean][] =
    [
      ['sum', ['0.1', '0.2'], '0.3', true],
      ['sum', ['1990.50', '-0.5', 10], '2000.00', true],
      ['difference', ['10', '12.50', '0.01'], '-2.51', true],
      ['product', ['-1.5', '0.02'], '-0.030', true],
      ['average', ['1', '2', '2'], '1.67', false],
      ['ratio', ['1', '8'], '0.13', false],
      ['ratio', ['-1', '8'], '-0.13', false],
      ['ratio', ['1', '-8'], '-0.13', false],
      ['ratio', ['3', '4'], '0.75', true],
      ['share', ['61', '81'], '75.31', false],
      ['share', ['1', '0.00'], null, true],
      ['change_percent', ['120', '100'], '20.00', true],
      ['change_percent', ['-50', '-100'], '50.00', true],
      ['change_percent', ['5', '0'], null, true],
      ['sum', ['99999999999999999999999999999.99', '0.01'], '100000000000000000000000000000.00', true],
    ];
  for (const [operation, values, result, exact] of EXAMPLES)
    it(`${operation} of ${values.join(', ')} is ${result}`, () => {
      const { result: given, exact: isExact } = of(operation, values);
      assert.deepEqual([given, isExact], [result, exact]);
    });

  it('adds and takes away without an error, whatever the decimals', () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.nat({ max: 9 }))
      .map(([whole, digit]) => ({
        text: `${whole}.${digit}`,
        tenths: whole * 10n + (whole < 0n ? -1n : 1n) * BigInt(digit),
      }));
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 2, maxLength: 8 }), (list) => {
        const texts = list.map(({ text }) => text);
        const tenths = (result: string | null) => BigInt(result!.replace('.', ''));
        const sum = list.reduce((all, value) => all + value.tenths, 0n);
        assert.equal(tenths(of('sum', texts).result), sum);
        assert.equal(tenths(of('difference', texts).result), 2n * list[0]!.tenths - sum);
      }),
    );
  });

  it('takes numbers as results write them, and nothing else', () => {
    for (const value of ['12 500', '1e5', 'NaN', '', '1,5', Number.NaN, 1e40])
      assert.ok(!calculateParameters.safeParse({ operation: 'sum', values: [value] }).success, String(value));
  });

  it('says how many values an operation takes', () => {
    const parsed = (operation: string, values: string[]) => calculateParameters.parse({ operation, values });
    assert.match(findMistake(parsed('share', ['1'])) ?? '', /two values/);
    assert.match(findMistake(parsed('ratio', ['1', '2', '3'])) ?? '', /two values/);
    assert.match(findMistake(parsed('difference', ['1'])) ?? '', /two values or more/);
    assert.equal(findMistake(parsed('sum', ['1'])), undefined);
  });
});
