import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A message of a server, https://www.postgresql.org/docs/18/protocol-message-formats.html */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const TERMINATED = message(
  'E',
  Buffer.from(
    ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command', ''].join('\0') +
      '\0',
  ),
);

export interface EndingServer {
  readonly connectionString: string;
  /** How many connections it has accepted and ended. */
  readonly ended: () => number;
}

/**
 * A server that ends each connection in the same breath as it accepts it. A process that was paused while it connected finds
 * both in one piece when it goes on. It is closed when the test ends.
 */
export async function startEndingServer(t: TestContext): Promise<EndingServer> {
  let ended = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      ended += 1;
      socket.end(Buffer.concat([AUTHENTICATION_OK, READY, TERMINATED]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { connectionString: `postgres://nobody@127.0.0.1:${port}/none`, ended: () => ended };
}
