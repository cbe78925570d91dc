import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { hashKey } from '../../src/cabinets/keys/cabinet-key.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

describe('`wb-assist keys`', () => {
  let database: TestDatabase;
  let cabinet: string;
  before(async () => {
    database = await createTestDatabase();
    cabinet = String(await insertCabinet(database.pool));
  });
  after(() => database.drop());

  async function run(t: TestContext, ...parameters: string[]) {
    const outcome = await runInSession(['keys', ...parameters], {
      cwd: await emptyDirectory(t),
      env: { DATABASE_URL: database.connectionString },
    });
    assert.doesNotMatch(outcome.stderr, /\n\s+at /);
    return outcome;
  }

  it('makes a key that is shown once, lists it without it, and revokes it', async (t) => {
    assert.match((await run(t, cabinet)).stdout, /^No keys\. To make one: wb-assist keys create /);

    const made = await run(t, 'create', cabinet, ' Дашборд ');
    assert.equal(made.code, 0);
    assert.match(made.stdout, /^wbk_[\w-]{43}\n$/);
    const key = made.stdout.trim();
    const { rows } = await database.pool.query<{ id: string; name: string; key_hash: Buffer }>(
      'select id, name, key_hash from wb_cabinet_keys',
    );
    assert.deepEqual(
      rows.map(({ name, key_hash: hash }) => ({ name, hash })),
      [{ name: 'Дашборд', hash: hashKey(key) }],
    );
    const id = rows[0]!.id;

    const listed = await run(t, cabinet);
    assert.match(
      listed.stdout,
      new RegExp(`^${id}  ${key.slice(0, 10)}…  Дашборд\n   created ${TIME}, last used never\n$`),
    );
    assert.ok(!listed.stdout.includes(key));

    const revoked = await run(t, 'revoke', id);
    assert.equal(revoked.stdout, `Key ${id} (Дашборд) of cabinet ${cabinet} opens nothing any more.\n`);
    assert.equal((await run(t, 'revoke', id)).code, 0);
    assert.match((await run(t, cabinet)).stdout, new RegExp(`revoked ${TIME}\n$`));

    const json = JSON.parse((await run(t, cabinet, '--json')).stdout) as Record<string, unknown>[];
    assert.deepEqual(Object.keys(json[0]!).sort(), [
      'cabinet_id',
      'created_at',
      'id',
      'key_start',
      'last_used_at',
      'name',
      'revoked_at',
    ]);
  });

  it('refuses what is not there and what makes no sense, with a remedy', async (t) => {
    for (const [parameters, reason] of [
      [['999999'], /There is no cabinet 999999/],
      [['create', '999999', 'x'], /There is no cabinet 999999/],
      [['create', cabinet, ' '], /The name must not be empty/],
      [['revoke', '999999'], /There is no key 999999/],
      [['revoke', 'wbk_x'], /not the id of a key.*wb-assist keys <cabinet>/],
    ] as const) {
      const { code, stderr } = await run(t, ...parameters);
      assert.equal(code, 1, parameters.join(' '));
      assert.match(stderr, reason);
    }
  });
});
