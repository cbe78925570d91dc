import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { faultsOf, LEDGER, liveAndLeave } from './leaving-client.ts';
import {
  bind,
  execute,
  flush,
  message,
  parse,
  rows,
  simpleQuery,
  sync,
  useEmbeddedPostgres,
  type RawClient,
} from './support.ts';

const postgres = useEmbeddedPostgres();

const terminate = message('X');

/** Every way in which a client can go, each with its last bytes in the same write where it has some. */
const WAYS: Record<string, (client: RawClient, last: Buffer) => void> = {
  'Terminate behind it': (client, last) => client.send(last, terminate),
  'the end of the stream behind it': (client, last) => void client.socket.end(last),
  'Terminate and the end of the stream behind it': (client, last) =>
    void client.socket.end(Buffer.concat([last, terminate])),
  'a reset behind it': (client, last) => client.socket.write(last, () => client.socket.resetAndDestroy()),
  'the process gone': (client, last) => client.socket.write(last, () => client.socket.destroy()),
};

/** What it has sent when it goes: each leaves a transaction open unless somebody ends it. */
const UNITS: Record<string, Buffer> = {
  BEGIN: simpleQuery('begin'),
  'BEGIN with a statement': simpleQuery("begin; insert into kept values ('stray')"),
  'a transaction in pieces': Buffer.concat([
    simpleQuery('begin'),
    simpleQuery("insert into kept values ('stray')"),
  ]),
  'a failed transaction': simpleQuery('begin; select 1/0'),
  'BEGIN in the extended protocol': Buffer.concat([parse('', 'begin'), bind(''), execute(), sync]),
  'extended messages up to a Flush': Buffer.concat([
    parse('', "insert into kept values ('stray')"),
    bind(''),
    execute(),
    flush,
  ]),
  'extended messages without an end': Buffer.concat([
    parse('', "insert into kept values ('stray')"),
    bind(''),
    execute(),
  ]),
  'BEGIN and half a message': Buffer.concat([
    simpleQuery('begin'),
    simpleQuery("insert into kept values ('stray')").subarray(0, 20),
  ]),
  'BEGIN and half a COPY': Buffer.concat([
    simpleQuery('begin'),
    simpleQuery('copy kept from stdin'),
    message('d', Buffer.from('stray\n')),
  ]),
};

test('whoever leaves, in whatever way and at whatever moment, leaves no transaction behind', async () => {
  await using writer = await postgres.client();
  await using bystander = await postgres.client();
  await writer.query('create table kept (what text primary key)');
  const acknowledged: string[] = [];
  for (const [unit, bytes] of Object.entries(UNITS)) {
    for (const [way, leave] of Object.entries(WAYS)) {
      // There it would only be more of that message.
      if (unit.endsWith('half a message') && way === 'Terminate behind it') continue;
      const what = `${unit}, ${way}`;
      leave(await postgres.raw(), bytes);
      await writer.query('insert into kept values ($1)', [what]);
      acknowledged.push(what);
      // What lands in somebody's stray transaction is gone with the next ROLLBACK, whoever sends it.
      await bystander.query('begin; select 1; rollback');
    }
  }
  const { rows: kept } = await bystander.query<{ what: string }>('select what from kept');
  assert.deepEqual(kept.map(({ what }) => what).sort(), acknowledged.sort());
});

test('a client that goes while its BEGIN waits for another’s transaction leaves none behind', async () => {
  await using holder = await postgres.client();
  await holder.query('create table waited (what text)');
  for (const [way, leave] of Object.entries(WAYS)) {
    await holder.query('begin');
    const waiting = await postgres.raw();
    leave(waiting, simpleQuery("begin; insert into waited values ('stray')"));
    // By its answer all that the other has sent is read.
    await holder.query('select 1');
    await holder.query('commit');
    using next = await postgres.raw();
    next.send(simpleQuery(`insert into waited values ('${way}')`));
    await next.until('Z');
    next.send(simpleQuery('rollback'));
    await next.until('Z');
  }
  using reader = await postgres.raw();
  reader.send(simpleQuery('select what from waited'));
  assert.deepEqual(rows(await reader.until('Z')).flat(), Object.keys(WAYS));
});

test(
  'random lives of clients, side by side: what was acknowledged is stored, and nothing else',
  { timeout: 60_000 },
  async () => {
    await using reader = await postgres.client();
    await reader.query(LEDGER);
    const at = { port: postgres.server.port, password: new URL(postgres.connectionString).password };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 }), { minLength: 2, maxLength: 8 }),
        async (lives) => {
          await reader.query('truncate ledger');
          const stored: string[] = [];
          const ended = await Promise.allSettled(
            lives.map((draws, index) => {
              let next = 0;
              const draw = (below: number) => draws[next++ % draws.length]! % below;
              return liveAndLeave(at, String(index), draw, (what) => stored.push(what));
            }),
          );
          assert.deepEqual(
            ended.filter(({ status }) => status === 'rejected'),
            [],
          );
          // Served after all that came before it, so that whoever has left is known to have.
          await using writer = await postgres.client();
          await writer.query("insert into ledger values ('last')");
          const { rows: found } = await reader.query<{ what: string }>('select what from ledger');
          assert.deepEqual(
            faultsOf(
              found.map(({ what }) => what),
              [...stored, 'last'],
            ),
            [],
          );
        },
      ),
      { numRuns: 60 },
    );
  },
);
