import assert from 'node:assert/strict';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readKeyFile } from '../../src/cabinets/tokens/key-file.ts';
import { makeTokenKey } from '../../src/token-key.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { TEST_TOKEN_KEY, testVault } from '../helpers/token-vault.ts';

const SECRET = 'eyJ.hand-written.token';

describe('`wb-assist tokens`', () => {
  let database: TestDatabase;
  let cabinet: number;
  before(async () => (database = await createTestDatabase()));
  after(() => database.drop());

  async function insertToken(): Promise<void> {
    await database.pool.query('delete from wb_cabinets');
    const { rows } = await database.pool.query<{ id: number }>(
      `insert into wb_cabinets (name, api_key, is_active) values ('Кабинет', $1, false) returning id::float8 as id`,
      [SECRET],
    );
    cabinet = rows[0]!.id;
  }
  const stored = async () =>
    (
      await database.pool.query<{ api_key: string }>('select api_key from wb_cabinets where id = $1', [
        cabinet,
      ])
    ).rows[0]!.api_key;

  async function run(cwd: string, env: Record<string, string>, ...parameters: string[]) {
    const outcome = await runInSession(parameters, {
      cwd,
      env: { DATABASE_URL: database.connectionString, ...env },
    });
    assert.ok(!`${outcome.stdout}${outcome.stderr}`.includes(SECRET));
    assert.doesNotMatch(outcome.stderr, /\n\s+at /);
    return outcome;
  }
  /** As where WB_TOKEN_KEY is not set. */
  const withFile = (cwd: string, ...parameters: string[]) => run(cwd, { WB_TOKEN_KEY: '' }, ...parameters);
  const doctor = async (cwd: string) => (await withFile(cwd, 'doctor')).stdout;
  const keysOf = (cwd: string) => (readKeyFile(join(cwd, '.wb-token-key')) ?? []).map(({ id }) => id);

  it('shows how each is stored, encrypts them, changes to a new key in the file, and steps back', async (t) => {
    const cwd = await emptyDirectory(t);
    await insertToken();
    const before = await withFile(cwd, 'tokens');
    assert.match(before.stdout, new RegExp(`^No key: set WB_TOKEN_KEY.*\ncabinet ${cabinet}  in clear\n$`));

    assert.equal((await withFile(cwd, 'tokens', 'encrypt')).code, 0);
    assert.match(await stored(), /^wbt1:/);
    assert.equal((await stat(join(cwd, '.wb-token-key'))).mode & 0o777, 0o600);
    const [first] = keysOf(cwd);
    assert.equal(
      (await withFile(cwd, 'tokens')).stdout,
      `Key ${first} of .wb-token-key\ncabinet ${cabinet}  encrypted\n`,
    );

    const changed = await withFile(cwd, 'tokens', 'encrypt', '--new-key');
    const [second, ...older] = keysOf(cwd);
    assert.deepEqual(older, [first]);
    assert.equal(changed.stdout, `Encrypted 1 token with the key ${second} of .wb-token-key.\n`);
    assert.ok((await stored()).startsWith(`wbt1:${second}:`));
    const shown = JSON.parse((await withFile(cwd, 'tokens', '--json')).stdout) as unknown;
    assert.deepEqual(shown, {
      key: { id: second, source: '.wb-token-key' },
      tokens: [{ cabinet_id: cabinet, state: 'current' }],
    });

    assert.equal((await withFile(cwd, 'tokens', 'decrypt')).code, 0);
    assert.equal(await stored(), SECRET);
  });

  it('changes from one WB_TOKEN_KEY to another, and says how', async (t) => {
    const cwd = await emptyDirectory(t);
    await insertToken();
    await run(cwd, {}, 'tokens', 'encrypt');
    const refused = await run(cwd, {}, 'tokens', 'encrypt', '--new-key');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /WB_TOKEN_KEY_PREVIOUS.*restart every process.*wb-assist tokens encrypt/);
    const env = { WB_TOKEN_KEY: makeTokenKey(), WB_TOKEN_KEY_PREVIOUS: TEST_TOKEN_KEY };
    assert.match((await run(cwd, env, 'tokens')).stdout, /encrypted with an older key/);
    assert.equal((await run(cwd, env, 'tokens', 'encrypt')).code, 0);
    assert.equal(testVault({ WB_TOKEN_KEY: env.WB_TOKEN_KEY }).open(cabinet, await stored()), SECRET);
  });

  it('makes no key in place of one that is lost, and the doctor names what is to be done', async (t) => {
    const cwd = await emptyDirectory(t);
    await insertToken();
    await withFile(cwd, 'tokens', 'encrypt');
    const encrypted = await stored();
    await rm(join(cwd, '.wb-token-key'));
    for (const parameters of [['encrypt'], ['encrypt', '--new-key']]) {
      const { code, stderr } = await withFile(cwd, 'tokens', ...parameters);
      assert.equal(code, 1);
      assert.match(stderr, /this process has no key.*wb_token_unreadable/s);
    }
    assert.equal((await withFile(cwd, 'tokens', 'decrypt')).code, 1);
    assert.equal(await stored(), encrypted);
    assert.deepEqual(keysOf(cwd), []);
    assert.match(
      await doctor(cwd),
      new RegExp(
        `✗ tokens +no key here decrypts the token of cabinet ${cabinet} \\(there is no key\\)\n +→ Put the key back`,
      ),
    );
    // With a key of another kind it is as lost.
    assert.equal((await run(cwd, {}, 'tokens', 'encrypt')).code, 1);
    assert.equal(await stored(), encrypted);
  });

  it('are no matter to the doctor while they are encrypted, and one where they stay in clear', async (t) => {
    const cwd = await emptyDirectory(t);
    await insertToken();
    assert.match(
      await doctor(cwd),
      new RegExp(`! tokens +the token of cabinet ${cabinet} stands in clear, as there is no key`),
    );
    await withFile(cwd, 'tokens', 'encrypt');
    assert.match(await doctor(cwd), /✓ tokens +1 token encrypted with the key [\da-f]{8} of \.wb-token-key/);
  });

  it('of an all-in-one service have a key from its first start on, which is made beside .env', async (t) => {
    const cwd = await emptyDirectory(t);
    await database.pool.query('delete from wb_cabinets');
    const env = {
      ...{ API_PORT: '0', RAG_PORT: '0', LOG_FORMAT: 'json' },
      // Somewhere where it cannot listen: it ends once everything is prepared.
      HTTP_HOST: '192.0.2.1',
    };
    const { code, stdout } = await run(cwd, { ...env, WB_TOKEN_KEY: '' }, 'start');
    assert.equal(code, 1);
    assert.match(stdout, /Wrote .*\.wb-token-key with a random key/);
    assert.equal(keysOf(cwd).length, 1);
    assert.doesNotMatch(await readFile(join(cwd, '.env'), 'utf8'), /WB_TOKEN/);
  });
});
