import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { MAX_BODY_BYTES } from '../../src/http/middleware/request-body.ts';
import { KEY, startTestApi, type TestApi } from './harness.ts';

interface Problem {
  detail: string;
  code: string;
  request_id: string;
}

/** Sends a body of unknown length piece by piece; resolves to the status as soon as it comes. */
function postChunked(url: string, pieces: Iterable<Buffer>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    });
    let status: number | undefined;
    request.on('response', (response) => {
      status = response.statusCode;
      response.resume();
      resolve(status);
      request.destroy();
    });
    request.on('error', (error) => (status === undefined ? reject(error) : undefined));
    for (const piece of pieces) request.write(piece);
    request.end();
  });
}

describe('errors over HTTP', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({
      overrides: {
        index: { readStatus: () => Promise.reject(new Error('secret internals of /etc/passwd')) },
      },
    });
  });
  after(() => api.stop());

  const MALFORMED: [what: string, body: string][] = [
    ['half of a document', '{"name": "a"'],
    ['a form', 'name=a&api_key=b'],
    ['two documents', '{} {}'],
    ['a document nested without end', '['.repeat(200_000)],
  ];
  for (const [what, body] of MALFORMED) {
    it(`answers 400 to ${what}`, async () => {
      const answer = await api.request('POST', '/api/v1/cabinets', { body });
      assert.equal(answer.status, 400);
      assert.equal((answer.json as Problem).code, 'malformed_body');
    });
  }

  it('answers 422, not 500, to a document that is deep but well formed', async () => {
    const deep = `{"x": ${'['.repeat(2_000)}${']'.repeat(2_000)}}`;
    for (const path of ['/api/v1/cabinets', '/v1/rag/search', '/v1/rag/index/1']) {
      assert.equal((await api.request('POST', path, { body: deep })).status, 422);
    }
  });

  it('answers 400 to bytes that are not UTF-8', async () => {
    const broken = Buffer.concat([
      Buffer.from('{"name": "'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('", "api_key": "k"}'),
    ]);
    assert.equal(await postChunked(`${api.url}/api/v1/cabinets`, [broken]), 400);
  });

  it('answers 415 to a body that is not declared as JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const answer = await api.request('POST', '/v1/rag/index/1', {
        body: '{"changed_ids": {"orders": [1]}}',
        headers: { 'content-type': type },
      });
      assert.equal(answer.status, 415);
      assert.match((answer.json as Problem).detail, /Content-Type: application\/json/);
    }
    assert.deepEqual(api.edge.indexRequests, []);
  });

  it('answers 413 to a body that is declared larger than the limit, before it is sent', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${api.url}/v1/rag/search`, {
        method: 'POST',
        headers: {
          'x-api-key': KEY,
          'content-type': 'application/json',
          'content-length': MAX_BODY_BYTES + 1,
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.flushHeaders();
    });
    assert.equal(status, 413);
  });

  it('answers 413 to a body of unknown length once it is larger than the limit', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const pieces = Array<Buffer>(MAX_BODY_BYTES / piece.length + 1).fill(piece);
    assert.equal(await postChunked(`${api.url}/v1/rag/search`, pieces), 413);
  });

  it('reads a body as large as the limit', async () => {
    const body = '{}'.padEnd(MAX_BODY_BYTES, ' ');
    assert.equal((await api.request('POST', '/v1/rag/search', { body })).status, 422);
  });

  it('answers 404 to an unknown route', async () => {
    const answer = await api.request('GET', '/v2/anything');
    assert.equal(answer.status, 404);
    assert.equal((answer.json as Problem).code, 'route_not_found');
  });

  for (const [method, path, allow] of [
    ['PUT', '/api/v1/cabinets/1', 'DELETE, GET, HEAD, PATCH'],
    ['DELETE', '/api/v1/cabinets', 'GET, HEAD, POST'],
    ['GET', '/v1/rag/search', 'POST'],
    ['GET', '/v1/rag/index/1', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
  ] as const) {
    it(`answers 405 to ${method} ${path} and names what is allowed`, async () => {
      const answer = await api.request(method, path);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get('allow'), allow);
    });
  }

  it('takes a slash at the end of a path for nothing', async () => {
    assert.equal((await api.request('GET', '/api/v1/cabinets/')).status, 200);
  });

  it('shows nothing of the inside of an unexpected error, and logs it under the request id', async () => {
    const answer = await api.request('GET', '/v1/rag/status/1', { headers: { 'x-request-id': 'trace-42' } });
    assert.equal(answer.status, 500);
    const { code, request_id: requestId } = answer.json as Problem;
    assert.deepEqual({ code, requestId }, { code: 'internal', requestId: 'trace-42' });
    assert.ok(!answer.text.includes('passwd'));
    assert.ok(!answer.text.includes(' at '));
    const line = api.log.find((text) => text.includes('trace-42') && text.includes('"level":"error"'));
    assert.match(line ?? '', /secret internals/);
  });

  it('returns a sane request id and replaces any other', async () => {
    const idFor = async (given?: string) =>
      (
        await api.request('GET', '/health', { headers: given === undefined ? {} : { 'x-request-id': given } })
      ).headers.get('x-request-id');
    assert.equal(await idFor('abc-1:2.3_x'), 'abc-1:2.3_x');
    for (const odd of [undefined, '', 'a b', '<script>', 'x'.repeat(129), 'a;b']) {
      const id = await idFor(odd);
      assert.match(id ?? '', /^[\da-f-]{36}$/);
    }
  });

  it('tells no other site that it may read answers, and browsers to trust the declared types', async () => {
    const { headers } = await api.request('GET', '/', { headers: { origin: 'https://elsewhere.example' } });
    assert.equal(headers.get('access-control-allow-origin'), null);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  it('logs a request without its query string', async () => {
    await api.request('GET', '/v1/rag/metrics/77?token=hush-hush');
    const line = api.log.find((text) => text.includes('/v1/rag/metrics/77')) ?? '{}';
    const { method, path, status, ms } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual({ method, path, status }, { method: 'GET', path: '/v1/rag/metrics/77', status: 200 });
    assert.equal(typeof ms, 'number');
    assert.ok(!api.log.some((text) => text.includes('hush-hush')));
  });

  it('survives what is not HTTP', async () => {
    const { hostname, port } = new URL(api.url);
    for (const bytes of [
      '\x16\x03\x01\x02\0',
      'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
      'GET \\ HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      const reply = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.end(bytes));
        const chunks: Buffer[] = [];
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
        socket.on('error', reject);
      });
      assert.match(reply, /^HTTP\/1\.1 400 /);
    }
    assert.equal((await api.request('GET', '/')).status, 200);
  });
});

describe('errors over HTTP while the databases are down', () => {
  let api: TestApi;
  before(async () => {
    // Port 1 on loopback: nothing listens there.
    api = await startTestApi({ connectionString: 'postgres://user:hunter2@127.0.0.1:1/nowhere' });
  });
  after(() => api.stop());

  for (const [method, path, body] of [
    ['GET', '/api/v1/cabinets', undefined],
    ['POST', '/api/v1/cabinets', { name: 'a', api_key: 'wb-secret' }],
    ['POST', '/v1/rag/search', { cabinet_id: 1, query: 'x' }],
    ['POST', '/v1/rag/index/1', undefined],
  ] as const) {
    it(`answers 503 to ${method} ${path} and when to try again`, async () => {
      const answer = await api.request(method, path, { body });
      assert.equal(answer.status, 503);
      assert.equal((answer.json as Problem).code, 'database_unreachable');
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      for (const inside of ['hunter2', '127.0.0.1', 'nowhere', 'wb-secret']) {
        assert.ok(!answer.text.includes(inside), answer.text);
      }
    });
  }

  it('writes no password and no key into the log', async () => {
    await api.request('POST', '/api/v1/cabinets', { body: { name: 'a', api_key: 'wb-secret' } });
    assert.ok(api.log.length > 0);
    assert.ok(!api.log.some((line) => line.includes('hunter2') || line.includes('wb-secret')));
  });
});
