import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type pg from 'pg';
import { openTokenVault, type VaultDeps } from '../../../src/cabinets/tokens/open-vault.ts';
import { sealStoredTokens, unsealStoredTokens } from '../../../src/cabinets/tokens/stored-tokens.ts';
import { isAppError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import { makeTokenKey } from '../../../src/token-key.ts';
import { TEST_TOKEN_KEY, testVault } from '../../helpers/token-vault.ts';
import { useSync } from './harness.ts';

const vault = testVault();
const start = useSync();

async function storedOf(pool: pg.Pool, id: number): Promise<string> {
  const { rows } = await pool.query<{ api_key: string }>(`select api_key from wb_cabinets where id = $1`, [
    id,
  ]);
  return rows[0]!.api_key;
}

const setStored = (pool: pg.Pool, id: number, value: string | null) =>
  pool.query(`update wb_cabinets set api_key = $2 where id = $1`, [id, value]);

describe('a token that was written by hand', () => {
  it('works, and is encrypted by the next sync, which finds it again', async (t) => {
    const { addCabinet, sync, pool, simulator } = await start(t);
    const { id } = await addCabinet();
    const token = await storedOf(pool, id);
    assert.equal((await sync(id)).status, 'completed');
    const stored = await storedOf(pool, id);
    assert.ok(!stored.includes(token.split('.')[1]!));
    assert.equal(vault.open(id, stored), token);
    simulator.forget();
    assert.equal((await sync(id)).status, 'completed');
    assert.equal(await storedOf(pool, id), stored);
    assert.ok(simulator.requests.length > 0);
  });

  it('is encrypted also when it is none, or has expired', async (t) => {
    const { addCabinet, sync, pool } = await start(t);
    const { id } = await addCabinet({ expiresAt: new Date('2026-01-01T00:00:00Z') });
    assert.equal((await sync(id)).status, 'failed');
    assert.equal(vault.stateOf(id, await storedOf(pool, id)), 'current');
    await setStored(pool, id, 'eyJ no token');
    assert.equal((await sync(id)).status, 'failed');
    assert.equal(vault.open(id, await storedOf(pool, id)), 'eyJ no token');
  });

  it('is never written over by the encryption of the one before', async (t) => {
    const { addCabinet, pool } = await start(t);
    const { id } = await addCabinet();
    // Between the reading of the rows and the writing of this one, somebody sets another token.
    let isSet = false;
    const executor = {
      async query(sql: string, parameters: unknown[]) {
        const result = await pool.query(sql, parameters);
        if (!isSet) await setStored(pool, id, 'set meanwhile');
        isSet = true;
        return result;
      },
    } as unknown as pg.Pool;
    await sealStoredTokens(executor, vault, id);
    assert.equal(await storedOf(pool, id), 'set meanwhile');
  });

  it('changes nothing that is indexed when it is encrypted, and writes nothing twice', async (t) => {
    const { addCabinet, pool } = await start(t);
    const { id } = await addCabinet();
    await pool.query('delete from rag_changes');
    assert.deepEqual((await sealStoredTokens(pool, vault, id)).sealed, [id]);
    const [one, two] = await Promise.all([sealStoredTokens(pool, vault), sealStoredTokens(pool, vault)]);
    assert.ok(!one.sealed.includes(id) && !two.sealed.includes(id));
    assert.equal((await pool.query('select from rag_changes')).rowCount, 0);
  });
});

describe('a token that cannot be decrypted', () => {
  it('fails the runs of its cabinet with the remedy and stays; others go on, and so does it with the key', async (t) => {
    const { addCabinet, sync, state, pool, simulator } = await start(t);
    const [lost, other] = [await addCabinet(), await addCabinet()];
    const token = await storedOf(pool, lost.id);
    const elsewhere = testVault({ WB_TOKEN_KEY: makeTokenKey() });
    const stored = elsewhere.seal(lost.id, token);
    await setStored(pool, lost.id, stored);
    assert.equal((await sync(lost.id)).status, 'failed');
    const message = (await state(lost.id)).run?.errorMessage ?? '';
    assert.match(message, /is encrypted with the key .*WB_TOKEN_KEY.*PATCH \/api\/v1\/cabinets/);
    assert.equal(await storedOf(pool, lost.id), stored);
    assert.equal(simulator.requests.length, 0);
    assert.equal((await sync(other.id)).status, 'completed');
    const { sealed, unreadable } = await sealStoredTokens(pool, vault);
    assert.ok(unreadable.includes(lost.id) && !sealed.includes(lost.id));
    await setStored(pool, lost.id, vault.seal(lost.id, token));
    assert.equal((await sync(lost.id)).status, 'completed');
  });

  it('because it was copied from another cabinet, is refused', async (t) => {
    const { addCabinet, sync, state, pool, simulator } = await start(t);
    const [from, to] = [await addCabinet(), await addCabinet()];
    await sync(from.id);
    await setStored(pool, to.id, await storedOf(pool, from.id));
    simulator.forget();
    assert.equal((await sync(to.id)).status, 'failed');
    assert.match((await state(to.id)).run?.errorMessage ?? '', /copied from the row of another cabinet/);
    assert.equal(simulator.requests.length, 0);
  });
});

describe('a change of the key', () => {
  it('is over with the next sync of each cabinet, and a step back writes tokens in clear', async (t) => {
    const { addCabinet, pool } = await start(t);
    const { id } = await addCabinet();
    const token = await storedOf(pool, id);
    await sealStoredTokens(pool, vault, id);
    const newKey = makeTokenKey();
    const rotated = testVault({ WB_TOKEN_KEY: newKey, WB_TOKEN_KEY_PREVIOUS: TEST_TOKEN_KEY });
    assert.deepEqual((await sealStoredTokens(pool, rotated, id)).sealed, [id]);
    const only = testVault({ WB_TOKEN_KEY: newKey });
    assert.equal(only.open(id, await storedOf(pool, id)), token);
    assert.ok((await unsealStoredTokens(pool, only)).unsealed.includes(id));
    assert.equal(await storedOf(pool, id), token);
  });
});

describe('the key of a process that starts', () => {
  async function open(t: TestContext, pool: pg.Pool, options: Partial<VaultDeps> = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'wb-assist-vault-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const lines: string[] = [];
    const log = createLog({
      level: 'info',
      format: 'json',
      destination: { write: (line) => void lines.push(line) },
    });
    const keyFile = join(directory, '.wb-token-key');
    const again = () => openTokenVault({}, { main: pool, log, keyFile, mayMakeFile: true, ...options });
    return { vault: await again(), again, lines, directory, keyFile };
  }

  it('is made where there is none, once, and told of without being shown', async (t) => {
    const { pool } = await start(t);
    await pool.query('delete from wb_cabinets');
    const opened = await open(t, pool);
    const { id } = opened.vault.keys().current!;
    assert.equal((await opened.again()).keys().current?.id, id);
    assert.equal(opened.lines.length, 1);
    assert.match(opened.lines[0]!, /Wrote .*\.wb-token-key with a random key.*Keep a copy/);
  });

  it('is not made anew beside tokens that are encrypted: that it is lost is said, with the remedy', async (t) => {
    const { pool, addCabinet } = await start(t);
    const { id } = await addCabinet();
    await sealStoredTokens(pool, vault, id);
    const opened = await open(t, pool);
    assert.equal(opened.vault.keys().current, undefined);
    assert.deepEqual(await readdir(opened.directory), []);
    assert.match(opened.lines.join(''), /"level":"error".*this process has no key.*WB_TOKEN_KEY.*openssl/);
  });

  it('is not made by one role of several, nor where nothing can be written; tokens stay in clear then, with a warning', async (t) => {
    const { pool, addCabinet } = await start(t);
    await pool.query('delete from wb_cabinets');
    const role = await open(t, pool, { mayMakeFile: false });
    assert.deepEqual(await readdir(role.directory), []);
    const nowhere = await open(t, pool, { keyFile: join(role.directory, 'missing', '.wb-token-key') });
    for (const { vault: without, lines } of [role, nowhere]) {
      assert.match(
        lines.join(''),
        /"level":"warn".*stay in clear.*set WB_TOKEN_KEY, the same for every process/,
      );
      const { id } = await addCabinet();
      assert.deepEqual(await sealStoredTokens(pool, without), { sealed: [], unreadable: [] });
      assert.match(await storedOf(pool, id), /^eyJ/);
    }
  });

  it('that cannot be read ends the start with the name of the file', async (t) => {
    const { pool } = await start(t);
    await pool.query('delete from wb_cabinets');
    const opened = await open(t, pool);
    await assert.rejects(
      open(t, pool, { keyFile: opened.directory }),
      (error) => isAppError(error, 'config_invalid') && error.message.includes(opened.directory),
    );
  });
});
