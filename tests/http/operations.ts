import { createHttpApp } from '../../src/http/app.ts';
import type { HttpApp } from '../../src/http/context.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import type { Access } from '../../src/http/access.ts';
import { describeApi } from '../../src/http/openapi.ts';
import { silentLog } from '../../src/log.ts';

export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  [key: string]: unknown;
}

export interface MediaType {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Operation {
  /** `GET /v1/rag/status/{cabinet_id}` */
  name: string;
  method: string;
  path: string;
  access: Access | undefined;
  summary: string | undefined;
  tags: string[];
  security: unknown[] | undefined;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }[];
  body: { required?: boolean; content: Record<string, MediaType> } | undefined;
  responses: Record<string, { description: string; content?: Record<string, MediaType> }>;
}

/** The application without anything behind it: nothing of that is touched until a route is asked. */
export function createBareApp(): HttpApp {
  return createHttpApp({ apiSecretKey: 'key', log: silentLog() } as HttpDeps);
}

/** Every operation of the description, so that what is tested of all of them cannot forget a new one. */
export function operationsOf(document: ReturnType<typeof describeApi>): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Record<string, unknown>>).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      access: operation['x-access'] as Access | undefined,
      summary: operation['summary'] as string | undefined,
      tags: (operation['tags'] ?? []) as string[],
      security: operation['security'] as unknown[] | undefined,
      parameters: (operation['parameters'] ?? []) as Operation['parameters'],
      body: operation['requestBody'] as Operation['body'],
      responses: operation['responses'] as Operation['responses'],
    })),
  );
}

export const OPERATIONS = operationsOf(describeApi(createBareApp()));

export interface SampleRequest {
  path: string;
  body: unknown;
}

/** The request of the description's own examples, with these ids instead of the examples' where they are called so. */
export function sampleRequest(
  { path, parameters, body, access }: Operation,
  ids: Readonly<Record<string, number>>,
): SampleRequest {
  const inPath = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const example = parameters.find((parameter) => parameter.name === name)?.schema.example;
    return encodeURIComponent(String(ids[name] ?? example));
  });
  // What a query has an example of is asked for, as people do who copy it.
  const examples = parameters.flatMap(({ name, in: place, schema }): [string, string][] => {
    if (place !== 'query' || typeof access !== 'object' || access.cabinet !== 'query') return [];
    const value = ids[name] ?? schema.example;
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
  });
  const query = examples.length === 0 ? '' : `?${new URLSearchParams(examples).toString()}`;
  const example = body?.content['application/json']?.example as Record<string, unknown> | undefined;
  const sent = example !== undefined && 'cabinet_id' in example ? { ...example, ...ids } : example;
  return { path: inPath + query, body: sent };
}
