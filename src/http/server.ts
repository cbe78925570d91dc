import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { AppError, messageOf, type ErrorCode } from '../errors.ts';
import type { Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { HttpApp } from './context.ts';
import { isEndless } from './endless-streams.ts';

export interface HttpServerOptions {
  app: Pick<HttpApp, 'fetch'>;
  /** Address to listen on (HTTP_HOST). */
  host: string;
  /** API_PORT and RAG_PORT, or METRICS_PORT alone. Equal ones make one listener; 0 is any free port. */
  ports: readonly [apiPort: number, ragPort: number] | readonly [metricsPort: number];
  /** How long a client may take to send a request; other values than the defaults are for tests. */
  patience?: Partial<Patience>;
  log: Log;
}

export interface Patience {
  headersMs: number;
  /** The headers and the body. */
  requestMs: number;
  /** How often Node looks for those who took longer. */
  checkMs: number;
}

/**
 * Whoever sends a byte now and then holds a connection as long as this. Node's own defaults are one and five minutes,
 * looked at each 30 s.
 */
const PATIENCE: Patience = { headersMs: 10_000, requestMs: 60_000, checkMs: 5_000 };

export interface HttpServer extends Service {
  /** Where a person reaches it, in the order of the ports; one when they are equal. Empty before `start`. */
  readonly urls: readonly string[];
}

const PORT_VARIABLES = { 1: ['METRICS_PORT'], 2: ['API_PORT', 'RAG_PORT'] } as const;
const WILDCARD_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);
/** How often a stopping server looks for connections whose last answer is out; `close` itself waits for their timeout. */
const CLOSE_IDLE_INTERVAL_MS = 25;
/** A stream without an end has been told to end by then. What its reader does not fetch is no reason to wait: it resumes. */
const STREAM_GRACE_MS = 250;

/** One application on one port or two. */
export function createHttpServer({ app, host, ports, log, patience }: HttpServerOptions): HttpServer {
  const { headersMs, requestMs, checkMs } = { ...PATIENCE, ...patience };
  let servers: Server[] = [];
  let urls: readonly string[] = [];
  let stopping: Promise<void> | undefined;
  const answering = new Set<ServerResponse>();

  // hono would replace the process's global Request and Response by its own; the OpenAI client uses those, too.
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
    // Requests that hono never sees, and what it lets through: thrown values that are no Error.
    errorHandler: (error) => {
      if (error instanceof RequestError)
        return problem(400, 'invalid_request', 'The address or the Host header of the request is malformed.');
      log.debug({ err: error }, 'HTTP request ended without an answer');
      return problem(500, 'internal', 'The program failed on this request.');
    },
  });

  const isOne = ports.length === 1 || (ports[0] === ports[1] && ports[0] !== 0);
  const listeners = isOne ? [0] : [0, 1];
  const variables: readonly string[] = PORT_VARIABLES[ports.length];

  /** The last of each connection. */
  const answers = new WeakMap<Duplex, ServerResponse>();

  return {
    name: 'http',
    get urls() {
      return urls;
    },
    async start() {
      const started: Server[] = [];
      try {
        for (const place of listeners) {
          const server = createServer(
            {
              headersTimeout: headersMs,
              requestTimeout: requestMs,
              connectionsCheckingInterval: checkMs,
            },
            (request, response) => {
              answers.set(request.socket, response);
              answering.add(response);
              response.once('close', () => answering.delete(response));
              void listener(request, response);
            },
          );
          server.on('clientError', (error, socket) => answerNoRequest(error, socket, answers.get(socket)));
          await listen(server, host, ports[place]!, variables[place]!);
          server.on('error', (error) =>
            log.error({ err: error }, `The HTTP listener failed: ${messageOf(error)}`),
          );
          started.push(server);
        }
      } catch (error) {
        for (const server of started) server.close();
        throw error;
      }
      servers = started;
      urls = started.map((server) => urlOf(host, server));
      stopping = undefined;
    },
    stop(deadlineMs) {
      const streams = setTimeout(() => cutStreams(answering), STREAM_GRACE_MS);
      stopping ??= Promise.all(servers.map((server) => close(server, deadlineMs))).then(() =>
        clearTimeout(streams),
      );
      return stopping;
    },
    health() {
      const listening = servers.length > 0 && servers.every((server) => server.listening);
      return { status: listening ? 'up' : 'down' };
    },
  };
}

function problem(status: number, code: ErrorCode, detail: string): Response {
  return Response.json({ detail, code, request_id: randomUUID() }, { status });
}

/** For what does not get as far as a request, in the shape of all problems. The connection is no use after it. */
function answerNoRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  last: ServerResponse | undefined,
): void {
  // In the middle of an answer a second one would be taken for a part of it.
  const isAnswering = last !== undefined && last.headersSent && !last.writableFinished;
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
    socket.destroy();
    return;
  }
  const [status, code, detail] = NO_REQUEST.get(error.code ?? '') ?? [
    '400 Bad Request',
    'invalid_request',
    'This is not HTTP.',
  ];
  const body = JSON.stringify({ detail, code, request_id: randomUUID() });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const NO_REQUEST: ReadonlyMap<string, [status: string, code: ErrorCode, detail: string]> = new Map(
  Object.entries<[status: string, code: ErrorCode, detail: string]>({
    ERR_HTTP_REQUEST_TIMEOUT: [
      '408 Request Timeout',
      'request_timeout',
      'The request did not arrive in time.',
    ],
    HPE_HEADER_OVERFLOW: [
      '431 Request Header Fields Too Large',
      'invalid_request',
      'The headers of the request are too large.',
    ],
  }),
);

async function listen(server: Server, host: string, port: number, variable: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, host, port, variable);
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number, variable: string): AppError {
  const details = { variable, host, port };
  switch (error.code) {
    case 'EADDRINUSE':
      return new AppError(
        'port_in_use',
        `Port ${port} on ${host} is taken. Stop what listens there, or set ${variable} to another port (0: any free one).`,
        { cause: error, details },
      );
    case 'EACCES':
      return new AppError(
        'port_in_use',
        `Port ${port} needs privileges that this process lacks. Set ${variable} to a port above 1023.`,
        { cause: error, details },
      );
    default:
      return new AppError(
        'config_invalid',
        `HTTP_HOST ${host} cannot be listened on: ${messageOf(error)}. Set it to 127.0.0.1, or 0.0.0.0 for all addresses.`,
        { cause: error, details },
      );
  }
}

/** Requests under way may finish until the deadline; whatever connection is open then is cut. */
async function close(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  server.closeIdleConnections();
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}

function cutStreams(answering: ReadonlySet<ServerResponse>): void {
  for (const response of answering) if (isEndless(response)) response.destroy();
}

function urlOf(host: string, server: Server): string {
  const { port } = server.address() as AddressInfo;
  const name = WILDCARD_HOSTS.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
