import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ERROR_CODES } from '../../src/errors.ts';
import { describeApi } from '../../src/http/openapi.ts';
import { OPENAPI_31_SCHEMA } from './openapi-31.ts';
import { createBareApp, operationsOf, type MediaType } from './operations.ts';

const app = createBareApp();
const document = JSON.parse(JSON.stringify(describeApi(app))) as ReturnType<typeof describeApi>;
const operations = operationsOf(document);

function createAjv() {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  return ajv;
}

function assertValid(validate: ValidateFunction, value: unknown, what: string): void {
  assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors, undefined, 2)}`);
}

/** Every `$ref` inside of a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) =>
    key === '$ref' && typeof inside === 'string' ? [inside] : refsIn(inside),
  );
}

describe('description of the HTTP API', () => {
  it('is OpenAPI 3.1', () => {
    assertValid(createAjv().compile(OPENAPI_31_SCHEMA), document, 'the document');
  });

  it('is not taken for OpenAPI 3.1 when it is none', () => {
    const validate = createAjv().compile(OPENAPI_31_SCHEMA);
    const get = ['paths', '/v1/rag/status/{cabinet_id}', 'get'];
    const faults: [where: string[], value: unknown][] = [
      [['info', 'version'], undefined],
      [['openapi'], '3.0.3'],
      [[...get, 'responses'], {}],
      [[...get, 'responses', '200', 'description'], undefined],
      [['paths', '/health', 'fetch'], { responses: {} }],
      [['components', 'schemas', 'Problem', 'type'], 'text'],
      [[...get, 'parameters', '0', 'required'], false],
      [['components', 'securitySchemes', 'bearer', 'scheme'], 7],
    ];
    for (const [where, value] of faults) {
      const copy = structuredClone(document) as unknown as Record<string, unknown>;
      const inside = where.slice(0, -1).reduce((object, key) => object[key] as Record<string, unknown>, copy);
      inside[where.at(-1)!] = value;
      assert.equal(validate(JSON.parse(JSON.stringify(copy))), false, where.join('.'));
    }
  });

  it('refers to nothing that is not there', () => {
    const refs = new Set(refsIn(document));
    assert.ok(refs.size > 1);
    for (const ref of refs) {
      const found = ref
        .slice(2)
        .split('/')
        .reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], document);
      assert.ok(ref.startsWith('#/') && found !== undefined, ref);
    }
  });

  it('names every route of the application, and no other', () => {
    const routes = new Set(
      app.routes
        .filter(({ method }) => method !== 'ALL')
        .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    assert.ok(routes.size > 10);
    assert.deepEqual(operations.map(({ name }) => name).sort(), [...routes].sort());
  });

  for (const operation of operations) {
    const { name, access, security, responses, body, parameters } = operation;

    it(`${name} declares who may use it`, () => {
      assert.notEqual(
        access,
        undefined,
        'Spread PUBLIC_ACCESS, OPERATOR_ACCESS or cabinetAccess(…) into it.',
      );
      assert.deepEqual(security, access === 'public' ? [] : [{ apiKeyHeader: [] }, { bearer: [] }]);
      if (typeof access === 'object' && access.cabinet !== 'body') {
        const { cabinet } = access;
        assert.ok(parameters.some((one) => one.name === 'cabinet_id' && one.in === cabinet));
      }
    });

    it(`${name} has a summary, and a tag that is explained`, () => {
      assert.ok((operation.summary ?? '').length > 10);
      const known = (document.tags ?? []).map((tag) => tag.name);
      assert.equal(operation.tags.length, 1);
      assert.ok(operation.tags.every((tag) => known.includes(tag)));
    });

    it(`${name} lists every problem that it may answer`, () => {
      const expected = [
        ...(access === 'public' ? [] : ['403', '429', '500', '503', '504']),
        ...(body === undefined ? [] : ['400', '413', '415']),
        ...(body === undefined && parameters.length === 0 ? [] : ['422']),
      ];
      assert.deepEqual(
        expected.filter((status) => !(status in responses)),
        [],
      );
      assert.ok(Object.keys(responses).some((status) => status.startsWith('2')));
    });

    it(`${name} has examples of its body and its answers, and they are right`, () => {
      const ajv = createAjv();
      ajv.addSchema({ $id: 'api', components: document.components });
      const contents: [what: string, content: Record<string, MediaType>][] = [
        ...(body === undefined ? [] : ([['the body', body.content]] as [string, typeof body.content][])),
        ...Object.entries(responses).flatMap(([status, { content }]) =>
          content === undefined ? [] : ([[status, content]] as [string, typeof content][]),
        ),
      ];
      for (const [what, content] of contents) {
        const media = content['application/json'];
        if (media === undefined) continue;
        const examples = [
          ...('example' in media ? [media.example] : []),
          ...Object.values(media.examples ?? {}).map(({ value }) => value),
        ];
        assert.ok(examples.length > 0, `${what} has no example`);
        const absolute = JSON.parse(
          JSON.stringify(media.schema).replaceAll('"#/components/', '"api#/components/'),
        ) as object;
        const validate = ajv.compile(absolute);
        for (const example of examples) assertValid(validate, example, `${what} of ${name}`);
      }
    });
  }

  it('has only codes of errors that there are, each with its own status', () => {
    for (const { name, responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        for (const code of Object.keys(content?.['application/json']?.examples ?? {})) {
          assert.ok(code in ERROR_CODES, code);
          assert.equal(ERROR_CODES[code as keyof typeof ERROR_CODES].httpStatus, Number(status), name);
        }
      }
    }
  });

  it('lets the keys of cabinets do what docs/api.md says, and nothing else', () => {
    const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    const [, table = ''] = /(\| with the key of a cabinet.*?)\n\n/s.exec(page) ?? [];
    const told = [...table.matchAll(/(?:GET|POST|DELETE) [^`]*/g)].map(([route]) => route);
    const allowed = operations
      .filter(({ access }) => typeof access === 'object')
      .map(({ name }) => name.replaceAll('{cabinet_id}', '{id}'));
    assert.deepEqual(told.sort(), allowed.sort());
  });

  it('has both forms of an answer of the chat, and the last event of a stream is the same answer', () => {
    const { content = {} } = operations.find(({ name }) => name === 'POST /v1/chat/send')!.responses['200']!;
    assert.deepEqual(Object.keys(content).sort(), ['application/json', 'text/event-stream']);
    const ajv = createAjv();
    ajv.addSchema({ $id: 'api', components: document.components });
    const validateEvent = ajv.compile({ $ref: 'api#/components/schemas/ChatEvent' });
    const answer = content['application/json']!.example as object;
    assertValid(validateEvent, { type: 'done', ...answer }, 'the last event');
    assert.equal(validateEvent({ type: 'done', ...answer, sources: undefined }), false);
    assert.equal(validateEvent({ type: 'nothing' }), false);
  });

  it('never has a key of Wildberries in an answer', () => {
    const answers = operations.map(({ responses }) => responses);
    const { Cabinet: cabinet } = document.components.schemas ?? {};
    assert.ok(cabinet !== undefined);
    assert.ok(!JSON.stringify([answers, cabinet]).includes('"api_key"'));
  });
});
