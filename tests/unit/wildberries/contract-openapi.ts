import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { ROUTES, type Route, type SimulatedEndpoint } from '../../../src/simulator/routes.ts';

/** Wildberries' own files; their licence is not ours, so they are not part of the repository. */
const OPENAPI = fileURLToPath(new URL('../../../../shared/wildberries/openapi/', import.meta.url));
/** Why the contract cannot be tested, for node:test. */
export const skip = existsSync(OPENAPI) ? false : `Wildberries' OpenAPI files are not at ${OPENAPI}`;

export type Json = Record<string, unknown>;

const documents = new Map<string, Json>();
function documentOf(file: string): Json {
  let document = documents.get(file);
  if (document === undefined) {
    document = parse(readFileSync(`${OPENAPI}${file}.yaml`, 'utf8'), { maxAliasCount: -1 }) as Json;
    documents.set(file, document);
  }
  return document;
}

const FILES: Readonly<Record<SimulatedEndpoint, string>> = {
  ...{ cardsList: '02-items', cardsTrash: '02-items', prices: '02-items', pricesByNm: '02-items' },
  ...{ orders: '12-reports', sales: '12-reports', remainsCreate: '12-reports' },
  ...{ remainsStatus: '12-reports', remainsDownload: '12-reports' },
  ...{ stocks: '11-analytics', salesFunnel: '11-analytics', itemRating: '11-analytics' },
  ...{ feedbacks: '09-communications', feedbacksArchive: '09-communications' },
  ...{ sellerInfo: '01-general', ping: '01-general' },
};

export function routeOf(endpoint: SimulatedEndpoint): Pick<Route, 'method' | 'path'> {
  return ROUTES.find((route) => route.endpoint === endpoint) ?? { method: 'GET', path: '/ping' };
}

/** Follows `$ref`s as far as there are any. */
function resolve(document: Json, node: unknown): Json {
  let found = node as Json;
  while (typeof found['$ref'] === 'string') {
    found = found['$ref']
      .split('/')
      .slice(1)
      .reduce<Json>((parent, name) => parent[name] as Json, document);
  }
  return found;
}

export function operationOf(endpoint: SimulatedEndpoint): Json {
  const { method, path } = routeOf(endpoint);
  const item = (documentOf(FILES[endpoint])['paths'] as Json)[path] as Json | undefined;
  assert.ok(item, `${path} is in ${FILES[endpoint]}`);
  return item[method.toLowerCase()] as Json;
}

const ANNOTATIONS: ReadonlySet<string> = new Set(['description', 'example', 'default', 'discriminator']);

/**
 * A schema of OpenAPI 3.0 as one of JSON Schema, without references. Stricter than Wildberries' in one way: properties
 * that it does not name are an error, because the simulator would be sending something that does not exist.
 */
function toJsonSchema(document: Json, node: unknown): Json {
  const { allOf, oneOf, properties, items, nullable, enum: values, ...other } = resolve(document, node);
  const rest = Object.fromEntries(Object.entries(other).filter(([key]) => !ANNOTATIONS.has(key)));
  if (Array.isArray(allOf)) {
    const parts = [rest, ...allOf.map((part) => toJsonSchema(document, part))];
    return parts.reduce<Json>((merged, part) => ({ ...merged, ...part }), {});
  }
  const schema: Json = { ...rest };
  if (Array.isArray(oneOf)) schema['oneOf'] = oneOf.map((part) => toJsonSchema(document, part));
  if (Array.isArray(values)) schema['enum'] = nullable === true ? [...(values as unknown[]), null] : values;
  if (items !== undefined) schema['items'] = toJsonSchema(document, items);
  if (properties !== undefined) {
    const entries = Object.entries(properties as Json).map(([name, part]) => [
      name,
      toJsonSchema(document, part),
    ]);
    Object.assign(schema, { type: 'object', properties: Object.fromEntries(entries) as Json });
    schema['additionalProperties'] = false;
  }
  if (nullable === true && typeof schema['type'] === 'string') schema['type'] = [schema['type'], 'null'];
  // As Wildberries writes it.
  if (schema['format'] === 'UUID') schema['format'] = 'uuid';
  return schema;
}

/** Every property that a schema knows, by its path: `data.items[].nmId`. */
export function propertiesOf(schema: Json, path = ''): string[] {
  const items = schema['items'] as Json | undefined;
  if (items !== undefined) return propertiesOf(items, `${path}[]`);
  return Object.entries((schema['properties'] ?? {}) as Record<string, Json>).flatMap(([name, part]) => {
    const place = path === '' ? name : `${path}.${name}`;
    return [place, ...propertiesOf(part, place)];
  });
}

export function propertiesIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => propertiesIn(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const place = path === '' ? name : `${path}.${name}`;
    return [place, ...propertiesIn(part, place)];
  });
}

// ajv-formats is CommonJS: its types have the function under `default`.
const addFormats = formats as unknown as typeof formats.default;
const ajv = addFormats(new Ajv({ strict: false, allErrors: true, logger: false }));

export interface Expected {
  schema: Json;
  validate: ValidateFunction;
}

/** What Wildberries says that an answer looks like; `undefined` where it says nothing. */
export function expectedOf(
  endpoint: SimulatedEndpoint,
  status: number,
  contentType: string,
): Expected | undefined {
  const document = documentOf(FILES[endpoint]);
  const response = (operationOf(endpoint)['responses'] as Json)[String(status)];
  if (response === undefined) return undefined;
  const content = resolve(document, response)['content'] as Record<string, Json> | undefined;
  const media = content?.[contentType];
  if (media?.['schema'] === undefined) return undefined;
  const schema = toJsonSchema(document, media['schema']);
  return { schema, validate: ajv.compile(schema) };
}

export function assertValid({ validate }: Expected, body: unknown): void {
  assert.ok(validate(body), ajv.errorsText(validate.errors));
}
