import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { emptyDirectory, runProgram } from '../helpers/run-program.ts';

describe('the demo', () => {
  it('shows every step, ends with 0 and leaves nothing behind', async (t) => {
    const cwd = await emptyDirectory(t);
    const { code, stdout, stderr } = await runProgram(['demo'], { cwd, env: { TMPDIR: cwd } });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /committed 0 ms → captured \d+ ms → job \d+ ms → indexed \d+ ms → searchable \d+ ms/,
    );
    assert.match(stdout, /wb_orders \d+ .*Термокружка дорожная/);
    assert.match(stdout, /wb_sales \d+ .*Снегоступы алюминиевые Таймыр/);
    assert.match(stdout, /deleted; no longer found/);
    assert.match(stdout, /p50 \d+ ms/);
    assert.deepEqual(await readdir(cwd), []);
  });
});
