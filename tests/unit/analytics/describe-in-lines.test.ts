import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalyticsAnswer } from '../../../src/analytics/analytics.ts';
import { describeInLines, describeResult } from '../../../src/analytics/describe/describe-result.ts';
import type { Row } from '../../../src/analytics/result.ts';

const brands = (count: number, found = count): AnalyticsAnswer => {
  const rows: Row[] = Array.from({ length: count }, (_, place) => ({
    brand: `Бренд ${place + 1}`,
    orders: 5,
  }));
  return {
    function: 'totals',
    parameters: { measures: ['orders'], group_by: 'brand', period: 'all' },
    columns: [],
    rows,
    total: { orders: 50 },
    data: 'complete',
    found,
    unknown: [],
    note: 'Примечание.',
  };
};

describe('figures in lines', () => {
  it('have each group on its own line, how many more there are, the sum and the note', () => {
    assert.deepEqual(
      describeInLines(brands(3, 7)).map((line) => line.replaceAll('\u00a0', ' ')),
      [
        'За всё время:',
        '– Бренд 1 — 5 заказов',
        '– Бренд 2 — 5 заказов',
        '– Бренд 3 — 5 заказов',
        '… и ещё 4',
        'Всего: 50 заказов.',
        'Примечание.',
      ],
    );
  });

  it('are the sentence when it has not more to say than that', () => {
    for (const answer of [brands(2), brands(0), { ...brands(3), data: 'none' as const }])
      assert.deepEqual(describeInLines(answer), [describeResult(answer)]);
  });

  it('say what the paragraph says', () => {
    const answer = brands(12, 14);
    const words = (text: string) => text.match(/[\p{L}\d]+/gu);
    assert.deepEqual(words(describeInLines(answer).join(' ')), words(describeResult(answer)));
    assert.equal(
      describeResult(brands(2, 3)).replaceAll('\u00a0', ' '),
      'За всё время: Бренд 1 — 5 заказов; Бренд 2 — 5 заказов; и ещё 1. Всего: 50 заказов. Примечание.',
    );
  });
});
