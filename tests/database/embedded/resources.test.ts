import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { spawnServer, temporaryDirectory } from './support.ts';

test(
  'starts in seconds, answers below a millisecond, and loads 10 000 vectors within 600 MB',
  { timeout: 120_000 },
  async (context) => {
    const dataDir = join(temporaryDirectory(), 'data');
    using server = spawnServer(dataDir);
    const { connectionString, startMs } = await server.line();
    const client = new pg.Client(connectionString as string);
    client.on('error', () => undefined);
    await client.connect();

    const roundTrips: number[] = [];
    for (let step = 0; step < 1_000; step += 1) {
      const startedAt = performance.now();
      await client.query('select 1');
      roundTrips.push(performance.now() - startedAt);
    }
    const p50 = roundTrips.sort((a, b) => a - b)[500]!;
    assert.ok(p50 < 1, `${p50} ms`);

    const listener = new pg.Client(connectionString as string);
    await listener.connect();
    await listener.query('listen bell');
    const notified: number[] = [];
    for (let step = 0; step < 200; step += 1) {
      const heard = new Promise((resolve) => listener.once('notification', resolve));
      const startedAt = performance.now();
      await Promise.all([heard, client.query("notify bell, 'x'")]);
      notified.push(performance.now() - startedAt);
    }
    await listener.end();
    const bellP50 = notified.sort((a, b) => a - b)[100]!;
    assert.ok(bellP50 < 3, `${bellP50} ms`);

    await client.query('create extension if not exists vector');
    await client.query('create table vectors (id serial primary key, embedding halfvec(1536) not null)');
    await client.query('alter table vectors alter embedding set storage plain');
    const { rows } = await client.query<{ oid: number }>("select 'halfvec'::regtype::oid as oid");
    const vectors = halfvecArray(rows[0]!.oid, 100, 1536);
    let peakBytes = 0;
    for (let batch = 0; batch < 100; batch += 1) {
      if (batch % 5 === 0) {
        server.child.kill('SIGUSR2');
        peakBytes = Math.max(peakBytes, (await server.line())['rssBytes'] as number);
      }
      await client.query('insert into vectors (embedding) select v from unnest($1::halfvec[]) as v', [
        vectors,
      ]);
    }
    assert.equal(
      (await client.query<{ n: number }>('select count(*)::int as n from vectors')).rows[0]?.n,
      10_000,
    );
    assert.ok(peakBytes < 600e6, `${peakBytes} bytes`);
    server.child.kill('SIGTERM');
    await server.exited;
    await client.end().catch(() => undefined);

    using again = spawnServer(dataDir);
    const { startMs: restartMs } = await again.line();
    again.child.kill('SIGTERM');
    await again.exited;
    context.diagnostic(
      `start ${Math.round(startMs as number)} ms, restart ${Math.round(restartMs as number)} ms, select p50 ${p50.toFixed(3)} ms, ` +
        `notification p50 ${bellP50.toFixed(3)} ms, peak ${Math.round(peakBytes / 1e6)} MB`,
    );
  },
);

/** `count` vectors as one binary parameter, the way the indexer sends them: an array whose elements are half floats. */
function halfvecArray(elementOid: number, count: number, dimensions: number): Buffer {
  const header = Buffer.alloc(20);
  [1, 0, elementOid, count, 1].forEach((value, index) => header.writeInt32BE(value, index * 4));
  const element = Buffer.alloc(8 + dimensions * 2, 0x3c);
  element.writeInt32BE(element.length - 4, 0);
  element.writeInt32BE(dimensions << 16, 4);
  return Buffer.concat([header, ...Array.from({ length: count }, () => element)]);
}
