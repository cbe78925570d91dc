import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createHttpApp } from '../../src/http/app.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import { isAppError } from '../../src/errors.ts';
import { KEY, startTestApi, type TestApi } from './harness.ts';

const ROUTES: [method: string, path: string, body?: unknown][] = [
  ['POST', '/api/v1/cabinets', { name: 'Кабинет', api_key: 'k' }],
  ['GET', '/api/v1/cabinets'],
  ['GET', '/api/v1/cabinets/1'],
  ['PATCH', '/api/v1/cabinets/1', { name: 'Другой' }],
  ['DELETE', '/api/v1/cabinets/1'],
  ['GET', '/v1/rag/status/1'],
  ['POST', '/v1/rag/index/1'],
  ['GET', '/v1/rag/metrics/1'],
  ['GET', '/metrics'],
  ['POST', '/v1/rag/search', { cabinet_id: 1, query: 'x' }],
  ['GET', '/no/such/route'],
  ['PUT', '/api/v1/cabinets/1'],
];

const REFUSED: [what: string, headers: Record<string, string>][] = [
  ['no key', {}],
  ['an empty X-API-KEY', { 'x-api-key': '' }],
  ['a wrong X-API-KEY', { 'x-api-key': `${KEY}x` }],
  ['the beginning of the key', { 'x-api-key': KEY.slice(0, -1) }],
  ['a wrong bearer', { authorization: 'Bearer wrong' }],
  ['a bearer without a key', { authorization: 'Bearer ' }],
  ['the key with the wrong scheme', { authorization: `Basic ${KEY}` }],
  ['the key without a scheme', { authorization: KEY }],
  ['a right X-API-KEY beside a wrong bearer', { 'x-api-key': KEY, authorization: 'Bearer wrong' }],
  ['a right bearer beside a wrong X-API-KEY', { 'x-api-key': 'wrong', authorization: `Bearer ${KEY}` }],
  ['a right X-API-KEY beside another scheme', { 'x-api-key': KEY, authorization: 'Basic eDp5' }],
];

const ACCEPTED: [what: string, headers: Record<string, string>][] = [
  ['X-API-KEY', { 'x-api-key': KEY }],
  ['Authorization: Bearer', { authorization: `Bearer ${KEY}` }],
  ['a scheme in lower case', { authorization: `bearer ${KEY}` }],
  ['both headers', { 'x-api-key': KEY, authorization: `Bearer ${KEY}` }],
];

describe('API key', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
    await api.createCabinet('Нетронутый');
  });
  after(() => api.stop());

  for (const [method, path, body] of ROUTES) {
    for (const [what, headers] of REFUSED) {
      it(`refuses ${method} ${path} with ${what}`, async () => {
        const answer = await api.request(method, path, { body, headers, anonymous: true });
        assert.equal(answer.status, 403);
        const { detail, code } = answer.json as { detail: unknown; code: unknown };
        assert.equal(code, 'unauthorized');
        assert.ok(typeof detail === 'string' && detail !== '');
        assert.ok(!answer.text.includes(KEY));
      });
    }
  }

  it('did nothing for any of the refused requests', async () => {
    const { json } = await api.request('GET', '/api/v1/cabinets');
    const names = (json as { cabinets: { name: string }[] }).cabinets.map((cabinet) => cabinet.name);
    assert.deepEqual(names, ['Нетронутый']);
    assert.deepEqual(api.edge.indexRequests, []);
  });

  for (const [what, headers] of ACCEPTED) {
    it(`accepts the key as ${what}, on both ports`, async () => {
      for (const url of [api.url, api.ragUrl]) {
        const response = await fetch(`${url}/v1/rag/status/1`, { headers });
        await response.text();
        assert.equal(response.status, 200);
      }
    });
  }

  for (const path of ['/', '/health', '/v1/rag/health']) {
    it(`answers ${path} without a key`, async () => {
      assert.equal((await api.request('GET', path, { anonymous: true })).status, 200);
    });
  }

  it('reads no body of a request without the key', async () => {
    // A declared body that never comes: only an answer that does not wait for it can arrive.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${api.url}/v1/rag/search`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '1000' },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.flushHeaders();
    });
    assert.equal(status, 403);
  });

  it('accepts a key beyond ASCII as the bytes of its UTF-8', async () => {
    const key = 'пароль-от-кабинета';
    const other = await startTestApi({ overrides: { apiSecretKey: key } });
    try {
      const headers = { 'x-api-key': Buffer.from(key, 'utf8').toString('latin1') };
      const answer = await other.request('GET', '/v1/rag/status/1', { anonymous: true, headers });
      assert.equal(answer.status, 200);
    } finally {
      await other.stop();
    }
  });

  it('cannot be an empty key', () => {
    assert.throws(
      () => createHttpApp({ apiSecretKey: '' } as HttpDeps),
      (error) => isAppError(error, 'config_invalid'),
    );
  });
});
