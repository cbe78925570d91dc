import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { insertKey } from '../../src/cabinets/keys/queries.ts';
import { KEY, startTestApi, type Answer, type TestApi } from './harness.ts';
import { OPERATIONS, type Operation, type Schema } from './operations.ts';

const WB_KEY = 'wb-secret-9c41e0';
const RUNS_PER_ROUTE = 40;

/** Any JSON, and strings that databases and encoders stumble over. */
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'),
  fc.constantFrom('\0', '\ud800', '\udfff\ud800', '', ' ', -0, 1e308, 2 ** 53, 1e-320, null),
);

/** A value that is right half of the time, so that what lies behind the validation is reached, too. */
const orAny = (right: fc.Arbitrary<unknown>) => fc.oneof(right, anyValue);

/** What a schema of the description asks for, often spoiled. */
function valueOf(schema: Schema, name: string): fc.Arbitrary<unknown> {
  if (name === 'api_key') return fc.constant(WB_KEY);
  if (name === 'cabinet_id') return orAny(fc.constantFrom(1, 1, 1, 2, 9));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.enum !== undefined) return orAny(fc.constantFrom(...schema.enum));
  switch (type) {
    case 'object':
      return orAny(objectOf(schema));
    case 'array':
      return orAny(fc.array(valueOf(schema.items ?? {}, ''), { maxLength: 6 }));
    case 'integer':
      return orAny(fc.integer({ min: schema.minimum ?? 1, max: Math.min(schema.maximum ?? 50, 50) }));
    case 'number':
      return orAny(fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true }));
    case 'boolean':
      return orAny(fc.boolean());
    default:
      return orAny(fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'binary' })));
  }
}

function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valueOf(schema, name)]),
  );
  // What has to be there is left out now and then.
  const usual = fc.record(values, { requiredKeys: required });
  const rare = fc.record({ ...values, odd: anyValue }, { requiredKeys: [] });
  return fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

const oddSegment = fc.oneof(
  fc.string().map(encodeURIComponent),
  fc.stringMatching(/^[%\w.~:@-]{0,30}$/),
  fc.constantFrom('%00', '%ff', '%2e%2e', '1%2f2', '9007199254740993', '1e3', '-1', '01', '%31'),
);

/** Never the id of the cabinet that the others are about, for what would delete it. */
const otherSegment = oddSegment.filter((segment) => !/^0*(1|%31)$/.test(segment));

const headerValue = fc.stringMatching(/^[\x20-\x7e]{0,60}$/).map((text) => text.trim());

/** Headers that somebody may send, none of which may do harm. */
const headers = fc
  .record(
    {
      'x-request-id': headerValue,
      accept: headerValue,
      origin: headerValue,
      'if-none-match': headerValue,
      'x-forwarded-for': headerValue,
      'last-event-id': headerValue,
      cookie: headerValue,
      'content-type': fc.oneof(
        fc.constantFrom(
          'application/json',
          'application/json; charset=utf-16',
          'text/plain',
          'application/x+json',
        ),
        headerValue,
      ),
    },
    { requiredKeys: [] },
  )
  .map((record) => record as Record<string, string>);

/** A body as bytes on the wire: now and then a document that ends too early, as parsers like to quote what they stumble over. */
const textOf = (value: fc.Arbitrary<unknown>) =>
  fc.tuple(value, fc.option(fc.nat({ max: 40 }), { freq: 6 })).map(([body, cut]) => {
    const text = JSON.stringify(body);
    return cut === null ? text : text.slice(0, Math.max(0, text.length - cut));
  });

interface FuzzedRequest {
  path: string;
  body: string | undefined;
  headers: Record<string, string>;
}

