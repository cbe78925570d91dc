import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { startTestApi, type TestApi } from './harness.ts';

const SECRET = 'wb-secret-9c41e0';

/** Any JSON, and strings that databases and encoders stumble over. */
const harmlessValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\ud800', '\udfff\ud800', '', ' ', -0, 1e308, 2 ** 53, 1e-320, null),
);
const anyValue = fc.oneof(
  { weight: 10, arbitrary: harmlessValue },
  { weight: 1, arbitrary: fc.constant(SECRET) },
);

/** A value that is right half of the time, so that what lies behind the validation is reached, too. */
const orAny = (right: fc.Arbitrary<unknown>) => fc.oneof(right, anyValue);

const ids = fc.array(orAny(fc.integer({ min: 1, max: 50 })), { maxLength: 6 });

const bodies = {
  cabinet: fc.record(
    {
      // The only field that answers repeat, so never the key.
      name: fc.oneof(fc.string(), harmlessValue),
      api_key: fc.constant(SECRET),
      is_active: orAny(fc.boolean()),
      odd: anyValue,
    },
    { requiredKeys: [] },
  ),
  index: fc.record(
    {
      changed_ids: orAny(
        fc.dictionary(
          fc.constantFrom('orders', 'products', 'stocks', 'reviews', 'sales', '__proto__', SECRET),
          orAny(ids),
        ),
      ),
    },
    { requiredKeys: [] },
  ),
  search: fc.record(
    {
      cabinet_id: orAny(fc.constant(1)),
      query: orAny(fc.string({ unit: 'binary' })),
      limit: orAny(fc.integer({ min: 1, max: 100 })),
      chunk_types: orAny(fc.subarray(['order', 'product', 'stock', 'review', 'sale'])),
      min_similarity: orAny(fc.double({ min: -1, max: 1, noNaN: true })),
    },
    { requiredKeys: ['cabinet_id', 'query'] },
  ),
};

const requests = fc.oneof(
  fc.tuple(fc.constant('POST'), fc.constant('/api/v1/cabinets'), bodies.cabinet),
  fc.tuple(fc.constant('PATCH'), fc.constantFrom('/api/v1/cabinets/1', '/api/v1/cabinets/9'), bodies.cabinet),
  fc.tuple(fc.constant('POST'), fc.constantFrom('/v1/rag/index/1', '/v1/rag/index/9'), bodies.index),
  fc.tuple(fc.constant('POST'), fc.constant('/v1/rag/search'), bodies.search),
  fc.tuple(
    fc.constantFrom('POST', 'PATCH'),
    fc.constantFrom('/api/v1/cabinets', '/api/v1/cabinets/1'),
    anyValue,
  ),
);

/** Now and then a document that ends too early: parsers like to quote what they stumbled over. */
const documents = fc
  .tuple(requests, fc.option(fc.nat({ max: 40 }), { freq: 4 }))
  .map(([[method, path, body], cut]) => {
    const text = JSON.stringify(body);
    return { method, path, body: cut === null ? text : text.slice(0, Math.max(0, text.length - cut)) };
  });

function isAnswer(status: number): boolean {
  return [200, 201, 202, 400, 404, 405, 422].includes(status);
}

describe('requests that nobody thought of', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
    await api.createCabinet();
  });
  after(() => api.stop());

  it('never make an answer of 500 and never bring a key back or into the log', async () => {
    await fc.assert(
      fc.asyncProperty(documents, async ({ method, path, body }) => {
        const answer = await api.request(method, path, { body });
        assert.ok(isAnswer(answer.status), `${answer.status} ${answer.text}`);
        const { api_key: shown } = (answer.json ?? {}) as { api_key?: unknown };
        assert.equal(shown, undefined);
        const isKeyOfTheSender = /"wb-secret-9c41e0"\s*:/.test(body) || body.includes(`"name":"${SECRET}"`);
        if (!isKeyOfTheSender && path !== '/v1/rag/search')
          assert.ok(!answer.text.includes(SECRET), answer.text);
        if (answer.status >= 400) assert.ok(answer.text.includes('"detail"'));
      }),
      { numRuns: 400 },
    );
    assert.ok(!api.log.some((line) => line.includes(SECRET)));
    assert.ok(!api.log.some((line) => line.includes('"level":"error"')));
  });

  it('in the path never make an answer of 500', async () => {
    const segment = fc.oneof(
      fc.string().map(encodeURIComponent),
      fc.stringMatching(/^[%\w.~:@-]{0,30}$/),
      fc.integer().map(String),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'PATCH', 'DELETE', 'POST'),
        fc.constantFrom('/api/v1/cabinets/', '/v1/rag/status/', '/v1/rag/metrics/', '/v1/rag/index/', '/'),
        segment,
        async (method, prefix, last) => {
          const { status } = await api.request(method, prefix + last);
          assert.ok(isAnswer(status), String(status));
        },
      ),
      { numRuns: 200 },
    );
  });
});
