import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Evaluation } from '../../../eval/evaluate.ts';
import { reportOf, scoreOf, type RetrievalReport, type Scored } from '../../../eval/metrics.ts';
import { brokenPromises } from '../../../eval/promises.ts';
import type { RetrievalKind } from '../../../eval/questions/question.ts';
import type { Split } from '../../../eval/questions/resolve.ts';

const keys = (...numbers: number[]) => numbers.map((number) => `wb_orders/${number}`);
const found = keys(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

describe('the score of a question', () => {
  it('counts a hit among five, the place of the first among ten, and how many of five are right', () => {
    assert.deepEqual(scoreOf(found, new Set(keys(2, 4, 6, 20, 21))), {
      hit: 1,
      reciprocalRank: 1 / 2,
      precision: 2 / 5,
    });
    assert.deepEqual(scoreOf(found, new Set(keys(6, 20))), { hit: 0, reciprocalRank: 1 / 6, precision: 0 });
    assert.deepEqual(scoreOf(found, new Set(keys(11))), { hit: 0, reciprocalRank: 0, precision: 0 });
    assert.deepEqual(scoreOf([], new Set(keys(11))), { hit: 0, reciprocalRank: 0, precision: 0 });
  });

  it('is whole when all of fewer than five right rows are there', () => {
    assert.equal(scoreOf(found, new Set(keys(1, 5))).precision, 1);
  });
});

function scored(kind: RetrievalKind, hit: number, split: Split = 'tuning'): Scored {
  const question = {
    ...{ id: 'tuning/x/1', split, kind, text: '', fault: undefined },
    ...{ relevant: new Set<string>(), share: 0, chance: 0 },
  };
  return { question, found: [], hit, reciprocalRank: hit, precision: hit };
}

describe('a report', () => {
  it('has means of all questions, of those that name a product, type or period, of each part and each kind', () => {
    const report = reportOf([scored('period', 1), scored('period', 0, 'holdout'), scored('amount', 1)]);
    assert.deepEqual(
      [report.all.hit, report.naming.hit, report.kinds.period?.hit, report.kinds.amount?.hit],
      [2 / 3, 0.5, 0.5, 1],
    );
    assert.deepEqual([report.all.questions, report.naming.questions], [3, 2]);
    assert.deepEqual([report.splits.tuning?.hit, report.splits.holdout?.hit], [1, 0]);
    assert.equal(report.kinds.brand, undefined);
  });
});

function reportWith(all: number, naming = all): RetrievalReport {
  const scores = (share: number) => ({ questions: 10, hit: share, reciprocalRank: share, precision: share });
  return { all: scores(all), naming: scores(naming), splits: {}, kinds: {} };
}

describe('the promises', () => {
  const analytics = (right: number): Evaluation['analytics'] => ({
    all: { questions: 100, answered: 100, right },
    splits: {},
    kinds: {},
  });
  const broken = (retrieval: Evaluation['retrieval'], right: number) =>
    brokenPromises({ model: 'm', retrieval, analytics: analytics(right), scored: [], scoredAnalytics: [] });
  const kept = { understood: reportWith(0.9, 0.95), vector: reportWith(0.7), text: reportWith(0.8) };

  it('are kept at their thresholds', () => {
    assert.deepEqual(broken(kept, 95), []);
  });

  it('are broken one by one: hits, hits of those that name something, figures, each part alone', () => {
    assert.match(broken({ ...kept, understood: reportWith(0.899, 0.95) }, 95).join(), /^hit@5 is 0\.899/);
    assert.match(broken({ ...kept, understood: reportWith(0.9, 0.949) }, 95).join(), /period is 0\.949/);
    assert.match(broken(kept, 94).join(), /^94 of 100/);
    assert.match(broken({ ...kept, text: reportWith(0.9) }, 95).join(), /not better than text alone/);
    assert.match(broken({ vector: reportWith(0.7) }, 95).join(), /was not measured/);
  });
});
