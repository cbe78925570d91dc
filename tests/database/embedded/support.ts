import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../../src/database/embedded/embedded-postgres.ts';
import { createLog, silentLog, type Log } from '../../../src/log.ts';
import { newDataDirectory } from '../../helpers/data-directories.ts';

/** A directory that is gone after the file's tests. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'wb-assist-embedded-'));
  after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** Data directories of a database that is made already, in directories of their own that are gone after the tests. */
export function useTemplate(): () => string {
  let template: string;
  before(async () => (template = await newDataDirectory()));
  return () => {
    const copy = join(temporaryDirectory(), 'data');
    cpSync(template, copy, { recursive: true });
    return copy;
  };
}

/** A started embedded Postgres, stopped when the test leaves its scope. */
export async function startServer(
  options: Partial<EmbeddedPostgresOptions> & { dataDir: string },
): Promise<EmbeddedPostgres & AsyncDisposable> {
  const server = createEmbeddedPostgres({ port: 0, log: silentLog(), ...options });
  await server.start();
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop(5_000) });
}

/** One embedded Postgres for the tests of a file, with ways to talk to it. */
export function useEmbeddedPostgres(tuning: EmbeddedPostgresOptions['tuning'] = {}, log: Log = silentLog()) {
  const dataDir = join(temporaryDirectory(), 'data');
  let server: EmbeddedPostgres;
  before(async () => {
    cpSync(await newDataDirectory(), dataDir, { recursive: true });
    server = createEmbeddedPostgres({ dataDir, port: 0, log, tuning });
    await server.start();
  });
  after(() => server.stop(5_000));
  return {
    dataDir,
    get server() {
      return server;
    },
    get connectionString() {
      return server.connectionString;
    },
    /** A connected client, ended when the test leaves its scope by `await using`. */
    async client(config: pg.ClientConfig = {}): Promise<pg.Client & AsyncDisposable> {
      const client = new pg.Client({ connectionString: server.connectionString, ...config });
      client.on('error', () => undefined);
      await client.connect();
      return Object.assign(client, { [Symbol.asyncDispose]: () => client.end().catch(() => undefined) });
    },
    /** A client of the wire protocol that has logged in. */
    async raw(parameters: Record<string, string> = {}): Promise<RawClient> {
      const client = await RawClient.connect(server.port);
      await this.greet(client, parameters);
      return client;
    },
    /** Logs a connection in; what it is told afterwards. */
    async greet(client: RawClient, parameters: Record<string, string> = {}): Promise<RawMessage[]> {
      client.send(startupPacket({ user: 'wb_assist', database: 'postgres', ...parameters }));
      await logIn(client, new URL(server.connectionString).password);
      return client.until('Z');
    },
  };
}

/** The lines that a log was given. */
export function recordingLog(): { log: Log; lines: { level: string; msg: string }[] } {
  const lines: { level: string; msg: string }[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    destination: { write: (line) => void lines.push(JSON.parse(line) as { level: string; msg: string }) },
  });
  return { log, lines };
}

export interface RawMessage {
  type: string;
  body: Buffer;
}

/** Speaks the protocol byte by byte, for what no client library would do. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly received: RawMessage[] = [];
  #buffer = Buffer.alloc(0);
  #arrived = Promise.withResolvers<undefined>();
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      while (this.#buffer.length >= 5 && this.#buffer.length >= 1 + this.#buffer.readInt32BE(1)) {
        const end = 1 + this.#buffer.readInt32BE(1);
        this.received.push({
          type: String.fromCharCode(this.#buffer[0]!),
          body: this.#buffer.subarray(5, end),
        });
        this.#buffer = this.#buffer.subarray(end);
      }
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...messages: Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The messages up to one of this type, taken from what was received; up to the connection's end for `end`. */
  async until(type: string): Promise<RawMessage[]> {
    for (;;) {
      const at = this.received.findIndex((message) => message.type === type);
      if (at !== -1) return this.received.splice(0, at + 1);
      if (this.#ended && type === 'end') return this.received.splice(0);
      if (this.#ended) throw new Error(`the connection ended before ${type}`);
      await this.#arrived.promise;
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #wake(): void {
    this.#arrived.resolve(undefined);
    this.#arrived = Promise.withResolvers();
  }
}

export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function startupPacket(parameters: Record<string, string>, version = 196608): Buffer {
  const body = Buffer.concat([
    Buffer.alloc(8),
    ...Object.entries(parameters).flatMap(([name, value]) => [
      Buffer.from(`${name}\0`),
      Buffer.from(`${value}\0`),
    ]),
    Buffer.alloc(1),
  ]);
  body.writeInt32BE(body.length, 0);
  body.writeInt32BE(version, 4);
  return body;
}

export const simpleQuery = (sql: string): Buffer => message('Q', sql);
export const parse = (name: string, sql: string): Buffer => message('P', name, sql, Buffer.alloc(2));
export const bind = (name: string, portal = ''): Buffer => message('B', portal, name, Buffer.alloc(6));
export const execute = (portal = ''): Buffer => message('E', portal, Buffer.alloc(4));
export const flush = message('H');
export const sync = message('S');

/** SCRAM-SHA-256 as a client does it, up to the server's signature. */
export async function logIn(client: RawClient, password: string): Promise<void> {
  await client.until('R');
  const first = `n=,r=${randomBytes(18).toString('base64')}`;
  client.send(message('p', 'SCRAM-SHA-256', int32(first.length + 3), Buffer.from(`n,,${first}`)));
  const [challenge] = await client.until('R');
  const serverFirst = challenge!.body.toString('utf8', 4);
  const [, nonce, salt, iterations] = /^r=(.*),s=(.*),i=(.*)$/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256');
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const unproved = `c=biws,r=${nonce!}`;
  const signature = hmac(
    createHash('sha256').update(clientKey).digest(),
    `${first},${serverFirst},${unproved}`,
  );
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString('base64');
  client.send(message('p', Buffer.from(`${unproved},p=${proof}`)));
}

/** A message list as a word: `1 2 D C Z`. */
export function types(messages: readonly RawMessage[]): string {
  return messages.map(({ type }) => type).join(' ');
}

export function fields(raw: RawMessage | undefined): Record<string, string> {
  const parts =
    raw?.body
      .toString('utf8')
      .split('\0')
      .filter((part) => part !== '') ?? [];
  return Object.fromEntries(parts.map((part): [string, string] => [part.slice(0, 1), part.slice(1)]));
}

/** Rows of DataRow messages, as text. */
export function rows(messages: readonly RawMessage[]): (string | null)[][] {
  return messages
    .filter(({ type }) => type === 'D')
    .map(({ body }) => {
      const values: (string | null)[] = [];
      let at = 2;
      for (let left = body.readInt16BE(0); left > 0; left -= 1) {
        const length = body.readInt32BE(at);
        at += 4;
        values.push(length < 0 ? null : body.toString('utf8', at, at + length));
        at += Math.max(length, 0);
      }
      return values;
    });
}

/** Resolves when the condition holds; polled through the event loop, for states that ring no bell. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the condition never held');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface ServerProcess extends Disposable {
  readonly child: ChildProcess;
  /** The next thing it tells. */
  line(): Promise<Record<string, unknown>>;
  /** Resolves when it is gone. */
  readonly exited: Promise<unknown>;
}

/** Starts tests/database/embedded/server-process.ts. */
export function spawnServer(dataDir: string, options: SpawnOptions = {}): ServerProcess {
  const script = fileURLToPath(new URL('./server-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    exited: once(child, 'exit'),
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error('the server process ended');
      return JSON.parse(next.value) as Record<string, unknown>;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
