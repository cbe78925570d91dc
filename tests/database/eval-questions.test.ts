import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HOLDOUT } from '../../eval/questions/holdout.ts';
import { ANALYTICS_KINDS, RETRIEVAL_KINDS, type QuestionSet } from '../../eval/questions/question.ts';
import { resolveQuestions, type ResolvedSet, type Split } from '../../eval/questions/resolve.ts';
import { TUNING } from '../../eval/questions/tuning.ts';
import { rowsOf } from '../../eval/questions/views.ts';
import { FROZEN_AT, synchroniseShop, type EvaluatedShop } from '../../eval/shop.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const questionsOf = ({ retrieval, analytics }: QuestionSet) => [...retrieval, ...analytics];
const countOf = (set: QuestionSet, kind: string) =>
  questionsOf(set).filter((question) => question.kind === kind).length;

describe('the questions of the evaluation', () => {
  it('are at least 180, of which a third was kept out of the tuning', () => {
    const retrieval = TUNING.retrieval.length + HOLDOUT.retrieval.length;
    const analytics = TUNING.analytics.length + HOLDOUT.analytics.length;
    assert.ok(retrieval >= 120 && analytics >= 60, `${retrieval} and ${analytics}`);
    assert.equal(Math.round((100 * HOLDOUT.retrieval.length) / retrieval), 33);
    assert.equal(Math.round((100 * HOLDOUT.analytics.length) / analytics), 33);
  });

  it('have every kind in both parts, in the same proportion', () => {
    for (const kind of [...RETRIEVAL_KINDS, ...ANALYTICS_KINDS]) {
      const [tuned, heldOut] = [countOf(TUNING, kind), countOf(HOLDOUT, kind)];
      assert.ok(heldOut >= 2, `${kind} has ${heldOut} questions that are held out`);
      assert.ok(tuned >= 1.5 * heldOut && tuned <= 2.5 * heldOut, `${kind}: ${tuned} and ${heldOut}`);
    }
  });

  it('are all different', () => {
    const texts = [...questionsOf(TUNING), ...questionsOf(HOLDOUT)].map(({ text }) => text.toLowerCase());
    assert.deepEqual(
      texts.filter((text, index) => texts.indexOf(text) !== index),
      [],
    );
  });

  it('are answered from the source rows of one cabinet alone, never from what was indexed', () => {
    const statements = [...questionsOf(TUNING), ...questionsOf(HOLDOUT)].flatMap((question) => [
      ...('relevant' in question ? question.relevant : [question.expected]),
      question.given ?? '',
    ]);
    assert.deepEqual(
      statements.filter((statement) => /\brag_|\b(?:from|join)\s+wb_/.test(statement)),
      [],
    );
  });

  describe('asked of the simulated shop', () => {
    let database: TestDatabase;
    let shop: EvaluatedShop;
    let resolved: ResolvedSet[];
    const resolve = (set: QuestionSet, split: Split = 'tuning') =>
      resolveQuestions({ executor: shop.main.pool, cabinetId: shop.cabinetId, now: FROZEN_AT }, set, split);

    before(async () => {
      database = await createTestDatabase();
      shop = await synchroniseShop(database.connectionString);
      resolved = [await resolve(TUNING), await resolve(HOLDOUT, 'holdout')];
    });
    after(async () => {
      await shop.close();
      await database.drop();
    });

    it('have an answer, and none that could be guessed', () => {
      const faults = resolved.flatMap(({ retrieval, analytics }) =>
        [...retrieval, ...analytics].flatMap(({ id, text, fault }) =>
          fault === undefined ? [] : [`${id} "${text}": ${fault}`],
        ),
      );
      assert.deepEqual(faults, []);
      const chances = resolved.flatMap(({ retrieval }) => retrieval.map(({ chance }) => chance));
      const mean = chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
      assert.ok(mean < 0.25, `five random rows of the right tables would be right in ${mean} of the cases`);
    });

    it('speak of what the data has: no place is left unfilled', () => {
      for (const { retrieval, analytics } of resolved)
        for (const { id, text } of [...retrieval, ...analytics]) assert.doesNotMatch(text, /[{}]/, id);
    });

    it('are a fault of the set where nothing is relevant, nearly everything is, or the data lacks the value', async () => {
      const { retrieval, analytics } = await resolve({
        retrieval: [
          { kind: 'order', text: 'заказы на луне', relevant: [rowsOf('orders', 'false')] },
          { kind: 'order', text: 'заказы', relevant: [rowsOf('orders', 'true')] },
          {
            kind: 'brand',
            text: 'заказы {brand}',
            given: 'select brand from orders where false',
            relevant: [rowsOf('orders', 'x.brand = g.brand')],
          },
        ],
        analytics: [
          { kind: 'top', text: 'топ 3', expected: `select '1' as key, 1 as orders`, top: { exactly: 3 } },
        ],
      });
      assert.match(retrieval[0]!.fault ?? '', /no row is relevant/);
      assert.match(retrieval[1]!.fault ?? '', /rows are relevant/);
      assert.match(retrieval[2]!.fault ?? '', /nothing for \{brand\}/);
      assert.match(analytics[0]!.fault ?? '', /has no answer/);
    });
  });
});
