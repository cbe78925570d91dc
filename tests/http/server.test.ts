import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { isAppError } from '../../src/errors.ts';
import { markEndless } from '../../src/http/endless-streams.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { silentLog } from '../../src/log.ts';

/** As they are before the first server is made. */
const globals = { Request: globalThis.Request, Response: globalThis.Response };

const hello = { fetch: () => new Response('hello') };

const serverOf = (options: Partial<HttpServerOptions> = {}): HttpServer =>
  createHttpServer({ app: hello, host: '127.0.0.1', ports: [0, 0], log: silentLog(), ...options });

/** A port that something else holds for the time of the test. */
async function holdPort(): Promise<{ port: number; release(): Promise<void> }> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return { port, release: () => new Promise((resolve) => void holder.close(() => resolve())) };
}

const textOf = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
const isRefused = (url: string) =>
  fetch(url).then(
    () => false,
    () => true,
  );

function assertProblem(reply: string, expected: string): void {
  const { detail, code, request_id: id } = JSON.parse(reply.split('\r\n\r\n')[1]!) as Record<string, string>;
  assert.equal(code, expected);
  assert.ok(detail !== undefined && detail !== '' && id !== undefined);
}

describe('HTTP server', () => {
  it('answers on two ports', async () => {
    const server = serverOf();
    await server.start();
    assert.equal(new Set(server.urls).size, 2);
    for (const url of server.urls) assert.equal(await textOf(url), 'hello');
    assert.equal(server.health().status, 'up');
    await server.stop(1_000);
    assert.equal(server.health().status, 'down');
    for (const url of server.urls) assert.ok(await isRefused(url));
  });

  it('listens once when both ports are the same', async () => {
    const held = await holdPort();
    await held.release();
    const server = serverOf({ ports: [held.port, held.port] });
    await server.start();
    assert.deepEqual(server.urls, [`http://127.0.0.1:${held.port}`]);
    await server.stop(1_000);
  });

  it('tells people to use localhost when it listens on all addresses', async () => {
    const server = serverOf({ host: '0.0.0.0' });
    await server.start();
    for (const url of server.urls) {
      assert.match(url, /^http:\/\/localhost:\d+$/);
    }
    await server.stop(1_000);
  });

  for (const [place, variable] of [
    [0, 'API_PORT'],
    [1, 'RAG_PORT'],
  ] as const) {
    it(`names ${variable} when its port is taken, and leaves nothing listening`, async () => {
      const held = await holdPort();
      const free = await holdPort();
      await free.release();
      const ports: [number, number] = place === 0 ? [held.port, free.port] : [free.port, held.port];
      const server = serverOf({ ports });
      await assert.rejects(
        server.start(),
        (error) =>
          isAppError(error, 'port_in_use') &&
          error.message.includes(variable) &&
          error.message.includes(String(held.port)),
      );
      assert.ok(await isRefused(`http://127.0.0.1:${free.port}`));
      await server.stop(100);
      await held.release();
    });
  }

  it('names HTTP_HOST when there is no such address', async () => {
    await assert.rejects(
      serverOf({ host: '192.0.2.1' }).start(),
      (error) => isAppError(error, 'config_invalid') && error.message.includes('HTTP_HOST'),
    );
  });

  it('lets a request under way finish, then closes its kept-alive connection at once', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const server = serverOf({
      app: {
        fetch: async () => {
          arrived.resolve(undefined);
          await release.promise;
          return new Response('finished');
        },
      },
    });
    await server.start();
    const agent = new Agent({ keepAlive: true });
    const answer = new Promise<string>((resolve, reject) => {
      const request = httpRequest(server.urls[0]!, { agent }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      request.on('error', reject).end();
    });
    await arrived.promise;
    const start = performance.now();
    const stopped = server.stop(60_000);
    release.resolve(undefined);
    assert.equal(await answer, 'finished');
    await stopped;
    // Node keeps such a connection for 5 s; waiting for that is what must not happen.
    assert.ok(performance.now() - start < 3_000);
    agent.destroy();
  });

  it('cuts a stream without an end soon, and lets one that has an end come to it', async () => {
    const controllers = new Map<string, ReadableStreamDefaultController<Uint8Array>>();
    const server = serverOf({
      app: {
        fetch(request: Request, env: unknown) {
          const { pathname } = new URL(request.url);
          if (pathname === '/events') markEndless((env as { outgoing: object }).outgoing);
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              controller.enqueue(Buffer.from('begun '));
              controllers.set(pathname, controller);
            },
          });
          return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
        },
      },
    });
    await server.start();
    const [answer, endless] = await Promise.all(
      ['/answer', '/events'].map((path) => fetch(server.urls[0]! + path)),
    );
    const stopped = server.stop(60_000);
    await assert.rejects(endless!.text());
    const answerController = controllers.get('/answer')!;
    answerController.enqueue(Buffer.from('and whole'));
    answerController.close();
    assert.equal(await answer!.text(), 'begun and whole');
    await stopped;
  });

  it('cuts what is still open at the deadline', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const never = new Promise<Response>(() => undefined);
    const server = serverOf({
      app: {
        fetch: () => {
          arrived.resolve(undefined);
          return never;
        },
      },
    });
    await server.start();
    const cut = isRefused(server.urls[0]!);
    await arrived.promise;
    await server.stop(50);
    assert.ok(await cut);
  });

  it('gives up on whoever sends a request without end, and says so', async () => {
    const server = serverOf({ patience: { headersMs: 100, requestMs: 200, checkMs: 20 } });
    await server.start();
    const { hostname, port } = new URL(server.urls[0]!);
    const head = 'POST / HTTP/1.1\r\nHost: x\r\n';
    for (const begun of [head, `${head}Content-Length: 100\r\n\r\nsome`]) {
      // Never ended: only the server can close it.
      const reply = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(begun));
        const chunks: Buffer[] = [];
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
        socket.on('error', reject);
      });
      assert.match(reply, /^HTTP\/1\.1 (408|200) /);
      if (begun === head) assertProblem(reply, 'request_timeout');
    }
    await server.stop(1_000);
  });

  it('answers in the shape of all problems to what is no request', async () => {
    const server = serverOf();
    await server.start();
    const { hostname, port } = new URL(server.urls[0]!);
    for (const [bytes, status] of [
      ['this is not HTTP\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ] as const) {
      const reply = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(bytes));
        const chunks: Buffer[] = [];
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
        socket.on('error', reject);
      });
      assert.ok(reply.startsWith(`HTTP/1.1 ${status} `), reply);
      assertProblem(reply, 'invalid_request');
    }
    await server.stop(1_000);
  });

  it('may be stopped twice, and before it started', async () => {
    const server = serverOf();
    await server.start();
    await Promise.all([server.stop(1_000), server.stop(1_000)]);
    await server.stop(1_000);
    await serverOf().stop(1_000);
  });

  it('leaves the Request and Response of the process alone', async () => {
    const server = serverOf();
    await server.start();
    await textOf(server.urls[0]!);
    await server.stop(1_000);
    assert.equal(globalThis.Request, globals.Request);
    assert.equal(globalThis.Response, globals.Response);
  });
});
