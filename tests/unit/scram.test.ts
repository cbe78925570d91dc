import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginScram, createScramVerifier, ScramError } from '../../src/database/embedded/scram.ts';

/** The exchange of RFC 7677, section 3. */
const RFC = {
  password: 'pencil',
  salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
  serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  unproved: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

const begin = (password = RFC.password) =>
  beginScram(createScramVerifier(password, RFC.salt), RFC.clientFirst, RFC.serverNonce);

test('SCRAM-SHA-256 answers as RFC 7677 has it', () => {
  const exchange = begin();
  assert.equal(exchange.serverFirst, RFC.serverFirst);
  assert.equal(exchange.finish(`${RFC.unproved},p=${RFC.proof}`), RFC.serverFinal);
});

test('another password, another proof and another exchange are refused', () => {
  const final = `${RFC.unproved},p=${RFC.proof}`;
  assert.equal(begin('Pencil').finish(final), undefined);
  assert.equal(begin().finish(final.replace('dHzb', 'dHzc')), undefined);
  assert.equal(begin().finish(`${RFC.unproved},p=AAAA`), undefined);
  assert.throws(() => begin().finish(final.replace('c=biws', 'c=eSws')), ScramError);
  assert.throws(() => begin().finish(final.replace('$k0', '$k1')), ScramError);
  assert.throws(() => begin().finish('nonsense'), ScramError);
  for (const first of ['', 'n,,n=user', 'p=tls-unique,,n=,r=abc', 'n,,n=,r=']) {
    assert.throws(() => beginScram(createScramVerifier('x'), first), ScramError);
  }
});
