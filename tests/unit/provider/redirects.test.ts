import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { failure } from '../chat/model/chat-fixture.ts';
import * as chatFixture from '../chat/model/chat-fixture.ts';
import * as embeddingFixture from '../embedding/openai-fixture.ts';

const KEY = embeddingFixture.API_KEY;

/** A server that answers everything so, and keeps what it was sent. */
async function startServer(t: TestContext, status: number, headers: Record<string, string>) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    response.writeHead(status, headers).end('{"error": {"message": "moved"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, port, requests };
}

describe('a redirect of the model’s server', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`${status} takes neither texts nor questions elsewhere, and is an error that names where to and the remedy`, async (t) => {
      const elsewhere = await startServer(t, 200, { 'content-type': 'application/json' });
      const location = `http://user:${KEY}@127.0.0.1:${elsewhere.port}/collect?key=${KEY}`;
      const server = await startServer(t, status, { location });
      const { embedder, waits } = await embeddingFixture.createFixture(t, { baseUrl: server.url });
      const { ask } = await chatFixture.createFixture(t, { baseUrl: server.url });
      const errors = [
        await embeddingFixture.unavailable(embedder.embed(['секретный текст'])),
        await failure('chat_unavailable', ask()),
      ];
      assert.equal(elsewhere.requests.length, 0);
      assert.equal(server.requests.length, 2);
      assert.deepEqual(waits, []);
      for (const { message } of errors) {
        assert.match(
          message,
          new RegExp(
            `127\\.0\\.0\\.1:${server.port} redirects \\(${status}\\) to http://127\\.0\\.0\\.1:${elsewhere.port},.* not followed.*OPENAI_BASE_URL`,
          ),
        );
        assert.ok(!message.includes(KEY) && !message.includes('collect'));
      }
    });
  }

  it('to another path of the same host names that path; one to nowhere says so', async (t) => {
    for (const [location, named] of [
      ['/other/v1/embeddings?x=1', /redirects \(308\) to http:\/\/127\.0\.0\.1:\d+\/other\/v1\/embeddings,/],
      [undefined, /redirects \(308\) to nowhere that can be read,/],
      ['http://[', /redirects \(308\) to nowhere that can be read,/],
    ] as const) {
      const server = await startServer(t, 308, location === undefined ? {} : { location });
      const { embedder } = await embeddingFixture.createFixture(t, { baseUrl: server.url });
      assert.match((await embeddingFixture.unavailable(embedder.embed(['текст']))).message, named);
    }
  });
});

describe('every request that the program makes', () => {
  const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

  it('says that redirects are not followed: keys and data are for whom they were sent to', () => {
    const calls = globSync(['src/**/*.ts', 'bin/*.js'], { cwd: ROOT }).flatMap((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8');
      return [...source.matchAll(/(?<![\w.])fetch\(/g)].map(({ index }) => ({
        file,
        call: callAt(source, index),
      }));
    });
    assert.ok(calls.length >= 5, 'the calls are found');
    assert.deepEqual(
      calls.filter(({ call }) => !/redirect: '(manual|error)'/.test(call)).map(({ file }) => file),
      [],
    );
  });
});

/** The source of a call, up to the bracket that closes it. */
function callAt(source: string, start: number): string {
  let depth = 0;
  for (let place = source.indexOf('(', start); place < source.length; place += 1) {
    if (source[place] === '(') depth += 1;
    if (source[place] === ')' && --depth === 0) return source.slice(start, place + 1);
  }
  return source.slice(start);
}
