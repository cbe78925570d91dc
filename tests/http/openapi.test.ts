import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHttpApp } from '../../src/http/app.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import { silentLog } from '../../src/log.ts';

describe('description of the HTTP API', () => {
  // Nothing of what the routes need is touched until one is asked.
  const app = createHttpApp({ apiSecretKey: 'key', log: silentLog() } as HttpDeps);
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'wb-assist', version: '0' } });
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation: operation as { security?: unknown[]; responses: Record<string, unknown> },
    })),
  );

  it('names every route', () => {
    assert.deepEqual(operations.map(({ name }) => name).sort(), [
      'DELETE /api/v1/cabinets/{cabinet_id}',
      'GET /',
      'GET /api/v1/cabinets',
      'GET /api/v1/cabinets/{cabinet_id}',
      'GET /api/v1/sync/cabinet/{cabinet_id}',
      'GET /health',
      'GET /v1/analytics',
      'GET /v1/rag/failures',
      'GET /v1/rag/health',
      'GET /v1/rag/metrics/{cabinet_id}',
      'GET /v1/rag/status/{cabinet_id}',
      'PATCH /api/v1/cabinets/{cabinet_id}',
      'POST /api/v1/cabinets',
      'POST /api/v1/sync/cabinet/{cabinet_id}',
      'POST /v1/analytics/{function}',
      'POST /v1/rag/failures/retry',
      'POST /v1/rag/index/{cabinet_id}',
      'POST /v1/rag/rebuild',
      'POST /v1/rag/search',
    ]);
  });

  it('says which routes need the key, and that they may refuse', () => {
    const open = operations.filter(({ operation }) => operation.security === undefined);
    assert.deepEqual(open.map(({ name }) => name).sort(), ['GET /', 'GET /health', 'GET /v1/rag/health']);
    for (const { operation } of operations) {
      assert.equal('403' in operation.responses, operation.security !== undefined);
    }
  });

  it('never has a key in an answer', () => {
    const answers = operations.map(({ operation }) => operation.responses);
    const { Cabinet: cabinet } = document.components?.schemas ?? {};
    assert.ok(cabinet !== undefined);
    assert.ok(!JSON.stringify([answers, cabinet]).includes('"api_key"'));
  });
});
