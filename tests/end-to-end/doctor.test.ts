import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createProcessDatabase } from '../helpers/test-database.ts';
import { startServiceProcess } from '../helpers/service-process.ts';

const NO_SYNC = { WB_SYNC_INTERVAL_MINUTES: '0' };

describe('wb-assist doctor', () => {
  it('exits with 0 beside a running service, and with 1 and a remedy when that has gone', async (t) => {
    const cwd = await emptyDirectory(t);
    const { env, release } = await createProcessDatabase();
    t.after(release);
    const service = await startServiceProcess({ env });
    t.after(() => service.end('SIGTERM'));
    await service.ready;
    const run = (...parameters: string[]) =>
      runInSession(['doctor', ...parameters], { cwd, env: { ...env, ...NO_SYNC } });

    const well = await run();
    assert.equal(well.stderr, '');
    assert.equal(well.code, 0, well.stdout);
    assert.match(well.stdout, /^✓ listener +\S+:\d+ answered a notification in [\d.]+ ms$/m);
    assert.match(well.stdout, /\n\d+ ok\n$/);
    const json = await run('--json');
    const { status, counts, findings } = JSON.parse(json.stdout) as {
      status: string;
      counts: Record<string, number>;
      findings: { check: string; status: string; detail: string }[];
    };
    assert.equal(status, 'ok');
    assert.deepEqual(counts, { ok: findings.length, repaired: 0, warning: 0, failed: 0, not_checked: 0 });
    assert.equal(new Set(findings.map(({ check }) => check)).size, 19);

    await service.end('SIGTERM');
    const gone = await run('--repair');
    assert.equal(gone.code, 1, gone.stdout);
    assert.match(gone.stdout, /^✗ listener .*no listener answered.*\n +→ npm start/m);
    assert.match(gone.stdout, /\n\d+ ok, 2 wrong\n$/);
    assert.equal((await run('--json')).code, 1);
  });

  it('says so where there is no database, and what is wrong with the configuration', async (t) => {
    const cwd = await emptyDirectory(t);
    const none = await runInSession(['doctor'], { cwd });
    assert.equal(none.code, 1);
    assert.match(none.stdout, /✗ main database +There is no database in .*\n +→ npm start\n/);
    const badConfig = await runInSession(['doctor'], { cwd, env: { DATABASE_URL: 'mysql://x' } });
    assert.equal(badConfig.code, 1);
    assert.match(badConfig.stderr, /DATABASE_URL: expected a URL of the form postgres:/);
    await writeFile(join(cwd, 'data'), 'no directory');
    const unusable = await runInSession(['doctor', '--json'], { cwd });
    assert.equal(unusable.code, 1);
    assert.equal((JSON.parse(unusable.stdout) as { status: string }).status, 'failed');
    const nonsense = await runInSession(['doctor', '--cabinet', 'x'], { cwd });
    assert.match(nonsense.stderr, /"x" is not the id of a cabinet/);
  });
});
