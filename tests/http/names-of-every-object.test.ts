import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestApi, type TestApi } from './harness.ts';
import { OPERATIONS, sampleRequest, type Operation, type Schema } from './operations.ts';

/** What every object of JavaScript answers to, whatever was put into it: a table looked up by them seems to have them. */
const NAMES = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'];

const takesText = ({ type, items }: Schema): boolean =>
  [type].flat().includes('string') || (items !== undefined && takesText(items));

interface Tried {
  path: string;
  body: unknown;
}

/** The example's request with the name in each place that takes text, one place after the other, and as a field. */
function requestsWith(name: string, operation: Operation, cabinetId: number): Tried[] {
  const { path, body } = sampleRequest(operation, { cabinet_id: cabinetId });
  const schema = operation.body?.content['application/json']?.schema;
  const ofBody = Object.entries(schema?.properties ?? {}).flatMap(([field, property]) =>
    takesText(property)
      ? [{ path, body: { ...(body as object), [field]: property.items === undefined ? name : [name] } }]
      : [],
  );
  const asField =
    body === undefined
      ? []
      : [{ path, body: `${JSON.stringify(body).slice(0, -1)}, ${JSON.stringify(name)}: "${name}"}` }];
  const inPath = [...operation.path.matchAll(/\{\w+\}/g)].map(([parameter]) => ({
    path: operation.path.replace(parameter, name).replaceAll(/\{\w+\}/g, '1'),
    body,
  }));
  const [bare, given] = path.split('?') as [string, string | undefined];
  const inQuery = [
    name,
    ...operation.parameters.filter((one) => one.in === 'query').map((one) => one.name),
  ].map((parameter) => {
    const query = new URLSearchParams(given);
    query.set(parameter, name);
    return { path: `${bare}?${query.toString()}`, body };
  });
  return [...ofBody, ...asField, ...inPath, ...inQuery];
}

describe('a name that every object has', () => {
  let api: TestApi;
  let cabinetId: number;
  before(async () => {
    api = await startTestApi();
    cabinetId = await api.createCabinet();
  });
  after(() => api.stop());

  for (const operation of OPERATIONS.filter(({ method }) => method !== 'DELETE')) {
    it(`is a word like any other: ${operation.name}`, async () => {
      for (const name of NAMES) {
        for (const { path, body } of requestsWith(name, operation, cabinetId)) {
          const answer = await api.request(operation.method, path, { body });
          assert.ok(answer.status < 500, `${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
        }
      }
    });
  }
});
