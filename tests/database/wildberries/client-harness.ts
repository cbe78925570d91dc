import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDatabase } from '../../../src/database/pool.ts';
import { silentLog } from '../../../src/log.ts';
import {
  createWbClient,
  type WbClient,
  type WbClientOptions,
} from '../../../src/wildberries/client/create-client.ts';
import {
  SCOPE_BITS,
  decodeToken,
  type Scope,
  type TokenType,
  type WbToken,
} from '../../../src/wildberries/token.ts';
import { createTestDatabase } from '../../helpers/test-database.ts';

export interface SeenRequest {
  method: string;
  /** With the first label of the host as first part. */
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
  body: unknown;
}

type Respond = (response: ServerResponse, request: SeenRequest) => void;

/** A Wildberries that answers as a test says, and clients of it, each of a seller of its own. */
export interface Harness {
  readonly requests: SeenRequest[];
  readonly url: string;
  respond(respond: Respond): void;
  /** Answers 200, or `status`, with this JSON. */
  answer(json: unknown, status?: number, headers?: Record<string, string>): void;
  client(options?: Partial<WbClientOptions>): WbClient;
  stop(): Promise<void>;
}

const ACC = { base: 1, test: 2, personal: 3, service: 4 } as const;

export function makeToken(
  type: TokenType = 'personal',
  scopes: readonly Scope[] = Object.keys(SCOPE_BITS) as Scope[],
  expiresInMs = 86_400_000,
): WbToken {
  const payload = {
    sid: randomUUID(),
    s: scopes.reduce((mask, scope) => mask + 2 ** SCOPE_BITS[scope], 2 ** 30),
    exp: Math.floor((Date.now() + expiresInMs) / 1000),
    acc: ACC[type],
    t: type === 'test',
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return decodeToken(`${encode({ alg: 'ES256' })}.${encode(payload)}.c2VjcmV0LXNpZ25hdHVyZQ`);
}

export async function startHarness(): Promise<Harness> {
  const testDatabase = await createTestDatabase();
  const database = createDatabase({
    variable: 'DATABASE_URL',
    connectionString: testDatabase.connectionString,
    maxConnections: 4,
    applicationName: 'wb-client.test',
    log: silentLog(),
  });
  const requests: SeenRequest[] = [];
  let respond: Respond = (response) => response.writeHead(500).end();
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://wb');
      const text = Buffer.concat(parts).toString();
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      requests.push(request);
      respond(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    requests,
    url,
    respond: (next) => (respond = next),
    answer(json, status = 200, headers = {}) {
      respond = (response) =>
        response
          .writeHead(status, { 'Content-Type': 'application/json', ...headers })
          .end(JSON.stringify(json));
    },
    client: (options = {}) =>
      createWbClient({
        token: makeToken(),
        location: { kind: 'simulator', url },
        database,
        log: silentLog(),
        maxWaitMs: 0,
        timeoutMs: 10_000,
        ...options,
      }),
    async stop() {
      server.close();
      server.closeAllConnections();
      await database.close();
      await testDatabase.drop();
    },
  };
}