function requestsOf(operation: Operation): fc.Arbitrary<FuzzedRequest> {
  const { path, method, parameters, body } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const right = ({ name, schema }: (typeof parameters)[number]) => {
    // The cabinet that the others are about stays.
    if (name === 'cabinet_id')
      return fc.constantFrom(...(method === 'DELETE' ? ['2'] : ['1', '1', '2', '9']));
    return fc.constantFrom(...(schema.enum ?? [schema.example ?? 1]).map(String));
  };
  const segments = fc.tuple(
    ...inPath.map((one) =>
      fc.oneof(
        { weight: 3, arbitrary: right(one) },
        { weight: 1, arbitrary: method === 'DELETE' ? otherSegment : oddSegment },
      ),
    ),
  );
  const query = fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('odd', ...inQuery.map(({ name }) => name)), fc.string()),
      fc.oneof(fc.constantFrom('1', '2', 'true', 'row', '', 'null'), fc.string({ unit: 'binary' })),
    ),
    { maxLength: 3 },
  );
  const schema = body?.content['application/json']?.schema;
  const sent =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 8, arbitrary: textOf(objectOf(schema)) },
          { weight: 1, arbitrary: textOf(anyValue) },
        );
  return fc
    .tuple(segments, query, sent, fc.option(headers, { freq: 2 }))
    .map(([values, pairs, text, given]) => {
      const filled = [...values];
      const address = path.replaceAll(/\{\w+\}/g, () => filled.shift() ?? '');
      const search = new URLSearchParams(
        pairs.map(([name, value]): [string, string] => [name, value.toWellFormed()]),
      ).toString();
      return { path: address + (search === '' ? '' : `?${search}`), body: text, headers: given ?? {} };
    });
}

describe('requests that nobody thought of', () => {
  let api: TestApi;
  let cabinetKey: string;
  const answers = { all: 0, good: 0 };
  before(async () => {
    api = await startTestApi();
    await api.createCabinet();
    cabinetKey = (await insertKey(api.main.pool, 1, 'ключ')).key;
  });
  after(async () => {
    await api.stop();
    // If nearly all were refused, nothing would have been tried.
    if (answers.all > 500) assert.ok(answers.good > answers.all / 20, JSON.stringify(answers));
  });

  function assertHarmless(answer: Answer, operation: Operation, request: FuzzedRequest): void {
    const { status, text } = answer;
    answers.all += 1;
    if (status < 300) answers.good += 1;
    const known = Object.keys(operation.responses);
    // A path may also be spoiled into that of another route, or of none.
    assert.ok([...known, '404', '405'].includes(String(status)), `${status} ${text}`);
    assert.ok(status < 500, text);
    if (status >= 400) {
      const { detail, code, request_id: id } = answer.json as Record<string, unknown>;
      assert.ok(typeof detail === 'string' && detail !== '' && typeof code === 'string');
      assert.equal(answer.headers.get('x-request-id'), id);
    }
    assert.doesNotMatch(text, /\\n\s+at |node_modules|\.ts:\d/);
    for (const secret of [KEY, cabinetKey, WB_KEY])
      assert.ok(!text.includes(secret), `${request.path} gave a secret`);
  }

  for (const operation of OPERATIONS) {
    it(`never break or betray anything: ${operation.name}`, async () => {
      const who = fc.constantFrom(KEY, KEY, KEY, cabinetKey, 'wrong');
      await fc.assert(
        fc.asyncProperty(requestsOf(operation), who, async (request, key) => {
          const answer = await api.request(operation.method, request.path, {
            body: request.body,
            headers: { 'x-api-key': key, ...request.headers },
          });
          assertHarmless(answer, operation, request);
        }),
        { numRuns: RUNS_PER_ROUTE },
      );
      for (const secret of [KEY, cabinetKey, WB_KEY])
        assert.ok(!api.log.some((line) => line.includes(secret)), 'a secret is in the log');
      assert.ok(!api.log.some((line) => line.includes('"level":"error"')));
    });
  }

  it('never break or betray anything: paths of no route, with any method', async () => {
    const prefixes = [...new Set(OPERATIONS.map(({ path }) => path.replace(/\{.*/, '')))];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'PATCH', 'DELETE', 'POST', 'PUT', 'OPTIONS', 'HEAD'),
        fc.constantFrom(...prefixes),
        otherSegment,
        async (method, prefix, last) => {
          const { status, text } = await api.request(method, prefix + last);
          assert.ok(status < 500, `${status} ${text}`);
          assert.ok(!text.includes(KEY) && !text.includes(cabinetKey));
        },
      ),
      { numRuns: 200 },
    );
    assert.ok(!api.log.some((line) => line.includes('"level":"error"')));
  });
});
