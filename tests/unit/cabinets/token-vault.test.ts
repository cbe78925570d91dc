import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { loadConfig } from '../../../src/load-config.ts';
import { isAppError } from '../../../src/errors.ts';
import { makeTokenKey, parseTokenKey } from '../../../src/token-key.ts';
import { TEST_TOKEN_KEY, testVault } from '../../helpers/token-vault.ts';

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzaWQiOiJ4In0.c2lnbmF0dXJl';
const OTHER_KEY = makeTokenKey();

/** Why the stored value cannot be decrypted. */
function refusalOf(open: () => string): string {
  try {
    open();
  } catch (error) {
    assert.ok(isAppError(error, 'wb_token_unreadable'), String(error));
    assert.ok(!error.message.includes(TOKEN) && !error.message.includes(TEST_TOKEN_KEY));
    return error.message;
  }
  return assert.fail('it was decrypted');
}

describe('an encrypted token', () => {
  const vault = testVault();

  it('is what it was when it is decrypted, whatever it was, and looks like nothing before', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.integer({ min: 1 }), (token, cabinet) => {
        const stored = vault.seal(cabinet, token);
        assert.equal(vault.open(cabinet, stored), token);
        assert.match(stored, /^wbt1:[\da-f]{8}:[\w-]{16}:[\w-]+$/);
        assert.notEqual(vault.seal(cabinet, token), stored);
      }),
    );
    assert.equal(vault.stateOf(1, vault.seal(1, TOKEN)), 'current');
  });

  it('is refused in the row of another cabinet, and when any character of it was changed', () => {
    const stored = vault.seal(1, TOKEN);
    assert.match(
      refusalOf(() => vault.open(11, stored)),
      /cabinet 11 .*copied.*cabinets\/11 with/,
    );
    for (let place = stored.lastIndexOf(':') + 1; place < stored.length - 1; place += 7) {
      const changed = `${stored.slice(0, place)}${stored[place] === 'A' ? 'B' : 'A'}${stored.slice(place + 1)}`;
      refusalOf(() => vault.open(1, changed));
    }
    for (const cut of ['wbt1:', stored.slice(0, -30), `${stored} `, stored.slice(0, 30), 'wbt1:zz:::'])
      assert.match(
        refusalOf(() => vault.open(1, cut)),
        /was changed/,
      );
    assert.equal(vault.stateOf(2, stored), 'unreadable');
  });

  it('of an older key is readable while that key is known, and told apart', () => {
    const stored = vault.seal(1, TOKEN);
    const rotated = testVault({
      WB_TOKEN_KEY: OTHER_KEY,
      WB_TOKEN_KEY_PREVIOUS: `${makeTokenKey()}, ${TEST_TOKEN_KEY}`,
    });
    assert.equal(rotated.open(1, stored), TOKEN);
    assert.equal(rotated.stateOf(1, stored), 'older');
    assert.equal(rotated.stateOf(1, rotated.seal(1, TOKEN)), 'current');
  });

  it('without its key names the key, what there is instead, and the remedy', () => {
    const stored = vault.seal(7, TOKEN);
    const { id } = parseTokenKey(TEST_TOKEN_KEY)!;
    const none = refusalOf(() => testVault({}).open(7, stored));
    assert.match(none, new RegExp(`cabinet 7 is encrypted with the key ${id}, and this process has no key`));
    assert.match(none, /WB_TOKEN_KEY.*\.wb-token-key.*openssl rand.*PATCH \/api\/v1\/cabinets\/7 /);
    const other = refusalOf(() => testVault({ WB_TOKEN_KEY: OTHER_KEY }).open(7, stored));
    assert.match(other, new RegExp(`has only ${parseTokenKey(OTHER_KEY)!.id}\\.`));
  });

  it('is not mistaken for one in clear, which stays what it is', () => {
    for (const clear of [TOKEN, 'YOUR_WB_API_KEY', `Bearer ${TOKEN}`]) {
      assert.equal(vault.open(1, clear), clear);
      assert.equal(vault.stateOf(1, clear), 'clear');
      assert.equal(testVault({}).seal(1, clear), clear);
    }
    assert.equal(vault.stateOf(1, ' '), 'none');
  });
});

describe('WB_TOKEN_KEY', () => {
  const bytes = randomBytes(32);

  it('is the same key as base64, base64url and hex', () => {
    const forms = [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
    ];
    assert.deepEqual(
      [...new Set(forms.map((form) => parseTokenKey(form)?.id))],
      [parseTokenKey(forms[0]!)!.id],
    );
  });

  it('of another length, or plainly not random, is refused with an example and without the value', () => {
    for (const wrong of [
      'hunter2hunter2',
      randomBytes(31).toString('base64'),
      randomBytes(33).toString('hex'),
      'a'.repeat(64),
      'A'.repeat(43),
    ]) {
      for (const name of ['WB_TOKEN_KEY', 'WB_TOKEN_KEY_PREVIOUS']) {
        assert.throws(
          () => loadConfig({ [name]: wrong }),
          (error: Error) =>
            error.message.includes(`${name}: expected 32 random bytes`) &&
            error.message.includes('openssl rand -hex 32') &&
            !error.message.includes(wrong),
        );
      }
    }
    assert.throws(
      () => loadConfig({ WB_TOKEN_KEY: `${TEST_TOKEN_KEY},${OTHER_KEY}` }),
      /WB_TOKEN_KEY: expected one key/,
    );
  });

  it('shows in nothing that prints the configuration', () => {
    const config = loadConfig({ WB_TOKEN_KEY: bytes.toString('hex'), WB_TOKEN_KEY_PREVIOUS: OTHER_KEY });
    for (const shown of [inspect(config, { depth: 9 }), JSON.stringify(config)])
      for (const key of [bytes, Buffer.from(OTHER_KEY, 'base64')])
        for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
          assert.ok(!shown.includes(key.toString(form)));
  });
});
