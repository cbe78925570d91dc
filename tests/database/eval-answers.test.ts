import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HOLDOUT_ANSWERS } from '../../eval/questions/answers/holdout.ts';
import { ANSWER_KINDS, type AnswerQuestion, type Right } from '../../eval/questions/answers/question.ts';
import { resolveAnswers, type ResolvedAnswer } from '../../eval/questions/answers/resolve.ts';
import { lacks, rows, says, total } from '../../eval/questions/answers/rights.ts';
import { TUNING_ANSWERS } from '../../eval/questions/answers/tuning.ts';
import { FROZEN_AT, synchroniseAnswersShop, type EvaluatedShop } from '../../eval/shop.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const ALL = [...TUNING_ANSWERS, ...HOLDOUT_ANSWERS];

const statementsOf = (right: Right): string[] => {
  if ('either' in right) return right.either.flat().flatMap(statementsOf);
  if ('figures' in right) return [right.figures];
  if ('rows' in right) return [...right.rows];
  if ('themes' in right) return [right.themes];
  return 'says' in right && right.absent !== undefined ? [right.absent] : [];
};

describe('the questions to the chat', () => {
  it('are at least 165, of which a third was kept out of the tuning', () => {
    assert.ok(ALL.length >= 165, String(ALL.length));
    assert.equal(Math.round((100 * HOLDOUT_ANSWERS.length) / ALL.length), 33);
  });

  it('have every kind in both parts, in the same proportion', () => {
    for (const kind of ANSWER_KINDS) {
      const [tuned, heldOut] = [TUNING_ANSWERS, HOLDOUT_ANSWERS].map(
        (set) => set.filter((question) => question.kind === kind).length,
      ) as [number, number];
      assert.ok(tuned + heldOut >= 7 && heldOut >= 2, `${kind}: ${tuned} and ${heldOut}`);
      assert.ok(tuned >= 1.5 * heldOut && tuned <= 2.5 * heldOut, `${kind}: ${tuned} and ${heldOut}`);
    }
  });

  it('are all different', () => {
    const texts = ALL.map(({ after: before = [], text }) => [...before, text].join('\n').toLowerCase());
    assert.deepEqual(
      texts.filter((text, index) => texts.indexOf(text) !== index),
      [],
    );
  });

  it('follow others in conversations alone, two to four messages long', () => {
    for (const { kind, text, after: earlier = [] } of ALL)
      assert.ok(
        kind === 'follow-up' ? earlier.length >= 1 && earlier.length <= 3 : earlier.length === 0,
        text,
      );
  });

  it('are answered from the source rows of one cabinet alone, never from what was indexed', () => {
    const statements = ALL.flatMap(({ given = '', right }) => [given, ...right.flatMap(statementsOf)]);
    assert.deepEqual(
      statements.filter((statement) => /\brag_|\b(?:from|join)\s+wb_/.test(statement)),
      [],
    );
  });

  describe('asked of the simulated shop with its products by hand', () => {
    let database: TestDatabase;
    let shop: EvaluatedShop;
    let resolved: ResolvedAnswer[];
    const resolve = (questions: readonly AnswerQuestion[], split: 'tuning' | 'holdout' = 'tuning') =>
      resolveAnswers(
        { executor: shop.main.pool, cabinetId: shop.cabinetId, now: FROZEN_AT },
        questions,
        split,
      );

    before(async () => {
      database = await createTestDatabase();
      shop = await synchroniseAnswersShop(database.connectionString);
      resolved = [...(await resolve(TUNING_ANSWERS)), ...(await resolve(HOLDOUT_ANSWERS, 'holdout'))];
    });
    after(async () => {
      await shop.close();
      await database.drop();
    });

    it('have a right answer, and ids of their own', () => {
      const faults = resolved.flatMap(({ id, text, fault }) =>
        fault === undefined ? [] : [`${id} "${text}": ${fault}`],
      );
      assert.deepEqual(faults, []);
      assert.equal(new Set(resolved.map(({ id }) => id)).size, ALL.length);
    });

    it('speak of what the data has: no place is left unfilled', () => {
      for (const { id, text, after: earlier } of resolved)
        for (const line of [text, ...earlier]) assert.doesNotMatch(line, /[{}]/, id);
    });

    it('are different also with the values of the data in them', () => {
      const texts = resolved.map(({ text, after: earlier }) => [...earlier, text].join('\n'));
      assert.equal(new Set(texts).size, texts.length);
    });

    it('never speak of rows that are later than now', async () => {
      const { rows: late } = await shop.main.pool.query(
        `select order_date from wb_orders where order_date > $1 union all
         select sale_date from wb_sales where sale_date > $1 union all
         select created_date from wb_reviews where created_date > $1`,
        [FROZEN_AT.toISOString()],
      );
      assert.deepEqual(late, []);
    });

    it('are a fault of the set where the data lacks the answer or the value, or has what should be unknown', async () => {
      const faulty = await resolve([
        { kind: 'review', text: 'отзывы', right: [rows('reviews', 'false')] },
        { kind: 'review', text: 'все отзывы', right: [rows('reviews', 'true')] },
        { kind: 'rate', text: 'выкуп', right: [total('buyout_rate', 'false')] },
        { kind: 'name', text: 'цена {name}', given: 'select null as name', right: [total('orders')] },
        {
          kind: 'trick',
          text: 'худи',
          right: [says('none', 'худи', lacks('products', `x.category = 'Худи'`))],
        },
        { kind: 'talk', text: 'привет', right: [] },
      ]);
      const expected = [
        /no row is right/,
        /rows are right/,
        /has no answer/,
        /nothing for \{name\}/,
        /should be unknown/,
        /nothing is said/,
      ];
      for (const [place, pattern] of expected.entries()) assert.match(faulty[place]!.fault ?? '', pattern);
    });
  });
});
