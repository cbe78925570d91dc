import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import {
  eventually,
  fields,
  int32,
  message,
  RawClient,
  simpleQuery,
  startupPacket,
  types,
  useEmbeddedPostgres,
} from './support.ts';

const postgres = useEmbeddedPostgres({ maxClients: 4 });

function specialRequest(code: number, ...more: number[]): Buffer {
  const body = Buffer.concat([int32(code), ...more.map(int32)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

async function answerTo(packet: Buffer): Promise<Record<string, string>> {
  using client = await RawClient.connect(postgres.server.port);
  client.send(packet);
  return fields((await client.until('end')).at(-1));
}

test('encryption is declined and the handshake goes on', async () => {
  const socket = connect(postgres.server.port, '127.0.0.1');
  for (const code of [80877103, 80877104]) {
    socket.write(specialRequest(code));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'N');
  }
  using client = new RawClient(socket);
  assert.match(types(await postgres.greet(client)), /^R R( S)+ K Z$/);
});

test('a newer minor version of the protocol is negotiated down', async () => {
  using client = await RawClient.connect(postgres.server.port);
  client.send(startupPacket({ user: 'wb_assist', '_pq_.option': '1' }, 196610));
  assert.equal((await client.until('R'))[0]?.type, 'v');
});

test('unknown databases, replication, old protocols and nameless users are refused with Postgres’ codes', async () => {
  using client = await RawClient.connect(postgres.server.port);
  await assert.rejects(postgres.greet(client, { database: 'elsewhere' }));
  assert.equal(fields(client.received.at(-1))['C'], '3D000');
  assert.equal((await answerTo(startupPacket({ user: 'postgres', replication: 'database' })))['C'], '0A000');
  assert.equal((await answerTo(startupPacket({ user: 'postgres' }, 131072)))['C'], '0A000');
  assert.equal((await answerTo(startupPacket({ database: 'postgres' })))['C'], '28000');
});

test('who does not speak the protocol, or says Terminate first of all, is let go without a word', async () => {
  for (const garbage of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), int32(3), message('X')]) {
    using client = await RawClient.connect(postgres.server.port);
    client.send(garbage);
    assert.deepEqual(await client.until('end'), []);
  }
});

test('garbage is answered with a protocol violation and harms nobody', async () => {
  for (const length of [0x4000_0000, 3, -1]) {
    using client = await postgres.raw();
    client.send(Buffer.concat([Buffer.from('Q'), int32(length)]));
    const error = fields((await client.until('end')).at(-1));
    assert.deepEqual([error['V'], error['C']], ['FATAL', '08P01']);
  }
  // Malformed inside: the backend's own to refuse.
  using client = await postgres.raw();
  client.send(Buffer.concat([Buffer.from('B'), int32(5), Buffer.from('x'), Buffer.from('S'), int32(4)]));
  assert.equal((await client.until('Z'))[0]?.type, 'E');
  client.send(simpleQuery('select 1'));
  assert.equal(types(await client.until('Z')), 'T D C Z');
});

test('clients above the limit are refused until others leave', async () => {
  // Those of the tests before may still be on their way out.
  const clients: RawClient[] = [];
  await eventually(async () => {
    const client = await postgres.raw().catch(() => undefined);
    if (client !== undefined) clients.push(client);
    return clients.length === 4;
  });
  using refused = await RawClient.connect(postgres.server.port);
  await assert.rejects(postgres.greet(refused));
  assert.equal(fields(refused.received.at(-1))['C'], '53300');
  for (const client of clients) client.socket.destroy();
  await eventually(async () => {
    using client = await RawClient.connect(postgres.server.port);
    return (await postgres.greet(client).catch(() => undefined)) !== undefined;
  });
});

test('a cancel request ends a statement that waits for its turn', async () => {
  using holder = await postgres.raw();
  holder.send(simpleQuery('begin'));
  await holder.until('Z');
  using waiting = await RawClient.connect(postgres.server.port);
  const key = (await postgres.greet(waiting)).find(({ type }) => type === 'K')!.body;
  waiting.send(simpleQuery('select 1'));
  const cancel = specialRequest(80877102, key.readInt32BE(0), key.readInt32BE(4));
  using canceller = await RawClient.connect(postgres.server.port);
  canceller.send(cancel);
  await canceller.until('end');
  holder.send(simpleQuery('commit'));
  const answer = await waiting.until('Z');
  assert.equal(fields(answer[0])['C'], '57014');
  waiting.send(simpleQuery('select 1'));
  assert.equal(types(await waiting.until('Z')), 'T D C Z');
});
