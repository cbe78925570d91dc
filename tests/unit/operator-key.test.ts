import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { isAppError } from '../../src/errors.ts';
import { checkOperatorKey, requireOperatorKey } from '../../src/operator-key.ts';

const of = (API_SECRET_KEY: string | undefined, NODE_ENV?: string, HTTP_HOST = '127.0.0.1') =>
  requireOperatorKey({ API_SECRET_KEY, NODE_ENV, HTTP_HOST });

function refusalOf(key: string | undefined): string {
  try {
    of(key, 'production');
  } catch (error) {
    assert.ok(isAppError(error, 'config_invalid'));
    assert.match(error.message, /^API_SECRET_KEY .*openssl rand -hex 32/);
    if (key !== undefined) assert.ok(!error.message.includes(key));
    return error.message;
  }
  return assert.fail(`was taken: ${key}`);
}

describe('the operator’s key', () => {
  it('is taken when it is long and random', () => {
    for (let times = 0; times < 2_000; times += 1) {
      const bytes = randomBytes(32);
      for (const key of [
        bytes.toString('hex'),
        bytes.toString('base64'),
        bytes.toString('base64url'),
        bytes.toString('hex').slice(0, 32),
        crypto.randomUUID(),
      ])
        assert.deepEqual(of(key, 'production'), { key, warning: undefined });
    }
    const phrase = 'Лошадь скрепка батарея верно 7719 Онега';
    assert.equal(of(phrase, 'production').warning, undefined);
  });

  it('is refused in production when it is missing or short', () => {
    assert.match(refusalOf(undefined), /is not set/);
    assert.match(refusalOf('a8f1c0d2'), /fewer than 32 characters/);
    assert.match(refusalOf(randomBytes(15).toString('hex')), /fewer than 32 characters/);
  });

  for (const key of [
    'your-secret-key',
    'changeme',
    'secret',
    'token',
    'YOUR_API_SECRET_KEY',
    'your-super-secret-key-change-in-production',
    'your-api-secret-key-here-at-least-32-chars',
    'change-this-to-a-long-random-string-please',
    'replace_me_with_a_long_random_string_0123',
    'my-very-long-and-secure-api-key-for-prod-1',
    'ChangeMeChangeMeNowChangeMeChangeMe!!',
    'test-secret-key-0123456789-0123456789',
    'example-of-a-key-that-is-long-enough-0001',
    '<paste the output of openssl rand here!>',
    '${API_SECRET_KEY_FROM_THE_VAULT_OF_OURS}',
    'a'.repeat(64),
    '0'.repeat(32),
    '1234567890'.repeat(4),
    '0123456789abcdef0123456789abcdef0123',
    'abababababababababababababababababab',
    'passwordpasswordpasswordpassword1234',
    'abcdefghijklmnopqrstuvwxyzABCDEFGH',
    '98765432109876543210zyxwvutsrqponmlk',
  ]) {
    it(`is refused in production when it is like ${key}`, () => {
      assert.match(refusalOf(key), /examples use/);
    });
  }

  for (const host of ['0.0.0.0', '::', '', '10.0.0.5', 'shop.example', '127.0.0.1.example']) {
    it(`is refused when it can be guessed and HTTP_HOST is ${host}, whatever NODE_ENV says`, () => {
      for (const [key, why] of [
        ['changeme', /examples use/],
        ['a8f1c0d2', /fewer than 32/],
        ['1234567890'.repeat(4), /examples use/],
      ] as const) {
        for (const environment of [undefined, 'development', 'test', 'production']) {
          assert.throws(
            () => of(key, environment, host),
            (error) =>
              isAppError(error, 'config_invalid') &&
              why.test(error.message) &&
              /HTTP_HOST .*openssl rand -hex 32/.test(error.message) &&
              !error.message.includes(key),
          );
        }
      }
      const key = randomBytes(32).toString('hex');
      assert.deepEqual(of(key, undefined, host), { key, warning: undefined });
      // `wb-assist migrate` has no use for a key, but says of one that the API will not start with it.
      assert.equal(
        checkOperatorKey({ API_SECRET_KEY: undefined, NODE_ENV: 'production', HTTP_HOST: host }),
        undefined,
      );
    });
  }

  it('is taken on this machine, with a warning that does not show it', () => {
    for (const [key, why] of [
      ['changeme', /examples use/],
      ['a8f1c0d2', /fewer than 32/],
    ] as const) {
      for (const environment of [undefined, 'development', 'test']) {
        const { key: taken, warning = '' } = of(key, environment);
        assert.equal(taken, key);
        assert.match(warning, why);
        assert.ok(!warning.includes(key));
      }
    }
    assert.throws(
      () => of(undefined),
      (error) => isAppError(error, 'config_invalid'),
    );
  });
});
