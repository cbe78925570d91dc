import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  addKeyToFile,
  isOpenToOthers,
  makeKeyFile,
  readKeyFile,
} from '../../../src/cabinets/tokens/key-file.ts';
import { readTokenKeys } from '../../../src/cabinets/tokens/token-keys.ts';
import { createTokenVault } from '../../../src/cabinets/tokens/token-vault.ts';
import { loadConfig } from '../../../src/load-config.ts';
import { isAppError } from '../../../src/errors.ts';
import { TEST_TOKEN_KEY } from '../../helpers/token-vault.ts';

async function place(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'wb-assist-key-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return join(directory, '.wb-token-key');
}

describe('the file of the token key', () => {
  it('is made once, by however many at the same time, whole, and for its owner only', async (t) => {
    const path = await place(t);
    assert.equal(readKeyFile(path), undefined);
    await Promise.all(Array.from({ length: 8 }, () => makeKeyFile(path)));
    const text = await readFile(path, 'utf8');
    assert.equal(readKeyFile(path)?.length, 1);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await isOpenToOthers(path), false);
    await makeKeyFile(path);
    assert.equal(await readFile(path, 'utf8'), text);
    assert.deepEqual(await readdir(join(path, '..')), ['.wb-token-key']);
    await chmod(path, 0o644);
    assert.equal(await isOpenToOthers(path), true);
  });

  it('keeps older keys behind a new one, and processes that run know it at once', async (t) => {
    const path = await place(t);
    await makeKeyFile(path);
    const vault = createTokenVault(() => readTokenKeys({}, path));
    const before = vault.seal(1, 'token');
    await addKeyToFile(path);
    assert.equal(vault.open(1, before), 'token');
    assert.equal(vault.stateOf(1, before), 'older');
    assert.equal(vault.stateOf(1, vault.seal(1, 'token')), 'current');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('still decrypts when the key has moved on to WB_TOKEN_KEY', async (t) => {
    const path = await place(t);
    await makeKeyFile(path);
    const stored = createTokenVault(() => readTokenKeys({}, path)).seal(1, 'token');
    const config = loadConfig({ WB_TOKEN_KEY: TEST_TOKEN_KEY });
    const vault = createTokenVault(() => readTokenKeys(config, path));
    assert.equal(vault.open(1, stored), 'token');
    assert.equal(vault.stateOf(1, stored), 'older');
    assert.equal(vault.keys().source, 'WB_TOKEN_KEY');
  });

  it('that cannot be used is an error that names it, shows nothing of it and leaves it', async (t) => {
    const path = await place(t);
    for (const text of ['', '# nothing\n', `${TEST_TOKEN_KEY}\nhunter2hunter2\n`]) {
      await writeFile(path, text);
      assert.throws(
        () => readKeyFile(path),
        (error: Error) =>
          isAppError(error, 'config_invalid') &&
          error.message.includes(path) &&
          !error.message.includes('hunter2'),
      );
      await makeKeyFile(path);
      assert.equal(await readFile(path, 'utf8'), text);
    }
    await rm(path);
    assert.throws(
      () => readKeyFile(join(path, '..')),
      (error) => isAppError(error, 'config_invalid'),
    );
  });
});
