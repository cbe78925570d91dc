import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { isAppError } from '../../src/errors.ts';
import { useOutgoingProxy } from '../../src/outgoing-proxy.ts';
import { sendRequest } from '../../src/wildberries/client/transport.ts';

/** A proxy that lets nobody through and remembers where they wanted to go. */
async function startProxy(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const send = (url: string) =>
  sendRequest({ method: 'GET', url, token: 'secret' }, 5_000).catch((error: unknown) => error);

describe('a proxy of the environment', () => {
  it('is where requests to other machines go, and to this machine they go as before', async (t) => {
    const proxy = await startProxy(t);
    const own = createServer((_, response) => response.end('{}'));
    own.listen(0, '127.0.0.1');
    await once(own, 'listening');
    t.after(() => own.close());
    const undo = useOutgoingProxy({
      HTTPS_PROXY: proxy.url,
      http_proxy: proxy.url,
      NO_PROXY: 'inner.invalid',
    });
    try {
      await send('https://feedbacks-api.wildberries.invalid/api/v1/feedbacks');
      await send('http://plain.invalid/');
      await send('https://inner.invalid/');
      const answer = await send(`http://127.0.0.1:${(own.address() as AddressInfo).port}/`);
      assert.equal((answer as { status: number }).status, 200);
      assert.deepEqual(proxy.asked.slice(0, 1), ['feedbacks-api.wildberries.invalid:443']);
      assert.equal(proxy.asked.length, 2);
      assert.match(proxy.asked[1]!, /plain\.invalid/);
    } finally {
      undo();
    }
    await send('https://feedbacks-api.wildberries.invalid/');
    assert.equal(proxy.asked.length, 2);
  });

  it('that is none is refused, and one that is not set changes nothing', () => {
    for (const address of ['proxy:3128', 'socks5://proxy:1080', 'nonsense'])
      assert.throws(
        () => useOutgoingProxy({ https_proxy: address }),
        (error) => isAppError(error, 'config_invalid') && /^HTTPS_PROXY has to be/.test(error.message),
      );
    useOutgoingProxy({ HTTPS_PROXY: ' ' })();
  });
});
