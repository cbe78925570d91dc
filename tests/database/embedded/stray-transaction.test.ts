import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEngine } from '../../../src/database/embedded/engine.ts';
import type { FrontendMessage } from '../../../src/database/embedded/frontend-reader.ts';
import { createSessionState } from '../../../src/database/embedded/session-state.ts';
import { SharedBackend } from '../../../src/database/embedded/shared-backend.ts';
import { createTurnstile } from '../../../src/database/embedded/turnstile.ts';
import { queryUnit, type Unit } from '../../../src/database/embedded/unit.ts';
import { simpleQuery, temporaryDirectory } from './support.ts';

function unit(sql: string): Unit {
  const bytes = simpleQuery(sql);
  return queryUnit({ type: 'Q', body: bytes.subarray(5), bytes } satisfies FrontendMessage);
}

test('a transaction that no session explains is rolled back before anybody else is served, and said to be', async () => {
  const directory = join(temporaryDirectory(), 'postgres');
  mkdirSync(directory);
  const engine = await openEngine(directory, true);
  const said: string[] = [];
  const backend = new SharedBackend(engine, (level, message) => said.push(`${level}: ${message}`));
  const [stray, other] = [1, 2].map((id) => createSessionState(id, new Map(), engine.parameters, 0));
  backend.addSession(stray!);
  backend.addSession(other!);
  backend.run(other!, unit('create table kept (what text)'));
  assert.equal(backend.run(stray!, unit("begin; insert into kept values ('stray')")).held, true);

  // As if its end had been missed: another's unit, and work of our own, come in the middle of its transaction.
  backend.run(other!, unit("insert into kept values ('acknowledged')"));
  assert.deepEqual(said.length, 1);
  assert.match(said[0]!, /^error: A transaction that its client had left open was rolled back/);
  backend.run(other!, unit('rollback'));
  const read = () => backend.maintain((select) => select('select what from public.kept').flat());
  assert.deepEqual(read(), ['acknowledged']);
  // Should that client still be there, nothing of the rest commits by itself.
  assert.equal(backend.run(stray!, unit("insert into kept values ('alone')")).held, false);
  assert.deepEqual(read(), ['acknowledged']);
  backend.run(stray!, unit('rollback'));
  backend.run(stray!, unit("insert into kept values ('again')"));
  assert.deepEqual(read(), ['acknowledged', 'again']);
  await backend.close();
});

test('nobody waits for a holder that was let go while its own unit ran', () => {
  const ran: string[] = [];
  const turnstile = createTurnstile<string>({
    run(client) {
      ran.push(client);
      // It has left behind its BEGIN.
      if (client === 'leaves') turnstile.release(client);
      return client === 'leaves';
    },
    expel: () => assert.fail('nobody is to be waited for'),
    idleHolderTimeoutMs: 60_000,
  });
  turnstile.enter('leaves');
  turnstile.enter('next');
  assert.deepEqual(ran, ['leaves', 'next']);
});
