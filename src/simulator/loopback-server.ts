import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, messageOf } from '../errors.ts';

/** The simulator checks no signature, so nobody else gets to it. */
export const LOOPBACK = '127.0.0.1';
/** How often a stopping server looks for connections that have become idle. */
const CLOSE_IDLE_INTERVAL_MS = 25;

/** Resolves to the port, which is another one than asked for when that was 0. */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    const message = `The Wildberries simulator cannot listen on port ${port}: ${messageOf(error)}. Choose another one (0: any free one).`;
    throw new AppError('port_in_use', message, { cause: error });
  });
  return (server.address() as AddressInfo).port;
}

/** What is under way may finish until the deadline. */
export async function closeServer(
  server: Server,
  aborted: AbortController,
  deadlineMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
  const deadline = setTimeout(() => {
    aborted.abort();
    server.closeAllConnections();
  }, deadlineMs);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}
