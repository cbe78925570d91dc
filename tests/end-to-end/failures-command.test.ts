import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createFailuresHarness, type FailuresHarness } from '../database/failures-harness.ts';

describe('`wb-assist failures`', () => {
  let harness: FailuresHarness;
  let cabinet: number;
  before(async () => {
    harness = await createFailuresHarness();
    cabinet = await insertCabinet(harness.database.pool);
  });
  beforeEach(() => harness.empty());
  after(() => harness.close());

  async function run(t: TestContext, parameters: string[], env: Record<string, string> = {}) {
    const outcome = await runInSession(parameters, {
      cwd: await emptyDirectory(t),
      env: { DATABASE_URL: harness.database.connectionString, ...env },
    });
    assert.doesNotMatch(outcome.stderr, /\n\s+at /);
    return outcome;
  }

  it('says that nothing failed', async (t) => {
    for (const parameters of [['failures'], ['failures', String(cabinet)]]) {
      const { code, stdout } = await run(t, parameters);
      assert.deepEqual([code, stdout], [0, 'Nothing failed.\n']);
    }
    const retried = await run(t, ['failures', 'retry', '--all']);
    assert.deepEqual(
      [retried.code, retried.stdout],
      [0, 'Nothing failed, so there is nothing to try again.\n'],
    );
  });

  it('shows what failed, since when, why and what to do, and retries one or all of it', async (t) => {
    await harness.refuse(cabinet, [7]);
    await harness.refuse(cabinet, [8], { attempts: 1 });
    const job = await harness.bury({
      cabinet_id: cabinet,
      mode: 'incremental',
      changed_ids: { orders: [1, 2] },
    });
    const rebuild = await harness.failRebuild(cabinet);
    const { code, stdout } = await run(t, ['failures']);
    assert.equal(code, 0);
    const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    const shown = [
      `rebuild:${rebuild}\n   full rebuild of cabinet ${cabinet}, given up ${time}: out of order\n   Mend the reason, then: wb-assist failures retry rebuild:${rebuild}\n`,
      `job:${job}\n   2 changed ids of cabinet ${cabinet}, given up ${time} after 1 attempt: hopeless\n   Mend the reason, then: wb-assist failures retry job:${job}\n`,
      `row:${cabinet}/wb_reviews/7\n   refused by text-embedding-3-small since ${time}, 3 attempts, the last ${time}: 400 refused\n   Not tried again until its text changes, or: wb-assist failures retry row:${cabinet}/wb_reviews/7\n`,
      `row:${cabinet}/wb_reviews/8\n   .*\n   Tried again by the next comparison of the cabinet, or now: wb-assist failures retry row:${cabinet}/wb_reviews/8\n`,
      `Failed: 1 rebuild, 1 dead job, 2 rows. To retry all: wb-assist failures retry --all\n`,
    ];
    assert.match(stdout, new RegExp(`^${shown.join('')}$`));
    assert.match((await run(t, ['status'])).stdout, /^Failed: 4; what and why: wb-assist failures$/m);

    const { stdout: json } = await run(t, ['failures', String(cabinet), '--json']);
    const { failures, counts, complete } = JSON.parse(json) as {
      failures: { id: string; cabinet_id: number }[];
      counts: object;
      complete: boolean;
    };
    assert.equal(failures.length, 4);
    assert.ok(failures.every(({ cabinet_id: of }) => of === cabinet));
    assert.deepEqual([counts, complete], [{ rebuild: 1, job: 1, row: 2 }, true]);

    const one = await run(t, ['failures', 'retry', `row:${cabinet}/wb_reviews/7`]);
    assert.deepEqual([one.code, one.stdout], [0, 'Tried again: 1 row.\n']);
    const all = await run(t, ['failures', 'retry', '--all', '--cabinet', String(cabinet)], {
      RAG_ENABLED: 'false',
    });
    assert.deepEqual(
      [all.code, all.stdout],
      [0, 'Tried again as soon as RAG_ENABLED is true: 1 rebuild, 1 dead job, 2 rows.\n'],
    );
    const sent = (await harness.sent()).map(({ changed_ids: ids }) => ids);
    assert.deepEqual(sent.slice(0, 2), [{ reviews: [7] }, { orders: [1, 2] }]);
  });

  it('says which stay as they are, and exits with 1', async (t) => {
    const job = await harness.bury({ cabinet_id: 'one' });
    const { code, stdout } = await run(t, ['failures', 'retry', '--all']);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`^job:${job} stays as it is\\. It cannot be read`));
  });

  it('refuses what is not there and what makes no sense, with a remedy', async (t) => {
    for (const [parameters, reason] of [
      [['failures', '999999'], /There is no cabinet 999999/],
      [['failures', 'retry', 'row:1/wb_reviews/999'], /Nothing that failed has this id.*wb-assist failures/],
      [['failures', 'retry'], /Say what to retry/],
      [['failures', 'retry', 'rebuild:1', '--all'], /Say what to retry/],
      [['failures', 'retry', 'rebuild:1', '--cabinet', '1'], /Say what to retry/],
    ] as const) {
      const { code, stderr } = await run(t, [...parameters]);
      assert.equal(code, 1, parameters.join(' '));
      assert.match(stderr, reason);
    }
  });
});
