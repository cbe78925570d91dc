import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between the program and a server, and is the network's faults. */
export interface ChaosProxy {
  readonly port: number;
  /** Cuts every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Cuts every connection; new ones are welcome. */
  cut(): void;
  /** Everything stays open and nothing gets through any more; new connections are accepted and hang as well. */
  hang(): void;
  /**
   * As it should be. Connections that hung go on with what was held back (`resume`), or their client's side is reset
   * while the server hears nothing of it for as long as `lostForMs` says.
   */
  heal(hung?: 'resume' | { lostForMs: number }): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket | undefined;
}

export async function createChaosProxy(targetPort: number): Promise<ChaosProxy> {
  const pairs = new Set<Pair>();
  let hanging = false;
  let acceptor: Server | undefined;

  function accept(client: Socket): void {
    const pair: Pair = { client, server: undefined };
    pairs.add(pair);
    client.on('error', () => undefined);
    client.once('close', () => {
      // In a half-open connection neither side learns of the other's end.
      if (!hanging) pair.server?.destroy();
      if (!hanging || pair.server === undefined) pairs.delete(pair);
    });
    if (hanging) client.pause();
    else dial(pair);
  }

  function dial(pair: Pair): void {
    const { client } = pair;
    const server = connect(targetPort, '127.0.0.1');
    pair.server = server;
    server.setNoDelay(true);
    client.setNoDelay(true);
    server.on('error', () => client.destroy());
    server.once('close', () => {
      if (hanging) return;
      client.destroy();
      pairs.delete(pair);
    });
    // The pipes only pause a side when the other is slow, so hanging stops them for good.
    client.pipe(server);
    server.pipe(client);
  }

  function stopFlow({ client, server }: Pair): void {
    if (server === undefined) return;
    client.unpipe(server);
    server.unpipe(client);
    client.pause();
    server.pause();
  }

  async function listen(port: number): Promise<Server> {
    const server = createServer(accept).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  function cut(): void {
    for (const { client, server } of pairs) {
      client.destroy();
      server?.destroy();
    }
    pairs.clear();
  }

  acceptor = await listen(0);
  const { port } = acceptor.address() as AddressInfo;

  const proxy: ChaosProxy = {
    port,
    async refuse() {
      const closing = acceptor;
      acceptor = undefined;
      const closed = closing === undefined ? undefined : once(closing, 'close');
      closing?.close();
      cut();
      await closed;
    },
    cut,
    hang() {
      hanging = true;
      for (const pair of pairs) stopFlow(pair);
    },
    async heal(hung = { lostForMs: 0 }) {
      if (hanging) {
        hanging = false;
        for (const pair of pairs) {
          const { client, server } = pair;
          if (hung === 'resume' && !client.destroyed && server?.destroyed !== true) {
            if (server === undefined) dial(pair);
            else {
              client.pipe(server);
              server.pipe(client);
            }
            continue;
          }
          pairs.delete(pair);
          client.removeAllListeners('close');
          client.resetAndDestroy();
          const lostForMs = hung === 'resume' ? 0 : hung.lostForMs;
          if (lostForMs === 0) server?.destroy();
          else setTimeout(() => server?.destroy(), lostForMs).unref();
        }
      }
      acceptor ??= await listen(port);
    },
    close: () => proxy.refuse(),
  };
  return proxy;
}
